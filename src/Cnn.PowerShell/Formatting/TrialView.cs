using System.Globalization;
using System.Management.Automation;
using System.Text;
using Cnn.Models;

namespace Cnn.PowerShell.Formatting;

/// <summary>The view of a trial at the prompt.</summary>
public static class TrialView
{
    /// <summary>Writes the settings as <c>LearningRate=0.001 BatchSize=32</c>: in a separate column, PowerShell would round a rate to 0.00.</summary>
    /// <param name="trial">A trial in the pipeline.</param>
    /// <param name="width">The line width.</param>
    /// <returns>The lines, as one text.</returns>
    public static string Text(PSObject trial, int width) => Fold(
        trial.Properties
            .Where(property => property.Name != "Id" && property.Value is not Model)
            .Select(property => string.Create(CultureInfo.InvariantCulture, $"{property.Name}={property.Value}")),
        width);

    /// <summary>
    /// Writes the settings of a result, after the identifier of its error or the note that it was ended early. A copy of a result in another process has
    /// these texts too.
    /// </summary>
    /// <param name="errorId">The identifier; empty or null if there is no error.</param>
    /// <param name="prunedEpoch">The epoch after which it was ended early; 0 if it was not.</param>
    /// <param name="settings">The settings of the trial, separated by spaces.</param>
    /// <param name="width">The line width.</param>
    /// <returns>The lines, as one text.</returns>
    public static string Text(string? errorId, int prunedEpoch, string settings, int width)
    {
        string[] outcome = !string.IsNullOrEmpty(errorId) ? [errorId] : prunedEpoch > 0 ? ["pruned", "after", "epoch", $"{prunedEpoch}:"] : [];
        return Fold([.. outcome, .. settings.Split(' ')], width);
    }

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
