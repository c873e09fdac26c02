using System.Text;
using Cnn.Fuzz.Mutation;

namespace Cnn.Fuzz.Targets;

/// <summary>A reader of texts.</summary>
internal abstract class TextTarget : FuzzTarget
{
    /// <inheritdoc/>
    public sealed override byte[] Mutate(Random random, byte[] seed, byte[] other) => random.Next(4) == 0
        ? ByteMutator.Mutate(random, seed, other)
        : Encoding.UTF8.GetBytes(TextMutator.Mutate(random, Encoding.UTF8.GetString(seed)));

    /// <inheritdoc/>
    public override bool Accepts(byte[] input) => Accepts(Encoding.UTF8.GetString(input));

    /// <inheritdoc/>
    public override IEnumerable<(string Name, byte[] Bytes)> MakeSeeds() =>
        Texts().Select((text, index) => ($"{index + 1}.txt", Encoding.UTF8.GetBytes(text)));

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether it was accepted.</returns>
    protected abstract bool Accepts(string text);

    /// <summary>Texts that are accepted.</summary>
    protected abstract IEnumerable<string> Texts();
}
