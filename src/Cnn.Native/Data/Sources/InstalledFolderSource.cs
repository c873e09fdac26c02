namespace Cnn.Data;

/// <summary>The folder where a system package installs a data set.</summary>
internal sealed class InstalledFolderSource : IDatasetSource<IdxRequest>
{
    private readonly string _folder;

    /// <summary>Names the folder; it need not exist.</summary>
    public InstalledFolderSource(string folder) => _folder = folder;

    /// <inheritdoc/>
    public void Fetch(IdxRequest request)
    {
        DatasetFolder folder = new(_folder, request.Dataset);
        foreach (DatasetFile file in request.Missing)
        {
            bool good = request.Attempt(
                "installed package", () => request.AcceptLocal(file, folder.Read(file, request.Cancellation).Content));
            if (!good && !Directory.Exists(_folder))
            {
                return;
            }
        }
    }
}
