using System.Buffers.Binary;
using SkiaSharp;

namespace Cnn.Pictures;

/// <summary>
/// A directory of a TIFF file (TIFF 6.0, section 2): the tags that describe a picture. An Exif block is such a directory too. No offset or count in it is trusted: entries and
/// values outside of the file count as absent.
/// </summary>
internal readonly ref struct TiffDirectory
{
    private const int EntryLength = 12;
    private const ushort OrientationTag = 0x0112;

    /// <summary>Bytes of a value of each type, from type 0; 0 for types that do not exist.</summary>
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

    /// <summary>The number of entries within the file.</summary>
    public int Count => _at == 0 ? 0 : (int)Math.Min(Short(_at), (_file.Length - _at - 2) / EntryLength);

    /// <summary>The corner of the picture that the first pixel is (tag 0x0112); the upper left one by default.</summary>
    public SKEncodedOrigin Origin => Number(OrientationTag) is >= 1 and <= 8 and { } value ? (SKEncodedOrigin)value : SKEncodedOrigin.TopLeft;

    /// <summary>The next directory; an empty one if there is none.</summary>
    public TiffDirectory Next
    {
        get
        {
            long end = _at + 2 + ((long)Count * EntryLength);
            return _at != 0 && Count == Short(_at) && end <= _file.Length - 4 ? At(Long(end)) : default;
        }
    }

    /// <summary>Whether bytes begin like a TIFF file, in either byte order.</summary>
    /// <param name="file">The bytes.</param>
    /// <returns>Whether they do.</returns>
    public static bool IsTiff(ReadOnlySpan<byte> file) => file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8);

    /// <summary>The first directory of a file.</summary>
    /// <param name="file">The file, from its first byte.</param>
    /// <returns>The directory; an empty one if there is none.</returns>
    public static TiffDirectory First(ReadOnlySpan<byte> file)
    {
        if (file.Length < 8 || !IsTiff(file))
        {
            return default;
        }

        TiffDirectory header = new(file, file[0] == 'I', 0);
        return header.At(header.Long(4));
    }

    /// <summary>The value of a tag as a whole number; the first one if there are several.</summary>
    /// <param name="tag">The tag.</param>
    /// <returns>The value; null if there is none.</returns>
    public long? Number(ushort tag) => EntryOf(tag) is { } entry ? Number(entry, 0) : null;

    /// <summary>The values of a tag as whole numbers.</summary>
    /// <param name="tag">The tag.</param>
    /// <returns>The values that are within the file.</returns>
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

    /// <summary>The number of values of a tag, of any type.</summary>
    /// <param name="tag">The tag.</param>
    /// <returns>The number; 0 if there is no such tag.</returns>
    public uint ValueCount(ushort tag) => EntryOf(tag) is { } entry ? Long(entry + 4) : 0;

    /// <summary>Whether all values of all entries are within the file.</summary>
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

    /// <summary>Whether a tag has more than one entry: another reader might use a different one.</summary>
    /// <returns>Whether there is such a tag.</returns>
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

    /// <summary>The position of the entry of a tag; null if there is none.</summary>
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

        // If the values need more than four bytes, the entry has their offset.
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
