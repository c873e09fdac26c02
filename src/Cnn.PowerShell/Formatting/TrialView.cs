using System.Globalization;
using System.Management.Automation;
using System.Text;
using Cnn.Models;
using Cnn.Sweeps;

namespace Cnn.PowerShell.Formatting;

/// <summary>How the prompt shows a trial.</summary>
public static class TrialView
{
    /// <summary>Writes the settings as <c>LearningRate=0.001 BatchSize=32</c>: in a column of its own PowerShell would round a rate to 0.00.</summary>
    /// <param name="trial">A trial as it goes through the pipeline.</param>
    /// <param name="width">Where a line has to end.</param>
    /// <returns>The lines, in one text.</returns>
    public static string Text(PSObject trial, int width) => Fold(
        trial.Properties
            .Where(property => property.Name != "Id" && property.Value is not Model)
            .Select(property => string.Create(CultureInfo.InvariantCulture, $"{property.Name}={property.Value}")),
        width);

    /// <summary>Writes the settings of a result, and the identifier of its error, or that it was ended early.</summary>
    /// <param name="result">The result.</param>
    /// <param name="width">Where a line has to end.</param>
    /// <returns>The lines, in one text.</returns>
    public static string Text(SweepResult result, int width) => Fold([.. result.ErrorId == null ? [] : new[] { result.ErrorId }, .. result.IsPruned ? new[] { "pruned", "behind", "epoch", $"{result.EpochAccuracies.Count}:" } : [], .. $"{result.Trial}".Split(' ')], width);

    private static string Fold(IEnumerable<string> words, int width)
    {
        StringBuilder text = new();
        int used = 0;
        foreach (string word in words)
        {
            bool fits = used > 0 && used + 1 + word.Length <= width;
            text.Append(used == 0 ? "" : fits ? " " : "\n").Append(word);
            used = word.Length + (fits ? used + 1 : 0);
        }

        return text.ToString();
    }
}
