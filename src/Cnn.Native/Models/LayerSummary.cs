using System.Collections.ObjectModel;
using Cnn.Layers;
using Cnn.Memory;

namespace Cnn.Models;

/// <summary>A layer as part of a model: its name in the model, its input and output shapes, and its cost.</summary>
/// <param name="Name">Its name in the model: its kind, counted from 1, such as <c>Convolution2</c>.</param>
/// <param name="Index">Its position in <see cref="Model.Layers"/>.</param>
/// <param name="Layer">The layer.</param>
/// <param name="InputShape">The shape of the input.</param>
/// <param name="OutputShape">The shape of the output.</param>
/// <param name="ParameterCount">Number of its trained values.</param>
/// <param name="ForwardOperations">Dense operations of its forward pass for one image, two for each multiplication with its addition.</param>
public sealed record LayerSummary(
    string Name, int Index, Layer Layer, Shape InputShape, Shape OutputShape, int ParameterCount, long ForwardOperations)
{
    /// <summary>Its name in the model: its kind, counted from 1, such as <c>Convolution2</c>.</summary>
    public string Name { get; } = Name;

    /// <summary>Its position in <see cref="Model.Layers"/>.</summary>
    public int Index { get; } = Index;

    /// <summary>The layer.</summary>
    public Layer Layer { get; } = Layer;

    /// <summary>The shape of the input.</summary>
    public Shape InputShape { get; } = InputShape;

    /// <summary>The shape of the output.</summary>
    public Shape OutputShape { get; } = OutputShape;

    /// <summary>Number of its trained values.</summary>
    public int ParameterCount { get; } = ParameterCount;

    /// <summary>Dense operations of its forward pass for one image, two for each multiplication with its addition.</summary>
    public long ForwardOperations { get; } = ForwardOperations;

    /// <summary>Where a shortcut begins with this layer: what it reads, as the name of the layer that gives it, or <c>input</c> for the image; null for other layers.</summary>
    public string? ShortcutFrom { get; internal init; }

    /// <summary>What it is, such as <c>max pooling</c>.</summary>
    public string Kind => Layer.Kind;

    /// <summary>Its settings as people write them.</summary>
    public string Settings => Layer.Settings;

    /// <summary>Millions of floating-point operations of its forward pass for one image.</summary>
    public double MegaFlop => ForwardOperations / 1e6;

    /// <summary>Names the layers of a model and computes the cost of each.</summary>
    /// <param name="model">The model.</param>
    /// <returns>A summary for each layer, in their order. The names are unique and depend on the layers alone.</returns>
    internal static ReadOnlyCollection<LayerSummary> Of(Model model)
    {
        string[] names = NamesOf(model.Layers);
        List<LayerSummary> summaries = [];
        for (int index = 0; index < model.Layers.Count; index++)
        {
            Layer layer = model.Layers[index];
            int parameters = model.Parameters.Where(parameter => parameter.Layer == index && parameter.IsTrained).Sum(parameter => parameter.Length);
            Shape input = model.InputShapes[index];
            int read = model.Graph.Read(index);
            summaries.Add(new LayerSummary(names[index], index, layer, input, model.Shapes[index + 1], parameters, layer.ForwardOperations(input))
            {
                ShortcutFrom = !model.Graph.BeginsShortcut(index) ? null : read == 0 ? "input" : names[read - 1],
            });
        }

        return summaries.AsReadOnly();
    }

    /// <summary>Names layers.</summary>
    /// <param name="layers">The layers, from the image to the logits.</param>
    /// <returns>A name for each, such as <c>Convolution2</c>.</returns>
    internal static string[] NamesOf(IEnumerable<Layer> layers)
    {
        Dictionary<string, int> numbers = [];
        return
        [
            .. layers.Select(layer => layer.GetType().Name).Select(name => $"{name}{numbers[name] = numbers.GetValueOrDefault(name) + 1}"),
        ];
    }
}
