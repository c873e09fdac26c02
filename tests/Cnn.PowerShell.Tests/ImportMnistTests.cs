using System.IO.Compression;
using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell.Tests;

public sealed class ImportMnistTests : IClassFixture<Session>
{
    private readonly Session _session;

    public ImportMnistTests(Session session) => _session = session;

    [Theory]
    [InlineData("Import-Mnist", 60_000)]
    [InlineData("Import-Mnist -Subset Test", 10_000)]
    [InlineData("Import-Mnist Mnist Test -First 12", 12)]
    [InlineData("Import-Mnist -Subset Test -Skip 9990", 10)]
    [InlineData("Import-Mnist -Subset Test -Skip 9990 -First 100", 10)]
    [InlineData("Import-Mnist -Subset Test -First 0", 0)]
    public void Gives_one_set_of_images(string script, int count)
    {
        ImageSet images = _session.Single<ImageSet>(script);
        Assert.Equal(count, images.Count);
        Assert.Equal("1×28×28", images.ImageShape.ToString());
        Assert.Equal(10, images.ClassNames.Count);
    }

    [Fact]
    public void First_and_skip_cut_what_they_say()
    {
        ImageSet all = _session.Single<ImageSet>("Import-Mnist -Subset Test");
        ImageSet part = _session.Single<ImageSet>("Import-Mnist -Subset Test -Skip 100 -First 50");
        Assert.True(all.Pixels.Slice(100 * 784, 50 * 784).SequenceEqual(part.Pixels));
        Assert.True(all.Labels.Slice(100, 50).SequenceEqual(part.Labels));
    }

    [Fact]
    public void Skipping_more_images_than_there_are_is_an_error() =>
        _session.Fails("Import-Mnist -Subset Test -Skip 10001", "ImageSetSlice", ErrorCategory.InvalidArgument);

    [Theory]
    [InlineData("Import-Mnist -First -1", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("Import-Mnist -Path ''", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("Import-Mnist -Dataset Cifar1000", "CannotConvertArgumentNoMessage", ErrorCategory.InvalidArgument)]
    [InlineData("Import-Mnist -Dataset Cifar10", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("Import-Mnist -Path Env:/PATH", "PathNotFileSystem", ErrorCategory.InvalidArgument)]
    [InlineData("Import-Mnist -Path /there/is/no/such/folder", "DatasetFolderNotFound", ErrorCategory.ObjectNotFound)]
    public void Bad_arguments_are_errors(string script, string errorId, ErrorCategory category) => _session.Fails(script, errorId, category);

    [Fact]
    public void A_folder_without_the_files_is_an_error()
    {
        using var folder = new TemporaryFolder();
        _session.Set("folder", folder.Path);
        ErrorRecord error = _session.Fails("Import-Mnist -Path $folder", "DatasetFileNotFound", ErrorCategory.ObjectNotFound);
        Assert.Equal(folder.Path, error.TargetObject);
    }

    [Fact]
    public void A_relative_path_begins_at_the_location_of_the_session()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("data"));
        _session.Set("folder", folder.Path);
        ErrorRecord error = _session.Fails(
            "$null = $ExecutionContext.SessionState.Path.SetLocation($folder); Import-Mnist -Path ./data", "DatasetFileNotFound", ErrorCategory.ObjectNotFound);
        Assert.Equal(folder.File("data"), error.TargetObject);
        _session.Run("$ExecutionContext.SessionState.Path.SetLocation('/')");
    }

    [Theory]
    [InlineData("none", null)]
    [InlineData("gzip cut short", "IdxTruncated")]
    [InlineData("gzip corrupt", "IdxCorrupt")]
    [InlineData("plain cut short", "IdxTruncated")]
    [InlineData("magic number", "IdxMagicNumber")]
    [InlineData("count of labels", "IdxTrailingData")]
    [InlineData("label over 9", "DatasetChecksum")]
    [InlineData("another label", "DatasetChecksum")]
    public void Damaged_files_are_errors(string damage, string? errorId)
    {
        ImageSet test = _session.Single<ImageSet>("Import-Mnist -Subset Test");
        byte[] labels = [0, 0, 8, 1, 0, 0, 0x27, 0x10, .. test.GetLabels().Select(label => (byte)label)];
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("t10k-images-idx3-ubyte"), [0, 0, 8, 3, 0, 0, 0x27, 0x10, 0, 0, 0, 28, 0, 0, 0, 28, .. test.Pixels]);
        string path = folder.File("t10k-labels-idx1-ubyte");
        switch (damage)
        {
            case "none":
                File.WriteAllBytes(path + ".gz", Compressed(labels));
                break;
            case "gzip cut short":
                File.WriteAllBytes(path + ".gz", Compressed(labels)[..^1000]);
                break;
            case "gzip corrupt":
                byte[] corrupt = Compressed(labels);
                corrupt.AsSpan(1000, 100).Fill(0xff);
                File.WriteAllBytes(path + ".gz", corrupt);
                break;
            case "plain cut short":
                File.WriteAllBytes(path, labels[..^1]);
                break;
            default:
                (int position, byte value) = damage switch
                {
                    "magic number" => (2, (byte)7),
                    "count of labels" => (7, (byte)0x0f),
                    "label over 9" => (100, (byte)10),
                    _ => (100, (byte)((labels[100] + 1) % 10)),
                };
                labels[position] = value;
                File.WriteAllBytes(path, labels);
                break;
        }

        _session.Set("folder", folder.Path);
        if (errorId == null)
        {
            Assert.True(test.Labels.SequenceEqual(_session.Single<ImageSet>("Import-Mnist -Subset Test -Path $folder").Labels));
        }
        else
        {
            ErrorRecord error = _session.Fails("Import-Mnist -Subset Test -Path $folder", errorId, ErrorCategory.InvalidData);
            Assert.Contains("t10k-labels", $"{error.TargetObject}");
        }
    }

    private static byte[] Compressed(byte[] content)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return memory.ToArray();
    }
}
