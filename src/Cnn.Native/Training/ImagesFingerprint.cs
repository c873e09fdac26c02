using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Cnn.Data;

namespace Cnn.Training;

/// <summary>
/// What a checkpoint stores to recognise the training images: other images, or the same images in another order, would silently give another training.
/// </summary>
/// <param name="Name">The display name of the set, for messages; it is not compared.</param>
/// <param name="Count">Number of images.</param>
/// <param name="Sha256">
/// SHA-256 of the shape, the class names, all labels and all pixels. A sample would miss a single corrected label, and hashing all of MNIST takes less than a
/// tenth of a second.
/// </param>
internal sealed record ImagesFingerprint(string Name, int Count, string Sha256)
{
    /// <summary>The fingerprint of a set.</summary>
    /// <param name="images">The images.</param>
    /// <returns>The fingerprint.</returns>
    public static ImagesFingerprint Of(ImageSet images)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, images.ImageShape.Channels);
        Add(hash, images.ImageShape.Height);
        Add(hash, images.ImageShape.Width);
        Add(hash, images.ClassNames.Count);
        foreach (string name in images.ClassNames)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(name);
            Add(hash, bytes.Length);
            hash.AppendData(bytes);
        }

        // One byte for each label if that is enough, as in earlier versions, so that their checkpoints can be resumed.
        hash.AppendData(images.HasNarrowLabels ? images.NarrowLabels() : MemoryMarshal.AsBytes(images.Labels));
        foreach (ImageSet run in images.Runs())
        {
            hash.AppendData(run.Pixels);
        }

        return new ImagesFingerprint(images.Name, images.Count, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static void Add(IncrementalHash hash, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
