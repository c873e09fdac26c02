using System.Management.Automation;
using System.Management.Automation.Host;

namespace Cnn.PowerShell;

/// <summary>What can be shown where the output of a cmdlet most likely goes.</summary>
internal static class Terminal
{
    /// <summary>The columns of a host that has none to tell.</summary>
    private const int UsualWidth = 80;

    /// <summary>The columns of a line.</summary>
    public static int Width(PSHost host)
    {
        try
        {
            return host.UI?.RawUI?.WindowSize.Width is int width and > 1 ? width : UsualWidth;
        }
        catch (Exception e) when (e is HostException or NotImplementedException or IOException)
        {
            return UsualWidth;
        }
    }

    /// <summary>
    /// Whether colours come through: by $PSStyle.OutputRendering, which NO_COLOR sets too, and where that leaves it to the host,
    /// if it is a terminal and not redirected.
    /// </summary>
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
