using System.Globalization;

namespace Cnn.Fuzz;

/// <summary>What the command line says.</summary>
internal sealed record FuzzArguments
{
    /// <summary>What the command line can say.</summary>
    public static readonly string Usage = $"""
        dotnet run -c Release --project tests/Cnn.Fuzz -- [--target NAME] [--count N] [--seconds N] [--seed N]
        dotnet run -c Release --project tests/Cnn.Fuzz -- [--target NAME] --replay FILE...
        dotnet run -c Release --project tests/Cnn.Fuzz -- --make-seeds FOLDER

          --target      {string.Join(", ", FuzzTarget.All.Keys)}, or all (the default)
          --count       inputs of each target; as many as there is time for where it is left out
          --seconds     time of each target; 10 where --count is left out too
          --seed        makes the same inputs again; 1 where it is left out
          --replay      reads files instead of making inputs; their names or their folders say the target, where --target does not
          --make-seeds  writes the first inputs of the corpus again, after a format has changed
          --engine afl  serves AFL++, which starts the program itself; needs --target

        Inputs that fail are kept in artifacts/fuzz, with what happened.
        """;

    /// <summary>The targets.</summary>
    public IReadOnlyList<string> Targets { get; private init; } = [.. FuzzTarget.All.Keys];

    /// <summary>Inputs of each target.</summary>
    public long Count { get; private init; } = long.MaxValue;

    /// <summary>Time of each target.</summary>
    public TimeSpan Time { get; private init; } = TimeSpan.MaxValue;

    /// <summary>What the inputs are made from.</summary>
    public int Seed { get; private init; } = 1;

    /// <summary>Files to read instead.</summary>
    public IReadOnlyList<string> Replayed { get; private init; } = [];

    /// <summary>Where seeds are written to; null where none are.</summary>
    public string? SeedFolder { get; private init; }

    /// <summary>Whether AFL++ has started the program.</summary>
    public bool ServesAfl { get; private init; }

    /// <summary>The note that a supervisor reads; null in the supervisor itself.</summary>
    public string? NotePath { get; private init; }

    /// <summary>The arguments of a process that does the work of one target, and is watched.</summary>
    /// <param name="target">The target.</param>
    /// <param name="notePath">Its note.</param>
    /// <returns>The arguments.</returns>
    public IEnumerable<string> ForWorker(string target, string notePath) =>
    [
        "--target", target,
        "--count", Count.ToString(CultureInfo.InvariantCulture),
        "--seconds", Time.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        "--seed", Seed.ToString(CultureInfo.InvariantCulture),
        "--note", notePath,
        .. Replayed.Count > 0 ? ["--replay", .. Replayed.Where(file => Targets.Count == 1 || TargetOf(file) == target)] : Array.Empty<string>(),
    ];

    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">Its words.</param>
    /// <returns>What it says; null where that is nothing that can be done.</returns>
    public static FuzzArguments? Parse(string[] arguments)
    {
        FuzzArguments result = new();
        for (int i = 0; i < arguments.Length; i++)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            FuzzArguments? next = (arguments[i], value) switch
            {
                ("--engine", "afl") => result with { ServesAfl = true },
                ("--replay", not "") => result with { Replayed = arguments[(i + 1)..] },
                ("--target", "all") => result,
                ("--target", _) when FuzzTarget.All.ContainsKey(value) => result with { Targets = [value] },
                ("--count", _) when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long count) => result with { Count = count },
                ("--seconds", _) when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds > 0 =>
                    result with { Time = seconds < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.MaxValue },
                ("--seed", _) when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seed) => result with { Seed = seed },
                ("--make-seeds", not "") => result with { SeedFolder = value },
                ("--note", not "") => result with { NotePath = value },
                _ => null,
            };
            if (next == null)
            {
                return null;
            }

            result = next;
            if (result.Replayed.Count > 0)
            {
                break;
            }

            i++;
        }

        if (result.Replayed.Count > 0)
        {
            string?[] targets = [.. result.Targets.Count == 1 ? result.Targets : result.Replayed.Select(TargetOf).Distinct()];
            return targets.Contains(null) ? null : result with { Targets = targets! };
        }

        bool isUnbounded = result.Count == long.MaxValue && result.Time == TimeSpan.MaxValue;
        return result.ServesAfl && result.Targets.Count != 1 ? null
            : isUnbounded ? result with { Time = TimeSpan.FromSeconds(10) }
            : result;
    }

    /// <summary>The target of a file, by its folder in the corpus, or by its name where it has failed.</summary>
    private static string? TargetOf(string file)
    {
        string?[] names = [Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file))), Path.GetFileName(file).Split('-')[0]];
        return names.FirstOrDefault(name => name != null && FuzzTarget.All.ContainsKey(name));
    }
}
