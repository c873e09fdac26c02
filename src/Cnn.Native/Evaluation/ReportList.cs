using System.Collections.ObjectModel;
using System.Globalization;

namespace Cnn.Evaluation;

/// <summary>A list of a report. Where a table or a CSV has one cell for it, it is its items, and not the name of a type.</summary>
/// <typeparam name="T">What it is a list of.</typeparam>
/// <param name="items">The items, which nobody else changes.</param>
internal sealed class ReportList<T>(IList<T> items) : ReadOnlyCollection<T>(items)
{
    /// <summary>The items.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Join("; ", Items.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item}")));
}
