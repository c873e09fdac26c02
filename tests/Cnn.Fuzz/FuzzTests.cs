using Xunit;

namespace Cnn.Fuzz;

/// <summary>The corpus, and some inputs made from it, with every other test: a reader that has gone wrong shows at once.</summary>
public sealed class FuzzTests
{
    private const int Mutations = 1500;
    private const int Seed = 20;

    public static TheoryData<string> Targets => [.. FuzzTarget.All.Keys];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_input_of_the_corpus_is_accepted_or_refused(string name)
    {
        using FuzzTarget target = FuzzTarget.All[name]();
        Assert.All(Corpus.FilesOf(name), file => Assert.Null(Judge.Try(target, File.ReadAllBytes(file)).Failure));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Seeds_are_in_the_corpus_and_accepted(string name)
    {
        using FuzzTarget target = FuzzTarget.All[name]();
        Assert.All(target.MakeSeeds(), seed =>
        {
            byte[] kept = File.ReadAllBytes(Path.Combine(Corpus.Folder, name, seed.Name));
            Assert.True(target.Accepts(kept));
            Assert.True(target.Accepts(seed.Bytes));
        });
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void What_is_made_of_the_corpus_is_accepted_or_refused(string name)
    {
        using FuzzTarget target = FuzzTarget.All[name]();
        Assert.All(
            FuzzWorker.Mutations(target, Corpus.InputsOf(name), Seed).Take(Mutations),
            input => Assert.True(Judge.Try(target, input).Failure is not { } failure, Convert.ToBase64String(input)));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void One_seed_makes_the_same_inputs(string name)
    {
        using FuzzTarget target = FuzzTarget.All[name]();
        byte[][] Made(int seed) => [.. FuzzWorker.Mutations(target, Corpus.InputsOf(name), seed).Take(50)];
        Assert.Equal(Made(Seed), Made(Seed));
        Assert.NotEqual(Made(Seed), Made(Seed + 1));
    }
}
