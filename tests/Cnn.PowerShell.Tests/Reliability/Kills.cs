using System.Diagnostics;
using System.Globalization;

namespace Cnn.PowerShell.Tests.Reliability;

/// <summary>
/// Kills (SIGKILL on Unix) of a shell at random moments. <c>CNN_TEST_KILLS</c> says how many in each test, and <c>CNN_TEST_KILLS_SEED</c> from which
/// seed the moments are drawn; a failure tells the seed and the kill.
/// </summary>
internal sealed class Kills
{
    private const int FewKills = 6;

    private readonly int _seed;
    private readonly int _count;
    private readonly Random _random;
    private int _done;

    public Kills()
    {
        _count = Number("CNN_TEST_KILLS") ?? FewKills;
        _seed = Number("CNN_TEST_KILLS_SEED") ?? Random.Shared.Next();
        _random = new Random(_seed);
    }

    /// <summary>Whether the test has had its kills.</summary>
    public bool IsEnough => _done >= _count;

    /// <summary>Starts a shell, lets it say that it is ready, and kills it some time later, unless it has come to its end before.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <param name="environment">Variables of its environment.</param>
    /// <param name="command">What it runs; it writes "ready" when the work begins.</param>
    /// <param name="longest">The kill comes between at once and then.</param>
    /// <returns>Whether it was killed; an end of its own has no errors.</returns>
    public bool Kill(string folder, KeyValuePair<string, string>[] environment, string command, TimeSpan longest)
    {
        using Process process = PwshProcess.StartCommand(folder, environment, $"$ProgressPreference = 'SilentlyContinue'; {command}");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            bool isReady = process.StandardOutput.ReadLine() == "ready";
            Assert.True(isReady, isReady ? "" : errors.Result);
            if (process.WaitForExit(longest * _random.NextDouble()))
            {
                process.WaitForExit();
                Assert.True(process.ExitCode == 0 && errors.Result.Length == 0, errors.Result);
                return false;
            }
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }

        _done++;
        return true;
    }

    /// <summary>Runs checks; where they fail, the failure says after which kill.</summary>
    public void Check(Action check)
    {
        try
        {
            check();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"After {_done} of {_count} kills, with CNN_TEST_KILLS_SEED={_seed}: {e.Message}", e);
        }
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
