using Cnn.Layers;

namespace Cnn.Models;

/// <summary>
/// Outside training, a batch normalisation is a scale and a shift of each channel. After a convolution or a dense layer, both can be merged into the weights
/// and biases, and then no pass over the values is left.
/// </summary>
internal static class FoldedNormalization
{
    /// <summary>Makes a model with fewer layers that gives the same logits, except for rounding.</summary>
    /// <param name="model">A model that nobody changes meanwhile.</param>
    /// <returns>The model with fewer layers; the model itself if there is nothing to fold.</returns>
    public static Model Fold(Model model)
    {
        bool[] isFolded = [.. model.Layers.Select((_, index) => CanFold(model, index))];
        if (!isFolded.Contains(true))
        {
            return model;
        }

        int[] kept = [.. Enumerable.Range(0, isFolded.Length).Where(index => !isFolded[index])];
        var folded = new Model(model.InputShape, kept.Select(index => Shortened(model.Layers, isFolded, index))) { Name = model.Name };
        folded.Restore(model.Seed, model.IsTrained, model.Normalization, model.ClassNames, model.Conversion);
        for (int layer = 0; layer < kept.Length; layer++)
        {
            ModelParameter[] from = Tensors(model, kept[layer]);
            ModelParameter[] to = Tensors(folded, layer);
            foreach ((ModelParameter own, ModelParameter copy) in from.Zip(to))
            {
                model.Values(own).CopyTo(folded.Values(copy));
            }

            int next = kept[layer] + 1;
            if (next < isFolded.Length && isFolded[next])
            {
                Take((BatchNormalization)model.Layers[next], [.. Tensors(model, next).Select(tensor => model.Values(tensor).ToArray())], folded.Values(to[0]), folded.Values(to[1]));
            }
        }

        return folded;
    }

    /// <summary>Whether a layer is a batch normalisation whose input nobody else looks at, after a layer with weights.</summary>
    private static bool CanFold(Model model, int index) =>
        model.Layers[index] is BatchNormalization
        && index > 0
        && model.Layers[index - 1] is Convolution or Dense
        && !model.Graph.BeginsShortcut(index)
        && model.Graph.LaterReaders(index).Length == 0;

    /// <summary>
    /// The layer that a kept layer becomes. A residual layer skips fewer layers where some of them are folded, and so its shortcut has fewer. A layer without biases gets them from
    /// a normalisation; until that gives them, they are 0.
    /// </summary>
    private static Layer Shortened(IReadOnlyList<Layer> layers, bool[] isFolded, int index)
    {
        bool takesNext = index + 1 < isFolded.Length && isFolded[index + 1];
        switch (layers[index])
        {
            case Residual residual:
                int shortcut = index - residual.Shortcut;
                return new Residual(
                    residual.Span - isFolded[(shortcut - residual.Span)..shortcut].Count(folded => folded), residual.Shortcut - isFolded[shortcut..index].Count(folded => folded));
            case Convolution convolution when takesNext:
                return convolution with { HasBias = true };
            case Dense dense when takesNext:
                return dense with { HasBias = true };
            default:
                return layers[index];
        }
    }

    private static ModelParameter[] Tensors(Model model, int layer) => [.. model.Parameters.Where(parameter => parameter.Layer == layer)];

    private static void Take(BatchNormalization normalization, float[][] tensors, Span<float> weight, Span<float> bias)
    {
        (float[] scales, float[] shifts, float[] means, float[] variances) = (tensors[0], tensors[1], tensors[2], tensors[3]);
        int row = weight.Length / bias.Length;
        for (int channel = 0; channel < bias.Length; channel++)
        {
            double scale = scales[channel] / Math.Sqrt(variances[channel] + normalization.Epsilon);
            foreach (ref float value in weight.Slice(channel * row, row))
            {
                value = (float)(value * scale);
            }

            bias[channel] = (float)(((bias[channel] - means[channel]) * scale) + shifts[channel]);
        }
    }
}
