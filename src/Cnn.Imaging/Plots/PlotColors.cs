using SkiaSharp;

namespace Cnn.Plots;

/// <summary>The colours of all figures: one for what is meant, one for what is set against it, and greys.</summary>
internal static class PlotColors
{
    /// <summary>What the figure is about.</summary>
    public static readonly SKColor Main = new(0x2B, 0x6C, 0xB0);

    /// <summary>What is set against it: the validation, mistakes.</summary>
    public static readonly SKColor Second = new(0xD9, 0x5F, 0x0E);

    /// <summary>Titles.</summary>
    public static readonly SKColor Ink = new(0x22, 0x22, 0x22);

    /// <summary>Axes and what is written at them.</summary>
    public static readonly SKColor Axis = new(0x55, 0x55, 0x55);

    /// <summary>Lines of the grid.</summary>
    public static readonly SKColor Grid = new(0xE6, 0xE6, 0xE6);

    /// <summary>A colour between white and a full colour.</summary>
    /// <param name="full">The colour at 1.</param>
    /// <param name="share">0 for white, 1 for the full colour.</param>
    /// <returns>The colour.</returns>
    public static SKColor Tint(SKColor full, double share)
    {
        byte Mix(byte channel) => (byte)Math.Round(255 + ((channel - 255) * Math.Clamp(share, 0, 1)));
        return new SKColor(Mix(full.Red), Mix(full.Green), Mix(full.Blue));
    }

    /// <summary>From <see cref="Second"/> at -1 over white to <see cref="Main"/> at 1.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The colour.</returns>
    public static SKColor Diverging(double value) => Tint(value < 0 ? Second : Main, Math.Abs(value));
}
