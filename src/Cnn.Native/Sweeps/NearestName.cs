namespace Cnn.Sweeps;

/// <summary>Finds the name that was probably meant by an unknown name.</summary>
public static class NearestName
{
    /// <summary>Shorter names are contained in too many others by chance.</summary>
    private const int ShortestPart = 3;

    /// <summary>The error of an unknown parameter: it shows the nearest known name, and all known names.</summary>
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
            $"There is no parameter '{name}' that a sweep could vary.{nearest} The known parameters are {string.Join(", ", names)}.")
        { Target = name };
    }

    /// <summary>
    /// A known name that contains the unknown one, such as BatchSize for Batch; otherwise the one with the smallest edit distance.
    /// </summary>
    /// <param name="name">The unknown name.</param>
    /// <param name="known">The known ones; at least one.</param>
    /// <returns>One of them, the first of equally near ones.</returns>
    public static string Of(string name, IEnumerable<string> known) =>
        known.FirstOrDefault(candidate => name.Length >= ShortestPart && candidate.Contains(name, StringComparison.OrdinalIgnoreCase))
        ?? known.MinBy(candidate => Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant()))!;

    /// <summary>
    /// The edit distance of Levenshtein ("Binary codes capable of correcting deletions, insertions, and reversals", 1966): letters inserted, deleted or
    /// replaced.
    /// </summary>
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
