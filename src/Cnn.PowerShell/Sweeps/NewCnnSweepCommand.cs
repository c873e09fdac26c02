using System.Management.Automation;
using Cnn.Models;
using Cnn.Presets;
using Cnn.Sweeps;

namespace Cnn.PowerShell;

/// <summary>New-CnnSweep: makes the trials of a sweep, a grid or random draws.</summary>
[Cmdlet(VerbsCommon.New, "CnnSweep", DefaultParameterSetName = PresetSet)]
[OutputType(typeof(PSObject))]
public sealed class NewCnnSweepCommand : CnnCommand
{
    private const string PresetSet = "Preset";
    private const string ModelSet = "Model";

    /// <summary>Values, or a range of them, by parameter name.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [SweepValues]
    public SweepValues Parameter { get; set; } = null!;

    /// <summary>The presets of the networks.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = PresetSet)]
    [ArgumentCompleter(typeof(PresetCompleter))]
    public string[] Preset { get; set; } = [];

    /// <summary>A network of your own; its weights are not used.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ModelSet)]
    [LiveObject]
    public Model Model { get; set; } = null!;

    /// <summary>The seeds that each combination is trained with.</summary>
    [Parameter]
    [SeedRange]
    [ValidateCount(1, int.MaxValue)]
    public ulong[] Seed { get; set; } = [1];

    /// <summary>The number of combinations to draw; by default all combinations.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(1, 1_000_000)]
    public int? Count { get; set; }

    /// <summary>The seed of the draws.</summary>
    [Parameter]
    [Number(typeof(ulong))]
    public ulong DrawSeed { get; set; } = 1;

    /// <inheritdoc/>
    protected override void EndProcessing() => Require(() =>
    {
        Preset[] presets = [.. Preset.Select(Presets.Preset.Find)];
        Network? network = ParameterSetName == ModelSet ? Network.Of(Model) : null;
        SearchSpace space = Space(presets, network == null ? [.. presets.Select(Network.Of)] : [network]);
        _ = new Choice(Seed.Cast<object>());
        foreach (Trial drawn in Count is { } count ? space.Draw(count, DrawSeed) : space.Grid())
        {
            Preset? preset = network == null ? Presets.Preset.Find(drawn.Text(PresetSet)) : null;
            foreach (ulong seed in Seed)
            {
                StoppingToken.ThrowIfCancellationRequested();

                // Layers that do not fit together are an error of this trial; the others are made.
                Attempt(() => WriteObject(
                    SweepTrial.Of(preset, network, drawn.With(TrialParameters.Seed, seed).Values.Where(value => value.Key != PresetSet)).ToObject()));
            }
        }
    });

    private SearchSpace Space(Preset[] presets, Network[] networks)
    {
        SearchSpace space = presets.Length == 0 ? SearchSpace.Empty : SearchSpace.Empty.With(PresetSet, presets.Select(preset => preset.Name));

        foreach (string name in Parameter.Keys.Cast<string>())
        {
            (string known, Type type) = Find(name, networks);
            space = space.With(known, DistributionArgument.Read(known, type, Parameter[name]));
        }

        return space;
    }

    private static (string Name, Type Type) Find(string name, Network[] networks)
    {
        if (new[] { PresetSet, ModelSet, TrialParameters.Seed }.FirstOrDefault(own => own.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } ownName)
        {
            throw new CnnException("SweepParameter", CnnErrorKind.InvalidArgument, $"{ownName} is a parameter of New-CnnSweep itself: write -{ownName} instead of {ownName} in -Parameter.")
            { Target = name };
        }

        if (TrialParameters.Find(name) is { } setting)
        {
            return (setting.Name, TrialParameters.TypeOf(setting));
        }

        // All networks of a sweep must have the layer.
        LayerParameter[] layers = [.. networks.Select(network => SweepTrial.FindLayer(network, name))];
        return (layers[0].Name, layers[0].Type);
    }
}
