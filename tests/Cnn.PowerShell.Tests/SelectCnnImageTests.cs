using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell.Tests;

/// <summary>Select-CnnImage, Merge-CnnImageSet and the folds of Split-CnnImageSet.</summary>
public sealed class SelectCnnImageTests : IClassFixture<Session>
{
    private readonly Session _session;

    public SelectCnnImageTests(Session session) => _session = session.WithMnist(train: 320, test: 100);

    [Fact]
    public void Classes_are_selected_by_name_or_number()
    {
        ImageSet all = _session.Single<ImageSet>("$train");
        ImageSet pair = _session.Single<ImageSet>("$train | Select-CnnImage 8, 3 -Name pair");
        Assert.Equal(["8", "3"], pair.ClassNames);
        Assert.Equal("pair", pair.Name);
        Assert.Equal([all.ClassCounts[8].Count, all.ClassCounts[3].Count], pair.ClassCounts.Select(count => count.Count));
        ImageSet kept = _session.Single<ImageSet>("Select-CnnImage -Data $train -Class 8, 3 -KeepClassNames");
        Assert.Equal(all.ClassNames, kept.ClassNames);
        Assert.Equal(pair.Count, kept.Count);
        Assert.Equal("ClassUnknown", ErrorOf("$train | Select-CnnImage mouse").FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void Images_are_selected_by_number_and_so_many_of_each_class()
    {
        ImageSet all = _session.Single<ImageSet>("$train");
        Assert.Equal([all.Label(5), all.Label(1), all.Label(5)], Labels("Select-CnnImage -Data $train -Index 5, 1, 5"));
        Assert.Equal(318, _session.Single<ImageSet>("$train | Select-CnnImage -ExcludeIndex 0, 319").Count);
        Assert.All(_session.Single<ImageSet>("$train | Select-CnnImage -CountPerClass 9 -Seed 2").ClassCounts, count => Assert.Equal(9, count.Count));
        Assert.All(
            _session.Single<ImageSet>("$train | Select-CnnImage -Balance").ClassCounts,
            count => Assert.Equal(_session.Single<ImageSet>("$train").ClassCounts.Min(least => least.Count), count.Count));
        Assert.Equal("ImageSetIndex", ErrorOf("$train | Select-CnnImage -ExcludeIndex 320").FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal("ImageSetIndex", ErrorOf("$train | Select-CnnImage -Index 320").FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void Sets_are_merged_from_the_pipeline_or_an_argument()
    {
        ImageSet merged = _session.Single<ImageSet>("$train, $test | Merge-CnnImageSet");
        Assert.Equal(420, merged.Count);
        Assert.Contains(" + ", merged.Name);
        Assert.Equal(merged.Labels.ToArray(), _session.Single<ImageSet>("Merge-CnnImageSet $train, $test -Name all").Labels.ToArray());
        ErrorRecord error = ErrorOf("$train, (New-CnnImageSet (1, 2) (0, 1) (1, 1, 1)) | Merge-CnnImageSet");
        Assert.Equal("MergeShape", error.FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void Folds_go_through_sweeps()
    {
        Outcome outcome = _session.Run("""
            $trials = New-CnnSweep @{ LearningRate = 0.001, 0.003 } Baseline -Seed 1
            $train | Split-CnnImageSet -FoldCount 3 -Seed 1 | ForEach-Object { $trials | Invoke-CnnSweep $_.Training $_.Validation }
            """);
        Assert.Empty(outcome.Errors);
        Assert.Equal([0.001, 0.001, 0.001, 0.003, 0.003, 0.003], outcome.Output.Select(result => (double)result.Properties["LearningRate"].Value).Order());
        Assert.Equal("FoldCount", ErrorOf("$train | Split-CnnImageSet -FoldCount 1").FullyQualifiedErrorId.Split(',')[0]);
    }

    private int[] Labels(string script) => _session.Single<ImageSet>(script).Labels.ToArray();

    private ErrorRecord ErrorOf(string script) => Assert.Single(_session.Run(script).Errors);
}
