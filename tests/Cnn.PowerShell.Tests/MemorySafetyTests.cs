using System.Management.Automation;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

/// <summary>Nothing that can be typed at a prompt, and no file, reaches memory that is not its own.</summary>
public sealed class MemorySafetyTests : IDisposable
{
    private const string Images =
        "$set = New-CnnImageSet -Pixel ([byte[]](1..512 | ForEach-Object { $_ % 251 })) -Label ([byte[]](0, 1, 0, 1, 0, 1, 0, 1)) -ImageShape 1, 8, 8\n";

    private const string Network =
        "$model = & { New-CnnLayer -Convolution -Filters 4 -KernelSize 3; New-CnnLayer -BatchNormalization; New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 2 } | "
        + "New-CnnModel -InputShape 1, 8, 8 -Seed 1\n";

    private readonly Session _session = new();

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("$model.Layers[0].Filters = 4096")]
    [InlineData("$model.Layers[0].KernelHeight = 1")]
    [InlineData("$model.Layers[0].Padding = 3")]
    [InlineData("$model.Layers[3].Outputs = 200")]
    [InlineData("$model.Parameters[0].Offset = 1000000000")]
    [InlineData("$model.Parameters[0].Length = 1000000000")]
    [InlineData("$model.InputShape.Height = 4096")]
    [InlineData("$model.Shapes[0].Channels = 4096")]
    [InlineData("$model.Shapes[1] = $model.Shapes[0]")]
    [InlineData("$model.Layers[0] = $model.Layers[3]")]
    [InlineData("$model.Layers.Clear()")]
    [InlineData("$model.Parameters.Clear()")]
    [InlineData("$model.Normalization.Mean[0] = 7")]
    [InlineData("$model.Summary[0].ParameterCount = 7")]
    [InlineData("$model.ClassNames.Clear()")]
    [InlineData("$set.ImageShape.Height = 4096")]
    [InlineData("$set.Count = 100000")]
    [InlineData("$set.ClassNames[0] = 'x'")]
    [InlineData("(Get-CnnPreset Baseline).Layers[0].Filters = 4096")]
    public void What_a_model_or_a_set_was_checked_with_cannot_be_set(string script)
    {
        Outcome outcome = _session.Run($"{Images}{Network}{script}");
        Assert.NotNull(outcome.Terminating ?? outcome.Errors.FirstOrDefault());
        Assert.Equal(TrainingOutcome.Completed, _session.Single<TrainingResult>("$model | Invoke-CnnTraining $set -Epochs 2 -BatchSize 4").Outcome);
        Assert.Equal(8, _session.Single<int>("($model | Measure-CnnAccuracy $set).Count"));
    }

    [Fact]
    public void Settings_that_are_changed_behind_a_training_change_nothing_of_it()
    {
        _session.Run($"{Images}{Network}$result = $model | Invoke-CnnTraining $set -Epochs 2 -BatchSize 4 -Optimizer Sgd; $result.Options.BatchSize = 1000000; $result.Options.Optimizer = $null");
        Assert.Equal("Completed", _session.Single<string>("\"$(($model | Invoke-CnnTraining $set -Epochs 1 -BatchSize 4).Outcome)\""));
        _session.Run("(Get-CnnPreset Fast).Training.BatchSize = -1");
        Assert.NotEqual(-1, _session.Single<int>("(Get-CnnPreset Fast).Training.BatchSize"));
    }

    [Fact]
    public void The_values_of_a_tensor_are_read_and_given_at_a_prompt()
    {
        _session.Run(Network);
        Assert.Equal(4 * 9, _session.Single<int>("$values = $model.GetValues($model.Parameters[0]); $values.Count"));
        _session.Run("$values[0] = 7; $model.SetValues($model.Parameters[0], $values)");
        Assert.Equal(7f, _session.Single<float>("$model.GetValues($model.Parameters[0])[0]"));
        Outcome outcome = _session.Run("$other = New-CnnModel Baseline -Seed 1; $model.SetValues($other.Parameters[0], $values)");
        CnnException error = Assert.IsType<CnnException>((outcome.Terminating ?? outcome.Errors[0]).Exception.InnerException);
        Assert.Equal("ParameterUnknown", error.ErrorId);
    }

    [Fact]
    public void A_file_whose_sizes_overflow_is_refused_by_the_name_of_the_layer()
    {
        string file = Path.Combine(Repository.Root, "tests", "Cnn.Fuzz", "Corpus", "models", "padding-overflow.safetensors");
        ErrorRecord error = _session.Fails($"Import-CnnModel '{file}'", "ModelFileArchitecture", ErrorCategory.InvalidData);
        Assert.Contains("Layer 0, convolution", error.Exception.Message);
        Assert.Contains("its input with padding has 4299162624 values", error.Exception.Message);
    }

    [Fact]
    public void A_batch_beyond_the_memory_of_the_machine_is_refused_with_one_that_fits_and_WhatIf_says_what_is_needed()
    {
        _session.Run(
            "$pixels = [byte[]]::new(600 * 1024 * 1024); $large = New-CnnImageSet -Pixel $pixels -Label ([byte[]](1..600 | ForEach-Object { $_ % 2 })) -ImageShape 1, 1024, 1024\n"
            + "$wide = & { New-CnnLayer -Convolution -Filters 64 -KernelSize 3; New-CnnLayer -BatchNormalization; New-CnnLayer -GlobalAveragePooling; New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 2 } | "
            + "New-CnnModel -InputShape 1, 1024, 1024 -Seed 1");
        ErrorRecord error = _session.Fails("$wide | Invoke-CnnTraining $large -BatchSize 600 -Threads 1", "MemoryRequired", ErrorCategory.InvalidResult);
        Assert.Matches(@"in batches of 600 on 1 thread needs \d+ GB of memory, and .* are free\. (A batch size of \d+ would fit|No batch size would fit)", error.Exception.Message);
        Assert.Matches(@"in batches of 2 \(\d+(\.\d)? [GM]B of memory\)", _session.Show("$wide | Invoke-CnnTraining $large -BatchSize 2 -WhatIf"));
    }
}
