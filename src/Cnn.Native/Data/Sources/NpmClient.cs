using System.Diagnostics;
using System.Text;

namespace Cnn.Data;

/// <summary>The npm client of this machine: it knows the user's registry and proxy, which a plain download does not.</summary>
internal sealed class NpmClient
{
    /// <summary>The largest part of npm's error output that goes into an error.</summary>
    private const int ComplaintLength = 600;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private readonly string _program;

    private NpmClient(string program) => _program = program;

    /// <summary>Looks for npm.</summary>
    /// <param name="searchPath">The value of PATH.</param>
    /// <returns>The client, or null if there is none.</returns>
    public static NpmClient? Find(string? searchPath)
    {
        string name = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
        string? program = (searchPath ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            // A relative folder would run any file in the user's current folder.
            .Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
        return program is null ? null : new NpmClient(program);
    }

    /// <summary>Downloads a package as a compressed archive.</summary>
    /// <param name="package">As <c>name@version</c>.</param>
    /// <param name="folder">An empty folder.</param>
    /// <param name="cancellation">Cancels npm.</param>
    /// <returns>The path of the archive in the folder.</returns>
    /// <exception cref="IOException">npm failed.</exception>
    /// <exception cref="TimeoutException">npm took too long.</exception>
    public string Pack(string package, string folder, CancellationToken cancellation)
    {
        ProcessStartInfo start = new(_program)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };

        // By default npm waits for minutes for a registry that does not exist.
        string[] arguments =
        [
            "pack", package, "--ignore-scripts", "--loglevel=error", "--no-update-notifier", "--fetch-retries=1",
            "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=2000", "--fetch-timeout=30000",
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Run(start, cancellation);
        return Directory.EnumerateFiles(folder, "*.tgz").FirstOrDefault()
            ?? throw new IOException($"npm pack {package} succeeded, but left no archive.");
    }

    private static void Run(ProcessStartInfo start, CancellationToken cancellation)
    {
        using Process process = new() { StartInfo = start };
        StringBuilder complaint = new();
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) =>
        {
            lock (complaint)
            {
                complaint.AppendLine(line.Data);
            }
        };
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        try
        {
            process.WaitForExitAsync(limit.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            cancellation.ThrowIfCancellationRequested();
            throw new TimeoutException($"npm did not finish within {Limit.TotalMinutes:0} minutes. {Shortened(complaint)}", e);
        }

        if (process.ExitCode != 0)
        {
            throw new IOException($"npm ended with exit code {process.ExitCode}. {Shortened(complaint)}");
        }
    }

    private static string Shortened(StringBuilder complaint)
    {
        lock (complaint)
        {
            const StringSplitOptions Clean = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
            string text = string.Join(' ', complaint.ToString().Split('\n', Clean));
            return text.Length <= ComplaintLength ? text : text[..ComplaintLength] + "…";
        }
    }
}
