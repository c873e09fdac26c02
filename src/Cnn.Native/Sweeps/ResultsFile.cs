using System.Collections.ObjectModel;
using System.Text.Json;
using Cnn.Data;
using Cnn.Files;
using Cnn.Training;

namespace Cnn.Sweeps;

/// <summary>
/// The results of a sweep in JSON lines: a line is appended whole, and flushed to the disk, as each trial finishes; nothing that was
/// written is ever written again. Of two lines with one identifier the later one counts. A last line without its end is what a crash left in
/// the middle of writing: it is cut off, and its trial is run again.
/// </summary>
/// <remarks>While a file is open for a sweep, <c>name.lock</c> beside it keeps a second sweep out, and anybody may read.</remarks>
public sealed class ResultsFile : IDisposable
{
    /// <summary>A million results and more.</summary>
    private const long MostBytes = 1 << 30;

    private readonly string _path;
    private readonly string _images;
    private readonly FileStream _lock;
    private readonly FileStream _stream;
    private readonly Lock _gate = new();

    private ResultsFile(string path, string images, FileStream @lock)
    {
        (_path, _images, _lock) = (path, images, @lock);
        (Results, HasTornLine, long whole) = Parse(path, images);
        _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            Mend(whole);
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>The results that were there when the file was opened, by the identifiers of their trials.</summary>
    public IReadOnlyDictionary<string, SweepResult> Results { get; }

    /// <summary>Whether the last line was torn by a crash, and was cut off.</summary>
    public bool HasTornLine { get; }

    /// <summary>Opens a file for a sweep, and makes it where there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="images">The images that the trials are trained on.</param>
    /// <param name="validation">The images that they are measured on.</param>
    /// <returns>The file.</returns>
    /// <exception cref="CnnException">
    /// <c>ResultsFileLine</c>: a line is no result. <c>ResultsFileImages</c>: its results are of other images.
    /// <c>ResultsFileInUse</c>: another sweep writes to it. <c>FolderNotFound</c>, <c>ReadFailed</c> or <c>WriteFailed</c>.
    /// </exception>
    public static ResultsFile Open(string path, ImageSet images, ImageSet validation)
    {
        string fingerprint = Fingerprint(images, validation);
        FileStream @lock = TakeLock(path);
        try
        {
            return new ResultsFile(path, fingerprint, @lock);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            @lock.Dispose();
            throw Refused(path, e);
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>Reads the results of a file that is there, and changes nothing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="images">The images that the trials should have been trained on, and</param>
    /// <param name="validation">measured on; whatever they were where these are not given.</param>
    /// <returns>The results, in the order of the file; a torn last line is passed over.</returns>
    /// <exception cref="CnnException"><c>ResultsFileLine</c>, <c>ResultsFileImages</c>, <c>FileNotFound</c> or <c>ReadFailed</c>.</exception>
    public static IReadOnlyList<SweepResult> Read(string path, ImageSet? images = null, ImageSet? validation = null) => Exists(path)
        ? [.. Parse(path, images == null || validation == null ? null : Fingerprint(images, validation)).Results.Values]
        : throw new CnnException("FileNotFound", CnnErrorKind.NotFound, $"There is no results file '{path}': correct the path.") { Target = path };

    /// <summary>Appends a result; any thread may.</summary>
    /// <param name="result">The result.</param>
    /// <exception cref="CnnException"><c>WriteFailed</c>: the system refused.</exception>
    public void Append(SweepResult result)
    {
        byte[] line = ResultLine.Write(result, _images);
        lock (_gate)
        {
            try
            {
                // In one write: a line is there or not, as far as the system can promise it.
                _stream.Write(line);
                _stream.Flush(flushToDisk: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Refused(_path, e);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _lock.Dispose();
    }

    /// <summary>Cuts a torn line off, or ends a whole one that somebody's editor left without its line feed.</summary>
    private void Mend(long whole)
    {
        _stream.SetLength(whole);
        _stream.Position = whole;
        if (whole > 0)
        {
            _stream.Position = whole - 1;
            if (_stream.ReadByte() != '\n')
            {
                _stream.WriteByte((byte)'\n');
            }
        }
    }

    private static (IReadOnlyDictionary<string, SweepResult> Results, bool IsTorn, long Whole) Parse(string path, string? images)
    {
        // In the order of the file, and a later line at its own place.
        OrderedDictionary<string, SweepResult> results = [];
        byte[] bytes = ReadAll(path);
        int begin = bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        for (int number = 1; begin < bytes.Length; number++)
        {
            int length = bytes.AsSpan(begin).IndexOf((byte)'\n');
            bool hasEnd = length >= 0;
            ReadOnlySpan<byte> line = hasEnd ? bytes.AsSpan(begin, length) : bytes.AsSpan(begin);
            if (!line.Trim(" \t\r"u8).IsEmpty)
            {
                try
                {
                    (SweepResult result, string of) = ResultLine.Read(line);
                    CheckImages(path, number, images, of);
                    results.Remove(result.Id);
                    results.Add(result.Id, result);
                }
                catch (JsonException) when (!hasEnd)
                {
                    return (new ReadOnlyDictionary<string, SweepResult>(results), true, begin);
                }
                catch (JsonException e)
                {
                    throw new CnnException(
                        "ResultsFileLine",
                        CnnErrorKind.InvalidData,
                        $"Line {number} of '{path}' is no result of a sweep: {e.Message.TrimEnd('.')}. Remove the line, and its trial is run again; or choose another file.",
                        e)
                    { Target = path };
                }
            }

            begin += line.Length + (hasEnd ? 1 : 0);
        }

        return (new ReadOnlyDictionary<string, SweepResult>(results), false, bytes.Length);
    }

    private static void CheckImages(string path, int number, string? images, string of)
    {
        if (images != null && images != of)
        {
            throw new CnnException(
                "ResultsFileImages",
                CnnErrorKind.InvalidData,
                $"The results in '{path}' (line {number}) are of other images for training or validation than these: they cannot be compared. "
                + "Choose another file, or sweep over the images that it began with.")
            { Target = path };
        }
    }

    private static byte[] ReadAll(string path)
    {
        try
        {
            if (!Exists(path))
            {
                return [];
            }

            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length > MostBytes)
            {
                throw new CnnException(
                    "ResultsFileSize", CnnErrorKind.InvalidData, $"'{path}' has {stream.Length} bytes, and a results file has at most {MostBytes}: choose another file.")
                { Target = path };
            }

            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CnnException("ReadFailed", CnnErrorKind.ReadFailed, $"'{path}' cannot be read: {e.Message} Give permission, or choose another file.", e) { Target = path };
        }
    }

    /// <summary>A folder exists too: reading it tells what is wrong.</summary>
    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    private static FileStream TakeLock(string path)
    {
        ParentFolder.Check(path, Path.GetFullPath(path), $"'{path}' cannot be written");
        string name = path + ".lock";
        try
        {
            return new FileStream(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (File.Exists(name))
        {
            throw new CnnException(
                "ResultsFileInUse",
                CnnErrorKind.Unavailable,
                $"Another sweep writes to '{path}' (it holds '{name}'): wait for its end, or choose another file.",
                e)
            { Target = path };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, e);
        }
    }

    /// <summary>What the results depend on besides the trials.</summary>
    private static string Fingerprint(ImageSet images, ImageSet validation) =>
        $"{ImagesFingerprint.Of(images).Sha256[..12]}/{ImagesFingerprint.Of(validation).Sha256[..12]}";

    private static CnnException Refused(string path, Exception e) => new(
        "WriteFailed", CnnErrorKind.WriteFailed, $"'{path}' cannot be written: {e.Message} Make room or give permission, or choose another file.", e)
    { Target = path };
}
