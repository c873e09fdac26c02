using System.Globalization;
using System.Text;
using Cnn.Files;
using SkiaSharp;

namespace Cnn.Plots;

/// <summary>A drawing of a training, a measurement, a model or images, ready to be written as PNG or SVG.</summary>
public abstract class Figure
{
    /// <summary>The smallest number of pixels of a side.</summary>
    public const int LeastSide = 100;

    /// <summary>The largest number of pixels of a side.</summary>
    public const int MostSide = 8192;

    /// <summary>A width that leaves room for a title.</summary>
    private protected const int LeastWidth = 420;

    private const float LargestTitle = 15;
    private const float SmallestTitle = 8;

    /// <summary>The title.</summary>
    public required string Title { get; init; }

    /// <summary>The natural width and height, in pixels at 96 per inch.</summary>
    public (int Width, int Height) NaturalSize => SizeFor(null);

    /// <summary>The format in which a file is written.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The format by the file extension.</returns>
    /// <exception cref="CnnException"><c>PlotFormat</c>: the extension is not supported.</exception>
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
                + "use a file name that ends in .png or .svg.")
            { Target = path },
        };
    }

    /// <summary>Saves the figure, completely or not at all, as PNG or SVG by the file extension.</summary>
    /// <param name="path">The file.</param>
    /// <param name="width">Width in pixels; if null, the natural width.</param>
    /// <param name="height">Height in pixels; if null, the height that matches the width.</param>
    /// <param name="overwrite">Whether an existing file may be replaced.</param>
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
    /// <param name="width">Width in pixels; if null, the natural width.</param>
    /// <param name="height">Height in pixels; if null, the height that matches the width.</param>
    /// <returns>The bytes of the file.</returns>
    /// <exception cref="CnnException"><c>PlotSize</c>: the size is out of range, or too small for the content.</exception>
    public byte[] Encode(PlotFormat format, int? width = null, int? height = null)
    {
        (int columns, int rows) = (width ?? NaturalSize.Width, height ?? SizeFor(width).Height);
        if (columns is < LeastSide or > MostSide || rows is < LeastSide or > MostSide)
        {
            throw new CnnException(
                "PlotSize",
                CnnErrorKind.InvalidArgument,
                $"A figure cannot have {columns}×{rows} pixels: each side must have {LeastSide} to {MostSide}. Pass another width and height.");
        }

        // The library formats numbers in the culture of the thread, but a figure must have the same bytes everywhere.
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

    /// <summary>The natural size.</summary>
    /// <param name="width">The width, if it is already chosen.</param>
    /// <returns>Pixels.</returns>
    internal abstract (int Width, int Height) SizeFor(int? width);

    /// <summary>Draws on white.</summary>
    /// <param name="canvas">The canvas.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    internal abstract void Draw(SKCanvas canvas, int width, int height);

    /// <summary>The font size of the title: smaller than usual if the figure is narrow.</summary>
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
