using System.Management.Automation;
using System.Management.Automation.Host;

namespace Cnn.PowerShell.Formatting;

/// <summary>The screen that the views are drawn on.</summary>
public static class Terminal
{
    /// <summary>The width without a screen: output to a file, a job, a remote session.</summary>
    private const int Usual = 80;

    /// <summary>The number of cells in a line; the last one stays free, because some terminals begin a new line after it.</summary>
    /// <param name="host">The host of the session.</param>
    /// <returns>The width, at least 30: nothing is readable on less.</returns>
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

    /// <summary>
    /// Whether colours are available: by $PSStyle.OutputRendering, which NO_COLOR sets too, and if that leaves it to the host, whether it is a terminal and
    /// not redirected.
    /// </summary>
    /// <param name="cmdlet">The cmdlet that is about to draw.</param>
    /// <returns>Whether escape sequences of colours may be written.</returns>
    public static bool ShowsColours(PSCmdlet cmdlet)
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")))
        {
            return false;
        }

        // The standard that the module is compiled against is older than $PSStyle.
        object? style = cmdlet.SessionState.PSVariable.GetValue("PSStyle");
        string rendering = style == null ? "" : $"{PSObject.AsPSObject(style).Properties["OutputRendering"]?.Value}";
        return rendering switch
        {
            "PlainText" => false,
            "Ansi" => true,
            _ => cmdlet.Host.UI?.SupportsVirtualTerminal == true && !Console.IsOutputRedirected,
        };
    }
}
