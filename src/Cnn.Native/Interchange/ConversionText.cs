using System.Text.Json;
using Cnn.Memory;
using Cnn.Pictures;

namespace Cnn.Interchange;

/// <summary>
/// How pictures become images for a model, as it stands in a model file: <c>{"inversion":"always","center":false}</c>. The shape is the model's.
/// </summary>
/// <param name="Inversion">Whether pictures are turned into their negatives: <c>auto</c>, <c>always</c> or <c>never</c>.</param>
/// <param name="Center">Whether what is drawn is put where MNIST has it.</param>
internal sealed record ConversionText(string Inversion, bool Center)
{
    /// <summary>Writes a conversion.</summary>
    /// <param name="conversion">The conversion.</param>
    /// <returns>The JSON.</returns>
    public static string Write(PictureConversion conversion) =>
        StrictJson.Write(new ConversionText(conversion.Inversion.ToString().ToLowerInvariant(), conversion.Center));

    /// <summary>Reads a conversion.</summary>
    /// <param name="text">The JSON.</param>
    /// <param name="shape">The shape of the model's images.</param>
    /// <returns>The conversion.</returns>
    /// <exception cref="JsonException">It is none, or none for such images.</exception>
    public static PictureConversion Read(string text, Shape shape)
    {
        ConversionText read = StrictJson.Read<ConversionText>(text);
        PictureInversion inversion = read.Inversion switch
        {
            "auto" => PictureInversion.Auto,
            "always" => PictureInversion.Always,
            "never" => PictureInversion.Never,
            _ => throw new JsonException($"its inversion is '{read.Inversion}', and must be 'auto', 'always' or 'never'."),
        };
        var conversion = new PictureConversion(shape, inversion, read.Center);
        try
        {
            conversion.Check();
        }
        catch (CnnException e)
        {
            throw new JsonException(e.Message, e);
        }

        return conversion;
    }
}
