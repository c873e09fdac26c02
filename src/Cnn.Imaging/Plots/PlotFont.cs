using System.Reflection;
using ScottPlot;
using SkiaSharp;

namespace Cnn.Plots;

/// <summary>
/// The font of all plots, embedded in this assembly: a plot has text on a machine without fonts, and looks the same everywhere.
/// </summary>
internal sealed class PlotFont : IFontResolver
{
    /// <summary>The family.</summary>
    public const string Name = "DejaVu Sans";

    /// <summary>The families that an SVG names: where the reader lacks the font, Verdana has nearly the same widths.</summary>
    public const string Families = "DejaVu Sans, Verdana, sans-serif";

    private static readonly Lazy<SKTypeface> Loaded = new(Load);

    private PlotFont()
    {
    }

    /// <summary>The font data.</summary>
    public static SKTypeface Typeface => Loaded.Value;

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        fontName == Name ? Typeface : null;

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Name ? Typeface : null;

    /// <summary>Registers the font with ScottPlot by its name.</summary>
    public static void Register() => _ = Typeface;

    private static SKTypeface Load()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("DejaVuSans.ttf")!;
        SKTypeface typeface = SKTypeface.FromStream(stream);
        ScottPlot.Fonts.FontResolvers.Insert(0, new PlotFont());
        return typeface;
    }
}
