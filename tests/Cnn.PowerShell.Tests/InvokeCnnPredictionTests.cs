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

    /// <summary>A digit on a sheet as cameras and scanners have it is centred as the digit on its clean sheet is.</summary>
    [Theory]
    [InlineData("dim")]
    [InlineData("shadow")]
    [InlineData("vignette")]
    [InlineData("speck")]
    [InlineData("specks")]
    [InlineData("frame")]
    [InlineData("noise")]
    [InlineData("chalk")]
    public void What_is_no_ink_does_not_change_what_a_centred_picture_shows(string kind)
    {
        ImageSet test = _session.Get<ImageSet>("test");
        const int Images = 40;
        for (int index = 0; index < Images; index++)
        {
            Picture clean = Sheet(test.ToPicture(index), "clean");
            _folder.Put($"clean/{index:D2}.bmp", PictureFiles.Bitmap(clean));
            _folder.Put($"{kind}/{index:D2}.bmp", PictureFiles.Bitmap(Sheet(test.ToPicture(index), kind)));
        }

        string[] Said(string folder) => [.. Predictions($"Invoke-CnnPrediction $model {folder}/*.bmp -Center").Select(prediction => prediction.Prediction)];
        Assert.InRange(Said("clean").Zip(Said(kind)).Count(pair => pair.First == pair.Second), Images * 95 / 100, Images);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_blank_page_is_an_error_and_no_digit(int noise)
    {
        var random = new Random(1);
        byte[] page = new byte[200 * 200];
        for (int i = 0; i < page.Length; i++)
        {
            page[i] = (byte)(180 + random.Next(-noise, noise + 1) + (i % 200 / 10));
        }

        _folder.Put("blank.bmp", PictureFiles.Bitmap(new Picture(200, 200, 1, page)));
        ErrorRecord error = _session.Fails("Invoke-CnnPrediction $model blank.bmp -Center", "NothingDrawn", ErrorCategory.InvalidData);
        Assert.Equal(_folder.File("blank.bmp"), error.TargetObject);
    }

    /// <summary>A digit in dark ink on a sheet of 320 by 240 pixels, in one light or another.</summary>
    private static Picture Sheet(Picture digit, string kind)
    {
        const int Width = 320;
        const int Height = 240;
        Picture large = digit.Resize(112, 112);
        var random = new Random(7);
        byte[] page = new byte[Width * Height];
        for (int row = 0; row < Height; row++)
        {
            for (int column = 0; column < Width; column++)
            {
                (int x, int y) = (column - 150, row - 60);
                double ink = x is >= 0 and < 112 && y is >= 0 and < 112 ? large.Pixels[(y * 112) + x] / 255.0 : 0;
                bool isSpeck = kind is "speck" or "specks" && column is >= 8 and < 16 && row is >= 200 and < 208;
                bool isSpot = kind == "specks" && column is >= 20 and < 34 && row is >= 12 and < 26;
                bool isFrame = kind == "frame" && (column < 5 || row < 5 || column >= Width - 5 || row >= Height - 5);
                ink = isSpeck || isSpot || isFrame ? 1 : ink;
                double light = kind switch
                {
                    "dim" => 115,
                    "shadow" => 245 - (135.0 * column / Width),
                    "vignette" => 240 - (110 * ((Math.Pow((column - 160) / 160.0, 2) + Math.Pow((row - 120) / 120.0, 2)) / 2)),
                    "noise" => 200 + random.Next(-12, 13),
                    "chalk" => 60,
                    _ => 245,
                };
                double value = kind == "chalk" ? light + (ink * 160) : light * (1 - (0.85 * ink));
                page[(row * Width) + column] = (byte)Math.Clamp(value, 0, 255);
            }
        }

        return new Picture(Width, Height, 1, page);
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
