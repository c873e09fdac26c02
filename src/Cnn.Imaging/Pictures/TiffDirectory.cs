using System.Buffers.Binary;
using SkiaSharp;

namespace Cnn.Pictures;

/// <summary>
/// A directory of a TIFF file (TIFF 6.0, section 2), of which an Exif block is one too: the numbers in it that say what a picture is. Nothing of it is believed: what lies
/// outside of the bytes is not there.
/// </summary>
internal readonly ref struct TiffDirectory
{
    private const int EntryLength = 12;
    private const ushort OrientationTag = 0x0112;

    /// <summary>Bytes of a value of each type, from 0 on; types that do not exist have none.</summary>
    private static ReadOnlySpan<byte> SizeOfType => [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

    private readonly ReadOnlySpan<byte> _file;
    private readonly bool _isLittle;
    private readonly long _at;

    private TiffDirectory(ReadOnlySpan<byte> file, bool isLittle, long at)
    {
        _file = file;
        _isLittle = isLittle;
        _at = at;
    }

    /// <summary>Number of entries, of those that lie within the file.</summary>
    public int Count => _at == 0 ? 0 : (int)Math.Min(Short(_at), (_file.Length - _at - 2) / EntryLength);

    /// <summary>Which corner of the picture the first pixel is (tag 0x0112); the upper left one where nothing is said.</summary>
    public SKEncodedOrigin Origin => Number(OrientationTag) is >= 1 and <= 8 and { } value ? (SKEncodedOrigin)value : SKEncodedOrigin.TopLeft;

    /// <summary>The directory that follows; without entries where there is none.</summary>
    public TiffDirectory Next
    {
        get
        {
            long end = _at + 2 + ((long)Count * EntryLength);
            return _at != 0 && Count == Short(_at) && end <= _file.Length - 4 ? At(Long(end)) : default;
        }
    }

    /// <summary>Whether bytes begin as a TIFF file does, in either order of bytes.</summary>
    /// <param name="file">The bytes.</param>
    /// <returns>Whether they do.</returns>
    public static bool IsTiff(ReadOnlySpan<byte> file) => file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8);

    /// <summary>The first directory of a file.</summary>
    /// <param name="file">The file, from its first byte.</param>
    /// <returns>The directory; without entries where there is none.</returns>
    public static TiffDirectory First(ReadOnlySpan<byte> file)
    {
        if (file.Length < 8 || !IsTiff(file))
        {
            return default;
        }

        TiffDirectory header = new(file, file[0] == 'I', 0);
        return header.At(header.Long(4));
    }

    /// <summary>The value of a tag that is a whole number; of several, the first.</summary>
    /// <param name="tag">The tag.</param>
    /// <returns>The value; null where there is none.</returns>
    public long? Number(ushort tag) => EntryOf(tag) is { } entry ? Number(entry, 0) : null;

    /// <summary>The values of a tag that are whole numbers.</summary>
    /// <param name="tag">The tag.</param>
    /// <returns>Those that are there.</returns>
    public long[] Numbers(ushort tag)
    {
        List<long> numbers = [];
        if (EntryOf(tag) is { } entry)
        {
            while (Number(entry, numbers.Count) is { } number)
            {
                numbers.Add(number);
            }
        }

        return [.. numbers];
    }

    /// <summary>How many values a tag has, of any type.</summary>
    /// <param name="tag">The tag.</param>
    /// <returns>The number; 0 where there is no such tag.</returns>
    public uint ValueCount(ushort tag) => EntryOf(tag) is { } entry ? Long(entry + 4) : 0;

    /// <summary>Whether all values of all entries lie within the file.</summary>
    /// <returns>Whether they do.</returns>
    public bool HoldsItsValues()
    {
        for (int i = 0; i < Count; i++)
        {
            long entry = Entry(i);
            ushort type = Short(entry + 2);
            long length = type < SizeOfType.Length ? (long)Long(entry + 4) * SizeOfType[type] : 0;
            if (length > 4 && length > _file.Length - (long)Long(entry + 8))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a tag has more than one entry: another reader may take another of them.</summary>
    /// <returns>Whether one has.</returns>
    public bool HasTagsTwice()
    {
        HashSet<ushort> tags = [];
        for (int i = 0; i < Count; i++)
        {
            if (!tags.Add(Short(Entry(i))))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Where the entry of a tag is; null where there is none.</summary>
    private long? EntryOf(ushort tag)
    {
        for (int i = 0; i < Count; i++)
        {
            if (Short(Entry(i)) == tag)
            {
                return Entry(i);
            }
        }

        return null;
    }

    /// <summary>One of the values of an entry.</summary>
    private long? Number(long entry, long index)
    {
        ushort type = Short(entry + 2);
        uint count = Long(entry + 4);
        if (index >= count || type is not (1 or 3 or 4))
        {
            return null;
        }

        // Values of more than four bytes lie elsewhere.
        long at = (count * SizeOfType[type] <= 4 ? entry + 8 : Long(entry + 8)) + (index * SizeOfType[type]);
        return at + SizeOfType[type] > _file.Length ? null : type switch { 1 => _file[(int)at], 3 => Short(at), _ => Long(at) };
    }

    private long Entry(int index) => _at + 2 + ((long)index * EntryLength);

    private TiffDirectory At(uint offset) => offset >= 8 && offset <= _file.Length - 2 ? new TiffDirectory(_file, _isLittle, offset) : default;

    private ushort Short(long at) =>
        _isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(_file[(int)at..]) : BinaryPrimitives.ReadUInt16BigEndian(_file[(int)at..]);

    private uint Long(long at) =>
        _isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(_file[(int)at..]) : BinaryPrimitives.ReadUInt32BigEndian(_file[(int)at..]);
}
