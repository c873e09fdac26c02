namespace Cnn.Benchmarks;

/// <summary>Options of the form <c>--name value</c>.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> _values = [];

    public Options(string[] arguments, params string[] names)
    {
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string name = arguments[i].StartsWith("--", StringComparison.Ordinal) ? arguments[i][2..] : "";
            if (!names.Contains(name) || i + 1 == arguments.Length)
            {
                throw new ArgumentException($"'{arguments[i]}' is not understood: the options are {string.Join(", ", names.Select(known => $"--{known} value"))}.");
            }

            _values[name] = arguments[i + 1];
        }
    }

    public string Text(string name, string otherwise) => _values.GetValueOrDefault(name, otherwise);

    public int Number(string name, int otherwise) =>
        _values.TryGetValue(name, out string? text) ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : otherwise;
}
