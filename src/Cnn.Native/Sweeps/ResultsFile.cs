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
    /// <summary>The error of a file that another process writes to.</summary>
    internal const string InUseErrorId = "ResultsFileInUse";

    /// <summary>A million results and more.</summary>
    private const long MostBytes = 1 << 30;

    /// <summary>So often a sweep would have to end between two looks of another one.</summary>
    private const int MostLockAttempts = 10;

    private readonly string _path;
    private readonly string _images;
    private readonly FileStream _lock;
    private readonly FileStream _stream;
    private readonly Lock _gate = new();

    /// <summary>Up to where there are whole lines.</summary>
    private long _whole;

    private ResultsFile(string path, string target, string images, FileStream @lock)
    {
        (_path, _images, _lock) = (path, images, @lock);
        (Results, HasTornLine, _whole) = Parse(path, ReadAll(path) ?? [], images);

        // No buffer: a line goes to the system in one write, and nothing is left to be written, and to fail, when the file is closed.
        _stream = new FileStream(target, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        try
        {
            Mend();
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
    /// <c>ResultsFileInUse</c>: another sweep writes to it. <c>TargetNotFile</c>: it is no plain file.
    /// <c>FolderNotFound</c>, <c>ReadFailed</c> or <c>WriteFailed</c>.
    /// </exception>
    public static ResultsFile Open(string path, ImageSet images, ImageSet validation)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(validation);
        return Open(path, Fingerprint(images, validation));
    }

    /// <summary>Opens a file, as above.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fingerprint">What <see cref="Fingerprint"/> says of the images.</param>
    /// <returns>The file.</returns>
    internal static ResultsFile Open(string path, string fingerprint)
    {
        string target = TargetOf(path);
        FileStream @lock = TakeLock(path, target);
        try
        {
            return new ResultsFile(path, target, fingerprint, @lock);
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
    /// <exception cref="CnnException"><c>ResultsFileLine</c>, <c>ResultsFileImages</c>, <c>FileNotFound</c>, <c>SourceNotFile</c> or <c>ReadFailed</c>.</exception>
    public static IReadOnlyList<SweepResult> Read(string path, ImageSet? images = null, ImageSet? validation = null) =>
        ReadAll(path) is { } bytes
            ? [.. Parse(path, bytes, FingerprintOrNull(images, validation)).Results.Values]
            : throw new CnnException("FileNotFound", CnnErrorKind.NotFound, $"There is no results file '{path}': correct the path.") { Target = path };

    /// <summary>Reads the results of a file that a sweep may go on with and that may not be there, and changes nothing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="images">The images that the trials should have been trained on, and</param>
    /// <param name="validation">measured on; whatever they were where these are not given.</param>
    /// <returns>The results, in the order of the file; null where there is none.</returns>
    /// <exception cref="CnnException"><c>ResultsFileLine</c>, <c>ResultsFileImages</c>, <c>TargetNotFile</c> or <c>ReadFailed</c>.</exception>
    public static IReadOnlyList<SweepResult>? ReadIfExists(string path, ImageSet? images = null, ImageSet? validation = null) =>
        ReadIfExists(path, FingerprintOrNull(images, validation));

    /// <summary>Reads the results of a file, as above.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fingerprint">What <see cref="Fingerprint"/> says of the images; null for whatever they were.</param>
    /// <returns>The results, in the order of the file; null where there is none.</returns>
    internal static IReadOnlyList<SweepResult>? ReadIfExists(string path, string? fingerprint)
    {
        TargetOf(path);
        return ReadAll(path) is { } bytes ? [.. Parse(path, bytes, fingerprint).Results.Values] : null;
    }

    /// <summary>Appends a result; any thread may.</summary>
    /// <param name="result">The result.</param>
    /// <exception cref="CnnException"><c>WriteFailed</c>: the system refused, and nothing of the result is in the file.</exception>
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
                _whole += line.Length;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What a full disk took of the line; where that cannot be cut off either, the next sweep does it.
                Temporaries.Quietly(CutOff);
                throw Refused(_path, e);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _stream.Dispose();
        }
        finally
        {
            _lock.Dispose();
        }
    }

    /// <summary>Cuts a torn line off, or ends a whole one that somebody's editor left without its line feed.</summary>
    private void Mend()
    {
        CutOff();
        if (_whole > 0)
        {
            _stream.Position = _whole - 1;
            if (_stream.ReadByte() != '\n')
            {
                _stream.WriteByte((byte)'\n');
                _whole++;
            }
        }
    }

    private void CutOff()
    {
        _stream.SetLength(_whole);
        _stream.Position = _whole;
    }

    private static string? FingerprintOrNull(ImageSet? images, ImageSet? validation) =>
        images == null || validation == null ? null : Fingerprint(images, validation);

    private static (IReadOnlyDictionary<string, SweepResult> Results, bool IsTorn, long Whole) Parse(string path, byte[] bytes, string? images)
    {
        // In the order of the file, and a later line at its own place.
        OrderedDictionary<string, SweepResult> results = [];
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

    private static byte[]? ReadAll(string path)
    {
        try
        {
            if (!Exists(path))
            {
                return null;
            }

            using FileStream stream = PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete);
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
    private static bool Exists(string path)
    {
        string target = PlainFile.Resolve(Path.GetFullPath(path));
        return File.Exists(target) || Directory.Exists(target);
    }

    private static string TargetOf(string path)
    {
        try
        {
            return PlainFile.TargetOf(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, e);
        }
    }

    private static FileStream TakeLock(string path, string target)
    {
        ParentFolder.Check(path, target, $"'{path}' cannot be written");
        string name = target + ".lock";
        for (int attempt = 1; ; attempt++)
        {
            FileStream @lock;
            try
            {
                @lock = new FileStream(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
            }
            catch (IOException e) when (File.Exists(name))
            {
                throw new CnnException(
                    InUseErrorId,
                    CnnErrorKind.Unavailable,
                    $"Another sweep writes to '{path}' (it holds '{name}'): wait for its end, or choose another file.",
                    e)
                { Target = path };
            }
            catch (IOException) when (attempt < MostLockAttempts)
            {
                // Another sweep has ended just now, and its lock with it.
                continue;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Refused(path, e);
            }

            try
            {
                if (IsUnderItsName(@lock, name) || attempt == MostLockAttempts)
                {
                    return @lock;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                @lock.Dispose();
                throw Refused(path, e);
            }

            @lock.Dispose();
        }
    }

    /// <summary>
    /// Whether a lock is the one that others find. Whoever ends a sweep removes the file: opened before that and locked after it, it would keep nobody
    /// out, while the next sweep makes another one of the same name. Two files of one name are told apart by a length that is drawn.
    /// </summary>
    private static bool IsUnderItsName(FileStream @lock, string name)
    {
        @lock.SetLength(Random.Shared.Next(1, 1 << 12));
        FileInfo found = new(name);
        return found.Exists && found.Length == @lock.Length;
    }

    /// <summary>What the results depend on besides the trials.</summary>
    /// <param name="images">The images that the trials are trained on.</param>
    /// <param name="validation">The images that they are measured on.</param>
    /// <returns>Parts of the SHA-256 of both.</returns>
    internal static string Fingerprint(ImageSet images, ImageSet validation) =>
        $"{ImagesFingerprint.Of(images).Sha256[..12]}/{ImagesFingerprint.Of(validation).Sha256[..12]}";

    private static CnnException Refused(string path, Exception e) => new(
        "WriteFailed", CnnErrorKind.WriteFailed, $"'{path}' cannot be written: {e.Message} Make room or give permission, or choose another file.", e)
    { Target = path };
}
