using SkiaSharp;

namespace Cnn.Plots;

/// <summary>The colours of all figures: one for the subject, one for the contrast, and greys.</summary>
internal static class PlotColors
{
    /// <summary>The subject of the figure.</summary>
    public static readonly SKColor Main = new(0x2B, 0x6C, 0xB0);

    /// <summary>The contrast: the validation, mistakes.</summary>
    public static readonly SKColor Second = new(0xD9, 0x5F, 0x0E);

    /// <summary>Several trainings in one figure, told apart only by colour.</summary>
    private static readonly SKColor[] Runs =
    [
        Main, Second, new(0x2C, 0x8C, 0x5A), new(0x8E, 0x44, 0xAD), new(0xB8, 0x8A, 0x00), new(0x17, 0x9B, 0xAE), new(0xC0, 0x39, 0x2B), new(0x6B, 0x4F, 0x3A),
    ];

    /// <summary>Titles.</summary>
    public static readonly SKColor Ink = new(0x22, 0x22, 0x22);

    /// <summary>Axes and their labels.</summary>
    public static readonly SKColor Axis = new(0x55, 0x55, 0x55);

    /// <summary>Lines of the grid.</summary>
    public static readonly SKColor Grid = new(0xE6, 0xE6, 0xE6);

    /// <summary>The colour of one of several trainings; from the ninth on they repeat.</summary>
    /// <param name="run">The index of the training, from 0.</param>
    /// <returns>The colour.</returns>
    public static SKColor OfRun(int run) => Runs[run % Runs.Length];

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
