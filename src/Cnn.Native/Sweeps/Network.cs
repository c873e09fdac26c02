using System.Security.Cryptography;
using System.Text;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Presets;
using Cnn.Serialization;

namespace Cnn.Sweeps;

/// <summary>A setting of one layer of a network that a sweep may vary.</summary>
/// <param name="Name">
/// The name of the layer in the model, and the setting: <c>Convolution1Filters</c>, <c>Dense2Outputs</c>.
/// </param>
/// <param name="Type">The type of its values.</param>
/// <param name="Layer">The index of the layer.</param>
/// <param name="Properties">The properties of the layer that it sets: <c>Filters</c>; <c>Stride.Height</c> for the rows of a setting for rows and columns.</param>
public sealed record LayerParameter(string Name, Type Type, int Layer, IReadOnlyList<string> Properties)
{
    /// <summary>The name of the layer in the model, and the setting: <c>Convolution1Filters</c>, <c>Dense2Outputs</c>.</summary>
    public string Name { get; } = Name;

    /// <summary>The type of its values.</summary>
    public Type Type { get; } = Type;

    /// <summary>The index of the layer.</summary>
    public int Layer { get; } = Layer;

    /// <summary>The properties of the layer that it sets: <c>Filters</c>; <c>Stride.Height</c> for the rows of a setting for rows and columns.</summary>
    public IReadOnlyList<string> Properties { get; } = Array.AsReadOnly([.. Properties]);
}

/// <summary>A network without weights: the basis of the trials of a sweep that varies layers.</summary>
/// <param name="Name">The name of the preset that it was made from, or <c>Custom</c>.</param>
/// <param name="InputShape">The shape of an image.</param>
/// <param name="Layers">The layers, from the image to the logits.</param>
public sealed record Network(string Name, Shape InputShape, IReadOnlyList<Layer> Layers)
{
    /// <summary>The name of the preset that it was made from, or <c>Custom</c>.</summary>
    public string Name { get; internal init; } = Name;

    /// <summary>The shape of an image.</summary>
    public Shape InputShape { get; internal init; } = InputShape;

    /// <summary>The layers, from the image to the logits.</summary>
    public IReadOnlyList<Layer> Layers { get; internal init; } = Layers;

    private const string Height = "Height";
    private const string Width = "Width";

    /// <summary>The settings of the layers that can be varied, in the order of the layers.</summary>
    public IReadOnlyList<LayerParameter> Parameters => [.. LayerSummary.NamesOf(Layers).SelectMany((name, index) => ParametersOf(name, index))];

    /// <summary>
    /// The name and eight hexadecimal digits of the SHA-256 of the architecture: networks with the same layers for the same images have
    /// the same digits.
    /// </summary>
    public string Id => $"{Name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ArchitectureJson.Write(InputShape, Layers))))[..8]}";

    /// <summary>The network of a preset.</summary>
    /// <param name="preset">The preset.</param>
    /// <returns>The network.</returns>
    public static Network Of(Preset preset)
    {
        ArgumentNullException.ThrowIfNull(preset);
        return new Network(preset.Name, preset.InputShape, preset.Layers);
    }

    /// <summary>The network of a model, without its weights.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The network.</returns>
    public static Network Of(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new Network(model.Name, model.InputShape, model.Layers);
    }

    /// <summary>The network with another value for one setting of one layer.</summary>
    /// <param name="name">The name of the setting; case does not matter.</param>
    /// <param name="value">The value, of the setting's type.</param>
    /// <returns>Another network. Making a model checks whether its layers fit together.</returns>
    /// <exception cref="CnnException"><c>SweepParameterUnknown</c>: there is no such setting.</exception>
    public Network With(string name, object value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        IReadOnlyList<LayerParameter> known = Parameters;
        LayerParameter parameter = known.FirstOrDefault(candidate => candidate.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw NearestName.Unknown(name, known.Select(candidate => candidate.Name));

        Layer changed = Layers[parameter.Layer].Rebuild(new ChangedSettings(parameter.Properties, value));
        return this with { Layers = [.. Layers.Select((layer, index) => index == parameter.Layer ? changed : layer)] };
    }

    /// <summary>Makes a model and draws its weights.</summary>
    /// <param name="seed">The seed.</param>
    /// <returns>The model, untrained.</returns>
    /// <exception cref="CnnException">A layer does not fit after the one before it.</exception>
    public Model CreateModel(ulong seed)
    {
        Model model = new(InputShape, Layers) { Name = Name };
        model.Initialize(seed);
        return model;
    }

    private IEnumerable<LayerParameter> ParametersOf(string layer, int index)
    {
        SettingNames settings = new();
        Layers[index].Rebuild(settings);
        foreach ((string name, Type type, string[] properties) in settings.Found)
        {
            yield return new LayerParameter(layer + name, type, index, properties);

            // The kernel has two properties, and also gets a common size, for squares, as in New-CnnLayer: KernelHeight, KernelWidth, KernelSize.
            if (name.EndsWith(Height, StringComparison.Ordinal) && settings.Found.Any(other => other.Properties is [string property] && property == name[..^Height.Length] + Width))
            {
                yield return new LayerParameter($"{layer}{name[..^Height.Length]}Size", type, index, [name, name[..^Height.Length] + Width]);
            }
        }
    }

    /// <summary>Lists the settings of a layer.</summary>
    private sealed class SettingNames : LayerSettings
    {
        public List<(string Name, Type Type, string[] Properties)> Found { get; } = [];

        /// <inheritdoc/>
        public override int Integer(string property, int value)
        {
            Found.Add((property, typeof(int), [property]));
            return value;
        }

        /// <inheritdoc/>
        public override PerAxis Axes(string property, PerAxis value)
        {
            Found.Add((property, typeof(int), [$"{property}.{Height}", $"{property}.{Width}"]));
            Found.Add((property + Height, typeof(int), [$"{property}.{Height}"]));
            Found.Add((property + Width, typeof(int), [$"{property}.{Width}"]));
            return value;
        }

        /// <inheritdoc/>
        public override double Number(string property, double value)
        {
            Found.Add((property, typeof(double), [property]));
            return value;
        }

        /// <inheritdoc/>
        public override bool Truth(string property, bool value, bool absent)
        {
            Found.Add((property, typeof(bool), [property]));
            return value;
        }
    }

    /// <summary>Puts another value for some settings of a layer.</summary>
    private sealed class ChangedSettings(IReadOnlyList<string> properties, object changed) : LayerSettings
    {
        /// <inheritdoc/>
        public override int Integer(string property, int value) => properties.Contains(property) ? (int)changed : value;

        /// <inheritdoc/>
        public override PerAxis Axes(string property, PerAxis value) => new(Integer($"{property}.{Height}", value.Height), Integer($"{property}.{Width}", value.Width));

        /// <inheritdoc/>
        public override double Number(string property, double value) => properties.Contains(property) ? (changed is int whole ? whole : (double)changed) : value;

        /// <inheritdoc/>
        public override bool Truth(string property, bool value, bool absent) => properties.Contains(property) ? (bool)changed : value;
    }
}
