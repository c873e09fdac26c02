using System.Management.Automation;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

/// <summary>Invoke-CnnTraining: optimizers, schedules, and what is done to the gradient and the weights.</summary>
public sealed class OptimizerTests : IClassFixture<Session>
{
    private readonly Session _session;

    public OptimizerTests(Session session) => _session = session.WithMnist(train: 320, test: 100);

    public static TheoryData<string, Optimizer, double> Optimizers => new()
    {
        { "", new Adam(), 0.001 },
        { "-Optimizer Adam -WeightDecay 0.001 -DecayAll", new Adam { WeightDecay = 0.001, DecayAll = true }, 0.001 },
        { "-Optimizer AdamW", new AdamW { WeightDecay = 0.01 }, 0.001 },
        { "-Optimizer adamw -Beta1 0.8 -Beta2 0.9 -Epsilon 1e-7", new AdamW { Beta1 = 0.8, Beta2 = 0.9, Epsilon = 1e-7 }, 0.001 },
        { "-Optimizer Sgd", new Sgd { Momentum = 0.9 }, 0.01 },
        { "-Optimizer Sgd -Momentum 0.8 -Nesterov -WeightDecay 5e-4 -LearningRate 0.02", new Sgd { Momentum = 0.8, Nesterov = true, WeightDecay = 5e-4 }, 0.02 },
        { "-Optimizer RmsProp -Smoothing 0.9 -Momentum 0.5 -Epsilon 1e-6", new RmsProp { Smoothing = 0.9, Momentum = 0.5, Epsilon = 1e-6 }, 0.001 },
    };

    public static TheoryData<string, Schedule> Schedules => new()
    {
        { "", new ConstantSchedule() },
        { "-WarmupEpochs 0.5", new ConstantSchedule { WarmupEpochs = 0.5 } },
        { "-Schedule Step -StepEpochs 2 -LearningRateDecay 0.5", new StepSchedule { StepEpochs = 2, LearningRateDecay = 0.5 } },
        { "-Schedule Exponential", new ExponentialSchedule { LearningRateDecay = 0.5 } },
        { "-Schedule Cosine -WarmupEpochs 1 -FinalLearningRate 1e-5", new CosineSchedule { WarmupEpochs = 1, FinalLearningRate = 1e-5 } },
        { "-Schedule OneCycle", new OneCycleSchedule() },
        { "-Schedule OneCycle -WarmupEpochs 1 -FinalLearningRate 0", new OneCycleSchedule { WarmupEpochs = 1, FinalLearningRate = 0 } },
        { "-Schedule Plateau -PlateauEpochs 0 -LearningRateDecay 0.2", new PlateauSchedule { PlateauEpochs = 0, LearningRateDecay = 0.2 } },
    };

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void The_optimizer_has_the_settings_that_were_given(string arguments, Optimizer expected, double learningRate)
    {
        TrainingResult result = _session.Single<TrainingResult>($"New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -Epochs 1 {arguments}");
        Assert.Equal(expected, result.Options.Optimizer);
        Assert.Equal(learningRate, result.Options.LearningRate);
    }

    [Theory]
    [MemberData(nameof(Schedules))]
    public void The_schedule_has_the_settings_that_were_given(string arguments, Schedule expected)
    {
        TrainingResult result = _session.Single<TrainingResult>(
            $"New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -ValidationData $test -Epochs 3 {arguments}");
        Assert.Equal(expected, result.Options.Schedule);
        Assert.Equal(3, result.History.Epochs.Count);
    }

    [Fact]
    public void The_learning_rate_of_each_epoch_is_in_the_history_and_in_its_view()
    {
        Outcome outcome = _session.Run("""
            $result = New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -Epochs 3 -LearningRate 0.002 -Schedule Step
            $result.History.Epochs | ForEach-Object LearningRate
            """);
        Assert.Equal([0.002, 0.0002, 0.00002], outcome.Output.Select(output => Math.Round((double)output.BaseObject, 12)));
        string view = _session.Show("$result.History.Epochs");
        Assert.Contains("Rate", view);
        Assert.Contains("2E-05", view);
    }

    [Fact]
    public void Clipping_smoothing_and_averaging_are_settings_too()
    {
        TrainingResult result = _session.Single<TrainingResult>(
            "New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -ValidationData $test -Epochs 1 -ClipNorm 0.5 -LabelSmoothing 0.1 -WeightAveraging 0.9");
        Assert.Equal((0.5, 0.1, 0.9), (result.Options.ClipNorm, result.Options.LabelSmoothing, result.Options.WeightAveraging));

        // What was measured is what the model holds.
        Assert.Equal(
            result.Validation!.Correct,
            _session.Single<int>("(New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -Epochs 1 -ClipNorm 0.5 -LabelSmoothing 0.1 -WeightAveraging 0.9 | Measure-CnnAccuracy $test).Correct"));
    }

    [Fact]
    public void Layers_before_the_first_trained_one_are_frozen()
    {
        _session.Run("$frozen = New-CnnModel Baseline -Seed 1");
        TrainingResult result = _session.Single<TrainingResult>(
            "$before = $frozen.GetWeights('Convolution1'); $frozen | Invoke-CnnTraining $train -Epochs 1 -TrainFrom dense1");
        Assert.Equal("dense1", result.Options.TrainFrom);
        Assert.True(_session.Single<bool>("\"$($frozen.GetWeights('Convolution1'))\" -eq \"$before\""));
        Assert.Equal("Dense2", _session.Single<string>("([pscustomobject]@{ TrainFrom = 'Dense2' } | Invoke-CnnTraining $train -Model $frozen -Epochs 1).TrainFrom"));
        Assert.Equal(
            ["Dense1", "Dense2"],
            _session.Run("$line = 'Invoke-CnnTraining $train -Model $frozen -TrainFrom D'; (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText")
                .Output.Select(name => $"{name}"));
    }

    [Fact]
    public void One_table_holds_trials_of_several_optimizers_and_schedules()
    {
        Outcome outcome = _session.Run("""
            @{ Optimizer = 'Sgd'; Momentum = '0.8'; Nesterov = 'True'; Beta1 = ''; Schedule = 'Cosine'; StepEpochs = ''; WarmupEpochs = '0.5' },
            @{ Optimizer = 'AdamW'; Momentum = ''; Nesterov = 'False'; Beta1 = '0.8'; Schedule = 'Step'; StepEpochs = '1'; WarmupEpochs = '' } |
                ForEach-Object { [pscustomobject]$_ } | Invoke-CnnTraining $train -Preset Baseline -Epochs 2
            """);
        Assert.Empty(outcome.Errors);
        TrainingOptions[] options = [.. outcome.Output.Select(output => ((TrainingResult)output.BaseObject).Options)];
        Assert.Equal([new Sgd { Momentum = 0.8, Nesterov = true }, new AdamW { Beta1 = 0.8 }], options.Select(option => option.Optimizer));
        Assert.Equal([new CosineSchedule { WarmupEpochs = 0.5 }, new StepSchedule { StepEpochs = 1 }], options.Select(option => option.Schedule));
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void A_result_is_trained_on_with_its_optimizer(string arguments, Optimizer expected, double learningRate)
    {
        TrainingResult result = _session.Single<TrainingResult>(
            $"New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -Epochs 2 -Schedule Step -ClipNorm 2 -WeightAveraging 0.5 {arguments} | Invoke-CnnTraining $train");
        Assert.Equal(expected, result.Options.Optimizer);
        Assert.Equal(new StepSchedule(), result.Options.Schedule);
        Assert.Equal((learningRate, 2.0, 0.5), (result.Options.LearningRate!.Value, result.Options.ClipNorm!.Value, result.Options.WeightAveraging));
    }

    [Theory]
    [InlineData("-Momentum 0.9", "Momentum", "Sgd or RmsProp")]
    [InlineData("-Optimizer AdamW -Nesterov", "Nesterov", "Sgd")]
    [InlineData("-Optimizer Sgd -Beta1 0.9", "Beta1", "Adam or AdamW")]
    [InlineData("-Optimizer RmsProp -Beta2 0.9", "Beta2", "Adam or AdamW")]
    [InlineData("-Optimizer Sgd -Epsilon 1e-8", "Epsilon", "Adam or AdamW or RmsProp")]
    [InlineData("-Optimizer Adam -Smoothing 0.9", "Smoothing", "RmsProp")]
    [InlineData("-StepEpochs 1", "StepEpochs", "Step")]
    [InlineData("-Schedule Cosine -LearningRateDecay 0.5", "LearningRateDecay", "Step or Exponential or Plateau")]
    [InlineData("-Schedule Exponential -FinalLearningRate 0", "FinalLearningRate", "Cosine or OneCycle or Plateau")]
    [InlineData("-Schedule OneCycle -PlateauEpochs 1", "PlateauEpochs", "Plateau")]
    public void A_setting_of_another_kind_is_an_error_that_says_whose_it_is(string arguments, string setting, string owners)
    {
        ErrorRecord error = _session.Fails(
            $"New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train {arguments}", "SettingNotApplicable", ErrorCategory.InvalidArgument);
        Assert.StartsWith($"{setting} is ", error.Exception.Message);
        Assert.Contains($"choose {owners} with", error.Exception.Message);
    }

    [Theory]
    [InlineData("-Optimizer Adagrad", "ParameterArgumentTransformationError", ErrorCategory.InvalidData)]
    [InlineData("-Schedule Linear", "ParameterArgumentTransformationError", ErrorCategory.InvalidData)]
    [InlineData("-Optimizer Sgd -Momentum 1", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-Optimizer Sgd -Momentum 0 -Nesterov", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-WeightDecay -1", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-ClipNorm 0", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-LabelSmoothing 1", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-WeightAveraging 1", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-TrainFrom Dense9", "LayerUnknown", ErrorCategory.InvalidArgument)]
    [InlineData("-TrainFrom 99", "LayerUnknown", ErrorCategory.InvalidArgument)]
    [InlineData("-Schedule Cosine -FinalLearningRate 1", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-Epochs 2 -WarmupEpochs 2", "ScheduleLength", ErrorCategory.InvalidArgument)]
    [InlineData("-Epochs 2 -Schedule Step -StepEpochs 3", "ScheduleLength", ErrorCategory.InvalidArgument)]
    [InlineData("-Epochs 2 -Schedule Plateau -ValidationData $test", "ScheduleLength", ErrorCategory.InvalidArgument)]
    [InlineData("-Epochs 9 -Schedule Plateau", "ValidationRequired", ErrorCategory.InvalidArgument)]
    public void Bad_settings_are_errors(string arguments, string errorId, ErrorCategory category) =>
        _session.Fails($"New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train {arguments}", errorId, category);

    [Fact]
    public void A_switch_of_a_trial_is_True_or_False_and_nothing_else() => _session.Fails(
        "[pscustomobject]@{ Preset = 'Baseline'; Nesterov = 'maybe' } | Invoke-CnnTraining $train", "ParameterArgumentTransformationError", ErrorCategory.InvalidData);
}
