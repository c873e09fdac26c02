using Cnn.Data;
using Cnn.Kernels;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Models;

namespace Cnn.Evaluation;

/// <summary>
/// The evidence for a class in an image: Grad-CAM (Selvaraju, Cogswell, Das, Vedantam, Parikh and Batra, "Grad-CAM: Visual Explanations from Deep Networks
/// via Gradient-based Localization", 2017). The feature maps of a layer are added up, each weighted by the mean gradient of the class's logit with respect to
/// it, and negative sums are left out.
/// </summary>
public sealed class ClassActivation
{
    private ClassActivation(ImageSet images, int index, string className, double probability, string layer, float[,] map)
    {
        (ImageSet, Index, ClassName, Probability, Layer, Map) = (images, index, className, probability, layer, map);
    }

    /// <summary>The set of the image.</summary>
    public ImageSet ImageSet { get; }

    /// <summary>The index of the image in the set.</summary>
    public int Index { get; }

    /// <summary>The class.</summary>
    public string ClassName { get; }

    /// <summary>The model's probability of the class, 0 to 1.</summary>
    public double Probability { get; }

    /// <summary>The layer whose feature maps were used.</summary>
    public string Layer { get; }

    /// <summary>[row, column] of the layer's maps: how strong the evidence for the class is at this position; at least 0.</summary>
    public float[,] Map { get; }

    /// <summary>Computes the evidence in an image.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The set of the image, in the model's shape.</param>
    /// <param name="index">Which image, from 0.</param>
    /// <param name="className">The class, in any case; by default the most probable one.</param>
    /// <param name="layer">The name of a layer whose output has rows and columns; by default that of <see cref="DefaultLayer"/>.</param>
    /// <param name="kernels">The kernels to run; by default those of the process.</param>
    /// <returns>The evidence.</returns>
    /// <exception cref="CnnException">
    /// <c>LayerUnknown</c>: there is no such layer. <c>LayerWithoutMaps</c>: its output has no rows and columns, or it is the image itself.
    /// <c>ClassUnknown</c>: there is no such class. The images have another shape, or there is no such image.
    /// </exception>
    public static ClassActivation Of(Model model, ImageSet images, int index, string? className = null, string? layer = null, KernelSet? kernels = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.CheckShape(images);
        LayerSummary chosen = layer == null ? DefaultLayer(model) : Choose(model, layer);
        int label = className == null ? -1 : LabelOf(model, className);
        Shape shape = chosen.OutputShape;
        float[] maps = new float[shape.Length];
        float[] gradient = new float[shape.Length];
        float[] logits;
        using (var probe = new LayerProbe(model, kernels ?? KernelSelection.Current, goesBack: true))
        {
            probe.Forward(images, index, chosen.Index, maps);
            logits = probe.Logits(chosen.Index);
            label = label < 0 ? Softmax.Largest(logits) : label;
            probe.Backward(label, chosen.Index, gradient);
        }

        return new ClassActivation(images, index, model.ClassNames[label], Softmax.Probabilities(logits)[label], chosen.Name, Sum(shape, maps, gradient));
    }

    /// <summary>The last convolution, together with the layers after it that keep the size: its normalisation and its ReLU.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The layer.</returns>
    /// <exception cref="CnnException"><c>LayerWithoutMaps</c>: the model has no convolution with rows and columns.</exception>
    public static LayerSummary DefaultLayer(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        LayerSummary? last = model.Summary.LastOrDefault(summary => summary.Layer is Convolution && !summary.OutputShape.IsVector);
        return last == null
            ? throw WithoutMaps(model, $"The model {model.Name} has no convolution with feature maps.")
            : model.Summary.Skip(last.Index).TakeWhile(summary => summary == last || summary.OutputShape == last.OutputShape).Last();
    }

    /// <summary>The names of the layers with feature maps.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The names, in the order of the layers.</returns>
    public static IReadOnlyList<string> LayersOf(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Array.AsReadOnly([.. model.Summary.Where(HasMaps).Select(summary => summary.Name)]);
    }

    /// <summary>The class and the image.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => FormattableString.Invariant($"{ImageSet.Name} {Index}: {ClassName} ({Probability:P1}), {Layer}");

    private static bool HasMaps(LayerSummary summary) => !summary.OutputShape.IsVector;

    private static LayerSummary Choose(Model model, string name)
    {
        LayerSummary found = model.FindLayer(name);
        return HasMaps(found) ? found : throw WithoutMaps(model, $"The layer {found.Name} has no feature maps: its output is a vector of {found.OutputShape.Channels} values.");
    }

    private static CnnException WithoutMaps(Model model, string problem) => new(
        "LayerWithoutMaps",
        CnnErrorKind.InvalidArgument,
        $"{problem} {(LayersOf(model) is { Count: > 0 } layers ? $"The layers with feature maps are {string.Join(", ", layers)}." : "None of its layers has feature maps: use a model with convolutions.")}")
    { Target = model };

    private static int LabelOf(Model model, string name)
    {
        string[] names = [.. model.ClassNames];
        int label = Array.IndexOf(names, name);
        label = label < 0 ? Array.FindIndex(names, known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) : label;
        return label >= 0
            ? label
            : throw new CnnException("ClassUnknown", CnnErrorKind.InvalidArgument, $"The model {model.Name} has no class '{name}'. It has {string.Join(", ", names)}.") { Target = name };
    }

    private static float[,] Sum(Shape shape, float[] maps, float[] gradient)
    {
        int area = shape.Height * shape.Width;
        double[] sums = new double[area];
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            ReadOnlySpan<float> slopes = gradient.AsSpan(channel * area, area);
            double weight = 0;
            foreach (float slope in slopes)
            {
                weight += slope;
            }

            weight /= area;
            for (int place = 0; place < area; place++)
            {
                sums[place] += weight * maps[(channel * area) + place];
            }
        }

        float[,] map = new float[shape.Height, shape.Width];
        for (int place = 0; place < area; place++)
        {
            map[place / shape.Width, place % shape.Width] = (float)Math.Max(0, sums[place]);
        }

        return map;
    }
}
