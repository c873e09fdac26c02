using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Cnn.Numerics;

namespace Cnn.Sweeps;

/// <summary>The parameters of a sweep, each with its possible values; immutable.</summary>
public sealed class SearchSpace
{
    /// <summary>This many draws in a row without a new trial mean that there is almost nothing left.</summary>
    private const int MostRepetitions = 100_000;

    private readonly ImmutableList<KeyValuePair<string, Distribution>> _parameters;

    private SearchSpace(ImmutableList<KeyValuePair<string, Distribution>> parameters) => _parameters = parameters;

    /// <summary>A space without parameters.</summary>
    public static SearchSpace Empty { get; } = new([]);

    /// <summary>The parameters, in the order in which a trial shows them.</summary>
    public IReadOnlyList<KeyValuePair<string, Distribution>> Parameters => _parameters;

    /// <summary>The space with one more parameter.</summary>
    /// <param name="name">The name of the parameter.</param>
    /// <param name="distribution">The values that it may take.</param>
    /// <returns>Another space.</returns>
    /// <exception cref="CnnException"><c>SweepParameter</c>: the name already exists.</exception>
    public SearchSpace With(string name, Distribution distribution)
    {
        if (_parameters.Any(parameter => parameter.Key.Equals(name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new CnnException("SweepParameter", CnnErrorKind.InvalidArgument, $"The parameter '{name}' occurs twice: give each parameter once.") { Target = name };
        }

        return new SearchSpace(_parameters.Add(KeyValuePair.Create(name, distribution)));
    }

    /// <summary>The space with one more parameter, which takes one of some values.</summary>
    /// <param name="name">The name of the parameter.</param>
    /// <param name="values">The values.</param>
    /// <returns>Another space.</returns>
    /// <exception cref="CnnException"><c>SweepParameter</c>: the name already exists. Or as for <see cref="Choice"/>.</exception>
    public SearchSpace With(string name, params IEnumerable<object> values) => With(name, new Choice(values));

    /// <summary>Every combination of the values, the last parameter's changing fastest.</summary>
    /// <returns>The trials.</returns>
    /// <exception cref="CnnException"><c>SweepCount</c>: a parameter has a range, whose values cannot be enumerated.</exception>
    public IEnumerable<Trial> Grid()
    {
        foreach ((string name, Distribution distribution) in _parameters)
        {
            if (distribution is not Choice)
            {
                throw new CnnException(
                    "SweepCount",
                    CnnErrorKind.InvalidArgument,
                    $"{name} has a range, {distribution.GetType().Name}, but a grid needs a list of values: give the number of trials to draw (-Count), or list the values.")
                { Target = name };
            }
        }

        IEnumerable<ImmutableList<KeyValuePair<string, object>>> grid = [[]];
        foreach ((string name, Distribution distribution) in _parameters)
        {
            grid = grid.SelectMany(_ => ((Choice)distribution).Values, (others, value) => others.Add(KeyValuePair.Create(name, value)));
        }

        return grid.Select(values => new Trial(values));
    }

    /// <summary>
    /// Random trials, all different. Each parameter draws from its own random stream, which depends on its name and the seed: so the trials do not depend on
    /// the order of the parameters, and a larger number extends a smaller one.
    /// </summary>
    /// <param name="count">The number of trials; at least 1.</param>
    /// <param name="seed">The seed of the draws.</param>
    /// <returns>The trials.</returns>
    /// <exception cref="CnnException"><c>SweepCount</c>: there are not this many different ones.</exception>
    public IEnumerable<Trial> Draw(int count, ulong seed)
    {
        Int128? combinations = _parameters.Aggregate(
            (Int128?)1, (product, parameter) => product is { } known && parameter.Value.ValueCount is { } values ? Int128.Min(known * values, long.MaxValue) : null);
        if (count < 1 || combinations < count)
        {
            throw new CnnException(
                "SweepCount",
                CnnErrorKind.InvalidArgument,
                count < 1
                    ? $"{count} trials cannot be drawn: draw at least 1."
                    : $"{count} different trials cannot be drawn: there are only {combinations} combinations of these values. Draw fewer, or use the grid of all combinations.")
            { Target = count };
        }

        return DrawDifferent(count, seed);
    }

    private IEnumerable<Trial> DrawDifferent(int count, ulong seed)
    {
        RandomStream[] streams = [.. _parameters.Select(parameter => new RandomStream(seed, StreamOf(parameter.Key)))];
        HashSet<string> drawn = [];
        for (int repetitions = 0; drawn.Count < count;)
        {
            Trial trial = new([.. _parameters.Select((parameter, index) => KeyValuePair.Create(parameter.Key, parameter.Value.Draw(ref streams[index])))]);
            if (drawn.Add(trial.Id))
            {
                repetitions = 0;
                yield return trial;
            }
            else if (++repetitions == MostRepetitions)
            {
                throw new CnnException(
                    "SweepCount",
                    CnnErrorKind.InvalidArgument,
                    $"Only {drawn.Count} different trials were found, and no new one in {MostRepetitions} further draws: the ranges are too narrow for {count}. Draw fewer, or widen the ranges.")
                { Target = count };
            }
        }
    }

    private static ulong StreamOf(string name) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name.ToUpperInvariant())));
}
