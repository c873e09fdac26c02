using Cnn.Data;
using Cnn.Memory;

namespace Cnn.PowerShell.Tests;

/// <summary>Import-CnnImageSet: tables of pixels.</summary>
public sealed class CsvTests : IClassFixture<Session>
{
    private readonly Session _session;

    public CsvTests(Session session) => _session = session;

    [Fact]
    public void A_table_comes_by_its_name_whatever_the_case_of_the_ending()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("last.CSV"), "1,2,3,4,1\n5,6,7,8,0\n");
        _session.Set("folder", folder.Path);
        ImageSet images = _session.Single<ImageSet>("\"$folder/last.CSV\" | Import-CnnImageSet -LabelColumn Last");
        Assert.Equal(new Shape(1, 2, 2), images.ImageShape);
        Assert.Equal([1, 0], images.Labels.ToArray());
        Assert.Equal("last.CSV", images.Name);
    }

    [Theory]
    [InlineData("-LabelColumn Last -Center", "CsvNotConverted", "-Center")]
    [InlineData("", "CsvLabel", "-LabelColumn")]
    [InlineData("-LabelColumn First -ImageShape 1, 1, 3", "CsvShape", "4 pixels")]
    public void What_does_not_fit_is_said(string arguments, string id, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.csv"), "1,2,3,4,1\n5,6,7,8,0\n");
        _session.Set("folder", folder.Path);
        System.Management.Automation.ErrorRecord error = Assert.Single(_session.Run($"Import-CnnImageSet -LiteralPath $folder/a.csv {arguments}").Errors);
        Assert.Equal(id, error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains(message, $"{error}");
        Assert.Equal("CsvExpected", Assert.Single(_session.Run("Import-CnnImageSet $folder -LabelColumn Last").Errors).FullyQualifiedErrorId.Split(',')[0]);
    }
}
