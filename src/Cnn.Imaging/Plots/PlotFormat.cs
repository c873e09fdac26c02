namespace Cnn.Plots;

/// <summary>The formats that figures are written in.</summary>
public enum PlotFormat
{
    /// <summary>Pixels, for the screen.</summary>
    Png,

    /// <summary>Lines and text, for print and the web.</summary>
    Svg,
}
