using System.Globalization;

namespace Cnn.Data;

/// <summary>
/// A file in a tar archive that is read sequentially (POSIX.1-1988, "ustar"). Entries that are not files are skipped. Long names are read in the forms of GNU
/// tar and POSIX.1-2001, up to a limit. Only one header is kept in memory, whatever an archive claims.
/// </summary>
internal sealed class TarFile : ForwardReadStream
{
    private const int BlockLength = 512;
    private const int NameLength = 100;
    private const int SizeAt = 124;
    private const int ChecksumAt = 148;
    private const int ChecksumLength = 8;
    private const int TypeAt = 156;
    private const int MagicAt = 257;
    private const int PrefixAt = 345;
    private const int PrefixLength = 155;

    /// <summary>The longest extended name; a longer one is skipped.</summary>
    private const int MostNoteLength = 1 << 16;

    private const int NumberLength = 12;
    private const int NumberBase = 8;

    private readonly Stream _archive;
    private long _left;

    private TarFile(Stream archive, string name, long length)
    {
        _archive = archive;
        (Name, FileLength, _left) = (name, length, length);
    }

    /// <summary>The path in the archive.</summary>
    public string Name { get; }

    /// <summary>The number of bytes.</summary>
    public long FileLength { get; }

    /// <summary>Lists an archive.</summary>
    /// <param name="archive">The uncompressed archive; the caller keeps ownership.</param>
    /// <returns>The files. Each can be read until the next is asked for.</returns>
    /// <exception cref="InvalidDataException">It is not a tar archive, or is damaged or truncated.</exception>
    public static IEnumerable<TarFile> In(Stream archive)
    {
        byte[] header = new byte[BlockLength];
        string? longName = null;
        while (ReadHeader(archive, header))
        {
            long length = Number(header.AsSpan(SizeAt, NumberLength));
            byte type = header[TypeAt];
            TarFile entry = new(archive, longName ?? NameIn(header), length);
            if (type is (byte)'0' or 0)
            {
                yield return entry;
            }

            longName = type is (byte)'L' or (byte)'x' or (byte)'K' ? entry.ReadLongName(type) ?? longName : null;

            entry._left += (BlockLength - (length % BlockLength)) % BlockLength;
            entry.CopyTo(Null);
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, _left);
        int read = _archive.Read(buffer[..wanted]);
        _left -= read;
        return read > 0 || wanted == 0 ? read : throw Damaged($"it ends within '{Name}'");
    }

    /// <summary>Reads and checks a header.</summary>
    /// <returns>Whether there is one; false at the end of the archive.</returns>
    private static bool ReadHeader(Stream archive, byte[] header)
    {
        int read = archive.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (read == 0 || (read == BlockLength && !header.AsSpan().ContainsAnyExcept((byte)0)))
        {
            return false;
        }

        if (read < BlockLength)
        {
            throw Damaged("it ends within a header");
        }

        // The sum of all bytes, with spaces in place of the checksum.
        long sum = ChecksumLength * ' ';
        for (int i = 0; i < BlockLength; i++)
        {
            sum += i is >= ChecksumAt and < ChecksumAt + ChecksumLength ? 0 : header[i];
        }

        return sum == Number(header.AsSpan(ChecksumAt, ChecksumLength)) ? true : throw Damaged("the checksum of a header does not match its bytes");
    }

    /// <summary>A name of up to 255 bytes is in two fields, but only in ustar: GNU's format has other data in the second one.</summary>
    private static string NameIn(ReadOnlySpan<byte> header)
    {
        string name = Text(header[..NameLength]);
        string prefix = header[MagicAt..].StartsWith("ustar\0"u8) ? Text(header.Slice(PrefixAt, PrefixLength)) : "";
        return prefix.Length == 0 ? name : $"{prefix}/{name}";
    }

    /// <summary>Reads the name of the next file if this entry is an extended name: the whole content in GNU's format, a line <c>LENGTH path=NAME</c> in POSIX.1-2001.</summary>
    private string? ReadLongName(byte type)
    {
        if (type == 'K' || FileLength > MostNoteLength)
        {
            return null;
        }

        byte[] note = new byte[FileLength];
        this.ReadExactly(note);
        if (type == 'L')
        {
            return Text(note);
        }

        for (ReadOnlySpan<byte> left = note; left.IndexOf((byte)' ') is > 0 and int space;)
        {
            if (!int.TryParse(left[..space], NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length <= space + 1 || length > left.Length)
            {
                break;
            }

            ReadOnlySpan<byte> record = left[(space + 1)..(length - 1)];
            if (record.StartsWith("path="u8))
            {
                return ArchiveNameEncoding.OfTar.GetString(record["path="u8.Length..]);
            }

            left = left[length..];
        }

        return null;
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return ArchiveNameEncoding.OfTar.GetString(end < 0 ? field : field[..end]);
    }

    /// <summary>A number in octal digits; eleven of them stay far below 2⁶³.</summary>
    private static long Number(ReadOnlySpan<byte> field)
    {
        long number = 0;
        foreach (char digit in Text(field).Trim(' '))
        {
            number = digit is >= '0' and <= '7'
                ? (number * NumberBase) + (digit - '0')
                : throw Damaged(string.Create(CultureInfo.InvariantCulture, $"a header has a '{digit}' in an octal number"));
        }

        return number;
    }

    private static InvalidDataException Damaged(string what) => new($"It is not a valid tar archive: {what}.");
}
