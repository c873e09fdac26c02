using Cnn.Layers;
using Cnn.Models;
using Cnn.Pictures;

namespace Cnn.Plots;

/// <summary>The filters of a convolution as small images.</summary>
public static class FilterSheet
{
    /// <summary>
    /// Draws the filters: negative weights orange, positive ones blue, on one scale. If the layer has more than one input channel, each filter is a row with
    /// an image for each channel.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="layer">The name of the convolution in the model; if null, the first one.</param>
    /// <param name="title">The title; if null, the model and the layer.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="CnnException">
    /// <c>LayerUnknown</c>: the model has no such layer. <c>PlotLayer</c>: it is not a convolution, or the model has none.
    /// </exception>
    public static Figure Of(Model model, string? layer = null, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        LayerSummary chosen = Choose(model, layer);
        ModelParameter weights = model.Parameters.First(parameter => parameter.Layer == chosen.Index && parameter.Dimensions.Count == 4);
        (int filters, int channels, int height, int width) = (weights.Dimensions[0], weights.Dimensions[1], weights.Dimensions[2], weights.Dimensions[3]);
        float[] values = model.GetValues(weights);

        // A filter that is all zeros becomes white; without this check, it would be a division by zero.
        double limit = Math.Max(float.Epsilon, values.Max(MathF.Abs));
        int area = height * width;
        SheetTile[] tiles =
        [
            .. Enumerable.Range(0, filters * channels).Select(index => new SheetTile(
                PictureOf(values.AsSpan(index * area, area), width, height, limit),
                channels == 1 ? $"{index + 1}" : $"{(index / channels) + 1}, {(index % channels) + 1}")),
        ];
        string seen = channels == 1 ? "" : " (filter, channel)";
        return new Sheet(tiles, channels == 1 ? null : channels, limit)
        {
            Title = title ?? $"{model.Name}, {chosen.Name}: {chosen.Layer.Settings}{seen}",
        };
    }

    /// <summary>The names of the layers whose filters can be drawn.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The names, in the order of the layers.</returns>
    public static IEnumerable<string> LayersOf(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Summary.Where(layer => layer.Layer is ConvolutionLayer).Select(layer => layer.Name);
    }

    private static LayerSummary Choose(Model model, string? name)
    {
        LayerSummary? chosen = name is null ? model.Summary.FirstOrDefault(layer => layer.Layer is ConvolutionLayer) : model.FindLayer(name);
        if (chosen?.Layer is ConvolutionLayer)
        {
            return chosen;
        }

        string[] convolutions = [.. LayersOf(model)];
        string there = convolutions.Length == 0 ? "The model has no convolution." : $"Its convolutions are {string.Join(", ", convolutions)}.";
        throw new CnnException(
            "PlotLayer",
            CnnErrorKind.InvalidArgument,
            $"{(chosen is null ? $"There are no filters to draw in the model {model.Name}." : $"The layer {chosen.Name} has no filters: it is not a convolution.")} {there}")
        { Target = chosen?.Name ?? (object)model };
    }

    private static Picture PictureOf(ReadOnlySpan<float> weights, int width, int height, double limit)
    {
        byte[] pixels = new byte[3 * weights.Length];
        for (int index = 0; index < weights.Length; index++)
        {
            SkiaSharp.SKColor color = PlotColors.Diverging(weights[index] / limit);
            (pixels[3 * index], pixels[(3 * index) + 1], pixels[(3 * index) + 2]) = (color.Red, color.Green, color.Blue);
        }

        return new Picture(width, height, 3, pixels);
    }
}
