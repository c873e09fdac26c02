using System.Text.RegularExpressions;

namespace Cnn.Fuzz.Mutation;

/// <summary>Changes texts, JSON above all: numbers, names, members and objects are exchanged, repeated and left out.</summary>
internal static partial class TextMutator
{
    /// <summary>Makes one to three changes.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="text">The text.</param>
    /// <returns>Another text.</returns>
    public static string Mutate(Random random, string text)
    {
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            text = Change(random, text);
        }

        return text;
    }

    private static string Change(Random random, string text)
    {
        switch (random.Next(12))
        {
            case 0 or 1 or 2 or 3:
                return Replace(random, text, Number(), _ => Interesting.Number(random));
            case 4 or 5:
                return WithNamedNumber(random, text);
            case 6:
                MatchCollection quoted = Quoted();
                return Replace(random, text, QuotedText(), _ => quoted.Count > 0 ? Interesting.Pick(random, quoted).Value : "\"\"");
            case 7:
                return Replace(random, text, Member(), _ => "");
            case 8:
                return Replace(random, text, InnerObject(), match => $"{match.Value.TrimEnd(',')},{match.Value}");
            case 9:
                return text.Insert(random.Next(text.Length + 1), Interesting.Token(random));
            case 10:
                int at = random.Next(text.Length + 1);
                return text.Remove(at, Math.Min(text.Length - at, random.Next(1, 9)));
            default:
                return Replace(random, text, QuotedText(), _ => Interesting.Text(random));
        }

        MatchCollection Quoted() => QuotedText().Matches(text);
    }

    /// <summary>Changes a number by its name, each name as likely as another: settings are few, and the numbers of a history are many.</summary>
    private static string WithNamedNumber(Random random, string text)
    {
        IGrouping<string, Match>[] names = [.. NamedNumber().Matches(text).GroupBy(match => match.Groups[1].Value)];
        if (names.Length == 0)
        {
            return text;
        }

        Group number = Interesting.Pick(random, [.. Interesting.Pick(random, names)]).Groups[2];
        return string.Concat(text.AsSpan(0, number.Index), Interesting.Number(random), text.AsSpan(number.Index + number.Length));
    }

    private static string Replace(Random random, string text, Regex what, Func<Match, string> by)
    {
        MatchCollection matches = what.Matches(text);
        if (matches.Count == 0)
        {
            return text;
        }

        Match match = Interesting.Pick(random, matches);
        return string.Concat(text.AsSpan(0, match.Index), by(match), text.AsSpan(match.Index + match.Length));
    }

    [GeneratedRegex(@"-?\d+(\.\d+)?([eE][+-]?\d+)?")]
    private static partial Regex Number();

    [GeneratedRegex(@"(""\w+""):(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")]
    private static partial Regex NamedNumber();

    [GeneratedRegex("\"[^\"\\\\]*\"")]
    private static partial Regex QuotedText();

    [GeneratedRegex("\"[^\"\\\\]*\":[^,{}\\[\\]]*,?")]
    private static partial Regex Member();

    [GeneratedRegex(@"\{[^{}]*\},?")]
    private static partial Regex InnerObject();
}
