using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell;

/// <summary>Select-CnnImage: selects some images of an image set.</summary>
[Cmdlet(VerbsCommon.Select, "CnnImage", DefaultParameterSetName = CountSet)]
[OutputType(typeof(ImageSet))]
public sealed class SelectCnnImageCommand : CnnCommand
{
    private const string CountSet = "Count";
    private const string BalanceSet = "Balance";

    /// <summary>The images.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [LiveObject]
    public ImageSet Data { get; set; } = null!;

    /// <summary>The classes to keep, by name or number.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(ClassNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Class { get; set; }

    /// <summary>The images to take, from 0, in this order.</summary>
    [Parameter]
    [Number(typeof(int))]
    [AllowEmptyCollection]
    public int[]? Index { get; set; }

    /// <summary>The images to leave out.</summary>
    [Parameter]
    [Number(typeof(int))]
    [AllowEmptyCollection]
    public int[] ExcludeIndex { get; set; } = [];

    /// <summary>The number of images that are drawn from each class.</summary>
    [Parameter(ParameterSetName = CountSet)]
    [Number(typeof(int))]
    [ValidateRange(1, int.MaxValue)]
    public int? CountPerClass { get; set; }

    /// <summary>Draws as many images of each class as the smallest has.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BalanceSet)]
    public SwitchParameter Balance { get; set; }

    /// <summary>The seed that draws.</summary>
    [Parameter]
    [Number(typeof(ulong))]
    public ulong Seed { get; set; }

    /// <summary>Keeps the names and numbers of all classes, including those without images.</summary>
    [Parameter]
    public SwitchParameter KeepClassNames { get; set; }

    /// <summary>The name of the new set.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() =>
    {
        IReadOnlyList<int> labels = Class == null ? [.. Enumerable.Range(0, Data.ClassNames.Count)] : ImageSelection.LabelsOf(Data, Class);
        HashSet<int> wanted = [.. labels];
        HashSet<int> excluded = [.. ExcludeIndex];
        foreach (int index in excluded)
        {
            Data.Label(index);
        }

        int[] chosen = [.. (Index ?? Enumerable.Range(0, Data.Count)).Where(index => !excluded.Contains(index) && wanted.Contains(Data.Label(index)))];
        IReadOnlyList<int> drawn = Balance && chosen.Length > 0
            ? ImageSelection.PerClass(Data, chosen, chosen.GroupBy(Data.Label).Min(ofClass => ofClass.Count()), Seed)
            : CountPerClass is { } count ? ImageSelection.PerClass(Data, chosen, count, Seed) : chosen;
        ImageSet selected = Data.Select(drawn, Name ?? $"{Data.Name} (selected)");
        WriteObject(Class == null || KeepClassNames ? selected : ImageSelection.WithClasses(selected, labels));
    });
}
