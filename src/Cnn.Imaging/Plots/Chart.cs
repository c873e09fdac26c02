using System.Globalization;
using ScottPlot;
using ScottPlot.AxisPanels;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace Cnn.Plots;

/// <summary>A figure with axes, drawn by ScottPlot.</summary>
internal sealed class Chart : Figure
{
    private const float TextSize = 13;

    private readonly Plot _plot;

    /// <summary>Makes a chart in the style of all charts.</summary>
    /// <param name="plot">The plot; the chart owns it from now on.</param>
    /// <param name="horizontal">The title of the horizontal axis, with the unit.</param>
    /// <param name="vertical">The title of the vertical axis, with the unit.</param>
    public Chart(Plot plot, string horizontal, string vertical)
    {
        _plot = plot;
        PlotFont.Register();
        _plot.XLabel(horizontal);
        _plot.YLabel(vertical);
        _plot.Grid.MajorLineColor = Of(PlotColors.Grid);
        _plot.Axes.Right.FrameLineStyle.Width = 0;
        _plot.Axes.Top.FrameLineStyle.Width = 0;
        foreach (IAxis axis in _plot.Axes.GetAxes())
        {
            axis.Label.ForeColor = Of(PlotColors.Axis);
            axis.Label.FontSize = TextSize;
            axis.Label.FontName = PlotFont.Name;
            axis.Label.Bold = false;
            axis.TickLabelStyle.FontName = PlotFont.Name;
            axis.TickLabelStyle.FontSize = TextSize - 1;
            axis.TickLabelStyle.ForeColor = Of(PlotColors.Axis);
            axis.FrameLineStyle.Color = Of(PlotColors.Axis);
            axis.MajorTickStyle.Color = Of(PlotColors.Axis);
            axis.MinorTickStyle.Length = 0;
            if (axis is AxisBase edge)
            {
                edge.PaddingBetweenTickAndAxisLabels = new PixelPadding(8, 4);
                edge.PaddingOutsideAxisLabels = new PixelPadding(6, 6);
            }
        }
    }

    /// <summary>The natural size.</summary>
    public (int Width, int Height) Size { get; init; } = (800, 480);

    /// <summary>A colour for ScottPlot.</summary>
    /// <param name="color">The colour.</param>
    /// <returns>The same colour.</returns>
    public static Color Of(SKColor color) => Color.FromSKColor(color);

    /// <summary>Sets the font of a label in a chart.</summary>
    /// <param name="text">The label.</param>
    /// <param name="color">Its colour.</param>
    public static void Style(Text text, SKColor color)
    {
        text.LabelFontName = PlotFont.Name;
        text.LabelFontSize = TextSize - 1;
        text.LabelFontColor = Of(color);
    }

    /// <summary>How much wider than a number the longest of some names is.</summary>
    /// <param name="names">The names.</param>
    /// <returns>Pixels.</returns>
    public static int RoomForNames(IEnumerable<string> names) => Math.Max(0, (int)WidestOf(names) - 12);

    /// <summary>Adds a legend.</summary>
    /// <param name="corner">A position where nothing is drawn.</param>
    /// <returns>The chart itself.</returns>
    public Chart WithLegend(Alignment corner)
    {
        Legend legend = _plot.ShowLegend(corner);
        legend.FontName = PlotFont.Name;
        legend.FontSize = TextSize - 1;
        legend.FontColor = Of(PlotColors.Axis);
        legend.OutlineWidth = 0;
        legend.ShadowColor = Colors.Transparent;
        legend.BackgroundColor = Colors.White.WithAlpha(0.8);
        return this;
    }

    /// <summary>Ticks at powers of ten, and at twice and five times them if there is room.</summary>
    /// <param name="low">The logarithm to ten at one end.</param>
    /// <param name="high">The logarithm to ten at the other end.</param>
    /// <returns>Ticks at the logarithms, labelled with the numbers.</returns>
    public static NumericManual LogarithmicTicks(double low, double high)
    {
        int[] steps = high - low <= 3.5 ? [1, 2, 5] : [1];
        double[] numbers =
        [
            .. Enumerable.Range((int)Math.Floor(low), (int)(Math.Ceiling(high) - Math.Floor(low)) + 1)
                .SelectMany(power => steps.Select(step => step * Math.Pow(10, power))),
        ];
        return new NumericManual([.. numbers.Select(Math.Log10)], [.. numbers.Select(number => FormattableString.Invariant($"{number:G3}"))]);
    }

    /// <summary>A few ticks at percentages, with as many decimals as are needed to tell them apart.</summary>
    /// <param name="range">The length of the axis in percent.</param>
    /// <returns>The ticks.</returns>
    public static NumericAutomatic PercentTicks(double range)
    {
        string decimals = range > 5 ? "F0" : range > 0.5 ? "F1" : "F2";
        return new NumericAutomatic
        {
            TickDensity = 0.5,
            LabelFormatter = percent => percent.ToString(decimals, CultureInfo.InvariantCulture),
        };
    }

    /// <summary>Labels positions on an axis, rotated if there is not enough room side by side.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="names">A name for each of the positions 0, 1, 2…</param>
    /// <param name="room">Pixels between two positions.</param>
    public static void NameTicks(IAxis axis, IReadOnlyList<string> names, double room)
    {
        axis.TickGenerator = new NumericManual([.. names.Select((_, position) => (double)position)], [.. names]);
        axis.MajorTickStyle.Length = 0;
        float widest = WidestOf(names);
        if (axis.Edge == Edge.Bottom && widest > room - 6)
        {
            axis.TickLabelStyle.Rotation = -45;
            axis.TickLabelStyle.Alignment = Alignment.UpperRight;
            axis.MinimumSize = (widest * 0.75f) + 40;
        }
        else if (axis.Edge == Edge.Left)
        {
            axis.MinimumSize = widest + 36;
        }
    }

    private static float WidestOf(IEnumerable<string> names)
    {
        using var font = new SKFont(PlotFont.Typeface, TextSize - 1);
        return names.Max(name => font.MeasureText(name));
    }

    /// <inheritdoc/>
    internal override (int Width, int Height) SizeFor(int? width) => (width ?? Size.Width, Size.Height);

    /// <inheritdoc/>
    internal override void Draw(SKCanvas canvas, int width, int height)
    {
        _plot.Axes.Title.FullFigureCenter = true;
        _plot.Axes.Title.Label.Text = Title;
        _plot.Axes.Title.Label.FontName = PlotFont.Name;
        _plot.Axes.Title.Label.FontSize = TitleSize(width);
        _plot.Axes.Title.Label.Bold = false;
        _plot.Axes.Title.Label.ForeColor = Of(PlotColors.Ink);

        // The first rendering measures how much room the axes need; the second one uses the result.
        _plot.RenderInMemory(width, height);
        _plot.RenderManager.ClearCanvasBeforeEachRender = false;
        _plot.Render(canvas, width, height);
    }
}
