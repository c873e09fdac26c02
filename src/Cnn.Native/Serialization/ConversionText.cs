using System.Text.Json;
using System.Text.Json.Serialization;
using Cnn.Memory;
using Cnn.Pictures;

namespace Cnn.Serialization;

/// <summary>
/// The conversion of pictures to images for a model, as stored in a model file: <c>{"inversion":"always","center":false,"fit":"pad","fill":"edge"}</c>. The
/// shape is the model's. Files of earlier versions have no fit: their pictures were stretched.
/// </summary>
/// <param name="Inversion">Whether pictures are inverted: <c>auto</c>, <c>always</c> or <c>never</c>.</param>
/// <param name="Center">Whether the drawing is placed where MNIST has its digits.</param>
/// <param name="Fit">How a picture of other proportions is fitted: <c>stretch</c>, <c>pad</c> or <c>crop</c>.</param>
/// <param name="Fill">The filling beside a picture that is padded; only for padded pictures.</param>
internal sealed record ConversionText(
    string Inversion, bool Center, string Fit = "stretch", [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Fill = null)
{
    /// <summary>Writes a conversion.</summary>
    /// <param name="conversion">The conversion.</param>
    /// <returns>The JSON.</returns>
    public static string Write(PictureConversion conversion) =>
        StrictJson.Write(new ConversionText(
            conversion.Inversion.ToString().ToLowerInvariant(), conversion.Center, conversion.Fit.ToString().ToLowerInvariant(), conversion.Fill?.Text));

    /// <summary>Reads a conversion.</summary>
    /// <param name="text">The JSON.</param>
    /// <param name="shape">The shape of the model's images.</param>
    /// <returns>The conversion.</returns>
    /// <exception cref="JsonException">The text is not a conversion, or not one for such images.</exception>
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
        PictureFit fit = read.Fit switch
        {
            "stretch" => PictureFit.Stretch,
            "pad" => PictureFit.Pad,
            "crop" => PictureFit.Crop,
            _ => throw new JsonException($"its fit is '{read.Fit}', and must be 'stretch', 'pad' or 'crop'."),
        };
        try
        {
            PictureConversion conversion = new(shape, inversion, read.Center, fit, read.Fill == null ? null : PictureFill.Parse(read.Fill));
            conversion.Check();
            return conversion;
        }
        catch (CnnException e)
        {
            throw new JsonException(e.Message, e);
        }
    }
}
