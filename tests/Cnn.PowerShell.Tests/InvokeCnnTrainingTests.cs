using System.Diagnostics;
using System.Management.Automation;
using Cnn.Kernels;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

public sealed class InvokeCnnTrainingTests : IClassFixture<Session>
{
    private readonly Session _session;

    public InvokeCnnTrainingTests(Session session) => _session = session.WithMnist(train: 320, test: 100);

    [Fact]
    public void Trains_the_model_in_place_and_tells_how()
    {
        TrainingResult result = _session.Single<TrainingResult>(
            "$model = New-CnnModel Baseline -Seed 4; $model | Invoke-CnnTraining -Data $train -ValidationData $test -Epochs 3 -BatchSize 30 -LearningRate 0.002 "
            + "-Beta1 0.8 -Beta2 0.99 -Epsilon 1e-7 -Threads 2");
        Assert.Same(_session.Get<Model>("model"), result.Model);
        Assert.True(result.Model.IsTrained);
        Assert.Equal(
            new TrainingOptions
            {
                Epochs = 3,
                BatchSize = 30,
                LearningRate = 0.002,
                Optimizer = new Adam { Beta1 = 0.8, Beta2 = 0.99, Epsilon = 1e-7 },
                Seed = 4,
                Threads = 2,

                // What was not said is as the preset has it.
                WeightAveraging = Cnn.Presets.Preset.Find("Baseline").Training.WeightAveraging,
            },
            result.Options);
        Assert.Equal(3, result.History.Epochs.Count);
        Assert.Equal(33, result.History.Losses.Count);
        Assert.Equal(100, result.Validation!.Count);
        Assert.True(result.Duration > TimeSpan.Zero);
        Assert.True(result.ImagesPerSecond > 0);
        Assert.Equal(KernelSelection.Current.Name, result.Kernels);
        Assert.Equal(2, result.Threads);
        Assert.False(result.IsStopped);
    }

    [Fact]
    public void The_settings_are_at_the_top_of_a_result_to_sort_and_export_by()
    {
        Outcome outcome = _session.Run("""
            $result = New-CnnModel Baseline -Seed 4 | Invoke-CnnTraining $train -ValidationData $test -Epochs 1 -BatchSize 16 -Beta1 0.8 -Beta2 0.9 -Epsilon 1e-7
            $result.Epochs, $result.BatchSize, $result.LearningRate, $result.Beta1, $result.Beta2, $result.Epsilon, $result.Seed
            $result.Loss, $result.ValidationAccuracy, $result.ValidationLoss
            """);
        TrainingResult result = _session.Get<TrainingResult>("result");
        object[] expected =
        [
            1, 16, 0.001, 0.8, 0.9, 1e-7, 4UL, result.History.Epochs[0].Loss, result.Validation!.Accuracy, result.Validation.Loss,
        ];
        Assert.Equal(expected, outcome.Output.Select(output => output.BaseObject));
    }

    [Fact]
    public void A_preset_is_made_for_the_images_alone_and_in_a_sweep()
    {
        Outcome outcome = _session.Run("""
            $pixels = [byte[]]::new(8 * 3 * 20 * 20)
            [Random]::new(1).NextBytes($pixels)
            $data = New-CnnImageSet -Pixel $pixels -Label 0, 1, 2, 0, 1, 2, 0, 1 -ImageShape 3, 20, 20
            $result = Invoke-CnnTraining $data -Preset Baseline -Seed 1 -Epochs 1
            $result.Model.InputShape, $result.Model.ClassCount
            $trial = New-CnnSweep @{ Epochs = 1 } -Preset Baseline | Invoke-CnnSweep $data $data
            $trial.TrainingLoss -eq $result.Loss
            """);
        Assert.Empty(outcome.Errors);
        Assert.Equal(["3×20×20", "3", "True"], outcome.Output.Select(output => $"{output}"));
    }

    [Fact]
    public void Rows_of_text_are_trials_as_Import_Csv_makes_them()
    {
        Outcome outcome = _session.Run("""
            [pscustomobject]@{ Preset = 'Baseline'; LearningRate = '0.002'; BatchSize = '64'; Epochs = '1'; Seed = '7'; Remark = 'first' },
            [pscustomobject]@{ Preset = 'lenet5'; LearningRate = '0.003'; BatchSize = '32'; Epochs = '2'; Seed = '8'; Remark = 'second' } |
                Invoke-CnnTraining -Data $train
            """);
        Assert.Empty(outcome.Errors);
        TrainingResult[] results = [.. outcome.Output.Select(output => (TrainingResult)output.BaseObject)];
        Assert.Equal(["Baseline", "LeNet5"], results.Select(result => result.Model.Name));
        Assert.Equal([0.002, 0.003], results.Select(result => result.Options.LearningRate));
        Assert.Equal([64, 32], results.Select(result => result.Options.BatchSize));
        Assert.Equal([1, 2], results.Select(result => result.Options.Epochs));
        Assert.Equal([7UL, 8UL], results.Select(result => result.Model.Seed));
        Assert.Equal([7UL, 8UL], results.Select(result => result.Options.Seed!.Value));
    }

    [Fact]
    public void A_trial_may_bring_numbers_or_a_model_or_leave_things_to_the_command_line()
    {
        Outcome outcome = _session.Run("""
            $model = New-CnnModel LeNet5 -Seed 3
            [pscustomobject]@{ Preset = 'Baseline'; BatchSize = 64; Seed = 7; LearningRate = 1e-4; Initialization = 'Article' },
            [pscustomobject]@{ Model = $model; Seed = 9; BatchSize = 40 } | Invoke-CnnTraining -Data $train -Epochs 1
            [pscustomobject]@{ BatchSize = 10 } | Invoke-CnnTraining -Data $train -Epochs 1 -Preset Baseline
            [pscustomobject]@{ BatchSize = 10 } | Invoke-CnnTraining -Data $train -Epochs 1 -Model $model
            """);
        Assert.Empty(outcome.Errors);
        TrainingResult[] results = [.. outcome.Output.Select(output => (TrainingResult)output.BaseObject)];
        Assert.Equal(["Baseline", "LeNet5", "Baseline", "LeNet5"], results.Select(result => result.Model.Name));
        Assert.Same(_session.Get<Model>("model"), results[1].Model);
        Assert.Equal([64, 40, 10, 10], results.Select(result => result.Options.BatchSize));
        Assert.Equal([7UL, 9UL, results[2].Model.Seed, 3UL], results.Select(result => result.Options.Seed!.Value));
        Assert.All(results, result => Assert.Equal(1, result.Options.Epochs));
    }

    [Fact]
    public void A_trial_with_a_seed_gives_the_model_of_that_seed()
    {
        Assert.True(_session.Single<bool>("""
            $a = [pscustomobject]@{ Preset = 'Baseline'; Seed = 7 } | Invoke-CnnTraining $train -Epochs 1
            $b = New-CnnModel Baseline -Seed 7 | Invoke-CnnTraining $train -Epochs 1 -Threads 1
            ($a.History.Losses -join ' ') -eq ($b.History.Losses -join ' ')
            """));
    }

    [Fact]
    public void A_bad_trial_is_an_error_of_its_own_and_the_others_go_on()
    {
        Outcome outcome = _session.Run("""
            @{ Preset = 'Baseline'; BatchSize = '0' }, @{ Preset = 'Baseline' }, @{ Preset = 'AlexNet' }, @{ Network = 'Baseline' },
            @{ Preset = 'Baseline'; LearningRate = 'fast' }, @{ Preset = 'Baseline'; Seed = '' }, @{ Preset = 'Baseline'; Initialization = 'Xavier' },
            @{ Preset = 'LeNet5' } |
                ForEach-Object { [pscustomobject]$_ } | Invoke-CnnTraining $train -Epochs 1
            """);
        Assert.Null(outcome.Terminating);
        Assert.Equal(["Baseline", "LeNet5"], outcome.Output.Select(output => ((TrainingResult)output.BaseObject).Model.Name));
        Assert.Equal(
            [
                "TrainingOption", "PresetUnknown", "InputObjectNotBound",
                "ParameterArgumentTransformationError", "ParameterArgumentTransformationError", "ParameterArgumentTransformationError",
            ],
            outcome.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
    }

    [Fact]
    public void A_result_is_trained_on_with_the_settings_that_it_was_trained_with()
    {
        Outcome outcome = _session.Run("""
            $first = New-CnnModel Baseline -Seed 2 | Invoke-CnnTraining $train -Epochs 1 -BatchSize 20 -LearningRate 0.002
            $first | Invoke-CnnTraining $train -LearningRate 0.0005
            """);
        Assert.Empty(outcome.Errors);
        var second = (TrainingResult)Assert.Single(outcome.Output).BaseObject;
        Assert.Same(_session.Get<TrainingResult>("first").Model, second.Model);
        Assert.Equal((1, 20, 0.0005), (second.Options.Epochs, second.Options.BatchSize, second.Options.LearningRate));
    }

    [Theory]
    [InlineData("-BatchSize 0", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-BatchSize -1", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-Epochs 0", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-LearningRate -0.001", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-LearningRate NaN", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-LearningRate ([double]::PositiveInfinity)", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-Beta1 1", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-Beta2 NaN", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-Epsilon 0", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-Threads -1", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-Patience -1 -ValidationData $test", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-TargetAccuracy 98 -ValidationData $test", "TrainingOption", ErrorCategory.InvalidArgument)]
    [InlineData("-Patience 2", "ValidationRequired", ErrorCategory.InvalidArgument)]
    [InlineData("-TargetAccuracy 0.98", "ValidationRequired", ErrorCategory.InvalidArgument)]
    [InlineData("-LearningRate 1e30 -Epochs 5", "TrainingDiverged", ErrorCategory.InvalidResult)]
    [InlineData("-Epochs many", "ParameterArgumentTransformationError", ErrorCategory.InvalidData)]
    [InlineData("-ValidationData (Import-Mnist -First 0)", "EmptyImageSet", ErrorCategory.InvalidArgument)]
    public void Bad_settings_are_errors(string arguments, string errorId, ErrorCategory category) =>
        _session.Fails($"New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train {arguments}", errorId, category);

    [Theory]
    [InlineData("New-CnnModel Baseline | Invoke-CnnTraining (Import-Mnist -First 0)", "EmptyImageSet", ErrorCategory.InvalidArgument)]
    [InlineData("& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 10 } | New-CnnModel -InputShape 3,32,32 | Invoke-CnnTraining $train", "ImageShape", ErrorCategory.InvalidArgument)]
    [InlineData("& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 7 } | New-CnnModel -InputShape 1,28,28 | Invoke-CnnTraining $train", "ClassCount", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnModel Baseline | Invoke-CnnTraining $null", "ParameterArgumentValidationErrorNullNotAllowed", ErrorCategory.InvalidData)]
    [InlineData("New-CnnModel Baseline | Invoke-CnnTraining (1, 2)", "CannotConvertArgument", ErrorCategory.InvalidArgument)]
    [InlineData("Invoke-CnnTraining $train", "PresetRequired", ErrorCategory.InvalidArgument)]
    [InlineData("'Baseline' | Invoke-CnnTraining $train", "InputObjectNotBound", ErrorCategory.InvalidArgument)]
    [InlineData("[pscustomobject]@{ Epochs = 1 } | Invoke-CnnTraining $train", "PresetRequired", ErrorCategory.InvalidArgument)]
    public void Bad_input_is_an_error(string script, string errorId, ErrorCategory category) => _session.Fails(script, errorId, category);

    [Fact]
    public void A_training_that_diverges_tells_where_and_what_to_try()
    {
        ErrorRecord error = _session.Fails(
            "New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -LearningRate 1e30 -Epochs 5", "TrainingDiverged", ErrorCategory.InvalidResult);
        Assert.Matches("epoch [0-9]+, batch [0-9]+", error.Exception.Message);
        Assert.Contains("smaller learning rate", error.Exception.Message);
        Assert.IsType<Model>(error.TargetObject);
    }

    [Fact]
    public void Verbose_writes_a_line_for_each_epoch()
    {
        Outcome outcome = _session.Run("New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -ValidationData $test -Epochs 3 -Verbose");
        Assert.Equal(4, outcome.Verbose.Count);
        Assert.Matches(
            @"^Performing the operation ""Train on MNIST train in batches of 32 \(\d+(\.\d)? MB of memory\)"" on target ""Baseline""\.$", outcome.Verbose[0].Message);
        Assert.All(
            outcome.Verbose.Skip(1),
            (line, index) => Assert.Matches(
                $@"^Epoch {index + 1} of 3: loss [0-9.]+, validation accuracy [0-9.]+ %, validation loss [0-9.]+, [0-9,]+ images/s$", line.Message));
    }

    [Fact]
    public void Without_verbose_and_in_short_work_nothing_is_written()
    {
        // On a busy machine short work takes long now and then, and may show how far it is.
        Stopwatch stopwatch = new();
        Outcome outcome;
        do
        {
            stopwatch.Restart();
            outcome = _session.Run("New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining ($train.Slice(0, 32)) -Epochs 1");
            Assert.Empty(outcome.Verbose);
        }
        while (stopwatch.Elapsed > TimeSpan.FromMilliseconds(200));

        Assert.Empty(outcome.Progress);
    }
}
