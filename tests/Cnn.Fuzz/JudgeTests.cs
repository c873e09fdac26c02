using Xunit;

namespace Cnn.Fuzz;

/// <summary>What counts as a failure, and that it is seen: a fuzzer that lets everything pass looks like one that finds nothing.</summary>
public sealed class JudgeTests
{
    [Fact]
    public void An_input_that_is_accepted_or_refused_is_no_failure()
    {
        Verdict accepted = Verdict(_ => true);
        Assert.Equal((true, null), (accepted.IsAccepted, accepted.Failure));
        Verdict refused = Verdict(_ => throw new CnnException("MadeUp", CnnErrorKind.InvalidData, "It is made up."));
        Assert.Equal((false, null), (refused.IsAccepted, refused.Failure));
    }

    [Fact]
    public void Any_other_exception_is_a_failure()
    {
        Assert.IsType<ArgumentNullException>(Verdict(_ => throw new ArgumentNullException("file")).Failure);
        Assert.IsType<CnnException>(Verdict(_ => throw new CnnException("", CnnErrorKind.InvalidData, "It has no identifier.")).Failure);
    }

    [Fact]
    public void Too_much_memory_is_a_failure()
    {
        byte[][] kept = new byte[1][];
        Verdict verdict = Verdict(input => (kept[0] = new byte[input.Length * 1_000_000]).Length > 0);
        Assert.IsType<ExcessiveMemoryException>(verdict.Failure);
        Assert.True(verdict.Memory >= kept[0].Length);
    }

    [Fact]
    public void A_note_tells_another_process_what_is_being_read()
    {
        string path = Path.GetTempFileName();
        using (InputNote written = InputNote.Open(path))
        using (InputNote read = InputNote.Open(path))
        {
            Assert.Equal(0, read.Number);
            written.Write(7, [1, 2, 3]);
            Assert.Equal(7, read.Number);
            Assert.Equal([1, 2, 3], read.Read());
            written.Write(8, [4]);
            Assert.Equal([4], read.Read());
        }

        File.Delete(path);
    }

    [Theory]
    [InlineData("--target nothing")]
    [InlineData("--count -1")]
    [InlineData("--seconds 0")]
    [InlineData("--seconds")]
    [InlineData("--engine libfuzzer")]
    [InlineData("--engine afl")]
    [InlineData("--replay input")]
    [InlineData("input")]
    public void What_cannot_be_done_is_told(string arguments) => Assert.Null(FuzzArguments.Parse(arguments.Split(' ')));

    [Theory]
    [InlineData("--target texts --replay a models/b", "texts")]
    [InlineData("--replay Corpus/models/b artifacts/fuzz/texts-0123.bin Corpus/models/c", "models texts")]
    public void What_is_replayed_says_its_target(string arguments, string targets)
    {
        FuzzArguments parsed = FuzzArguments.Parse(arguments.Split(' '))!;
        Assert.Equal(targets.Split(' '), parsed.Targets);
        Assert.Equal(
            parsed.Replayed.Order(),
            parsed.Targets.SelectMany(target => FuzzArguments.Parse([.. parsed.ForWorker(target, "note")])!.Replayed).Order());
    }

    [Fact]
    public void Without_arguments_every_target_has_ten_seconds()
    {
        FuzzArguments arguments = FuzzArguments.Parse([])!;
        Assert.Equal(FuzzTarget.All.Keys, arguments.Targets);
        Assert.Equal(TimeSpan.FromSeconds(10), arguments.Time);
        FuzzArguments worker = FuzzArguments.Parse([.. arguments.ForWorker("idx", "note")])!;
        Assert.Equal(["idx"], worker.Targets);
        Assert.Equal((arguments.Count, arguments.Time, arguments.Seed, "note"), (worker.Count, worker.Time, worker.Seed, worker.NotePath));
    }

    private static Verdict Verdict(Func<byte[], bool> accepts)
    {
        using MadeUpTarget target = new(accepts);
        return Judge.Try(target, new byte[100]);
    }

    private sealed class MadeUpTarget(Func<byte[], bool> accepts) : FuzzTarget
    {
        public override byte[] Mutate(Random random, byte[] seed, byte[] other) => seed;

        public override bool Accepts(byte[] input) => accepts(input);

        public override IEnumerable<(string Name, byte[] Bytes)> MakeSeeds() => [];
    }
}
