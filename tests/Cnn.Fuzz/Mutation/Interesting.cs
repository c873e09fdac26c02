namespace Cnn.Fuzz.Mutation;

/// <summary>Values at which readers go wrong: the ends of types, the limits that the formats document, and their neighbours.</summary>
internal static class Interesting
{
    private static readonly long[] Integers =
    [
        0, 1, -1, 2, 7, 8, 9, 127, 128, 255, 256, 1023, 1024, 1025, 4096, 65535, 65536, 65537, 1 << 20, (1 << 20) + 1, 1 << 24,
        1 << 28, (1 << 28) + 1, int.MaxValue, int.MinValue, int.MaxValue + 1L, uint.MaxValue, 1L << 32, 1L << 40, 1L << 53, long.MaxValue, long.MinValue,
    ];

    private static readonly string[] Numbers =
    [
        "0", "1", "-1", "2", "3", "0.5", "1e308", "1e-320", "-0.0", "1e999", "NaN", "\"NaN\"", "\"Infinity\"", "1024", "65536", "268435456", "268435457",
        "2147483647", "2147483648", "-2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e1000000",
        "0x10", "007", "1.5", "null", "true", "[]", "{}", "\"\"", "1e20", "1e-20", "123456789012345678901234567890",
    ];

    private static readonly string[] Tokens =
    [
        "[", "]", "{", "}", "\"", ",", ":", "/", "\\ud800", "\\udc00\\ud800", "\\u0000", "\0", "\uFEFF", "/*", "//", "é", "😀", " ", "\n", "\r\n", "°",
    ];

    private static readonly string[] Texts =
        ["\"\"", "null", "0", "true", "\"\\ud800\"", "\"\\u0000\"", "\"__metadata__\"", "\"kind\"", "[[[[[[[[[[]]]]]]]]]]", "{\"a\":1,\"a\":2}"];

    /// <summary>A whole number of up to 64 bits.</summary>
    public static long Integer(Random random) => Pick(random, Integers);

    /// <summary>What may stand in a text where a number was.</summary>
    public static string Number(Random random) => random.Next(4) == 0 ? $"{random.Next(-9, 100)}" : Pick(random, Numbers);

    /// <summary>What a text may be interrupted by.</summary>
    public static string Token(Random random) => random.Next(20) == 0 ? new string('[', random.Next(1, 2000)) : Pick(random, Tokens);

    /// <summary>What may stand in JSON where a text was.</summary>
    public static string Text(Random random) => random.Next(8) == 0 ? $"\"{new string('a', random.Next(1, 3000))}\"" : Pick(random, Texts);

    /// <summary>One of several.</summary>
    public static T Pick<T>(Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];
}
