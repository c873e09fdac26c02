using System.Collections.ObjectModel;
using System.Text.Json;
using Cnn.Data;
using Cnn.Files;
using Cnn.Training;

namespace Cnn.Sweeps;

/// <summary>
/// The results of a sweep in JSON lines: as each trial finishes, a line is appended as a whole and flushed to the disk; existing lines are never rewritten.
/// Of two lines with the same identifier, the later one counts. A last line without its end was torn by a crash: it is cut off, and its trial is run again.
/// </summary>
/// <remarks>While a file is open for a sweep, <c>name.lock</c> beside it keeps a second sweep out; anybody may read the file.</remarks>
public sealed class ResultsFile : IDisposable
{
    /// <summary>The error of a file that another process writes to.</summary>
    internal const string InUseErrorId = "ResultsFileInUse";

    /// <summary>More than a million results.</summary>
    private const long MostBytes = 1 << 30;

    /// <summary>Other sweeps would have to end this often between two attempts.</summary>
    private const int MostLockAttempts = 10;

    private readonly string _path;
    private readonly string _images;
    private readonly FileStream _lock;
    private readonly FileStream _stream;
    private readonly Lock _gate = new();

    /// <summary>The end of the last complete line.</summary>
    private long _whole;

    private ResultsFile(string path, string target, string images, FileStream @lock)
    {
        (_path, _images, _lock) = (path, images, @lock);
        (Results, HasTornLine, _whole) = Parse(path, ReadAll(path) ?? [], images);

        // No buffer: a line is passed to the system in one write, and nothing remains to be written, and to fail, when the file is closed.
        _stream = new FileStream(target, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        try
        {
            RepairEnd();
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>The results in the file when it was opened, by the identifiers of their trials.</summary>
    public IReadOnlyDictionary<string, SweepResult> Results { get; }

    /// <summary>Whether the last line was torn by a crash, and was cut off.</summary>
    public bool HasTornLine { get; }

    /// <summary>Opens a file for a sweep, and creates it if there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="images">The images that the trials are trained on.</param>
    /// <param name="validation">The images that they are measured on.</param>
    /// <returns>The file.</returns>
    /// <exception cref="CnnException">
    /// <c>ResultsFileLine</c>: a line is not a result. <c>ResultsFileImages</c>: its results were made with other images. <c>ResultsFileInUse</c>: another
    /// sweep writes to it. <c>TargetNotFile</c>: it is not a plain file. <c>FolderNotFound</c>, <c>ReadFailed</c> or <c>WriteFailed</c>.
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
    /// <param name="fingerprint">The <see cref="Fingerprint"/> of the images.</param>
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

    /// <summary>Reads the results of an existing file without changing it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="images">The images that the trials must have been trained on, and</param>
    /// <param name="validation">measured on; if they are null, any images.</param>
    /// <returns>The results, in the order of the file; a torn last line is ignored.</returns>
    /// <exception cref="CnnException"><c>ResultsFileLine</c>, <c>ResultsFileImages</c>, <c>FileNotFound</c>, <c>SourceNotFile</c> or <c>ReadFailed</c>.</exception>
    public static IReadOnlyList<SweepResult> Read(string path, ImageSet? images = null, ImageSet? validation = null) =>
        ReadAll(path) is { } bytes
            ? [.. Parse(path, bytes, FingerprintOrNull(images, validation)).Results.Values]
            : throw new CnnException("FileNotFound", CnnErrorKind.NotFound, $"There is no results file '{path}': correct the path.") { Target = path };

    /// <summary>Reads the results of a file that a sweep may continue and that may not exist, without changing it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="images">The images that the trials must have been trained on, and</param>
    /// <param name="validation">measured on; if they are null, any images.</param>
    /// <returns>The results, in the order of the file; null if there is none.</returns>
    /// <exception cref="CnnException"><c>ResultsFileLine</c>, <c>ResultsFileImages</c>, <c>TargetNotFile</c> or <c>ReadFailed</c>.</exception>
    public static IReadOnlyList<SweepResult>? ReadIfExists(string path, ImageSet? images = null, ImageSet? validation = null) =>
        ReadIfExists(path, FingerprintOrNull(images, validation));

    /// <summary>Reads the results of a file, as above.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fingerprint">The <see cref="Fingerprint"/> of the images; null for any images.</param>
    /// <returns>The results, in the order of the file; null if there is none.</returns>
    internal static IReadOnlyList<SweepResult>? ReadIfExists(string path, string? fingerprint)
    {
        TargetOf(path);
        return ReadAll(path) is { } bytes ? [.. Parse(path, bytes, fingerprint).Results.Values] : null;
    }

    /// <summary>Appends a result; any thread may call it.</summary>
    /// <param name="result">The result.</param>
    /// <exception cref="CnnException"><c>WriteFailed</c>: the system refused, and no part of the result is in the file.</exception>
    public void Append(SweepResult result)
    {
        byte[] line = ResultLine.Write(result, _images);
        lock (_gate)
        {
            try
            {
                // In one write: the line is either there or not, as far as the system guarantees that.
                _stream.Write(line);
                _stream.Flush(flushToDisk: true);
                _whole += line.Length;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The part of the line that was written to a full disk; if it cannot be cut off either, the next sweep does it.
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

    /// <summary>Cuts a torn line off, or adds the line feed to a complete last line that an editor left without it.</summary>
    private void RepairEnd()
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
        // In the order of the file, with a later line at its own position.
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
                        $"Line {number} of '{path}' is not a sweep result: {e.Message.TrimEnd('.')}. Remove the line to run its trial again, or choose another file.",
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
                $"The results in '{path}' (line {number}) were made with other images for training or validation, so they cannot be compared. "
                + "Choose another file, or use the images that its results were made with.")
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

    /// <summary>A folder exists too: reading it reports what is wrong.</summary>
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
                    $"Another sweep writes to '{path}' (it holds '{name}'): wait until it ends, or choose another file.",
                    e)
                { Target = path };
            }
            catch (IOException) when (attempt < MostLockAttempts)
            {
                // Another sweep has just ended, and removed its lock.
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
    /// Whether a lock is the one that others find. A sweep removes the file when it ends: a lock that was opened before and locked after that would keep
    /// nobody out, while the next sweep creates another file of the same name. A random length tells two files of the same name apart.
    /// </summary>
    private static bool IsUnderItsName(FileStream @lock, string name)
    {
        @lock.SetLength(Random.Shared.Next(1, 1 << 12));
        FileInfo found = new(name);
        return found.Exists && found.Length == @lock.Length;
    }

    /// <summary>Everything that the results depend on besides the trials.</summary>
    /// <param name="images">The images that the trials are trained on.</param>
    /// <param name="validation">The images that they are measured on.</param>
    /// <returns>Parts of the SHA-256 of both.</returns>
    internal static string Fingerprint(ImageSet images, ImageSet validation) =>
        $"{ImagesFingerprint.Of(images).Sha256[..12]}/{ImagesFingerprint.Of(validation).Sha256[..12]}";

    private static CnnException Refused(string path, Exception e) => new(
        "WriteFailed", CnnErrorKind.WriteFailed, $"'{path}' cannot be written: {e.Message} Make room or give permission, or choose another file.", e)
    { Target = path };
}
