using Cnn.Data;
using Cnn.Memory;

namespace Cnn.Evaluation;

/// <summary>
/// Several looks at each image: the probabilities of the image as it is and of some distorted versions are averaged. The versions come from the seed
/// and the place of the image in its set alone, so a measurement is the same each time and on any number of threads. Where versions are mirrored, the first is, the third, and so on.
/// </summary>
/// <param name="Augmentation">How the versions are distorted; weaker than in the training, as a rule: a shift by a pixel is a good start.</param>
/// <param name="Count">How many distorted versions there are besides the image itself; at least 1.</param>
/// <param name="Seed">The seed of the versions.</param>
public sealed record TestTimeAugmentation(Augmentation Augmentation, int Count = 8, ulong Seed = 1)
{
    private const int MostVersions = 10_000;

    /// <summary>What is done, and how often.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Augmentation} (×{Count})";

    /// <summary>Checks that images of a shape can be looked at so.</summary>
    /// <param name="shape">The shape of an image.</param>
    /// <exception cref="CnnException"><c>AugmentationCount</c>: the number of versions is none; or the augmentation does not fit.</exception>
    internal void CheckFor(Shape shape)
    {
        if (Count is < 1 or > MostVersions)
        {
            throw new CnnException(
                "AugmentationCount",
                CnnErrorKind.InvalidArgument,
                $"The number of distorted versions of each image is {Count}. It is 1 to {MostVersions}; 8 is a good start, and more take longer.")
            { Target = Count };
        }

        Augmentation.CheckFor(shape);
    }
}
