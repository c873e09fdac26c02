using System.Globalization;
using System.Text;
using Cnn.Files;
using SkiaSharp;

namespace Cnn.Plots;

/// <summary>Something that was drawn of a training, a measurement, a model or images, ready to be written as PNG or SVG.</summary>
public abstract class Figure
{
    /// <summary>Fewest pixels of a side.</summary>
    public const int LeastSide = 100;

    /// <summary>Most pixels of a side.</summary>
    public const int MostSide = 8192;

    /// <summary>A width at which there is room for a title.</summary>
    private protected const int LeastWidth = 420;

    private const float LargestTitle = 15;
    private const float SmallestTitle = 8;

    /// <summary>What is written above it.</summary>
    public required string Title { get; init; }

    /// <summary>The width and height at which it looks as it should, in pixels at 96 an inch.</summary>
    public (int Width, int Height) NaturalSize => SizeFor(null);

    /// <summary>The format that a file is to be written in.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The format by the ending of its name.</returns>
    /// <exception cref="CnnException"><c>PlotFormat</c>: no figure is written in this format.</exception>
    public static PlotFormat FormatOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string ending = Path.GetExtension(path);
        return ending.ToLowerInvariant() switch
        {
            ".png" => PlotFormat.Png,
            ".svg" => PlotFormat.Svg,
            _ => throw new CnnException(
                "PlotFormat",
                CnnErrorKind.InvalidArgument,
                $"{(ending.Length == 0 ? $"The file name '{Path.GetFileName(path)}' has no ending" : $"'{ending}' is not a format for figures")}: "
                + "end the file name in .png or .svg.")
            { Target = path },
        };
    }

    /// <summary>Saves the figure, whole or not at all, as PNG or SVG by the ending of the path.</summary>
    /// <param name="path">The file.</param>
    /// <param name="width">Pixels; the natural width where it is null.</param>
    /// <param name="height">Pixels; the height that goes with the width where it is null.</param>
    /// <param name="overwrite">Whether a file that exists may be replaced.</param>
    /// <exception cref="CnnException">
    /// <c>PlotFormat</c>, <c>PlotSize</c>, <c>FileExists</c>, <c>FolderNotFound</c> or <c>WriteFailed</c>.
    /// </exception>
    public void Save(string path, int? width = null, int? height = null, bool overwrite = false)
    {
        PlotFormat format = FormatOf(path);
        AtomicFile.Write(path, overwrite, stream => stream.Write(Encode(format, width, height)));
    }

    /// <summary>Draws the figure.</summary>
    /// <param name="format">PNG or SVG.</param>
    /// <param name="width">Pixels; the natural width where it is null.</param>
    /// <param name="height">Pixels; the height that goes with the width where it is null.</param>
    /// <returns>The bytes of the file.</returns>
    /// <exception cref="CnnException"><c>PlotSize</c>: the size is out of its range, or too small for what is to be seen.</exception>
    public byte[] Encode(PlotFormat format, int? width = null, int? height = null)
    {
        (int columns, int rows) = (width ?? NaturalSize.Width, height ?? SizeFor(width).Height);
        if (columns is < LeastSide or > MostSide || rows is < LeastSide or > MostSide)
        {
            throw new CnnException(
                "PlotSize",
                CnnErrorKind.InvalidArgument,
                $"A figure cannot have {columns}×{rows} pixels: each side has {LeastSide} to {MostSide}. Pass another width and height.");
        }

        // The library writes numbers as the culture of the thread has them, and a figure has the same bytes everywhere.
        CultureInfo culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            return format == PlotFormat.Png ? Png(columns, rows) : Svg(columns, rows);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    /// <summary>The size at which it looks as it should.</summary>
    /// <param name="width">Its width, where that is chosen already.</param>
    /// <returns>Pixels.</returns>
    internal abstract (int Width, int Height) SizeFor(int? width);

    /// <summary>Draws on white.</summary>
    /// <param name="canvas">Where.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    internal abstract void Draw(SKCanvas canvas, int width, int height);

    /// <summary>The size of the title's letters: smaller than usual where the figure is narrow.</summary>
    /// <param name="width">The width of the figure in pixels.</param>
    /// <returns>Pixels.</returns>
    private protected float TitleSize(int width)
    {
        using var font = new SKFont(PlotFont.Typeface, LargestTitle);
        return Math.Clamp(LargestTitle * (width - 32) / font.MeasureText(Title), SmallestTitle, LargestTitle);
    }

    private byte[] Png(int width, int height)
    {
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul);
        using SKSurface surface = SKSurface.Create(info);
        surface.Canvas.Clear(SKColors.White);
        Draw(surface.Canvas, width, height);
        using SKImage image = surface.Snapshot();
        using SKData data = image.Encode(SKEncodedImageFormat.Png, quality: 100);
        return data.ToArray();
    }

    private byte[] Svg(int width, int height)
    {
        using var stream = new MemoryStream();
        using (SKCanvas canvas = SKSvgCanvas.Create(SKRect.Create(width, height), stream))
        {
            Draw(canvas, width, height);
        }

        return Encoding.UTF8.GetBytes(SvgText.Finish(Encoding.UTF8.GetString(stream.ToArray())));
    }
}
