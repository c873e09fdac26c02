namespace Cnn.Files;

/// <summary>A folder to write into, which is removed when it is disposed, or, after a killed process, when its parent folder is used again.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly string _path;
    private readonly FileStream _lock;

    private ScratchFolder(string path)
    {
        _path = path;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            // Nobody else has to read it. A file renamed from it has the usual permissions.
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        FileStream? owned = null;
        try
        {
            owned = Temporaries.Own(Path.Combine(path, Temporaries.LockName));
            Content = Directory.CreateDirectory(Path.Combine(path, Temporaries.ContentName)).FullName;
            _lock = owned;
        }
        catch
        {
            owned?.Dispose();
            Temporaries.Quietly(() => Directory.Delete(path, recursive: true));
            throw;
        }
    }

    /// <summary>The folder to write into. It may be renamed to its destination.</summary>
    public string Content { get; }

    /// <summary>Creates one, and removes what killed processes left beside it.</summary>
    /// <param name="parent">The folder in which it is created.</param>
    /// <returns>The folder.</returns>
    /// <exception cref="IOException">The system refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refuses.</exception>
    public static ScratchFolder Create(string parent)
    {
        Temporaries.RemoveAbandoned(parent);
        return Temporaries.Create(parent, path => new ScratchFolder(path));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Temporaries.Quietly(() =>
        {
            if (Directory.Exists(Content))
            {
                Directory.Delete(Content, recursive: true);
            }
        });
        _lock.Dispose();
        Temporaries.Quietly(() => Directory.Delete(_path, recursive: true));
    }
}
