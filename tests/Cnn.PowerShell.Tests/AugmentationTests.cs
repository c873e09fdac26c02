using System.Management.Automation;
using Cnn.Data;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

public sealed class AugmentationTests : IClassFixture<Session>
{
    private readonly Session _session;

    public AugmentationTests(Session session) => _session = session.WithMnist(train: 320, test: 100);

    [Fact]
    public void Each_parameter_is_a_setting()
    {
        Assert.Equal(new Augmentation(), _session.Single<Augmentation>("New-CnnAugmentation"));
        Assert.Equal(
            new Augmentation
            {
                Shift = 2,
                Rotation = 10.5,
                Scale = 0.1,
                Shear = 5,
                ElasticStrength = 34,
                ElasticSmoothness = 5,
                EraseProbability = 0.5,
                EraseArea = 0.2,
                Brightness = 0.1,
                Contrast = 0.2,
                Saturation = 0.3,
                Mirror = true,
                Border = Border.Edge,
            },
            _session.Single<Augmentation>(
                "New-CnnAugmentation -Shift 2 -Rotation 10.5 -Scale 0.1 -Shear 5 -ElasticStrength 34 -ElasticSmoothness 5 "
                + "-EraseProbability 0.5 -EraseArea 0.2 -Brightness 0.1 -Contrast 0.2 -Saturation 0.3 -Mirror -Border Edge"));
    }

    [Theory]
    [InlineData("$a | New-CnnAugmentation", "shift 2, rotation 10°, mirror")]
    [InlineData("$a | New-CnnAugmentation -Rotation 20", "shift 2, rotation 20°, mirror")]
    [InlineData("$a | New-CnnAugmentation -Shift 0 -Scale 0.2", "rotation 10°, scale 0.2, mirror")]
    [InlineData("$a | New-CnnAugmentation -Mirror:$false", "shift 2, rotation 10°")]
    [InlineData("$a | New-CnnAugmentation -Border Reflect", "shift 2, rotation 10°, mirror, border reflect")]
    [InlineData("$a | New-CnnAugmentation -Border Reflect | New-CnnAugmentation -Shift 3", "shift 3, rotation 10°, mirror, border reflect")]
    [InlineData("$null = $a | New-CnnAugmentation -Shift 5; $a", "shift 2, rotation 10°, mirror")]
    public void An_augmentation_is_copied_with_changes(string script, string expected) => Assert.Equal(
        expected, $"{_session.Single<Augmentation>($"$a = New-CnnAugmentation -Shift 2 -Rotation 10 -Mirror; {script}")}");

    [Theory]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 1 -Augmentation $a")]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 1 -Augmentation @{ Shift = 2; Mirror = $true }")]
    [InlineData("[pscustomobject]@{ Augmentation = $a } | Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 1")]
    [InlineData("[pscustomobject]@{ Preset = 'Baseline'; Augmentation = @{ Shift = '2'; Mirror = $true }; Seed = 1; Epochs = 1 } | Invoke-CnnTraining $train")]
    [InlineData("[pscustomobject]@{ Preset = 'Baseline'; Augmentation = 'shift 2, mirror'; Seed = 1; Epochs = 1 } | Invoke-CnnTraining $train")]
    public void A_training_takes_it_as_an_argument_from_a_trial_as_a_table_and_as_a_text(string script)
    {
        TrainingResult result = _session.Single<TrainingResult>($"$a = New-CnnAugmentation -Shift 2 -Mirror; {script}");
        Assert.Equal(new Augmentation { Shift = 2, Mirror = true }, result.Options.Augmentation);
        TrainingResult same = _session.Single<TrainingResult>(
            "New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -Epochs 1 -Augmentation (New-CnnAugmentation -Shift 2 -Mirror) -Threads 1");
        TrainingResult plain = _session.Single<TrainingResult>("New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -Epochs 1");
        Assert.Equal(same.History.Losses, result.History.Losses);
        Assert.NotEqual(plain.History.Losses, result.History.Losses);
    }

    [Theory]
    [InlineData("[pscustomobject]@{ Preset = 'Baseline'; Epochs = 1; Augmentation = $null } | Invoke-CnnTraining $train")]
    [InlineData("[pscustomobject]@{ Preset = 'Baseline'; Epochs = 1; Augmentation = '' } | Invoke-CnnTraining $train")]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -Epochs 1 | Invoke-CnnTraining $train -Epochs 1")]
    public void A_trial_without_one_leaves_the_images_as_they_are(string script) =>
        Assert.Null(_session.Single<TrainingResult>(script).Options.Augmentation);

    [Fact]
    public void A_result_that_is_trained_on_keeps_its_augmentation() => Assert.Equal(
        new Augmentation { Shift = 1 },
        _session.Single<TrainingResult>(
            "Invoke-CnnTraining $train -Preset Baseline -Epochs 1 -Augmentation @{ Shift = 1 } | Invoke-CnnTraining $train").Options.Augmentation);

    [Theory]
    [InlineData("New-CnnAugmentation -Scale 1", "AugmentationOption", ErrorCategory.InvalidArgument, "0 to 0.5")]
    [InlineData("New-CnnAugmentation -Rotation (-1)", "AugmentationOption", ErrorCategory.InvalidArgument, "0 to 180")]
    [InlineData("New-CnnAugmentation -EraseArea 1", "AugmentationOption", ErrorCategory.InvalidArgument, "at most 0.5")]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -Augmentation @{ Shift = 28 }", "AugmentationOutside", ErrorCategory.InvalidArgument, "at most by 13")]
    [InlineData("$train | Invoke-CnnAugmentation @{ Shift = 28 }", "AugmentationOutside", ErrorCategory.InvalidArgument, "at most by 13")]
    [InlineData("$train | Invoke-CnnAugmentation @{ Shift = 2 } -Count 2000000000", "AugmentationCount", ErrorCategory.InvalidArgument, "smaller count")]
    [InlineData("$train | Invoke-CnnAugmentation 'much'", "ParameterArgumentTransformationError", ErrorCategory.InvalidData, "'much' is not an augmentation")]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -Augmentation @{ Shfit = 2 }", "ParameterArgumentTransformationError", ErrorCategory.InvalidData, "New-CnnAugmentation")]
    public void What_makes_no_sense_is_an_error_that_says_what_would(string script, string errorId, ErrorCategory category, string told) =>
        Assert.Contains(told, _session.Fails(script, errorId, category).Exception.Message);

    [Fact]
    public void A_trial_with_a_bad_augmentation_does_not_hold_up_the_others()
    {
        Outcome outcome = _session.Run("""
            1, 20, 2 | ForEach-Object { [pscustomobject]@{ Preset = 'Baseline'; Epochs = 1; Augmentation = New-CnnAugmentation -Shift $_ } } |
                Invoke-CnnTraining $train
            """);
        Assert.Equal([1, 2], outcome.Output.Select(output => ((TrainingResult)output.BaseObject).Options.Augmentation!.Shift));
        Assert.StartsWith("AugmentationOutside,", Assert.Single(outcome.Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public void To_invoke_it_gives_images_again()
    {
        ImageSet images = _session.Single<ImageSet>("$train | Invoke-CnnAugmentation @{ Shift = 2; ElasticStrength = 34 } -Seed 3 -Count 2");
        Assert.Equal(640, images.Count);
        Assert.Equal("MNIST train, augmented", images.Name);
        ImageSet train = _session.Get<ImageSet>("train");
        Assert.Equal(train.Label(7), images.Label(15));
        Assert.Equal(
            new Augmentation { Shift = 2, ElasticStrength = 34 }.Apply(train, 3, 2).Pixels.ToArray(), images.Pixels.ToArray());

        // Without a seed, another time other images.
        Outcome outcome = _session.Run("1..2 | ForEach-Object { $train | Invoke-CnnAugmentation @{ Shift = 2 } }");
        Assert.NotEqual(((ImageSet)outcome.Output[0].BaseObject).Pixels.ToArray(), ((ImageSet)outcome.Output[1].BaseObject).Pixels.ToArray());
    }

    [Fact]
    public void It_shows_what_it_does()
    {
        string[] lines = [.. _session.Show("New-CnnAugmentation -Shift 2 -Rotation 10 -Scale 0.1 -ElasticStrength 34 -EraseProbability 0.5 -Contrast 0.2 -Mirror")
            .Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
        Assert.Equal(
            [
                "Shift    : up to 2 pixels",
                "Rotation : up to 10°",
                "Scale    : 90 % to 110 % of width and height",
                "Shear    : none",
                "Elastic  : strength 34, smoothness 4: 1.4 pixels on average",
                "Erase    : 50 % of the pictures, up to 40 % of the area",
                "Contrast : 80 % to 120 %",
                "Mirror   : every second picture, the others in the next epoch",
                "Border   : black",
            ],
            lines);
    }
}
