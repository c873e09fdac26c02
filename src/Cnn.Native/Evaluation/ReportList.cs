using System.Collections.ObjectModel;
using System.Globalization;

namespace Cnn.Evaluation;

/// <summary>A list in a report. In a table or CSV, where it has a single cell, its text is its items and not the name of a type.</summary>
/// <typeparam name="T">The type of the items.</typeparam>
/// <param name="items">The items, which nobody else changes.</param>
internal sealed class ReportList<T>(IList<T> items) : ReadOnlyCollection<T>(items)
{
    /// <summary>The items.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Join("; ", Items.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item}")));
}
