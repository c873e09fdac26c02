using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell.Tests;

public sealed class ImportCnnDatasetTests : IClassFixture<Session>
{
    private readonly Session _session;

    public ImportCnnDatasetTests(Session session) => _session = session;

    [Theory]
    [InlineData("Import-CnnDataset Mnist", 60_000)]
    [InlineData("Import-CnnDataset Mnist Test -Skip 9990 -First 100", 10)]
    [InlineData("[pscustomobject] @{ Name = 'Mnist' } | Import-CnnDataset -Subset Test", 10_000)]
    public void Gives_the_images_that_Import_Mnist_gives(string script, int count)
    {
        ImageSet images = _session.Single<ImageSet>(script);
        ImageSet same = _session.Single<ImageSet>(script.Replace("[pscustomobject] @{ Name = 'Mnist' } | ", "").Replace("Import-CnnDataset", "Import-Mnist"));
        Assert.Equal(count, images.Count);
        Assert.Equal(same.Name, images.Name);
        Assert.True(same.Pixels.SequenceEqual(images.Pixels));
        Assert.True(same.Labels.SequenceEqual(images.Labels));
    }

    [Theory]
    [InlineData("Import-CnnDataset Imagenet", "CannotConvertArgumentNoMessage", ErrorCategory.InvalidArgument)]
    [InlineData("Import-CnnDataset Mnist -Variant Letters", "DatasetVariant", ErrorCategory.InvalidArgument)]
    [InlineData("Import-CnnDataset Cifar10 -Path /there/is/no/such/folder", "DatasetFolderNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Import-CnnDataset Emnist -Split Letters -Path $PSHOME", "DatasetFileNotFound", ErrorCategory.ObjectNotFound)]
    public void Bad_arguments_are_errors(string script, string errorId, ErrorCategory category) => _session.Fails(script, errorId, category);

    [Fact]
    public void Files_that_are_not_the_published_ones_are_errors()
    {
        using var folder = new TemporaryFolder();
        _session.Set("folder", folder.Path);
        File.WriteAllBytes(folder.File("cifar-10-binary.tar.gz"), [0x1f, 0x8b, 8]);
        File.WriteAllBytes(folder.File("test.bin"), new byte[10_000 * 3074]);
        Assert.Contains("170052171", _session.Fails("Import-CnnDataset Cifar10 -Path $folder", "DatasetChecksum", ErrorCategory.InvalidData).Exception.Message);
        Assert.Contains("SHA-256", _session.Fails("Import-CnnDataset Cifar100 Test -Path $folder", "DatasetChecksum", ErrorCategory.InvalidData).Exception.Message);
    }
}
