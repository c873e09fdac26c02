using System.Diagnostics;

namespace Cnn.PowerShell.Tests;

/// <summary>The shell as a child process, as people run it.</summary>
internal static class ShellProcess
{
    public static (int ExitCode, string Output, string Errors) Run(string folder, params string[] arguments) => Run(folder, [], arguments);

    public static (int ExitCode, string Output, string Errors) Run(string folder, KeyValuePair<string, string>[] environment, params string[] arguments)
    {
        using Process process = Start(folder, environment, arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }

    public static Process Start(string folder, params string[] arguments) => Start(folder, [], arguments);

    public static Process Start(string folder, KeyValuePair<string, string>[] environment, string[] arguments)
    {
        // bin/<configuration>/<framework>, for the tests as for the shell.
        string framework = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        string shell = Path.Combine(
            Repository.Root, "src", "Cnn.Shell", "bin", Path.GetFileName(Path.GetDirectoryName(framework))!, Path.GetFileName(framework), "Cnn.Shell.dll");
        var start = new ProcessStartInfo("dotnet", [shell, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
