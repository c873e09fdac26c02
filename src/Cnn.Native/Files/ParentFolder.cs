namespace Cnn.Files;

/// <summary>The folder in which a file or a folder is to be made.</summary>
internal static class ParentFolder
{
    /// <summary>Finds out early, before anything is written, what the system would find out late and tell worse.</summary>
    /// <param name="path">What is to be made, as the user has it.</param>
    /// <param name="target">The full path of it.</param>
    /// <param name="failure">What the error begins with: that it cannot be written or made.</param>
    /// <exception cref="CnnException"><c>FolderNotFound</c>: the folder is not there.</exception>
    public static void Check(string path, string target, string failure)
    {
        string? folder = Path.GetDirectoryName(target);
        if (folder != null && !Directory.Exists(folder))
        {
            throw new CnnException("FolderNotFound", CnnErrorKind.NotFound, $"{failure}: there is no folder '{folder}'. Make the folder, or correct the path.")
            { Target = path };
        }
    }
}
