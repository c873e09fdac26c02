using System.Management.Automation;
using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Pictures;

namespace Cnn.PowerShell.Tests;

public sealed class InvokeCnnPredictionTests : IClassFixture<InvokeCnnPredictionTests.TrainedSession>, IDisposable
{
    private readonly Session _session;
    private readonly TemporaryFolder _folder = new();

    public InvokeCnnPredictionTests(TrainedSession trained)
    {
        _session = trained.Session;
        _session.Set("folder", _folder.Path);
        _session.Run("$null = $ExecutionContext.SessionState.Path.SetLocation($folder)");
    }

    public void Dispose()
    {
        _session.Run("$null = $ExecutionContext.SessionState.Path.SetLocation('/')");
        _folder.Dispose();
    }

    [Fact]
    public void Images_of_a_set_come_with_label_prediction_and_all_probabilities()
    {
        ImagePrediction[] predictions = Predictions("$test | Invoke-CnnPrediction -Model $model");
        AccuracyReport report = _session.Single<AccuracyReport>("$model | Measure-CnnAccuracy $test");
        Assert.Equal(Enumerable.Range(0, 500), predictions.Select(prediction => prediction.Index));
        Assert.Equal(report.Correct, predictions.Count(prediction => prediction.Label == prediction.Prediction));
        Assert.All(predictions, prediction =>
        {
            Assert.Equal(1, prediction.Probabilities.Sum(c => c.Probability), 9);
            Assert.Equal(prediction.Probability, prediction.Probabilities.Max(c => c.Probability));
            Assert.Null(prediction.Path);
        });
        Assert.Equal("7", _session.Single<string>("($test | Invoke-CnnPrediction $model -Threads 1)[3].Probabilities[7].Name"));
    }

    [Fact]
    public void Files_come_in_order_with_their_paths_and_say_what_the_images_do()
    {
        Assert.Empty(_session.Run("$test.Slice(0, 40) | Export-CnnImageSet ./digits Png").Errors);
        ImagePrediction[] expected = Predictions("$test.Slice(0, 40) | Invoke-CnnPrediction $model");
        ImagePrediction[] predictions = Predictions("Invoke-CnnPrediction $model ./digits/*/*.png");
        Assert.Equal(40, predictions.Length);
        foreach (ImagePrediction prediction in predictions)
        {
            int index = int.Parse(Path.GetFileNameWithoutExtension(prediction.Path!));
            Assert.Equal(expected[index].Probabilities, prediction.Probabilities);
            Assert.Equal(expected[index].Label, Path.GetFileName(Path.GetDirectoryName(prediction.Path)));
            Assert.Null(prediction.Label);
            Assert.Equal(expected[index].ImageSet.Image(index).ToArray(), prediction.ImageSet.Image(0).ToArray());
        }

        const string Files = "[IO.DirectoryInfo]::new(\"$folder/digits\").GetFiles('*', 'AllDirectories')";
        Assert.Equal(40, Predictions($"{Files} | ForEach-Object FullName | Invoke-CnnPrediction $model").Length);
        Assert.Single(Predictions($"{Files}[0] | ForEach-Object {{ [pscustomobject]@{{ PSPath = $_.FullName }} }} | Invoke-CnnPrediction $model"));
    }

    [Fact]
    public void Black_on_white_is_inverted_unless_that_is_forbidden()
    {
        ImageSet test = _session.Get<ImageSet>("test");
        _folder.Put("a.bmp", PictureFiles.Bitmap(test.ToPicture(0)));
        _folder.Put("b.bmp", PictureFiles.Bitmap(test.ToPicture(0).Resize(140, 140).Invert()));
        ImagePrediction[] predictions = Predictions("Invoke-CnnPrediction $model a.bmp, b.bmp");
        Assert.Equal(predictions[0].Probabilities, predictions[1].Probabilities);
        ImagePrediction negative = Assert.Single(Predictions("Invoke-CnnPrediction $model a.bmp -Invert Always"));
        Assert.Equal(test.ToPicture(0).Invert().Pixels, negative.ImageSet.Image(0).ToArray());
        Assert.Equal(negative.Probabilities, Assert.Single(Predictions("Invoke-CnnPrediction $model b.bmp -Invert Never")).Probabilities);
    }

    [Fact]
    public void A_small_drawing_in_a_corner_is_found_when_it_is_centred()
    {
        ImageSet test = _session.Get<ImageSet>("test");
        const int Images = 40;
        for (int index = 0; index < Images; index++)
        {
            Picture digit = test.ToPicture(index).Resize(56, 56);
            byte[] page = new byte[300 * 200];
            for (int row = 0; row < 56; row++)
            {
                digit.Pixels.AsSpan(row * 56, 56).CopyTo(page.AsSpan(((row + 9) * 300) + 220));
            }

            _folder.Put($"{index:D2}.bmp", PictureFiles.Bitmap(new Picture(300, 200, 1, page).Invert()));
        }

        int Right(string options) => Predictions($"Invoke-CnnPrediction $model *.bmp {options}")
            .Where((prediction, index) => prediction.Prediction == test.ClassNames[test.Label(index)]).Count();
        Assert.InRange(Right("-Center"), Images * 8 / 10, Images);
        Assert.True(Right("") < Right("-Center"));
    }

    [Fact]
    public void A_bad_file_is_an_error_of_its_own_and_the_rest_goes_on()
    {
        byte[] good = PictureFiles.Bitmap(_session.Get<ImageSet>("test").ToPicture(0));
        _folder.Put("1.bmp", good);
        _folder.Put("2.png", []);
        _folder.Put("3.png", "This is no picture."u8.ToArray());
        _folder.Put("4.bmp", PictureFiles.Enormous());
        Directory.CreateDirectory(_folder.File("5"));
        _folder.Put("7.bmp", good);
        Outcome outcome = _session.Run("'1.bmp', '2.png', '3.png', '4.bmp', '5', '6.bmp', '7.bmp' | Invoke-CnnPrediction $model");
        Assert.Equal(["1.bmp", "7.bmp"], outcome.Output.Select(output => Path.GetFileName(((ImagePrediction)output.BaseObject).Path)));
        Assert.Equal(
            ["PictureEmpty", "PictureFormat", "PictureTooLarge", "ReadFailed", "FileNotFound"],
            outcome.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Equal(
            [ErrorCategory.InvalidData, ErrorCategory.InvalidData, ErrorCategory.InvalidData, ErrorCategory.ReadError, ErrorCategory.ObjectNotFound],
            outcome.Errors.Select(error => error.CategoryInfo.Category));
    }

    [Theory]
    [InlineData("Import-Mnist -First 0 | Invoke-CnnPrediction $model", "EmptyImageSet", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnImageSet -Pixel 1 -Label 0 -ImageShape 1,1,1 | Invoke-CnnPrediction $model", "ImageShape", ErrorCategory.InvalidArgument)]
    [InlineData("$test | Invoke-CnnPrediction $model -Threads -1", "Threads", ErrorCategory.InvalidArgument)]
    [InlineData("$test | Invoke-CnnPrediction $model -Center", "ImagesNotConverted", ErrorCategory.InvalidArgument)]
    [InlineData("Invoke-CnnPrediction $model -LiteralPath ./none.png", "FileNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("$test | Invoke-CnnPrediction -Model nothing", "CannotConvertArgumentNoMessage", ErrorCategory.InvalidArgument)]
    public void Bad_input_is_an_error(string script, string errorId, ErrorCategory category) => _session.Fails(script, errorId, category);

    [Fact]
    public void Objects_come_at_once_and_a_pipeline_may_end_early()
    {
        // The whole set would make 500; the first run of images is enough for the first object.
        Outcome outcome = _session.Run("""
            foreach ($i in 1) { $test, $test, $test | Invoke-CnnPrediction $model | ForEach-Object { $_; break } }
            """);
        Assert.Single(outcome.Output);
        Assert.Equal(500, Predictions("$test | Invoke-CnnPrediction $model").Length);
    }

    private ImagePrediction[] Predictions(string script)
    {
        Outcome outcome = _session.Run(script);
        Assert.Empty(outcome.Errors);
        Assert.Null(outcome.Terminating);
        return [.. outcome.Output.Select(output => (ImagePrediction)output.BaseObject)];
    }

    /// <summary>A session with $model, trained well enough to be right on most digits.</summary>
    public sealed class TrainedSession : IDisposable
    {
        public TrainedSession()
        {
            Session = new Session().WithMnist(train: 5_000, test: 500);
            Assert.Empty(Session.Run("$model = (New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -Epochs 2).Model").Errors);
        }

        public Session Session { get; }

        public void Dispose() => Session.Dispose();
    }
}
