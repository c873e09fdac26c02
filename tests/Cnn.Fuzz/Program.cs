using SharpFuzz;

namespace Cnn.Fuzz;

/// <summary>Fuzzes the readers of everything that comes from outside.</summary>
internal static class Program
{
    /// <summary>The exit code where nothing failed.</summary>
    public const int Passed = 0;

    /// <summary>The exit code where an input failed, and is kept.</summary>
    public const int Failed = 1;

    private const int BadArguments = 2;

    private static int Main(string[] args)
    {
        if (FuzzArguments.Parse(args) is not { } arguments)
        {
            Console.Error.WriteLine(FuzzArguments.Usage);
            return BadArguments;
        }

        if (arguments.SeedFolder != null)
        {
            MakeSeeds(arguments.SeedFolder, arguments.Targets);
            return Passed;
        }

        if (arguments.ServesAfl)
        {
            ServeAfl(arguments.Targets[0]);
            return Passed;
        }

        bool isGood = arguments.NotePath == null ? FuzzSupervisor.Run(arguments) : new FuzzWorker(arguments.Targets[0]).Run(arguments);
        return isGood ? Passed : Failed;
    }

    private static void MakeSeeds(string folder, IReadOnlyList<string> targets)
    {
        foreach (string name in targets)
        {
            using FuzzTarget target = FuzzTarget.All[name]();
            string own = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
            foreach ((string file, byte[] bytes) in target.MakeSeeds())
            {
                File.WriteAllBytes(Path.Combine(own, file), bytes);
            }
        }
    }

    /// <summary>Reads what AFL++ makes, in a process that stays: it sees which branches an input takes, and a failure as an exception.</summary>
    private static void ServeAfl(string name)
    {
        // Made by the first input: before it, what was instrumented has nowhere to note its branches.
        FuzzTarget? target = null;
        Fuzzer.OutOfProcess.Run(stream =>
        {
            target ??= FuzzTarget.All[name]();
            using MemoryStream input = new();
            stream.CopyTo(input);
            if (Judge.Try(target, input.ToArray()).Failure is { } failure)
            {
                throw new InvalidOperationException("The input fails.", failure);
            }
        });
    }
}
