using System.Buffers.Binary;

namespace Cnn.Fuzz.Mutation;

/// <summary>Changes bytes without any knowledge of what they mean.</summary>
internal static class ByteMutator
{
    /// <summary>What grows is cut here: a reader learns nothing from the rest.</summary>
    private const int LongestInput = 1 << 18;

    /// <summary>Makes one to four changes.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="source">The bytes.</param>
    /// <param name="other">Another input, for splices.</param>
    /// <returns>Other bytes.</returns>
    public static byte[] Mutate(Random random, byte[] source, byte[] other)
    {
        List<byte> bytes = [.. source];
        for (int change = random.Next(1, 5); change > 0; change--)
        {
            Change(random, bytes, other);
        }

        return [.. bytes.Take(LongestInput)];
    }

    private static void Change(Random random, List<byte> bytes, byte[] other)
    {
        if (bytes.Count == 0)
        {
            bytes.Add((byte)random.Next(256));
        }

        // The first bytes are the header of most formats.
        int at = random.Next(random.Next(3) == 0 ? Math.Min(bytes.Count, 64) : bytes.Count);
        int length = Math.Min(bytes.Count - at, random.Next(1, 65));
        switch (random.Next(10))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes[at] = Interesting.Pick(random, new byte[] { 0, 1, 0x7f, 0x80, 0xff });
                break;
            case 3:
                bytes.RemoveRange(at, length);
                break;
            case 4:
                byte[] noise = new byte[random.Next(1, 17)];
                random.NextBytes(noise);
                bytes.InsertRange(at, noise);
                break;
            case 5:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 6:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 7:
                Overwrite(random, bytes, at, sizeof(int));
                break;
            case 8:
                Overwrite(random, bytes, at, sizeof(long));
                break;
            default:
                int from = random.Next(other.Length + 1);
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other[from..]);
                break;
        }
    }

    /// <summary>Puts a number where a length may stand, in either order of bytes.</summary>
    private static void Overwrite(Random random, List<byte> bytes, int at, int size)
    {
        byte[] number = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, Interesting.Integer(random));
        Span<byte> written = number.AsSpan(0, size);
        if (random.Next(2) == 0)
        {
            written.Reverse();
        }

        int start = random.Next(2) == 0 ? at : at / size * size;
        for (int i = 0; i < size && start + i < bytes.Count; i++)
        {
            bytes[start + i] = written[i];
        }
    }
}
