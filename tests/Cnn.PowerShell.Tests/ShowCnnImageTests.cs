using System.Management.Automation;
using Cnn.Pictures;
using Cnn.PowerShell.Formatting;

namespace Cnn.PowerShell.Tests;

public sealed class ShowCnnImageTests : IClassFixture<Session>, IDisposable
{
    private readonly Session _session;
    private readonly TemporaryFolder _folder = new();

    public ShowCnnImageTests(Session session)
    {
        _session = session.WithMnist(train: 300, test: 64);
        session.Set("folder", _folder.Path);
        session.Run("""
            $PSStyle.OutputRendering = 'Host'
            $corner = New-CnnImageSet -Pixel 255,0,0,0, 0,0,0,255 -Label 0,1 -ImageShape 1,2,2 -ClassName upper, lower -Name corners
            """);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_colours_a_drawing_is_made_of_signs()
    {
        Assert.Equal(["corners 0: upper", "+"], Lines("$corner | Show-CnnImage"));
        Assert.Equal(["corners 0: upper", "+", "corners 1: lower", " +"], Lines("Show-CnnImage -Data $corner -Index 0, 1"));
        string[] digit = Lines("$train | Show-CnnImage");
        Assert.Equal("MNIST train 0: 5", digit[0]);
        Assert.Equal(15, digit.Length);
        Assert.All(digit[1..], line => Assert.Matches(@"^[ .:\-=+*#%@]{0,28}$", line));
        Assert.Contains(digit, line => line.Contains("@@"));
    }

    [Fact]
    public void With_colours_a_character_has_two_pixels()
    {
        string[] lines = Lines("$PSStyle.OutputRendering = 'Ansi'; $corner | Show-CnnImage");
        Assert.Equal("\e[38;2;255;255;255m\e[48;2;0;0;0m▀\e[38;2;0;0;0m\e[48;2;0;0;0m \e[0m", lines[1]);
        lines = Lines("$corner | Show-CnnImage -Class lower");
        Assert.Equal("\e[38;2;0;0;0m\e[48;2;0;0;0m \e[38;2;255;255;255m\e[48;2;0;0;0m▄\e[0m", lines[1]);
        Assert.Equal("+", Lines("$PSStyle.OutputRendering = 'PlainText'; $corner | Show-CnnImage")[1]);
    }

    [Theory]
    [InlineData("$train | Show-CnnImage -Class 7 -Count 3", "7 7 7")]
    [InlineData("$train | Show-CnnImage -Count 3", "5 0 4")]
    [InlineData("$train | Show-CnnImage 2, 0", "4 5")]
    [InlineData("$train | Show-CnnImage 0, 1, 2 -Class 0, 4", "0 4")]
    [InlineData("$train | Show-CnnImage 0, 1, 2 -Count 1", "5")]
    [InlineData("$corner | Show-CnnImage -Class UPPER", "upper")]
    public void Images_are_chosen_by_index_class_and_count(string script, string labels) => Assert.Equal(
        labels, string.Join(' ', Lines(script).Where(line => line.StartsWith("MNIST") || line.StartsWith("corners")).Select(line => line.Split(": ")[1])));

    [Fact]
    public void Predictions_and_mistakes_bring_their_images_along()
    {
        string[] lines = Lines("""
            $model = New-CnnModel Baseline -Seed 1
            $report = $model | Measure-CnnAccuracy $test -MisclassifiedCount 2
            $report.Misclassified | Show-CnnImage
            """);
        Assert.Equal(30, lines.Length);
        Outcome mistakes = _session.Run("$report.Misclassified | ForEach-Object { \"MNIST test $($_.Index): $($_.Label), predicted $($_.Prediction)\" }");
        Assert.Equal(mistakes.Output.Select(line => line.ToString()), [lines[0], lines[15]]);
        Assert.StartsWith("MNIST test 3: 0, predicted ", Lines("($test | Invoke-CnnPrediction $model)[3] | Show-CnnImage")[0]);
    }

    [Fact]
    public void A_picture_is_drawn_as_it_is_and_its_prediction_as_the_model_saw_it()
    {
        _session.Run("$model = New-CnnModel Baseline -Seed 1");
        byte[] pixels = [.. Enumerable.Repeat((byte)255, 200 * 100)];
        _folder.Put("white.bmp", PictureFiles.Bitmap(new Picture(200, 100, 1, pixels)));
        string[] lines = Lines("Show-CnnImage -Path $folder/*.bmp");
        Assert.Equal("white.bmp: 200×100 pixels", lines[0]);

        // 79 of the 80 columns of a terminal: 40 rows of pixels, two a line.
        Assert.Equal(20, lines.Length - 1);
        Assert.All(lines[1..], line => Assert.Equal(new string('@', 79), line));
        Assert.Equal([new string('@', 8), new string('@', 8)], Lines("[pscustomobject]@{ PSPath = \"$folder/white.bmp\" } | Show-CnnImage -Width 8")[1..]);
        lines = Lines("Invoke-CnnPrediction $model $folder/white.bmp | Show-CnnImage");
        Assert.StartsWith("white.bmp: not known, predicted ", lines[0]);
        Assert.Equal([.. Enumerable.Repeat("", 14)], lines[1..]);
    }

    [Theory]
    [InlineData("$train | Show-CnnImage 300", "ImageSetIndex", ErrorCategory.InvalidArgument)]
    [InlineData("$train | Show-CnnImage -Class ten", "ClassUnknown", ErrorCategory.InvalidArgument)]
    [InlineData("$train | Show-CnnImage -Count 0", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("New-CnnImageSet -Pixel 1,2 -Label 0 -ImageShape 2,1,1 | Show-CnnImage", "PictureShape", ErrorCategory.InvalidArgument)]
    [InlineData("Show-CnnImage -Path ./no-such-picture.png", "FileNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("1 | Show-CnnImage -Data nothing", "CannotConvertArgumentNoMessage", ErrorCategory.InvalidArgument)]
    public void Bad_input_is_an_error(string script, string errorId, ErrorCategory category) => _session.Fails(script, errorId, category);

    [Fact]
    public void An_index_that_is_not_there_does_not_hold_up_the_others()
    {
        Outcome outcome = _session.Run("$corner | Show-CnnImage 0, 9, 1");
        Assert.Equal(4, outcome.Output.Count);
        Assert.StartsWith("ImageSetIndex,", Assert.Single(outcome.Errors).FullyQualifiedErrorId);
    }

    [Theory]
    [InlineData("$corner | Show-CnnImage -Class ", "upper lower")]
    [InlineData("$corner | Show-CnnImage -Class l", "lower")]
    [InlineData("Show-CnnImage -Data $corner -Class ", "upper lower")]
    [InlineData("$corner | Export-CnnImageSet ./out Png -Class upper, ", "upper lower")]
    [InlineData("$odd | Show-CnnImage -Class ", "'T-shirt/top' 'it''s'")]
    [InlineData("Import-Mnist | Show-CnnImage -Class ", "")]
    public void Class_names_are_completed_from_the_set(string line, string completions)
    {
        _session.Run("$odd = New-CnnImageSet -Pixel 1,2 -Label 0,1 -ImageShape 1,1,1 -ClassName 'T-shirt/top', \"it's\"");
        _session.Set("line", line);
        Outcome outcome = _session.Run("""
            ([System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)).CompletionMatches |
                Where-Object ResultType -eq ParameterValue | ForEach-Object CompletionText
            """);
        Assert.Equal(completions, string.Join(' ', outcome.Output));
    }

    [Fact]
    public void A_drawing_with_an_odd_row_and_with_colours_taken_away_is_still_one()
    {
        var picture = new Picture(2, 3, 1, [255, 0, 255, 10, 0, 200]);
        string plain = string.Join('/', ImageDrawing.Lines(picture, 10, colours: true))
            .Replace("\e[0m", "", StringComparison.Ordinal);
        Assert.Equal("█▄/ ▀", System.Text.RegularExpressions.Regex.Replace(plain, "\e\\[[0-9;]*m", ""));
        Assert.Equal(2, ImageDrawing.Lines(picture, 10, colours: false).Count);
        Assert.Single(ImageDrawing.Lines(picture, 1, colours: false));
    }

    private string[] Lines(string script)
    {
        Outcome outcome = _session.Run(script);
        Assert.Empty(outcome.Errors);
        Assert.Null(outcome.Terminating);
        return [.. outcome.Output.Select(line => Assert.IsType<string>(line.BaseObject))];
    }
}
