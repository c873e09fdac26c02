using System.Management.Automation;
using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Models;
using Cnn.Serialization;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

/// <summary>Classes are compared by name wherever labels meet a model.</summary>
public sealed class ClassMatchingTests : IDisposable
{
    private static readonly string[] Names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

    private readonly Session _session = new Session().WithMnist(train: 400, test: 200);
    private readonly TemporaryFolder _folder = new();

    /// <summary>The same images twice: $named, $tested in one order of the classes, $turned and $turnedTest in another.</summary>
    public ClassMatchingTests()
    {
        _session.Runspace.SessionStateProxy.Path.SetLocation(_folder.Path);
        foreach ((string source, string named, string turned) in new[] { ("train", "named", "turned"), ("test", "tested", "turnedTest") })
        {
            ImageSet images = _session.Get<ImageSet>(source);
            _session.Set(named, Named(images, Names, 0));
            _session.Set(turned, Named(images, [.. Names.Skip(3), .. Names.Take(3)], 7));
        }

        _session.Run("function Train($data, [hashtable] $more = @{}) { New-CnnModel LeNet5 -Seed 1 | Invoke-CnnTraining $data -Epochs 1 -BatchSize 20 @more }");
    }

    [Fact]
    public void Measuring_goes_by_name()
    {
        AccuracyReport one = _session.Single<AccuracyReport>("$model = (Train $named).Model; $model | Measure-CnnAccuracy $tested -MisclassifiedCount 3");
        AccuracyReport other = _session.Single<AccuracyReport>("$model | Measure-CnnAccuracy $turnedTest -MisclassifiedCount 3");
        Assert.True(one.Accuracy > 0.5);
        Assert.Equal((one.Accuracy, one.Loss), (other.Accuracy, other.Loss));
        Assert.Equal(one.Classes, other.Classes);
        Assert.Equal(one.Misclassified.Select(mistake => mistake.ToString()), other.Misclassified.Select(mistake => mistake.ToString()));
        Assert.Equal(other.Misclassified[0].Label, other.Misclassified[0].ImageSet.ClassNames[other.Misclassified[0].ImageSet.Label(other.Misclassified[0].Index)]);
        Assert.Equal(ClassMatching.Name, other.ClassMatching);
        Assert.DoesNotContain("by number", _session.Show("$model | Measure-CnnAccuracy $turnedTest"));
    }

    [Fact]
    public void Validation_and_sweeps_go_by_name()
    {
        double expected = _session.Single<TrainingResult>("Train $named @{ ValidationData = $tested }").History.Epochs[0].ValidationAccuracy!.Value;
        TrainingResult result = _session.Single<TrainingResult>("Train $named @{ ValidationData = $turnedTest }");
        Assert.Equal(expected, result.History.Epochs[0].ValidationAccuracy);
        Assert.Equal(ClassMatching.Name, result.Validation!.ClassMatching);
        const string Sweep = "New-CnnSweep @{ Epochs = 1; BatchSize = 20 } -Preset LeNet5 -Seed 1 | Invoke-CnnSweep $named";
        Outcome sweeps = _session.Run($"({Sweep} $tested).Accuracy; ({Sweep} $turnedTest).Accuracy");
        Assert.Empty(sweeps.Errors);
        Assert.Equal(expected, sweeps.Output[0].BaseObject);
        Assert.Equal(expected, sweeps.Output[1].BaseObject);
    }

    [Fact]
    public void Training_on_goes_by_name_and_keeps_the_order_of_the_model()
    {
        Model one = _session.Single<TrainingResult>("(Train $named).Model | Invoke-CnnTraining $named -Epochs 1").Model;
        Model other = _session.Single<TrainingResult>("(Train $named).Model | Invoke-CnnTraining $turned -Epochs 1").Model;
        Assert.Equal(Names, other.ClassNames);
        Assert.Equal(ModelFile.ToBytes(one), ModelFile.ToBytes(other));
        Model given = _session.Single<TrainingResult>($"New-CnnModel LeNet5 -ClassName {string.Join(", ", Names)} | Invoke-CnnTraining $turned -Epochs 1").Model;
        Assert.Equal(Names, given.ClassNames);
    }

    [Fact]
    public void A_training_on_mapped_images_goes_on_from_its_checkpoint()
    {
        Outcome outcome = _session.Run("""
            $whole = (Train $named).Model | Invoke-CnnTraining $turned -ValidationData $turnedTest -Epochs 2 -Seed 4
            $null = (Train $named).Model | Invoke-CnnTraining $turned -ValidationData $turnedTest -Epochs 1 -Seed 4 -CheckpointPath ./run
            $resumed = Invoke-CnnTraining $turned -ValidationData $turnedTest -CheckpointPath ./run -Resume -Epochs 2
            """);
        Assert.Empty(outcome.Errors);
        Assert.Null(outcome.Terminating);
        Assert.Equal(
            _session.Get<TrainingResult>("whole").Model.GetValues(_session.Get<TrainingResult>("whole").Model.Parameters[0]),
            _session.Get<TrainingResult>("resumed").Model.GetValues(_session.Get<TrainingResult>("resumed").Model.Parameters[0]));
    }

    [Fact]
    public void An_ensemble_averages_by_name()
    {
        _session.Run("$one = (Train $named).Model; $other = (Train $turned).Model; $both = $one, $other | New-CnnEnsemble");
        Assert.Equal(Names, _session.Get<Ensemble>("both").ClassNames);
        ImagePrediction[] Predict(string model) =>
            [.. _session.Run($"$tested.Slice(0, 40) | Invoke-CnnPrediction ${model}").Output.Select(prediction => (ImagePrediction)prediction.BaseObject)];
        (ImagePrediction[] one, ImagePrediction[] other, ImagePrediction[] both) = (Predict("one"), Predict("other"), Predict("both"));
        Assert.NotEqual(one[0].Probabilities[0].Name, other[0].Probabilities[0].Name);
        for (int i = 0; i < both.Length; i++)
        {
            foreach (ClassProbability probability in both[i].Probabilities)
            {
                double Of(ImagePrediction prediction) => prediction.Probabilities.Single(other => other.Name == probability.Name).Probability;
                Assert.Equal((Of(one[i]) + Of(other[i])) / 2, probability.Probability, 1e-5);
            }
        }
    }

    [Theory]
    [InlineData("$model | Measure-CnnAccuracy $strange", "'nine'", "'ninth'")]
    [InlineData("$model | Invoke-CnnTraining $strange -Epochs 1", "'nine'", "'ninth'")]
    [InlineData("Invoke-CnnTraining $named -Preset LeNet5 -Epochs 1 -ValidationData $strange", "'nine'", "'ninth'")]
    [InlineData("Find-CnnLearningRate $strange -Model $model", "'nine'", "'ninth'")]
    [InlineData("(New-CnnModel LeNet5 | Invoke-CnnTraining $test -Epochs 1).Model | Measure-CnnAccuracy $fromOne", "'0'", "'10'")]
    public void Names_that_differ_are_an_error_that_says_what_is_missing_where(string script, string missing, string unknown)
    {
        ImageSet test = _session.Get<ImageSet>("test");
        _session.Set("strange", Named(test, [.. Names.Take(9), "ninth"], 0));
        _session.Set("fromOne", Named(test, [.. Enumerable.Range(1, 10).Select(number => $"{number}")], 0));
        _session.Run("$model = (Train $named).Model");
        string message = _session.Fails(script, "ClassNameMismatch", ErrorCategory.InvalidArgument).Exception.Message;
        Assert.Contains($"lack {missing}", message);
        Assert.Contains($"lacks {unknown}", message);
    }

    [Fact]
    public void Classes_of_the_same_name_are_matched_to_none()
    {
        // As a file may have them that was changed by hand.
        Model model = _session.Single<Model>("New-CnnModel LeNet5 -Seed 1");
        model.Describe(model.Normalization, [.. Names.Take(9), "zero"]);
        _session.Set("model", model);
        Assert.Contains("lacks 'nine'", _session.Fails("$model | Measure-CnnAccuracy $tested", "ClassNameMismatch", ErrorCategory.InvalidArgument).Exception.Message);
    }

    [Fact]
    public void Fewer_classes_are_an_error_that_names_them()
    {
        _session.Set("fewer", new ImageSet(new byte[784 * 2], [0, 1], new(1, 28, 28), ["one", "ten"], "fewer"));
        string message = _session.Fails("(Train $named).Model | Measure-CnnAccuracy $fewer", "ClassCount", ErrorCategory.InvalidArgument).Exception.Message;
        Assert.Contains("'zero', 'two'", message);
        Assert.Contains("lacks 'ten'", message);
    }

    [Fact]
    public void Sets_without_names_count_by_number_and_the_report_says_so()
    {
        _session.Run("$test | Export-CnnImageSet ./idx Idx; $plain = Import-CnnImageSet -ImagePath ./idx/images-idx3-ubyte -LabelPath ./idx/labels-idx1-ubyte; $model = (Train $named).Model");
        AccuracyReport report = _session.Single<AccuracyReport>("$model | Measure-CnnAccuracy $plain");
        Assert.Equal(ClassMatching.Number, report.ClassMatching);
        Assert.Equal(_session.Single<AccuracyReport>("$model | Measure-CnnAccuracy $tested").Accuracy, report.Accuracy);
        Assert.Contains("by number", _session.Show("$model | Measure-CnnAccuracy $plain"));
    }

    [Fact]
    public void The_order_of_the_classes_comes_back_from_pictures()
    {
        AccuracyReport expected = _session.Single<AccuracyReport>("$model = (Train $named).Model; $model | Measure-CnnAccuracy $tested");
        ImageSet again = _session.Single<ImageSet>("$tested | Export-CnnImageSet ./out Png; Import-CnnImageSet ./out");
        Assert.Equal(Names, again.ClassNames);
        Assert.Equal(expected.Accuracy, _session.Single<AccuracyReport>("$model | Measure-CnnAccuracy (Import-CnnImageSet ./out)").Accuracy);

        // Without the list the folders are in the order of their names, and are matched all the same.
        File.Delete(_folder.File("out/class-names.txt"));
        Assert.Equal(Names.Order(StringComparer.Ordinal), _session.Single<ImageSet>("Import-CnnImageSet ./out").ClassNames);
        Assert.Equal(expected.Accuracy, _session.Single<AccuracyReport>("$model | Measure-CnnAccuracy (Import-CnnImageSet ./out)").Accuracy);
    }

    [Fact]
    public void A_list_of_classes_is_read_where_it_is_one()
    {
        byte[] picture = PictureFiles.Bitmap(new Pictures.Picture(4, 4, 1, new byte[16]));
        foreach (string name in new[] { "a%20b", "50%25", "plain", "T-shirt%2Ftop" })
        {
            _folder.Put($"own/{name}/1.bmp", picture);
        }

        // Names that a person or a download gave are kept as they are.
        Assert.Equal(["50%25", "T-shirt%2Ftop", "a%20b", "plain"], _session.Single<ImageSet>("Import-CnnImageSet ./own").ClassNames);
        Assert.Equal(
            ["T-shirt/top", "plain", "50%25", "a%20b"], _session.Single<ImageSet>("Import-CnnImageSet ./own -ClassName T-shirt/top, plain, 50%25, a%20b").ClassNames);

        // Classes beside those of the list come after them; a list of something else is none.
        File.WriteAllLines(_folder.File("own/class-names.txt"), ["plain", "empty", "T-shirt/top"]);
        Assert.Equal(["plain", "empty", "T-shirt/top", "50%25", "a%20b"], _session.Single<ImageSet>("Import-CnnImageSet ./own").ClassNames);
        File.WriteAllLines(_folder.File("own/class-names.txt"), ["1 plain", "2 a b"]);
        Assert.Equal(4, _session.Single<ImageSet>("Import-CnnImageSet ./own").ClassNames.Count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    private static ImageSet Named(ImageSet images, string[] names, int turn) =>
        new(images.GetPixels(), [.. images.GetLabels().Select(label => (byte)((label + turn) % 10))], images.ImageShape, names, images.Name);
}
