using System.ComponentModel;
using System.Diagnostics;

namespace Cnn.PowerShell.Tests.Reliability;

/// <summary>Commands of the system for what .NET cannot do: mounting, and making pipes and devices.</summary>
internal static class SystemCommand
{
    /// <summary>Runs a command.</summary>
    /// <returns>Null where it went well, else what it complained about.</returns>
    public static string? Try(string name, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardError = true })!;
            string complaint = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{name} {string.Join(' ', arguments)}: {complaint.Trim()}";
        }
        catch (Win32Exception e)
        {
            return $"{name}: {e.Message}";
        }
    }

    /// <summary>Runs a command that has to go well.</summary>
    public static void Run(string name, params string[] arguments) => Assert.Null(Try(name, arguments));
}
