using System.Management.Automation;
using Cnn.Sweeps;

namespace Cnn.PowerShell;

/// <summary>A result in the pipeline: each value of its trial is a property.</summary>
internal static class SweepResultRow
{
    /// <summary>Makes the object.</summary>
    public static PSObject Of(SweepResult result)
    {
        var row = new PSObject(result);
        foreach ((string name, object value) in result.Trial.Values)
        {
            row.Properties.Add(new PSNoteProperty(name, value));
        }

        return row;
    }

    /// <summary>The warning for compared results that were made with different kernels; null if they were not.</summary>
    public static string? ProblemOf(IEnumerable<SweepResult> results)
    {
        string[] kernels = [.. results.Select(result => result.Kernels).OfType<string>().Distinct().Order()];
        return kernels.Length < 2
            ? null
            : $"The results were made with different kernels ({string.Join(", ", kernels)}), so the same seed gives different numbers in some of them. -Kernels pins one set for all.";
    }
}
