using System.Globalization;
using Cnn.Sweeps;
using ScottPlot;

namespace Cnn.Plots;

/// <summary>One of the parameters that a sweep varies, as an axis.</summary>
internal sealed class SweepAxis
{
    /// <summary>The parameter that only draws the weights and the order of the images: if anything else varies, it is averaged and is not an axis.</summary>
    private const string Seed = "Seed";

    /// <summary>From this ratio of the largest to the smallest value on, the axis is logarithmic.</summary>
    private const double LogarithmicRatio = 8;

    private readonly object?[] _values;
    private readonly bool _isLogarithmic;

    private SweepAxis(string name, IEnumerable<object?> values)
    {
        Name = name;
        _values = [.. values.Distinct()];
        IsNumber = Array.TrueForAll(_values, value => value is long or ulong or double);
        if (IsNumber)
        {
            Array.Sort(_values, (one, other) => NumberOf(one).CompareTo(NumberOf(other)));
            _isLogarithmic = NumberOf(_values[0]) > 0 && NumberOf(_values[^1]) / NumberOf(_values[0]) >= LogarithmicRatio;
        }

        Names = [.. _values.Select(value => value is null ? "(not given)" : string.Create(CultureInfo.InvariantCulture, $"{value}"))];
    }

    /// <summary>The name of the parameter.</summary>
    public string Name { get; }

    /// <summary>Whether all values are numbers.</summary>
    public bool IsNumber { get; }

    /// <summary>The values as people write them: numbers by size, others in their original order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Chooses the parameters of the axes.</summary>
    /// <param name="results">The results of the trials.</param>
    /// <param name="parameters">One or two names, or null.</param>
    /// <returns>One axis or two.</returns>
    /// <exception cref="CnnException"><c>PlotParameter</c>.</exception>
    public static IEnumerable<SweepAxis> Choose(IReadOnlyCollection<SweepResult> results, IReadOnlyList<string>? parameters)
    {
        string[] names = [.. results.SelectMany(result => result.Trial.Values.Select(value => value.Key)).Distinct(StringComparer.OrdinalIgnoreCase)];
        SweepAxis[] varying =
        [
            .. names.Select(name => new SweepAxis(name, results.Select(result => ValueOf(result.Trial, name)))).Where(axis => axis._values.Length > 1),
        ];
        if (varying.Length > 1)
        {
            varying = [.. varying.Where(axis => !axis.Name.Equals(Seed, StringComparison.OrdinalIgnoreCase))];
        }

        string there = varying.Length == 0 ? "nothing varies" : $"the varying parameters are {string.Join(", ", varying.Select(axis => axis.Name))}";
        if (parameters is null)
        {
            return varying.Length is 1 or 2
                ? varying
                : throw Error($"In these trials {there}: {(varying.Length == 0 ? "pass several trials that differ" : "name one or two of them (-Parameter)")}.", null);
        }

        if (parameters.Count is < 1 or > 2)
        {
            throw Error($"A sweep is drawn over one or two parameters, not {parameters.Count}.", parameters);
        }

        return parameters.Select(name => Array.Find(names, known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) is string known
            ? new SweepAxis(known, results.Select(result => ValueOf(result.Trial, known)))
            : throw Error($"These trials have no parameter '{name}': {there}.", name)).ToArray();
    }

    /// <summary>The position of a trial among the values, from 0.</summary>
    /// <param name="trial">The trial.</param>
    /// <returns>The position of its value in <see cref="Names"/>.</returns>
    public int Rank(Trial trial) => Array.IndexOf(_values, ValueOf(trial, Name));

    /// <summary>The position of a trial on the axis: its number, the logarithm of it, or its rank.</summary>
    /// <param name="trial">The trial.</param>
    /// <returns>The position.</returns>
    public double Position(Trial trial) => IsNumber ? Scale(NumberOf(ValueOf(trial, Name))) : Rank(trial);

    /// <summary>Gives an axis of a chart its limits and ticks.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="room">Its length in pixels.</param>
    public void Apply(IAxis axis, double room)
    {
        double first = IsNumber ? Scale(NumberOf(_values[0])) : 0;
        double last = IsNumber ? Scale(NumberOf(_values[^1])) : _values.Length - 1;
        double margin = IsNumber ? Math.Max(0.06 * (last - first), last == first ? 1 : 0) : 0.5;
        (axis.Min, axis.Max) = (first - margin, last + margin);
        if (!IsNumber)
        {
            Chart.NameTicks(axis, Names, room / Names.Count);
        }
        else if (_isLogarithmic)
        {
            axis.TickGenerator = Chart.LogarithmicTicks(first, last);
        }
    }

    private static object? ValueOf(Trial trial, string name) =>
        trial.Values.FirstOrDefault(value => value.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    private static double NumberOf(object? value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);

    private static CnnException Error(string message, object? target) => new("PlotParameter", CnnErrorKind.InvalidArgument, message) { Target = target };

    private double Scale(double number) => _isLogarithmic ? Math.Log10(number) : number;
}
