using System.Management.Automation.Host;

namespace Cnn.PowerShell.Formatting;

/// <summary>The screen that the views are drawn on.</summary>
public static class Terminal
{
    /// <summary>What is believed where there is no screen: output to a file, a job, a remote session.</summary>
    private const int Usual = 80;

    /// <summary>How many cells a line may have; the last one stays free, for some terminals begin a new line behind it.</summary>
    /// <param name="host">The host of the session.</param>
    /// <returns>The width, 30 at least: what is narrower shows nothing well.</returns>
    public static int Width(PSHost? host)
    {
        int width;
        try
        {
            width = host?.UI?.RawUI?.BufferSize.Width ?? Usual;
        }
        catch (Exception error) when (error is HostException or NotImplementedException or NotSupportedException or InvalidOperationException or IOException)
        {
            width = Usual;
        }

        return Math.Max(30, (width > 0 ? width : Usual) - 1);
    }
}
