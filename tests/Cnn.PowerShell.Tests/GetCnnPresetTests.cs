using System.Collections.Specialized;
using System.Management.Automation;
using Cnn.Data;
using Cnn.Models;
using Cnn.Presets;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

public sealed class GetCnnPresetTests : IClassFixture<Session>
{
    private readonly Session _session;

    public GetCnnPresetTests(Session session) => _session = session.WithMnist(train: 128, test: 64);

    public static TheoryData<string> Presets => new(Preset.All.Select(preset => preset.Name));

    [Fact]
    public void Gives_all_or_those_that_are_named()
    {
        Assert.Equal(Preset.All, Of("Get-CnnPreset"));
        Assert.Equal([Preset.Find("Fast"), Preset.Find("LeNet5")], Of("Get-CnnPreset fast, LeNet5"));
        Assert.Equal([Preset.Find("Baseline")], Of("Get-CnnPreset b*"));
        Assert.Empty(Of("Get-CnnPreset x*"));
    }

    [Fact]
    public void An_unknown_name_is_an_error_and_the_others_are_given()
    {
        _session.Fails("Get-CnnPreset AlexNet", "PresetUnknown", ErrorCategory.InvalidArgument);
        Outcome outcome = _session.Run("Get-CnnPreset AlexNet, Wide");
        Assert.Equal("PresetUnknown,Cnn.PowerShell.GetCnnPresetCommand", Assert.Single(outcome.Errors).FullyQualifiedErrorId);
        Assert.Same(Preset.Find("Wide"), Assert.Single(outcome.Output).BaseObject);
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Its_settings_are_parameters_that_make_the_same_training(string name)
    {
        // Splatted onto a network that is no preset, they say all that is not usual.
        TrainingResult result = _session.Single<TrainingResult>($$"""
            $preset = Get-CnnPreset {{name}}
            $settings = $preset.Settings
            $settings.Epochs = 1
            $settings.Remove('WarmupEpochs')
            & { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 10 } | New-CnnModel -InputShape 1, 28, 28 -Seed 1 | Invoke-CnnTraining $train @settings
            """);
        TrainingOptions expected = Preset.Find(name).Training;
        Assert.Equal(
            expected with
            {
                Epochs = 1,
                Seed = 1,
                LearningRate = expected.LearningRate ?? expected.Optimizer.UsualLearningRate,
                Schedule = expected.Schedule with { WarmupEpochs = null },
            },
            result.Options with { Threads = 0 });

        // A table is a copy.
        Assert.Equal(expected.Epochs, _session.Single<OrderedDictionary>("$preset.Settings")["Epochs"]);
    }

    [Fact]
    public void Every_setting_has_its_place_in_the_table()
    {
        _session.Set("options", new TrainingOptions
        {
            Epochs = 3,
            BatchSize = 10,
            AccumulationSteps = 2,
            Optimizer = new Sgd { Momentum = 0.8, Nesterov = true, WeightDecay = 0.01, DecayAll = true },
            LearningRate = 0.02,
            Schedule = new CosineSchedule { WarmupEpochs = 0.5, FinalLearningRate = 0.001 },
            ClipNorm = 2,
            LearningRateFactor = LearningRateFactors.Parse("""{"Dense1": 2}"""),
            LabelSmoothing = 0.1,
            MixUp = 0.2,
            CutMix = 1,
            ClassWeight = ClassWeights.Parse("""{"3": 2}"""),
            Sampling = Sampling.Balanced,
            WeightAveraging = 0.9,
            Seed = 5,
            Augmentation = new Augmentation { Shift = 1 },
            Threads = 1,
            Patience = 9,
            TargetAccuracy = 0.999,
        });
        TrainingResult result = _session.Single<TrainingResult>(
            "$settings = $options.Settings; New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -ValidationData $test @settings");
        Assert.Equal(_session.Get<TrainingOptions>("options"), result.Options);
    }

    [Fact]
    public void A_model_of_a_preset_is_trained_as_the_preset_says_whichever_way_it_is_made()
    {
        string[] ways =
        [
            "New-CnnModel Fast -Seed 2 | Invoke-CnnTraining $train",
            "Invoke-CnnTraining $train -Preset Fast -Seed 2",
            "Get-CnnPreset Fast | Invoke-CnnTraining $train -Seed 2",
            "[pscustomobject]@{ Preset = 'Fast'; Seed = 2 } | Invoke-CnnTraining $train",
        ];
        TrainingResult[] results = [.. ways.Select(way => _session.Single<TrainingResult>(way))];
        Assert.All(results, result => Assert.Equal(Preset.Find("Fast").Training with { Seed = 2 }, result.Options with { Threads = 0 }));
        Assert.All(results, result => Assert.Equal(results[0].History.Losses, result.History.Losses));
    }

    [Fact]
    public void A_sweep_varies_what_it_names_and_leaves_the_rest_to_the_preset()
    {
        Outcome outcome = _session.Run("""
            $trials = New-CnnSweep ([ordered]@{ Epochs = 1; BatchSize = 32; Convolution1Filters = 5, 6 }) Fast -Seed 3
            $trials | Invoke-CnnTraining $train
            $trials | Invoke-CnnSweep $train $test
            """);
        Assert.Empty(outcome.Errors);
        Assert.Equal(4, outcome.Output.Count);
        TrainingResult[] trained = [.. outcome.Output.Take(2).Select(output => (TrainingResult)output.BaseObject)];
        Assert.All(trained, result => Assert.Equal(Preset.Find("Fast").Training with { Epochs = 1, BatchSize = 32, Seed = 3 }, result.Options with { Threads = 0 }));

        // The sweep trains what Invoke-CnnTraining trains; its results come as the trials finish.
        Assert.Equal(
            trained.Select(result => result.History.Epochs[0].Loss).Order(),
            outcome.Output.Skip(2).Select(output => (double)output.Properties["TrainingLoss"].Value).Order());
    }

    [Fact]
    public void What_is_given_overrules_the_preset()
    {
        TrainingOptions options = _session.Single<TrainingResult>(
            "Invoke-CnnTraining $train -Preset Fast -Seed 2 -Epochs 1 -Schedule Constant -WeightAveraging 0 -Augmentation none -Optimizer Sgd").Options;
        Assert.Equal(
            new TrainingOptions
            {
                Epochs = 1,
                BatchSize = 64,
                Optimizer = new Sgd(),
                LearningRate = new Sgd().UsualLearningRate,
                LabelSmoothing = 0.05,
                Seed = 2,
                Augmentation = new Augmentation(),
            },
            options with { Threads = 0 });
    }

    [Fact]
    public void Its_layers_make_a_network_of_ones_own()
    {
        Model model = _session.Single<Model>("(Get-CnnPreset LeNet5).Layers | New-CnnModel -InputShape 1, 32, 32 -Seed 1");
        Assert.Equal(Preset.Find("LeNet5").Layers, model.Layers);
        Assert.Equal("Custom", model.Name);
    }

    [Fact]
    public void The_prompt_shows_layers_and_settings()
    {
        string shown = string.Join(' ', _session.Show("Get-CnnPreset Fast").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("Name : Fast", shown);
        Assert.Contains("1×28×28", shown);
        Assert.Contains("convolution (6 filters 5×5, padding 2), relu", shown);
        Assert.Contains("-Epochs 6 -BatchSize 64 -Optimizer Adam -LearningRate 0.01 -Schedule OneCycle -LabelSmoothing 0.05 -WeightAveraging 0.99", shown);
    }

    private Preset[] Of(string script)
    {
        Outcome outcome = _session.Run(script);
        Assert.Empty(outcome.Errors);
        return [.. outcome.Output.Select(output => (Preset)output.BaseObject)];
    }
}
