using System.Collections.ObjectModel;
using System.Globalization;
using Cnn.Numerics;

namespace Cnn.Sweeps;

/// <summary>The values that a parameter may take in a sweep, and how one is drawn.</summary>
public abstract record Distribution
{
    /// <summary>Drawn numbers are rounded to a millionth of their range: more precision is not needed, and they can be read and typed.</summary>
    private protected const int Digits = 6;

    /// <summary>Above this, not every whole number is a double.</summary>
    private protected const double LargestWhole = 1L << 53;

    /// <summary>The number of different values; null if there are too many to exhaust.</summary>
    public abstract long? ValueCount { get; }

    /// <summary>Draws a value.</summary>
    /// <param name="random">The source of randomness.</param>
    /// <returns>The normalised value.</returns>
    internal abstract object Draw(ref RandomStream random);

    /// <summary>Checks bounds.</summary>
    private protected static void CheckBounds(string kind, double minimum, double maximum, bool isInteger, bool holds, string needs)
    {
        if (!double.IsFinite(minimum) || !double.IsFinite(maximum) || minimum > maximum || !holds)
        {
            throw Bad(kind, minimum, maximum, needs);
        }

        if (isInteger && (minimum != Math.Truncate(minimum) || maximum != Math.Truncate(maximum) || Math.Max(Math.Abs(minimum), Math.Abs(maximum)) > LargestWhole))
        {
            throw Bad(kind, minimum, maximum, "The parameter is a whole number, so its bounds must be whole numbers of at most 2⁵³.");
        }
    }

    /// <summary>Rounds to decimal digits after the point by way of the text: the number must be what the text says, and a product would not be.</summary>
    private protected static double Rounded(double value, string format) =>
        double.Parse(value.ToString(format, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static CnnException Bad(string kind, double minimum, double maximum, string needs) => new(
        "SweepDistribution", CnnErrorKind.InvalidArgument, FormattableString.Invariant($"The bounds of {kind} are {minimum} and {maximum}. {needs}"))
    { Target = minimum };
}

/// <summary>One of several values, all equally likely. The only distribution that a grid can enumerate.</summary>
public sealed record Choice : Distribution
{
    /// <summary>Names the values.</summary>
    /// <param name="values">At least one; all different.</param>
    /// <exception cref="CnnException"><c>SweepDistribution</c>: there are none, or two are the same. <c>SweepValue</c>: a value is not allowed in a trial.</exception>
    public Choice(params IEnumerable<object> values)
    {
        Values = values.Select(value => CanonicalJson.Normalize("A value", value)).ToList().AsReadOnly();
        IGrouping<string, object>? twice = Values.GroupBy(CanonicalJson.Write).FirstOrDefault(group => group.Count() > 1);
        if (Values.Count == 0 || twice != null)
        {
            throw new CnnException(
                "SweepDistribution",
                CnnErrorKind.InvalidArgument,
                twice == null
                    ? "There is no value to choose from: give at least one."
                    : $"The value {twice.Key} occurs twice, so a trial would be run twice for nothing. Give each value once.")
            { Target = twice?.First() };
        }
    }

    /// <summary>The values.</summary>
    public ReadOnlyCollection<object> Values { get; }

    /// <inheritdoc/>
    public override long? ValueCount => Values.Count;

    /// <inheritdoc/>
    internal override object Draw(ref RandomStream random) => Values[random.NextInt32(Values.Count)];
}

/// <summary>Numbers between two bounds, uniformly distributed.</summary>
public sealed record Uniform : Distribution
{
    private readonly string _format;

    /// <summary>Names the bounds.</summary>
    /// <param name="minimum">The smallest.</param>
    /// <param name="maximum">The largest.</param>
    /// <param name="isInteger">Whether only whole numbers are drawn, both bounds included.</param>
    /// <exception cref="CnnException"><c>SweepDistribution</c>: the bounds are invalid.</exception>
    public Uniform(double minimum, double maximum, bool isInteger = false)
    {
        CheckBounds(
            "Uniform", minimum, maximum, isInteger, double.IsFinite(maximum - minimum), "They must be two finite numbers, the smaller one first, for instance 0.8, 0.99.");
        (Minimum, Maximum, IsInteger) = (minimum, maximum, isInteger);
        double range = maximum - minimum;
        _format = $"F{(range == 0 ? 17 : Math.Clamp(Digits - (int)Math.Ceiling(Math.Log10(range)), 0, 300))}";
    }

    /// <summary>The smallest.</summary>
    public double Minimum { get; }

    /// <summary>The largest.</summary>
    public double Maximum { get; }

    /// <summary>Whether only whole numbers are drawn.</summary>
    public bool IsInteger { get; }

    /// <inheritdoc/>
    public override long? ValueCount => IsInteger ? (long)Maximum - (long)Minimum + 1 : Minimum == Maximum ? 1 : null;

    /// <inheritdoc/>
    internal override object Draw(ref RandomStream random)
    {
        double share = random.NextDouble();
        return IsInteger
            ? (object)(long)Math.Clamp(Math.Floor(Minimum + (share * (Maximum - Minimum + 1))), Minimum, Maximum)
            : Math.Clamp(Rounded(Minimum + (share * (Maximum - Minimum)), _format), Minimum, Maximum);
    }
}

/// <summary>Positive numbers between two bounds whose logarithm is uniform: as many between 0.001 and 0.01 as between 0.01 and 0.1.</summary>
public sealed record LogUniform : Distribution
{
    private readonly string _format;

    /// <summary>Names the bounds.</summary>
    /// <param name="minimum">The smallest; greater than 0.</param>
    /// <param name="maximum">The largest.</param>
    /// <param name="isInteger">Whether only whole numbers are drawn, both bounds included: n as often as numbers from n to below n + 1 would be.</param>
    /// <exception cref="CnnException"><c>SweepDistribution</c>: the bounds are invalid.</exception>
    public LogUniform(double minimum, double maximum, bool isInteger = false)
    {
        CheckBounds(
            "LogUniform", minimum, maximum, isInteger, minimum > 0, "They must be two numbers greater than 0, the smaller one first, for instance 1e-4, 1e-2.");
        (Minimum, Maximum, IsInteger) = (minimum, maximum, isInteger);
        double range = Math.Min(1, Math.Log(maximum / minimum));
        _format = $"E{(range == 0 ? 16 : Math.Clamp(Digits - 1 - (int)Math.Floor(Math.Log10(range)), 0, 16))}";
    }

    /// <summary>The smallest.</summary>
    public double Minimum { get; }

    /// <summary>The largest.</summary>
    public double Maximum { get; }

    /// <summary>Whether only whole numbers are drawn.</summary>
    public bool IsInteger { get; }

    /// <inheritdoc/>
    public override long? ValueCount => IsInteger ? (long)Maximum - (long)Minimum + 1 : Minimum == Maximum ? 1 : null;

    /// <inheritdoc/>
    internal override object Draw(ref RandomStream random)
    {
        double least = Math.Log(Minimum);
        double most = Math.Log(IsInteger ? Maximum + 1 : Maximum);
        double value = Math.Exp(least + (random.NextDouble() * (most - least)));
        return IsInteger ? (object)(long)Math.Clamp(Math.Floor(value), Minimum, Maximum) : Math.Clamp(Rounded(value, _format), Minimum, Maximum);
    }
}
