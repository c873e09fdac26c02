using System.Collections.ObjectModel;
using System.Management.Automation;

namespace Cnn.PowerShell;

/// <summary>Turns PowerShell paths (relative to the current location, on a PSDrive, with ~) into paths of the file system.</summary>
internal static class FileSystemPath
{
    private const string Provider = "FileSystem";

    /// <summary>The one path that is meant, with wildcards taken as they are; it need not exist.</summary>
    /// <exception cref="CnnException">The path is not one of the file system.</exception>
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
    /// The files that a path with wildcards means. Where nothing matches, the path is taken as it is: a folder may be called <c>run [1]</c>.
    /// </summary>
    /// <exception cref="CnnException">There is no such file, or the path is not one of the file system.</exception>
    public static IReadOnlyList<string> Matches(PSCmdlet cmdlet, string path)
    {
        try
        {
            Collection<string> results = cmdlet.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider);
            return results.Count == 0 ? [Existing(cmdlet, path)] : [.. results.Select(result => Check(provider, path, result))];
        }
        catch (WildcardPatternException)
        {
            // A single [ begins a pattern that does not end; a name may have one.
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
                $"Nothing matches the path '{path}', whose wildcards are * ? and [ ], and nothing has just this name. Check the path; -LiteralPath takes a name as it is.")
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
