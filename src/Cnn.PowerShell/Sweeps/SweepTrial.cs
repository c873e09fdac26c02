using System.Management.Automation;
using System.Reflection;
using Cnn.Data;
using Cnn.Models;
using Cnn.Presets;
using Cnn.Sweeps;

namespace Cnn.PowerShell;

/// <summary>A trial in the pipeline: settings of Invoke-CnnTraining, and of the layers of its network.</summary>
internal sealed class SweepTrial
{
    /// <summary>The type name by which the prompt finds the view.</summary>
    private const string TypeName = "Cnn.Sweeps.TrialRow";

    private const string Id = nameof(Sweeps.Trial.Id);
    private const string PresetName = nameof(InvokeCnnTrainingCommand.Preset);
    private const string ModelName = nameof(InvokeCnnTrainingCommand.Model);
    private const string Architecture = "Architecture";

    private readonly Dictionary<PropertyInfo, object> _settings = [];
    private readonly Preset? _preset;
    private readonly Network? _network;

    private SweepTrial(Preset? preset, Network? model, IEnumerable<KeyValuePair<string, object?>> values)
    {
        Network origin = model ?? Network.Of(preset!);
        Network network = origin;
        List<KeyValuePair<string, object>> all = [];
        foreach ((string name, object? value) in values)
        {
            if (TrialParameters.Find(name) is { } setting)
            {
                if (TrialParameters.Convert(setting, value) is { } converted)
                {
                    _settings.Add(setting, converted);
                    all.Add(KeyValuePair.Create(setting.Name, TrialParameters.Plain(converted)));
                }
            }
            else
            {
                LayerParameter layer = FindLayer(origin, name);
                object layerValue = TrialParameters.Convert(layer.Name, layer.Type, value);
                network = network.With(layer.Name, layerValue);
                all.Add(KeyValuePair.Create(layer.Name, layerValue));
            }
        }

        // Only the layers tell a network from a preset; an initialisation other than He's would be lost in the values that Invoke-CnnTraining takes from a
        // trial.
        bool isPreset = model == null && ReferenceEquals(network, origin);
        _preset = isPreset ? preset : null;
        _network = isPreset ? null : network;
        if (!isPreset && _settings.Keys.FirstOrDefault(setting => !TrialParameters.GoesWithModel(setting)) is { } other)
        {
            throw new CnnException(
                "SweepParameter",
                CnnErrorKind.InvalidArgument,
                $"{other.Name} can be used only with an unchanged preset, and not with a custom network or with varied layers: leave one of them out.")
            { Target = other.Name };
        }

        all.Insert(0, isPreset ? KeyValuePair.Create<string, object>(PresetName, preset!.Name) : KeyValuePair.Create<string, object>(Architecture, network.Id));
        Trial = new Trial(all);
    }

    /// <summary>The values and their identifier.</summary>
    public Trial Trial { get; }

    /// <summary>The network, if the trial does not name a preset.</summary>
    public Network? Network => _network;

    private ulong Seed => (ulong)_settings[TrialParameters.Find(TrialParameters.Seed)!];

    /// <summary>Makes a trial from a preset or a custom network, and values by name.</summary>
    /// <exception cref="CnnException">A value belongs to no known parameter, or cannot be converted; or the layers do not form a network.</exception>
    public static SweepTrial Of(Preset? preset, Network? network, IEnumerable<KeyValuePair<string, object>> values) =>
        new(preset, network, values.Select(value => KeyValuePair.Create<string, object?>(value.Key, value.Value)));

    /// <summary>Takes a trial from the folder of a sweep.</summary>
    /// <exception cref="CnnException"><c>SweepTrial</c>: this version of the module makes a different trial from its values; and as above.</exception>
    public static SweepTrial Of(PlannedTrial planned)
    {
        Preset? preset = planned.Network == null ? Preset.Find(planned.Trial.Text(PresetName)) : null;
        SweepTrial trial = Of(preset, planned.Network, planned.Trial.Values.Where(value => value.Key is not (PresetName or Architecture)));
        return trial.Trial.Id == planned.Trial.Id
            ? trial
            : throw new CnnException(
                "SweepTrial",
                CnnErrorKind.InvalidData,
                $"Task {planned.Task} ({planned.Trial}) is a different trial in this version of the module ({trial.Trial}): the sweep was exported with another version. Export it again into another folder.")
            { Target = planned };
    }

    /// <summary>Takes an object from the pipeline: a trial of New-CnnSweep, or a row of a table.</summary>
    /// <exception cref="CnnException"><c>SweepTrial</c>: it is not a trial; and as above.</exception>
    public static SweepTrial Of(PSObject row)
    {
        if (row.BaseObject is not PSCustomObject)
        {
            throw NoTrial(row, $"'{row}' ({row.BaseObject.GetType().Name}) is not a trial: pass objects from New-CnnSweep, or rows from Import-Csv");
        }

        Dictionary<string, object?> values = new(StringComparer.OrdinalIgnoreCase);
        foreach (PSPropertyInfo property in row.Properties)
        {
            values.Add(property.Name, property.Value.Unwrap());
        }

        values.Remove(Id);
        values.Remove(Architecture, out object? architecture);
        values.Remove(ModelName, out object? model);
        values.Remove(PresetName, out object? preset);
        if (model is not null and not Model || (model == null) == string.IsNullOrEmpty($"{preset}"))
        {
            throw NoTrial(row, $"The trial '{row}' needs a property Preset or a property Model: use trials from New-CnnSweep, or add a column Preset");
        }

        return model is Model given ? Of(row, given, architecture, values) : OfPreset(Preset.Find($"{preset}"), values);
    }

    /// <summary>The error of a name that belongs to neither a training nor a layer.</summary>
    public static LayerParameter FindLayer(Network network, string name)
    {
        IReadOnlyList<LayerParameter> layers = network.Parameters;
        return layers.FirstOrDefault(layer => layer.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw NearestName.Unknown(name, [.. TrialParameters.Names, .. layers.Select(layer => layer.Name)]);
    }

    /// <summary>The object for the pipeline.</summary>
    public PSObject ToObject()
    {
        var row = new PSObject();
        row.TypeNames.Insert(0, TypeName);
        row.Properties.Add(new PSNoteProperty(Id, Trial.Id));
        foreach ((string name, object value) in Trial.Values)
        {
            row.Properties.Add(new PSNoteProperty(name, value));
        }

        if (_network != null)
        {
            row.Properties.Add(new PSNoteProperty(ModelName, _network.CreateModel(Seed)));
        }

        return row;
    }

    /// <summary>Makes the model and the settings that Invoke-CnnTraining would make from the trial.</summary>
    public TrialSetup Setup(ImageSet data)
    {
        var given = new GivenSettings(_settings.Select(setting => KeyValuePair.Create<string, object?>(setting.Key.Name, setting.Value)));
        return _network == null
            ? new TrialSetup(given.NewModel(_preset!.Name, data), given.Over(_preset.Training))
            : new TrialSetup(_network.CreateModel(Seed), given.Over(Preset.TrainingOf(_network.Name)));
    }

    private static SweepTrial OfPreset(Preset preset, Dictionary<string, object?> values)
    {
        values.TryAdd(TrialParameters.Seed, 1UL);
        return new SweepTrial(preset, null, values);
    }

    private static SweepTrial Of(PSObject row, Model model, object? architecture, Dictionary<string, object?> values)
    {
        // In a trial of New-CnnSweep, only the layers of the model count, whatever has happened to the weights since then.
        if (model.IsTrained && architecture == null)
        {
            throw NoTrial(row, $"The model of the trial '{row}' is trained, but a sweep starts from new weights: train it further with Invoke-CnnTraining, or pass it to New-CnnSweep (-Model), which uses its layers");
        }

        values.TryAdd(TrialParameters.Seed, model.Seed);
        var network = Network.Of(model);
        var trial = new SweepTrial(null, network, values);
        return trial._network!.Id == network.Id && (architecture == null || $"{architecture}" == network.Id)
            ? trial
            : throw NoTrial(row, $"The layers of the model of the trial '{row}' do not match its other properties: make the trial with New-CnnSweep");
    }

    private static CnnException NoTrial(PSObject row, string message) => new("SweepTrial", CnnErrorKind.InvalidArgument, message + ".") { Target = row };
}
