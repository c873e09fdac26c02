using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Models;
using Cnn.Pictures;

namespace Cnn.Plots;

/// <summary>The feature maps of a layer for an image, and the evidence for a class in images.</summary>
public static class ActivationSheet
{
    /// <summary>The opacity of the colour at the pixel with the strongest evidence for the class.</summary>
    private const double Cover = 0.75;

    /// <summary>A side length in pixels at which an image is clearly visible.</summary>
    private const int GoodSide = 56;

    /// <summary>Draws the feature maps of a layer for one image: negative values orange, positive ones blue, on one scale.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The set of the image.</param>
    /// <param name="index">Which image, from 0.</param>
    /// <param name="layer">The name of the layer in the model; if null, the first one with feature maps.</param>
    /// <param name="most">The largest number of maps that are drawn.</param>
    /// <param name="title">The title; if null, the model, the layer and the image.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="CnnException">
    /// <c>LayerUnknown</c>: the model has no such layer. <c>PlotLayer</c>: its output has no rows and columns. The image is of another shape, or there is none.
    /// </exception>
    public static Figure Of(Model model, ImageSet images, int index = 0, string? layer = null, int most = 60, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        string[] known = [.. ClassActivation.LayersOf(model)];
        LayerSummary? chosen = (layer ?? known.FirstOrDefault()) is { } name ? model.FindLayer(name) : null;
        if (chosen == null || !known.Contains(chosen.Name))
        {
            throw new CnnException(
                "PlotLayer",
                CnnErrorKind.InvalidArgument,
                (chosen == null ? $"The model {model.Name} has no layer with feature maps to draw." : $"The layer {chosen.Name} has no feature maps to draw: its output is a vector, which $model.GetActivations returns as an array.")
                + (known.Length == 0 ? "" : $" The layers with feature maps are {string.Join(", ", known)}."))
            { Target = chosen?.Name ?? (object)model };
        }

        model.CheckShape(images);
        var maps = (float[,,,])model.GetActivations(chosen.Name, images.Slice(index, 1));
        (int channels, int height, int width) = (chosen.OutputShape.Channels, chosen.OutputShape.Height, chosen.OutputShape.Width);
        double limit = Math.Max(float.Epsilon, maps.Cast<float>().Max(MathF.Abs));
        SheetTile[] tiles =
        [
            .. Enumerable.Range(0, Math.Min(most, channels)).Select(channel => new SheetTile(
                Colored(width, height, (row, column) => PlotColors.Diverging(maps[0, channel, row, column] / limit)), $"{channel + 1}")),
        ];
        string count = tiles.Length == channels ? $"{channels}" : $"{tiles.Length} of {channels}";
        return new Sheet(tiles, scaleLimit: limit)
        {
            Title = title ?? $"{model.Name}, {chosen.Name}: {count} map{(channels == 1 ? "" : "s")} {height}×{width} of {images.Name}, image {index}",
        };
    }

    /// <summary>Draws each image twice, the second time with the evidence for the class in orange.</summary>
    /// <param name="model">The model.</param>
    /// <param name="activations">The evidence in images of one shape; at least one.</param>
    /// <param name="title">The title; if null, the model, the layer and the images.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="CnnException"><c>PlotNoData</c>: there is nothing to draw. <c>PlotImageShape</c>: the images have neither 1 channel nor 3.</exception>
    public static Figure Of(Model model, IReadOnlyList<ClassActivation> activations, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(activations);
        if (activations.Count == 0)
        {
            throw new CnnException("PlotNoData", CnnErrorKind.InvalidArgument, "There is no image to draw.") { Target = model };
        }

        SheetTile[] tiles = [.. activations.Select(activation => new SheetTile(PictureOf(activation), Captions(model, activation)))];
        string names = string.Join(", ", activations.Select(activation => activation.ImageSet.Name).Distinct().Take(2));
        return new Sheet(tiles)
        {
            Title = title ?? FormattableString.Invariant($"{model.Name}, {activations[0].Layer}: what speaks for the class, {tiles.Length:N0} image{(tiles.Length == 1 ? "" : "s")} of {names}"),
        };
    }

    /// <summary>The class of the image, if the model has that class, and the class that was looked for.</summary>
    private static string[] Captions(Model model, ClassActivation activation)
    {
        string label = activation.ImageSet.ClassNames[activation.ImageSet.Label(activation.Index)];
        return
        [
            model.ClassNames.Contains(label) ? $"{label} → {activation.ClassName}" : activation.ClassName,
            FormattableString.Invariant($"{100 * activation.Probability:F1} %"),
        ];
    }

    private static Picture PictureOf(ClassActivation activation)
    {
        Picture image = ImageSheet.PictureOf(activation.ImageSet, activation.Index).ToColour();
        int zoom = Math.Max(1, GoodSide / Math.Max(image.Width, image.Height));
        (int width, int height) = (zoom * image.Width, zoom * image.Height);
        int gap = Math.Max(1, width / 14);
        double largest = activation.Map.Cast<float>().Max();
        SkiaSharp.SKColor At(int row, int column)
        {
            if (column >= width && column < width + gap)
            {
                return SkiaSharp.SKColors.White;
            }

            int x = column < width ? column : column - width - gap;
            int at = 3 * ((row / zoom * image.Width) + (x / zoom));
            double share = column < width || largest == 0 ? 0 : Cover * Between(activation.Map, row, x, height, width) / largest;
            byte Mix(byte value, byte color) => (byte)Math.Round(value + (share * (color - value)));
            return new SkiaSharp.SKColor(
                Mix(image.Pixels[at], PlotColors.Second.Red), Mix(image.Pixels[at + 1], PlotColors.Second.Green), Mix(image.Pixels[at + 2], PlotColors.Second.Blue));
        }

        return Colored((2 * width) + gap, height, At);
    }

    /// <summary>The value of a map at a pixel of the image, interpolated between the four positions around it.</summary>
    private static double Between(float[,] map, int row, int column, int height, int width)
    {
        double y = Math.Clamp(((row + 0.5) * map.GetLength(0) / height) - 0.5, 0, map.GetLength(0) - 1);
        double x = Math.Clamp(((column + 0.5) * map.GetLength(1) / width) - 0.5, 0, map.GetLength(1) - 1);
        (int top, int left) = ((int)y, (int)x);
        (int bottom, int right) = (Math.Min(top + 1, map.GetLength(0) - 1), Math.Min(left + 1, map.GetLength(1) - 1));
        (double down, double across) = (y - top, x - left);
        return ((1 - down) * (((1 - across) * map[top, left]) + (across * map[top, right])))
            + (down * (((1 - across) * map[bottom, left]) + (across * map[bottom, right])));
    }

    private static Picture Colored(int width, int height, Func<int, int, SkiaSharp.SKColor> colorOf)
    {
        byte[] pixels = new byte[3 * width * height];
        for (int pixel = 0; pixel < width * height; pixel++)
        {
            SkiaSharp.SKColor color = colorOf(pixel / width, pixel % width);
            (pixels[3 * pixel], pixels[(3 * pixel) + 1], pixels[(3 * pixel) + 2]) = (color.Red, color.Green, color.Blue);
        }

        return new Picture(width, height, 3, pixels);
    }
}
