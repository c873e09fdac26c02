using System.Collections.ObjectModel;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cnn.Sweeps;

/// <summary>
/// One combination of values in a sweep: values by name, in display order. Two trials with the same values have the same <see cref="Id"/>, whatever the
/// order, the machine and the culture.
/// </summary>
public sealed class Trial
{
    /// <summary>Twelve hexadecimal digits: with a million trials, two share an identifier in about one of five hundred sweeps.</summary>
    private const int IdLength = 12;

    private readonly ReadOnlyCollection<KeyValuePair<string, object>> _values;

    /// <summary>Makes a trial.</summary>
    /// <param name="values">
    /// Texts, Booleans, whole numbers, floating-point numbers and enumerations, by name. Enumerations become their names, whole numbers <see cref="long"/>
    /// (<see cref="ulong"/> if they are too large for it), and floating-point numbers <see cref="double"/>.
    /// </param>
    /// <exception cref="CnnException">
    /// <c>SweepParameter</c>: a name is empty, or occurs twice. <c>SweepValue</c>: a value has another type, or is not finite.
    /// </exception>
    public Trial(IEnumerable<KeyValuePair<string, object>> values)
    {
        _values = values.Select(value => KeyValuePair.Create(value.Key, CanonicalJson.Normalize(value.Key, value.Value))).ToList().AsReadOnly();
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, _) in _values)
        {
            bool isName = !string.IsNullOrWhiteSpace(name) && CanonicalJson.IsWhole(name);
            if (!isName || !names.Add(name))
            {
                throw new CnnException(
                    "SweepParameter",
                    CnnErrorKind.InvalidArgument,
                    !isName
                        ? "A parameter of a trial has an empty name, or one with an incomplete character: name every parameter."
                        : $"The parameter '{name}' occurs twice in one trial (upper and lower case count as the same): give each parameter once.")
                { Target = name };
            }
        }

        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalJson.Write(_values.OrderBy(value => value.Key, StringComparer.Ordinal))));
        Id = Convert.ToHexStringLower(hash)[..IdLength];
    }

    /// <summary>
    /// The first twelve hexadecimal digits of the SHA-256 of the values as JSON without spaces: the names in the order of their UTF-16 units, floating-point
    /// numbers in the fewest digits that restore the same number, whole numbers without a point.
    /// </summary>
    public string Id { get; }

    /// <summary>The values by name, in their order.</summary>
    public IReadOnlyList<KeyValuePair<string, object>> Values => _values;

    /// <summary>Whether the trial has a value of a name.</summary>
    /// <param name="name">The name; case does not matter.</param>
    /// <returns>Whether it has.</returns>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A value that is a number.</summary>
    /// <param name="name">The name; case does not matter.</param>
    /// <returns>The number.</returns>
    /// <exception cref="CnnException"><c>SweepValue</c>: there is none of this name, or it is not a number.</exception>
    public double Number(string name) => Value(name) switch
    {
        double number => number,
        long number => number,
        ulong number => number,
        object other => throw WrongType(name, other, "a number"),
    };

    /// <summary>A value that is a whole number.</summary>
    /// <param name="name">The name; case does not matter.</param>
    /// <returns>The number.</returns>
    /// <exception cref="CnnException"><c>SweepValue</c>: there is none of this name, or it is not a 32-bit whole number.</exception>
    public int Integer(string name) => Value(name) switch
    {
        long number and >= int.MinValue and <= int.MaxValue => (int)number,
        double number when number == (int)number => (int)number,
        object other => throw WrongType(name, other, "a 32-bit whole number"),
    };

    /// <summary>A value that is a text or the name of an enumeration value.</summary>
    /// <param name="name">The name; case does not matter.</param>
    /// <returns>The text.</returns>
    /// <exception cref="CnnException"><c>SweepValue</c>: there is none of this name, or it is not a text.</exception>
    public string Text(string name) => Value(name) is var value && value is string text ? text : throw WrongType(name, value, "a text");

    /// <summary>The trial with one more value, or with a replaced value.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value.</param>
    /// <returns>Another trial.</returns>
    /// <exception cref="CnnException">As for the constructor.</exception>
    public Trial With(string name, object value) => new(
        Has(name)
            ? _values.Select(old => IsNamed(old, name) ? KeyValuePair.Create(old.Key, value) : old)
            : [.. _values, KeyValuePair.Create(name, value)]);

    /// <summary>The values as people write them: <c>LearningRate=0.001 BatchSize=32</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        string.Join(' ', _values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{value.Key}={value.Value}")));

    private static bool IsNamed(KeyValuePair<string, object> value, string name) => value.Key.Equals(name, StringComparison.OrdinalIgnoreCase);

    private object? Find(string name) => _values.FirstOrDefault(value => IsNamed(value, name)).Value;

    private object Value(string name) => Find(name) ?? throw new CnnException(
        "SweepValue",
        CnnErrorKind.InvalidArgument,
        $"The trial {Id} has no value '{name}': its values are {string.Join(", ", _values.Select(value => value.Key))}.")
    { Target = this };

    private CnnException WrongType(string name, object value, string needed) => new(
        "SweepValue", CnnErrorKind.InvalidArgument, FormattableString.Invariant($"{name} of the trial {Id} is '{value}', and must be {needed}."))
    { Target = this };
}
