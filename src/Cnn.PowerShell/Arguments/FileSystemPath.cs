using System.Collections.ObjectModel;
using System.Management.Automation;

namespace Cnn.PowerShell;

/// <summary>Converts PowerShell paths (relative to the current location, on a PSDrive, with ~) to file system paths.</summary>
internal static class FileSystemPath
{
    private const string Provider = "FileSystem";

    /// <summary>The single path that is meant, without wildcard expansion; it need not exist.</summary>
    /// <exception cref="CnnException">The path does not belong to the file system.</exception>
    public static string Literal(PSCmdlet cmdlet, string path)
    {
        try
        {
            string result = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            return Check(provider, path, result);
        }
        catch (SessionStateException error)
        {
            throw NotFound(path, error);
        }
    }

    /// <summary>
    /// The files that match a path with wildcards. If nothing matches, the path is taken literally: a folder may be called <c>run [1]</c>.
    /// </summary>
    /// <exception cref="CnnException">There is no such file, or the path does not belong to the file system.</exception>
    public static IReadOnlyList<string> Matches(PSCmdlet cmdlet, string path)
    {
        try
        {
            Collection<string> results = cmdlet.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider);

            // Of a folder whose own name has a wildcard PowerShell also gives paths that do not exist.
            string[] files = [.. results.Select(result => Check(provider, path, result)).Where(System.IO.Path.Exists)];
            return files.Length == 0 ? [Existing(cmdlet, path)] : files;
        }
        catch (WildcardPatternException)
        {
            // A single [ begins an incomplete pattern; a name may contain one.
            return [Existing(cmdlet, path)];
        }
        catch (SessionStateException error)
        {
            throw NotFound(path, error);
        }
    }

    private static string Existing(PSCmdlet cmdlet, string path)
    {
        string literal = Literal(cmdlet, path);
        return System.IO.Path.Exists(literal)
            ? literal
            : throw new CnnException(
                "FileNotFound",
                CnnErrorKind.NotFound,
                $"Nothing matches the path '{path}', in which * ? and [ ] are wildcards, and nothing has exactly this name. Check the path; -LiteralPath does not expand wildcards.")
            { Target = path };
    }

    private static string Check(ProviderInfo provider, string path, string result) => provider.Name == Provider
        ? result
        : throw new CnnException(
            "PathNotFileSystem", CnnErrorKind.InvalidArgument, $"The path '{path}' belongs to the provider {provider.Name}: pass a path of the file system.")
        { Target = path };

    private static CnnException NotFound(string path, SessionStateException error) =>
        new("FileNotFound", CnnErrorKind.NotFound, $"The path '{path}' does not exist: {error.Message}", error) { Target = path };
}
