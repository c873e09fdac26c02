using System.Globalization;
using System.Management.Automation;
using Cnn.Models;

namespace Cnn.PowerShell.Formatting;

/// <summary>How the prompt shows a trial.</summary>
public static class TrialView
{
    /// <summary>Writes the settings as <c>LearningRate=0.001 BatchSize=32</c>: in a column of its own PowerShell would round a rate to 0.00.</summary>
    /// <param name="trial">The trial.</param>
    /// <returns>The text.</returns>
    public static string Text(PSObject trial) => string.Join(
        ' ',
        trial.Properties
            .Where(property => property.Name != "Id" && property.Value is not Model)
            .Select(property => string.Create(CultureInfo.InvariantCulture, $"{property.Name}={property.Value}")));
}
