using System.Collections;
using System.Collections.Specialized;
using System.Globalization;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>In what several trainings differ: the network, and the settings by their names as parameters of Invoke-CnnTraining.</summary>
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

    /// <summary>The settings that are not the same in all of them.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>A setting of a training; null where it has none, as one of another optimizer.</summary>
    /// <param name="run">The training, from 0.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public object? Value(int run, string name) => _tables[run][name];

    /// <summary>What sets a training apart: the names and values of its settings that are not the same in all.</summary>
    /// <param name="run">The training, from 0.</param>
    public string Settings(int run) => string.Join(", ", Names.Where(name => Value(run, name) != null).Select(name => $"{name} {Text(Value(run, name))}"));

    /// <summary>What a training is called in a legend: its number, and what sets it apart.</summary>
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
