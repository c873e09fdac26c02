namespace Cnn.Models;

/// <summary>
/// How a batch is divided into parts that are computed one after the other, so that only the largest of them needs memory. The parts differ by one image at
/// most.
/// </summary>
/// <param name="Images">Images of the batch.</param>
/// <param name="Largest">The largest number of images in a part.</param>
internal readonly record struct BatchParts(int Images, int Largest)
{
    /// <summary>The number of parts.</summary>
    public int Count => (Images + Largest - 1) / Largest;

    /// <summary>The number of images in the smallest part.</summary>
    public int Smallest => Images / Count;

    /// <summary>A part.</summary>
    /// <param name="part">Its index.</param>
    /// <returns>The position of its first image in the batch, and the number of its images.</returns>
    public (int First, int Count) this[int part]
    {
        get
        {
            int first = (int)((long)Images * part / Count);
            return (first, (int)((long)Images * (part + 1) / Count) - first);
        }
    }

    /// <summary>The largest number of images in a part of a full batch.</summary>
    /// <param name="batchSize">Images of the batch.</param>
    /// <param name="steps">The number of parts.</param>
    /// <returns>The number of images.</returns>
    public static int LargestOf(int batchSize, int steps) => (batchSize + steps - 1) / steps;
}
