namespace Cnn.Sweeps;

/// <summary>Finds what was probably meant by a name that is unknown.</summary>
public static class NearestName
{
    /// <summary>Less than that is in too many names by chance.</summary>
    private const int ShortestPart = 3;

    /// <summary>The error of an unknown parameter: it names the nearest one that is known, and all.</summary>
    /// <param name="name">The unknown name.</param>
    /// <param name="known">The known ones.</param>
    /// <returns>The error, <c>SweepParameterUnknown</c>.</returns>
    public static CnnException Unknown(string name, IEnumerable<string> known)
    {
        string[] names = [.. known];
        string nearest = names.Length == 0 ? "" : $" Did you mean {Of(name, names)}?";
        return new CnnException(
            "SweepParameterUnknown",
            CnnErrorKind.InvalidArgument,
            $"There is no parameter '{name}' that a sweep could vary.{nearest} Known are {string.Join(", ", names)}.")
        { Target = name };
    }

    /// <summary>
    /// A known name that the unknown one is a part of, Batch of BatchSize; else the one that takes the fewest changes of a letter to get to.
    /// </summary>
    /// <param name="name">The unknown name.</param>
    /// <param name="known">The known ones; at least one.</param>
    /// <returns>One of them, the first of those that are equally near.</returns>
    public static string Of(string name, IEnumerable<string> known) =>
        known.FirstOrDefault(candidate => name.Length >= ShortestPart && candidate.Contains(name, StringComparison.OrdinalIgnoreCase))
        ?? known.MinBy(candidate => Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant()))!;

    /// <summary>Levenshtein ("Binary codes capable of correcting deletions, insertions, and reversals", 1966): letters put in, left out or replaced.</summary>
    private static int Distance(string from, string to)
    {
        int[] previous = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int[] current = new int[to.Length + 1];
            current[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = previous[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, 1 + Math.Min(previous[j], current[j - 1]));
            }

            previous = current;
        }

        return previous[^1];
    }
}
