using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Pictures;

namespace Cnn.Plots;

/// <summary>Images as a sheet: images of a set with their labels, or mistakes with their predictions.</summary>
public static class ImageSheet
{
    /// <summary>Draws images of a set at even intervals, so that every class is seen even if the set is sorted by class.</summary>
    /// <param name="images">The set.</param>
    /// <param name="most">The largest number of images that are drawn.</param>
    /// <param name="title">The title; if null, the set and the number of its images that are drawn.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="CnnException"><c>PlotNoData</c>: the set is empty. <c>PlotImageShape</c>: its images have neither 1 channel nor 3.</exception>
    public static Figure Of(ImageSet images, int most = 60, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        int shown = Math.Min(most, images.Count);
        if (shown == 0)
        {
            throw new CnnException("PlotNoData", CnnErrorKind.InvalidArgument, $"There is no image to draw: {images.Name} is empty.") { Target = images };
        }

        SheetTile[] tiles =
        [
            .. Enumerable.Range(0, shown)
                .Select(place => (int)((long)place * images.Count / shown))
                .Select(index => new SheetTile(PictureOf(images, index), images.ClassNames[images.Label(index)])),
        ];
        string count = shown == images.Count ? $"{shown:N0}" : $"{shown:N0} of {images.Count:N0}";
        return new Sheet(tiles) { Title = title ?? FormattableString.Invariant($"{images.Name}: {count} image{(images.Count == 1 ? "" : "s")}") };
    }

    /// <summary>Draws the worst mistakes with the class of each image, the prediction, its probability, and the index of the image in its set.</summary>
    /// <param name="report">The report, with a list of mistakes.</param>
    /// <param name="most">The largest number of images that are drawn.</param>
    /// <param name="title">The title; if null, the images and the number of mistakes.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="CnnException"><c>PlotNoData</c>: the report lists no mistakes. <c>PlotImageShape</c>: the images have neither 1 channel nor 3.</exception>
    public static Figure Of(AccuracyReport report, int most = 60, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        int mistakes = report.Count - report.Correct;
        if (report.Misclassified.Count == 0)
        {
            throw new CnnException(
                "PlotNoData",
                CnnErrorKind.InvalidArgument,
                mistakes == 0
                    ? $"There is no mistake to draw: all images of {report.Images} were classified correctly."
                    : $"The report lists none of its {mistakes} mistakes: measure with -MisclassifiedCount {Math.Min(mistakes, most)}.")
            { Target = report };
        }

        SheetTile[] tiles =
        [
            .. report.Misclassified.Take(most).Select(mistake => new SheetTile(
                PictureOf(mistake.ImageSet, mistake.Index),
                $"{mistake.Label} → {mistake.Prediction}",
                FormattableString.Invariant($"#{mistake.Index}, {100 * mistake.Probability:F1} %"))),
        ];
        string count = tiles.Length == mistakes ? $"{mistakes:N0}" : $"the worst {tiles.Length:N0} of {mistakes:N0}";
        return new Sheet(tiles)
        {
            Title = title ?? FormattableString.Invariant($"{report.Images}: {count} mistake{(mistakes == 1 ? "" : "s")} (label → prediction)"),
        };
    }

    /// <summary>An image of a set as a picture.</summary>
    /// <exception cref="CnnException"><c>PlotImageShape</c>: it has neither 1 channel nor 3.</exception>
    internal static Picture PictureOf(ImageSet images, int index)
    {
        if (images.ImageShape.Channels is not (1 or 3))
        {
            throw new CnnException(
                "PlotImageShape",
                CnnErrorKind.InvalidArgument,
                $"Images {images.ImageShape} cannot be drawn: they have {images.ImageShape.Channels} channels, and a picture has 1 or 3.")
            { Target = images };
        }

        return new Picture(images.ImageShape.Width, images.ImageShape.Height, images.ImageShape.Channels, images.Image(index).ToArray());
    }
}
