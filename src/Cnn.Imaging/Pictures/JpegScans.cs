using System.Buffers.Binary;

namespace Cnn.Pictures;

/// <summary>
/// The scans of a JPEG (ITU-T T.81, annexes B and G). A progressive JPEG has several: each adds bits to some coefficients of some colours. A JPEG that is not interleaved has a scan for each colour.
/// </summary>
internal static class JpegScans
{
    private const int Coefficients = 64;
    private const int MostColours = 4;
    private const int HeaderOfFrame = 8;
    private const int PartOfFrame = 3;

    /// <summary>Whether the file has scans for all bits of all coefficients of all colours.</summary>
    /// <param name="jpeg">The file.</param>
    /// <returns>Whether it has. The last scan may still be cut off.</returns>
    public static bool AreAllBegun(ReadOnlySpan<byte> jpeg)
    {
        // For each coefficient of each colour, the number of lowest bits that no scan has given yet.
        Span<byte> missing = stackalloc byte[MostColours * Coefficients];
        missing.Fill(byte.MaxValue);
        ReadOnlySpan<byte> colours = [];
        for (int at = 0; NextSegment(jpeg, ref at, out byte mark, out ReadOnlySpan<byte> segment);)
        {
            if (mark is >= 0xC0 and <= 0xC2 && segment.Length >= HeaderOfFrame)
            {
                colours = segment[HeaderOfFrame..];
            }
            else if (mark == 0xDA && !Take(segment, colours, missing))
            {
                return false;
            }
        }

        int count = (colours.Length + PartOfFrame - 1) / PartOfFrame;
        return count is > 0 and <= MostColours && !missing[..(count * Coefficients)].ContainsAnyExcept((byte)0);
    }

    /// <summary>Records the bits that a scan gives.</summary>
    private static bool Take(ReadOnlySpan<byte> scan, ReadOnlySpan<byte> colours, Span<byte> missing)
    {
        int count = scan.Length > 2 ? scan[2] : 0;
        if (scan.Length < 6 + (2 * count))
        {
            return false;
        }

        (int first, int last, int left) = (scan[3 + (2 * count)], scan[4 + (2 * count)], scan[5 + (2 * count)] & 0xF);
        if (first > last || last >= Coefficients)
        {
            return false;
        }

        for (int part = 0; part < count; part++)
        {
            int colour = PlaceOf(scan[3 + (2 * part)], colours);
            if (colour is < 0 or >= MostColours)
            {
                return false;
            }

            missing.Slice((colour * Coefficients) + first, last - first + 1).Fill((byte)left);
        }

        return true;
    }

    private static int PlaceOf(byte identifier, ReadOnlySpan<byte> colours)
    {
        for (int colour = 0; colour * PartOfFrame < colours.Length; colour++)
        {
            if (colours[colour * PartOfFrame] == identifier)
            {
                return colour;
            }
        }

        return -1;
    }

    /// <summary>Finds the next segment with a length. Everything between segments is skipped, also the pixels of a scan.</summary>
    private static bool NextSegment(ReadOnlySpan<byte> jpeg, scoped ref int at, scoped out byte mark, out ReadOnlySpan<byte> segment)
    {
        while (at < jpeg.Length - 3)
        {
            mark = jpeg[at] == 0xFF ? jpeg[at + 1] : (byte)0;

            // FF 00 is part of the pixels; the markers D0 to D9 and 01 have no length.
            if (mark is 0 or 1 or 0xFF or (>= 0xD0 and <= 0xD9))
            {
                at++;
                continue;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 2)..]);
            segment = jpeg.Slice(at + 2, Math.Min(length, jpeg.Length - at - 2));
            at += 2 + Math.Max(length, 2);
            return true;
        }

        mark = 0;
        segment = [];
        return false;
    }
}
