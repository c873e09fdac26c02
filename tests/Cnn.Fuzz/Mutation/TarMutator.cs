using System.Text;

namespace Cnn.Fuzz.Mutation;

/// <summary>Changes tar archives, and then makes the checksums of their headers right again: otherwise nothing after them is looked at.</summary>
internal static class TarMutator
{
    private const int BlockLength = 512;
    private const int ChecksumAt = 148;
    private const int ChecksumLength = 8;
    private const int SizeAt = 124;
    private const int SizeLength = 12;
    private const int TypeAt = 156;
    private const int MagicAt = 257;

    /// <summary>Changes an archive.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="archive">The archive.</param>
    /// <param name="other">Another input, for splices.</param>
    /// <returns>Another archive.</returns>
    public static byte[] Mutate(Random random, byte[] archive, byte[] other)
    {
        byte[] result = random.Next(2) == 0 ? ByteMutator.Mutate(random, archive, other) : [.. archive];
        int[] headers = [.. Headers(result)];
        if (headers.Length > 0 && random.Next(2) == 0)
        {
            int header = Interesting.Pick(random, headers);
            if (random.Next(2) == 0)
            {
                string size = Convert.ToString(Interesting.Integer(random) & 0xFFFFFFFFL, 8).PadLeft(SizeLength - 1, '0');
                Encoding.ASCII.GetBytes(size).CopyTo(result, header + SizeAt);
            }
            else
            {
                result[header + TypeAt] = (byte)"01257gxKLSVMN\0"[random.Next(14)];
            }
        }

        foreach (int header in headers)
        {
            Span<byte> checksum = result.AsSpan(header + ChecksumAt, ChecksumLength);
            checksum.Fill((byte)' ');
            int sum = 0;
            foreach (byte value in result.AsSpan(header, BlockLength))
            {
                sum += value;
            }

            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(checksum);
        }

        return result;
    }

    private static IEnumerable<int> Headers(byte[] archive)
    {
        for (int at = 0; at + BlockLength <= archive.Length; at += BlockLength)
        {
            if (archive.AsSpan(at + MagicAt, 5).SequenceEqual("ustar"u8))
            {
                yield return at;
            }
        }
    }
}
