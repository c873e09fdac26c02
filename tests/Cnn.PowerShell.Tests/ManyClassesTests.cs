using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell.Tests;

public sealed class ManyClassesTests : IClassFixture<Session>, IDisposable
{
    private readonly Session _session;
    private readonly TemporaryFolder _folder = new();

    public ManyClassesTests(Session session)
    {
        _session = session;
        _session.Set("folder", _folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Three_hundred_classes_go_through_the_pipeline_files_views_and_plots()
    {
        Outcome outcome = _session.Run("""
            $pixels = [byte[]]::new(300 * 300)
            0..299 | ForEach-Object { $pixels[300 * $_ + $_] = 255 }
            $set = New-CnnImageSet -Pixel $pixels -Label (0..299) -ImageShape 1, 1, 300
            $set.Labels[299]
            $set.ClassNames.Count
            $model = & { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 300 } | New-CnnModel -InputShape 1, 1, 300 -Seed 1
            $null = $model | Invoke-CnnTraining -Data $set -Epochs 20 -LearningRate 0.05 -BatchSize 30
            $model | Export-CnnModel "$folder/many.safetensors"
            $report = Import-CnnModel "$folder/many.safetensors" | Measure-CnnAccuracy $set
            $report.Accuracy
            $report | Export-CnnPlot "$folder/confusion.png" -Kind Confusion
            $report | Export-CnnPlot "$folder/recall.png" -Kind Recall
            $set | Export-CnnImageSet "$folder/png" Png
            $set | Export-CnnImageSet "$folder/idx" Idx
            (Import-CnnImageSet "$folder/idx").Labels -join ' ' -eq ($set.Labels -join ' ')
            """);
        Assert.Empty(outcome.Errors);
        Assert.Equal(["299", "300", "1", "True"], outcome.Output.Select(output => $"{output}"));
        Assert.True(File.Exists(_folder.File("confusion.png")));
        Assert.True(File.Exists(_folder.File("idx/labels-idx1-int")));
        Assert.Equal(Enumerable.Range(0, 300), _session.Single<ImageSet>("Import-CnnImageSet $folder/png -ClassName $set.ClassNames").GetLabels().Order());
        Assert.Contains("The 20 of 300 classes", _session.Show("$report"));
        Assert.Contains("299", _session.Show("$report.ConfusionMatrix"));
    }

    [Theory]
    [InlineData("New-CnnImageSet -Pixel 1 -Label 4096 -ImageShape 1, 1, 1", "ClassCountLimit", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnImageSet -Pixel 1 -Label -1 -ImageShape 1, 1, 1", "ImageSetLabelOutOfRange", ErrorCategory.InvalidData)]
    [InlineData("New-CnnModel LeNet5 -ClassCount 4097", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    public void More_classes_than_there_can_be_are_errors(string script, string errorId, ErrorCategory category) => _session.Fails(script, errorId, category);

    [Fact]
    public void An_IDX_pair_of_other_types_is_read()
    {
        _folder.Put("images", [0, 0, 0x0D, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0x3f, 0, 0, 0, 0x3f, 0x80, 0, 0]);
        _folder.Put("labels", [0, 0, 0x0C, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 1, 0, 9, 9, 9, 9, 0, 0, 0, 5, 9, 9, 9, 9]);
        ImageSet set = _session.Single<ImageSet>("Import-CnnImageSet -ImagePath $folder/images -LabelPath $folder/labels");
        Assert.Equal([128, 255], set.GetPixels());
        Assert.Equal([256, 5], set.GetLabels());
        Assert.Equal(257, set.ClassNames.Count);
    }
}
