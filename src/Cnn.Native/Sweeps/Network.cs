using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Cnn.Interchange;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Presets;

namespace Cnn.Sweeps;

/// <summary>A setting of one layer of a network that a sweep may vary.</summary>
/// <param name="Name">
/// The name of the layer in the model, and the setting: <c>Convolution1Filters</c>, <c>Dense2Outputs</c>.
/// </param>
/// <param name="Type">The type of its values.</param>
/// <param name="Layer">The index of the layer.</param>
/// <param name="Properties">The properties of the layer that it sets.</param>
public sealed record LayerParameter(string Name, Type Type, int Layer, IReadOnlyList<PropertyInfo> Properties)
{
    /// <summary>The name of the layer in the model, and the setting: <c>Convolution1Filters</c>, <c>Dense2Outputs</c>.</summary>
    public string Name { get; } = Name;

    /// <summary>The type of its values.</summary>
    public Type Type { get; } = Type;

    /// <summary>The index of the layer.</summary>
    public int Layer { get; } = Layer;

    /// <summary>The properties of the layer that it sets.</summary>
    public IReadOnlyList<PropertyInfo> Properties { get; } = Properties;
}

/// <summary>A network without weights: what the trials of a sweep are made from where they vary the layers.</summary>
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

    /// <summary>The network of a model; the weights are left behind.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The network.</returns>
    public static Network Of(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new Network(model.Name, model.InputShape, model.Layers);
    }

    /// <summary>The network with another value for one setting of one layer.</summary>
    /// <param name="name">The name of the setting, in whatever case.</param>
    /// <param name="value">The value, of the setting's type.</param>
    /// <returns>Another network. Whether its layers fit together is found out where a model is made.</returns>
    /// <exception cref="CnnException"><c>SweepParameterUnknown</c>: there is no such setting.</exception>
    public Network With(string name, object value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        IReadOnlyList<LayerParameter> known = Parameters;
        LayerParameter parameter = known.FirstOrDefault(candidate => candidate.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw NearestName.Unknown(name, known.Select(candidate => candidate.Name));

        Layer replaced = Layers[parameter.Layer];
        ConstructorInfo constructor = ConstructorOf(replaced);
        object?[] arguments =
        [
            .. constructor.GetParameters().Select(argument => parameter.Properties.Any(property => property.Name == argument.Name)
                ? value
                : replaced.GetType().GetProperty(argument.Name!)!.GetValue(replaced)),
        ];
        Layer layer = (Layer)constructor.Invoke(arguments);
        return this with { Layers = [.. Layers.Select((old, index) => index == parameter.Layer ? layer : old)] };
    }

    /// <summary>Makes a model and draws its weights.</summary>
    /// <param name="seed">The seed.</param>
    /// <returns>The model, untrained.</returns>
    /// <exception cref="CnnException">A layer does not fit behind the one before it.</exception>
    public Model CreateModel(ulong seed)
    {
        Model model = new(InputShape, Layers) { Name = Name };
        model.Initialize(seed);
        return model;
    }

    private IEnumerable<LayerParameter> ParametersOf(string layer, int index)
    {
        Layer described = Layers[index];
        PropertyInfo[] settings =
        [
            .. ConstructorOf(described).GetParameters().Select(argument => described.GetType().GetProperty(argument.Name!)!).Where(property => IsSimple(property.PropertyType)),
        ];
        foreach (PropertyInfo setting in settings)
        {
            yield return new LayerParameter(layer + setting.Name, setting.PropertyType, index, [setting]);

            // What has rows and columns has a size too, for squares, as in New-CnnLayer: KernelHeight, KernelWidth, KernelSize.
            if (setting.Name.EndsWith(Height, StringComparison.Ordinal)
                && settings.FirstOrDefault(other => other.Name == setting.Name[..^Height.Length] + Width) is { } width)
            {
                yield return new LayerParameter($"{layer}{setting.Name[..^Height.Length]}Size", setting.PropertyType, index, [setting, width]);
            }
        }
    }

    /// <summary>The constructor that takes every setting of a layer; its parameters have the names of the properties.</summary>
    private static ConstructorInfo ConstructorOf(Layer layer) => layer.GetType().GetConstructors().MaxBy(constructor => constructor.GetParameters().Length)!;

    private static bool IsSimple(Type type) => type.IsEnum || type == typeof(int) || type == typeof(double) || type == typeof(float) || type == typeof(bool);
}
