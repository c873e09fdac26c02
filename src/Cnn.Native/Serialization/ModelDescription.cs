using System.Globalization;
using System.Text.Json;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Pictures;

namespace Cnn.Serialization;

/// <summary>Everything of a model except the values of its parameters, in the form of metadata of a file.</summary>
internal sealed class ModelDescription
{
    private const string ArchitectureName = "architecture";
    private const string NormalizationName = "normalization";
    private const string ClassNamesName = "class_names";
    private const string ConversionName = "conversion";
    private const string NameName = "name";
    private const string SeedName = "seed";
    private const string TrainedName = "trained";

    private readonly CnnFile _file;
    private readonly string _member;
    private readonly Shape _inputShape;
    private readonly IReadOnlyList<Layer> _layers;

    private ModelDescription(CnnFile file, string member)
    {
        (_file, _member) = (file, member);
        (_inputShape, _layers) = Checked(ArchitectureName, "Architecture", ArchitectureJson.Read);
        try
        {
            Parameters = ModelLayout.Of(_inputShape, _layers).Parameters;
        }
        catch (CnnException e)
        {
            throw file.Error("Architecture", $"its '{TextName(member, ArchitectureName)}' does not describe a valid model: {e.Message}", e);
        }
    }

    /// <summary>The tensors that the model needs.</summary>
    public IReadOnlyList<ModelParameter> Parameters { get; }

    /// <summary>Describes a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="member">The prefix of the names of a member of an ensemble: <c>models.0.</c>; empty for a single model.</param>
    /// <returns>Texts by name.</returns>
    public static Dictionary<string, string> Write(Model model, string member = "")
    {
        Dictionary<string, string> texts = new(StringComparer.Ordinal)
        {
            [TextName(member, ArchitectureName)] = ArchitectureJson.Write(model.InputShape, model.Layers),
            [TextName(member, NormalizationName)] = StrictJson.Write(model.Normalization),
            [TextName(member, ClassNamesName)] = StrictJson.Write(model.ClassNames),
            [TextName(member, NameName)] = model.Name,
            [TextName(member, SeedName)] = model.Seed.ToString(CultureInfo.InvariantCulture),
            [TextName(member, TrainedName)] = model.IsTrained ? "true" : "false",
        };
        if (model.Conversion != null)
        {
            texts[TextName(member, ConversionName)] = ConversionText.Write(model.Conversion);
        }

        return texts;
    }

    /// <summary>Reads and checks the layers; no memory is allocated for tensors yet.</summary>
    /// <param name="file">The file.</param>
    /// <param name="member">The prefix of the names of a member of an ensemble; empty for a single model.</param>
    /// <returns>The description.</returns>
    /// <exception cref="CnnException"><c>Architecture</c> or <c>Metadata</c>, after the prefix of the file's kind.</exception>
    public static ModelDescription Read(CnnFile file, string member = "") => new(file, member);

    /// <summary>
    /// Makes the model. The caller has checked that the file contains the tensors, so the model is no larger than the file.
    /// </summary>
    /// <param name="path">The file that the model reports as its source; null if it was not loaded from a file of its own.</param>
    /// <param name="prefix">The prefix of the names of its tensors.</param>
    /// <returns>The model, with its parameters.</returns>
    /// <exception cref="CnnException"><c>Metadata</c>, after the prefix of the file's kind, or the file disappeared.</exception>
    public Model MakeModel(string? path = null, string prefix = "")
    {
        Normalization normalization = Checked(NormalizationName, "Metadata", StrictJson.Read<Normalization>);
        string[] classNames = Checked(ClassNamesName, "Metadata", StrictJson.Read<string[]>);
        ulong seed = Checked(SeedName, "Metadata", text =>
            ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
                ? value
                : throw new JsonException($"it is '{text}', and must be a whole number from 0 to {ulong.MaxValue}."));
        bool isTrained = Checked(TrainedName, "Metadata", text => text switch
        {
            "true" => true,
            "false" => false,
            _ => throw new JsonException($"it is '{text}', and must be 'true' or 'false'."),
        });

        // Models that were not trained on pictures have no conversion, and neither do files of earlier versions.
        string conversionName = TextName(_member, ConversionName);
        PictureConversion? conversion = _file.HasText(conversionName) ? Checked(ConversionName, "Metadata", text => ConversionText.Read(text, _inputShape)) : null;
        if (classNames.Contains(null))
        {
            throw _file.Error("Metadata", $"its '{TextName(_member, ClassNamesName)}' contains a null.");
        }

        Model model = new(_inputShape, _layers) { Name = _file.Text(TextName(_member, NameName)), Path = path };
        try
        {
            model.Restore(seed, isTrained, normalization, classNames, conversion);
        }
        catch (CnnException e)
        {
            throw _file.Error("Metadata", $"its metadata does not fit its layers: {e.Message}", e);
        }

        foreach (ModelParameter parameter in model.Parameters)
        {
            _file.Read(prefix + parameter.Name, model.Values(parameter));
        }

        return model;
    }

    private static string TextName(string member, string name) => CnnFile.Prefix + member + name;

    private T Checked<T>(string name, string errorId, Func<string, T> read)
    {
        try
        {
            return read(_file.Text(TextName(_member, name)));
        }
        catch (JsonException e)
        {
            throw _file.Error(errorId, $"its '{TextName(_member, name)}' is not valid: {e.Message}", e);
        }
    }
}
