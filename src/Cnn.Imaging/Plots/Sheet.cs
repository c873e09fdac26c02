using Cnn.Pictures;
using SkiaSharp;

namespace Cnn.Plots;

/// <summary>A figure of many small pictures of the same size, in rows, with a caption below each.</summary>
internal sealed class Sheet : Figure
{
    private const int Margin = 16;
    private const int Gap = 8;
    private const int TitleHeight = 34;
    private const int LineHeight = 15;
    private const int ScaleHeight = 40;
    private const float CaptionSize = 11;

    /// <summary>A side length in pixels at which a picture is clearly visible.</summary>
    private const int GoodSide = 56;

    private readonly IReadOnlyList<SheetTile> _tiles;
    private readonly int? _columns;
    private readonly double? _scaleLimit;
    private readonly float _captionWidth;
    private readonly int _captionHeight;

    /// <summary>Makes a sheet.</summary>
    /// <param name="tiles">The pictures, all of the same size; at least one.</param>
    /// <param name="columns">The number of pictures in a row; if null, the number that fits best.</param>
    /// <param name="scaleLimit">The value of the full colours, for pictures whose colours are values; null for others.</param>
    public Sheet(IReadOnlyList<SheetTile> tiles, int? columns = null, double? scaleLimit = null)
    {
        _tiles = tiles;
        _columns = columns;
        _scaleLimit = scaleLimit;
        using var font = new SKFont(PlotFont.Typeface, CaptionSize);
        _captionWidth = tiles.SelectMany(tile => tile.Captions).Select(caption => font.MeasureText(caption)).DefaultIfEmpty(0).Max();
        _captionHeight = tiles.Max(tile => tile.Captions.Length) * LineHeight;
    }

    private float Around => (2 * Margin) + TitleHeight + (_scaleLimit is null ? 0 : ScaleHeight);

    /// <inheritdoc/>
    internal override (int Width, int Height) SizeFor(int? width)
    {
        Picture picture = _tiles[0].Picture;
        int scale = Math.Max(1, (GoodSide + Math.Max(picture.Width, picture.Height) - 1) / Math.Max(picture.Width, picture.Height));
        float cellWidth = CellWidth(picture.Width * scale);
        float cellHeight = CellHeight(picture.Height * scale);

        // A little wider than high, unless another ratio is requested.
        double fitting = width is int given
            ? Math.Floor((given - (2 * Margin)) / cellWidth)
            : Math.Round(Math.Sqrt(1.5 * _tiles.Count * cellHeight / cellWidth));
        int columns = _columns ?? (int)Math.Clamp(fitting, 1, _tiles.Count);
        int rows = (_tiles.Count + columns - 1) / columns;
        return (
            width ?? Math.Clamp((int)Math.Ceiling((2 * Margin) + (columns * cellWidth)), LeastWidth, MostSide),
            Math.Clamp((int)Math.Ceiling(Around + (rows * cellHeight)), LeastSide, MostSide));
    }

    /// <inheritdoc/>
    internal override void Draw(SKCanvas canvas, int width, int height)
    {
        (int columns, float scale) = Arrange(width, height);
        Picture first = _tiles[0].Picture;
        float cellWidth = (width - (2f * Margin)) / columns;
        float cellHeight = CellHeight(first.Height * scale);
        using var titleFont = new SKFont(PlotFont.Typeface, TitleSize(width));
        using var captionFont = new SKFont(PlotFont.Typeface, CaptionSize);
        using var ink = new SKPaint { Color = PlotColors.Ink, IsAntialias = true };
        using var caption = new SKPaint { Color = PlotColors.Axis, IsAntialias = true };
        using var frame = new SKPaint { Color = PlotColors.Grid, Style = SKPaintStyle.Stroke };
        canvas.DrawText(Title, width / 2f, Margin + titleFont.Size, SKTextAlign.Center, titleFont, ink);
        for (int index = 0; index < _tiles.Count; index++)
        {
            float middle = Margin + ((index % columns) + 0.5f) * cellWidth;
            float top = Margin + TitleHeight + ((index / columns) * cellHeight);
            float left = MathF.Round(middle - (first.Width * scale / 2));
            using SKImage image = ImageOf(_tiles[index].Picture);
            canvas.DrawImage(image, SKRect.Create(left, MathF.Round(top), first.Width * scale, first.Height * scale), new SKSamplingOptions(SKFilterMode.Nearest));
            if (_scaleLimit is not null)
            {
                canvas.DrawRect(SKRect.Create(left - 0.5f, MathF.Round(top) - 0.5f, (first.Width * scale) + 1, (first.Height * scale) + 1), frame);
            }

            for (int line = 0; line < _tiles[index].Captions.Length; line++)
            {
                float baseline = top + (first.Height * scale) + ((line + 1) * LineHeight) - 2;
                canvas.DrawText(_tiles[index].Captions[line], middle, baseline, SKTextAlign.Center, captionFont, caption);
            }
        }

        if (_scaleLimit is double limit)
        {
            DrawScale(canvas, width, height, limit, captionFont, caption);
        }
    }

    private static SKImage ImageOf(Picture picture)
    {
        // Opaque colours, whatever the picture has: SVG has no grey images.
        byte[] pixels = new byte[picture.Width * picture.Height * 4];
        for (int from = 0, to = 0; to < pixels.Length; from += picture.Channels, to += 4)
        {
            int step = picture.Channels == 1 ? 0 : 1;
            (pixels[to], pixels[to + 1], pixels[to + 2], pixels[to + 3]) =
                (picture.Pixels[from], picture.Pixels[from + step], picture.Pixels[from + (2 * step)], byte.MaxValue);
        }

        return SKImage.FromPixelCopy(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), pixels);
    }

    /// <summary>A bar with the colours and their values.</summary>
    private static void DrawScale(SKCanvas canvas, int width, int height, double limit, SKFont font, SKPaint text)
    {
        const int BarWidth = 200;
        const int BarHeight = 10;
        const int Steps = 50;
        float left = (width - BarWidth) / 2f;
        float top = height - Margin - BarHeight - LineHeight;
        using var paint = new SKPaint();
        for (int step = 0; step < Steps; step++)
        {
            paint.Color = PlotColors.Diverging(((2.0 * step) + 1 - Steps) / (Steps - 1));
            canvas.DrawRect(SKRect.Create(left + (step * BarWidth / (float)Steps), top, BarWidth / (float)Steps, BarHeight), paint);
        }

        float baseline = top + BarHeight + LineHeight - 2;
        canvas.DrawText(FormattableString.Invariant($"−{limit:G2}"), left, baseline, SKTextAlign.Center, font, text);
        canvas.DrawText("0", left + (BarWidth / 2f), baseline, SKTextAlign.Center, font, text);
        canvas.DrawText(FormattableString.Invariant($"{limit:G2}"), left + BarWidth, baseline, SKTextAlign.Center, font, text);
    }

    private float CellWidth(float side) => Math.Max(side + Gap, _captionWidth + (2 * Gap));

    private float CellHeight(float side) => side + _captionHeight + Gap;

    /// <summary>The number of columns at which the pictures are largest, and their magnification.</summary>
    private (int Columns, float Scale) Arrange(int width, int height)
    {
        Picture picture = _tiles[0].Picture;
        (int Columns, float Scale) best = (1, 0);
        int from = _columns ?? 1;
        int to = _columns ?? _tiles.Count;
        for (int columns = from; columns <= to; columns++)
        {
            int rows = (_tiles.Count + columns - 1) / columns;
            float cellWidth = (width - (2f * Margin)) / columns;
            float roomAcross = cellWidth - Gap;
            float roomDown = ((height - Around) / rows) - _captionHeight - Gap;
            float scale = Math.Min(roomAcross / picture.Width, roomDown / picture.Height);

            // Each pixel becomes a whole number of pixels, so that none is wider than another.
            scale = scale > 1 ? MathF.Floor(scale) : scale;
            if (_captionWidth + Gap <= cellWidth && scale > best.Scale)
            {
                best = (columns, scale);
            }
        }

        if (Math.Min(picture.Width, picture.Height) * best.Scale < 4)
        {
            throw new CnnException(
                "PlotSize",
                CnnErrorKind.InvalidArgument,
                $"{_tiles.Count} pictures are too small to be seen on {width}×{height} pixels: make the figure larger, {NaturalSize.Width}×{NaturalSize.Height} for instance, or show fewer.");
        }

        return best;
    }
}
