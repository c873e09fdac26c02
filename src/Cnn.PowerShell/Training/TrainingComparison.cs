using System.Collections;
using System.Collections.Specialized;
using System.Globalization;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>The differences between several trainings: the network, and the settings by their names as parameters of Invoke-CnnTraining.</summary>
internal sealed class TrainingComparison
{
    private const string Network = "Network";

    private readonly OrderedDictionary[] _tables;

    /// <summary>Compares trainings. The number of threads is left out: no result depends on it.</summary>
    /// <param name="results">The trainings.</param>
    public TrainingComparison(IReadOnlyList<TrainingResult> results)
    {
        _tables = [.. results.Select(TableOf)];
        Names = [.. _tables.SelectMany(table => table.Keys.Cast<string>()).Distinct().Where(name => _tables.Select(table => Text(table[name])).Distinct().Count() > 1)];
    }

    /// <summary>The settings that differ between them.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>A setting of a training; null if it has none, like a setting of another optimizer.</summary>
    /// <param name="run">The training, from 0.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public object? Value(int run, string name) => _tables[run][name];

    /// <summary>The distinguishing features of a training: the names and values of its settings that differ.</summary>
    /// <param name="run">The training, from 0.</param>
    public string Settings(int run) => string.Join(", ", Names.Where(name => Value(run, name) != null).Select(name => $"{name} {Text(Value(run, name))}"));

    /// <summary>The name of a training in a legend: its number, and its distinguishing features.</summary>
    /// <param name="run">The training, from 0.</param>
    public string Title(int run)
    {
        string settings = Settings(run);
        return string.Create(CultureInfo.InvariantCulture, $"{run + 1}{(settings.Length == 0 ? "" : ": ")}{settings}");
    }

    private static OrderedDictionary TableOf(TrainingResult result)
    {
        OrderedDictionary table = new() { [Network] = result.Model.Name };
        foreach (DictionaryEntry setting in TrainingSettings.Of(result.Options))
        {
            table[setting.Key] = setting.Value;
        }

        table.Remove(nameof(TrainingOptions.Threads));
        return table;
    }

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
