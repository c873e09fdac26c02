using System.IO.Compression;
using Cnn.Files;

namespace Cnn.Data;

/// <summary>Visits the files of a zip or tar archive; the format is recognised by the content. Names are only passed on, and content stays in memory.</summary>
internal static class ArchiveFile
{
    /// <summary>The largest file that is read: the size of the largest picture.</summary>
    private const int MostLength = 1 << 29;

    private const int ChunkLength = 1 << 16;

    /// <summary>The action for a file: it gets the index of the file in the archive, its name, and a function that reads it, given the path for errors.</summary>
    public delegate void Visit(int place, string name, Func<string, byte[]> content);

    /// <summary>Visits the files of an archive from first to last.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="isWanted">Which indices are visited.</param>
    /// <param name="visit">The action for each file.</param>
    /// <exception cref="CnnException"><c>FileNotFound</c>, <c>ReadFailed</c>, or <c>ArchiveDamaged</c>: it is not a valid archive.</exception>
    public static void ReadAll(string path, Func<int, bool> isWanted, Visit visit)
    {
        try
        {
            using FileStream stream = PlainFile.OpenRead(path, FileShare.Read | FileShare.Delete, bufferSize: ChunkLength);
            Span<byte> start = stackalloc byte[2];
            bool isZip = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PK"u8);
            stream.Position = 0;
            if (isZip)
            {
                ReadZip(stream, isWanted, visit);
            }
            else
            {
                ReadTar(stream, isWanted, visit);
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CnnException("FileNotFound", CnnErrorKind.NotFound, $"There is no file '{Path.GetFullPath(path)}'. Check the path.", e) { Target = path };
        }
        catch (InvalidDataException e)
        {
            throw new CnnException("ArchiveDamaged", CnnErrorKind.InvalidData, $"'{path}' is not a valid zip or tar archive: {e.Message} Get the file again.", e) { Target = path };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CnnException("ReadFailed", CnnErrorKind.ReadFailed, $"'{path}' cannot be read: {e.Message} Give permission, or get the file again.", e) { Target = path };
        }
    }

    private static void ReadZip(Stream stream, Func<int, bool> isWanted, Visit visit)
    {
        using ZipArchive archive = new(stream, ZipArchiveMode.Read, leaveOpen: true, ArchiveNameEncoding.OfZip);
        for (int place = 0; place < archive.Entries.Count; place++)
        {
            ZipArchiveEntry entry = archive.Entries[place];
            if (!entry.FullName.EndsWith('/') && isWanted(place))
            {
                visit(place, entry.FullName, file => ReadEntry(entry, file));
            }
        }
    }

    /// <summary>One damaged file in a zip archive does not affect the others.</summary>
    private static byte[] ReadEntry(ZipArchiveEntry entry, string file)
    {
        if (entry.IsEncrypted)
        {
            throw Error("ArchiveFileEncrypted", file, "is encrypted. Unpack the archive with its password, and pass the folder.");
        }

        try
        {
            using Stream content = entry.Open();
            return Bytes(content, file, entry.Length);
        }
        catch (InvalidDataException e)
        {
            throw Error("ArchiveFileDamaged", file, $"is damaged, or uses a compression that is not supported: {e.Message} Get the archive again, or unpack it and pass the folder.", e);
        }
    }

    private static void ReadTar(FileStream stream, Func<int, bool> isWanted, Visit visit)
    {
        using FramedStream framed = new(stream);
        using Stream plain = framed.IsGzip ? new UnpackedStream(stream, framed) : framed;
        foreach ((int place, TarFile entry) in TarFile.In(plain).Index())
        {
            if (isWanted(place))
            {
                visit(place, entry.Name, file => Bytes(entry, file, entry.FileLength));
            }
        }

        if (framed.IsGzip)
        {
            // The checksum is at the end of the compressed file, so all of it is read.
            plain.CopyTo(Stream.Null);
        }
    }

    /// <summary>Reads a file to its end. Memory is allocated as bytes arrive, whatever length the archive claims.</summary>
    private static byte[] Bytes(Stream content, string file, long length)
    {
        using MemoryStream bytes = new();
        byte[] chunk = new byte[ChunkLength];
        int read = 0;
        do
        {
            bytes.Write(chunk, 0, read);
            if (length > MostLength || bytes.Length > MostLength)
            {
                throw Error("ArchiveFileLength", file, $"has more than {MostLength} bytes, which is too large for a picture. Scale it down.");
            }
        }
        while ((read = content.Read(chunk)) > 0);
        return bytes.ToArray();
    }

    private static CnnException Error(string errorId, string file, string what, Exception? inner = null) =>
        new(errorId, CnnErrorKind.InvalidData, $"'{file}' {what}", inner) { Target = file };
}
