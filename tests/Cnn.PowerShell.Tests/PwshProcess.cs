using System.Diagnostics;
using System.Reflection;

namespace Cnn.PowerShell.Tests;

/// <summary>PowerShell itself, as a child process, as people run it.</summary>
internal static class PwshProcess
{
    /// <summary>The path of Pester's manifest.</summary>
    public static string Pester { get; } = Metadata("Pester");

    private static string Pwsh { get; } = Metadata("Pwsh");

    /// <summary>Runs a command with the module imported.</summary>
    public static (int ExitCode, string Output, string Errors) RunCommand(string folder, string command) => RunCommand(folder, [], command);

    /// <summary>Runs a command with the module imported.</summary>
    public static (int ExitCode, string Output, string Errors) RunCommand(string folder, KeyValuePair<string, string>[] environment, string command)
    {
        using Process process = StartCommand(folder, environment, command);
        return WaitFor(process);
    }

    /// <summary>Runs a script file.</summary>
    public static (int ExitCode, string Output, string Errors) RunFile(string folder, string script, params string[] arguments)
    {
        using Process process = StartFile(folder, script, arguments);
        return WaitFor(process);
    }

    /// <summary>Starts a command with the module imported.</summary>
    public static Process StartCommand(string folder, KeyValuePair<string, string>[] environment, string command) =>
        Start(folder, environment, ["-Command", $"Import-Module '{Repository.Manifest}'\n{command}"]);

    /// <summary>Starts a script file.</summary>
    public static Process StartFile(string folder, string script, params string[] arguments) => Start(folder, [], ["-File", script, .. arguments]);

    private static Process Start(string folder, KeyValuePair<string, string>[] environment, string[] arguments)
    {
        // Not by dotnet tool run, which is a process of its own around this one: a kill would end the wrong one.
        var start = new ProcessStartInfo("dotnet", [Pwsh, "-NoProfile", "-NonInteractive", .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NO_COLOR"] = "1";
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    private static (int ExitCode, string Output, string Errors) WaitFor(Process process)
    {
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }

    private static string Metadata(string key)
    {
        string path = typeof(PwshProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
        return File.Exists(path) ? path : throw new FileNotFoundException($"{key} is not at {path}, where a restore puts it: run dotnet tool restore and dotnet restore.");
    }
}
