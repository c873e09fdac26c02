using Cnn.Data;
using Cnn.Memory;

namespace Cnn.Evaluation;

/// <summary>
/// Test-time augmentation: the probabilities of the image itself and of several distorted versions are averaged. The versions depend only on the seed and the
/// position of the image in its set, so a measurement is the same each time and on any number of threads. If the augmentation mirrors, the first version is
/// mirrored, the third, and so on.
/// </summary>
/// <param name="Augmentation">How the versions are distorted; usually weaker than in the training: a shift by one pixel is a good start.</param>
/// <param name="Count">The number of distorted versions in addition to the image itself; at least 1.</param>
/// <param name="Seed">The seed of the versions.</param>
public sealed record TestTimeAugmentation(Augmentation Augmentation, int Count = 8, ulong Seed = 1)
{
    private const int MostVersions = 10_000;

    /// <summary>The augmentation and the number of versions.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Augmentation} (×{Count})";

    /// <summary>Checks that it fits images of a shape.</summary>
    /// <param name="shape">The shape of an image.</param>
    /// <exception cref="CnnException"><c>AugmentationCount</c>: the number of versions is out of range; or the augmentation does not fit.</exception>
    internal void CheckFor(Shape shape)
    {
        if (Count is < 1 or > MostVersions)
        {
            throw new CnnException(
                "AugmentationCount",
                CnnErrorKind.InvalidArgument,
                $"The number of distorted versions of each image is {Count}. It must be 1 to {MostVersions}; 8 is a good start, and more take longer.")
            { Target = Count };
        }

        Augmentation.CheckFor(shape);
    }
}
