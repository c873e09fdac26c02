using System.Diagnostics;
using System.Globalization;

namespace Cnn.Fuzz;

/// <summary>Makes inputs for one target, gives them to it one after the other, and counts what becomes of them.</summary>
internal sealed class FuzzWorker
{
    private readonly string _name;
    private readonly Dictionary<string, (int Count, string File)> _failures = [];
    private long _inputs;
    private long _accepted;
    private long _memory;
    private TimeSpan _slowest;

    /// <summary>Takes a target.</summary>
    /// <param name="name">Its name.</param>
    public FuzzWorker(string name) => _name = name;

    /// <summary>The columns of <see cref="Row"/>.</summary>
    public static string Header => string.Create(
        CultureInfo.InvariantCulture, $"{"target",-14}{"inputs",11}{"accepted",11}{"refused",11}{"failures",10}{"most memory",13}{"slowest",11}{"time",9}");

    /// <summary>The inputs that failed.</summary>
    public int FailureCount => _failures.Values.Sum(failure => failure.Count);

    /// <summary>Makes inputs from the corpus, always the same from one seed.</summary>
    /// <param name="target">The target.</param>
    /// <param name="corpus">The inputs to begin with.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>Inputs without end.</returns>
    public static IEnumerable<byte[]> Mutations(FuzzTarget target, IReadOnlyList<byte[]> corpus, int seed)
    {
        Random random = new(seed);
        while (true)
        {
            yield return target.Mutate(random, corpus[random.Next(corpus.Count)], corpus[random.Next(corpus.Count)]);
        }
    }

    /// <summary>Reads inputs until there are no more, or no time is left.</summary>
    /// <param name="arguments">How many, how long, from which seed; or which files.</param>
    /// <returns>Whether none failed.</returns>
    public bool Run(FuzzArguments arguments)
    {
        using FuzzTarget target = FuzzTarget.All[_name]();
        using InputNote note = InputNote.Open(arguments.NotePath!);
        IEnumerable<byte[]> inputs = arguments.Replayed.Count > 0
            ? arguments.Replayed.Select(File.ReadAllBytes)
            : Mutations(target, Corpus.InputsOf(_name), arguments.Seed);
        Stopwatch clock = Stopwatch.StartNew();
        foreach (byte[] input in inputs)
        {
            if (_inputs >= arguments.Count || clock.Elapsed >= arguments.Time)
            {
                break;
            }

            note.Write(++_inputs, input);
            Count(input, Judge.Try(target, input));
        }

        Console.WriteLine(Row(clock.Elapsed));
        foreach ((string kind, (int count, string file)) in _failures)
        {
            Console.WriteLine($"    {count} × {kind}: {file}");
        }

        return _failures.Count == 0;
    }

    private void Count(byte[] input, Verdict verdict)
    {
        _accepted += verdict.IsAccepted && verdict.Failure == null ? 1 : 0;
        _memory = Math.Max(_memory, verdict.Memory);
        _slowest = verdict.Duration > _slowest ? verdict.Duration : _slowest;
        if (verdict.Failure is { } failure)
        {
            string kind = FailureFolder.KindOf(failure);
            (int count, string file) = _failures.TryGetValue(kind, out (int Count, string File) known)
                ? known
                : (0, FailureFolder.Keep(_name, input, failure.ToString()));
            _failures[kind] = (count + 1, file);
        }
    }

    private string Row(TimeSpan time) => string.Create(
        CultureInfo.InvariantCulture,
        $"{_name,-14}{_inputs,11:N0}{_accepted,11:N0}{_inputs - _accepted - FailureCount,11:N0}{FailureCount,10:N0}{_memory / 1e6,10:N1} MB{_slowest.TotalMilliseconds,8:N0} ms{time.TotalSeconds,7:N0} s");
}
