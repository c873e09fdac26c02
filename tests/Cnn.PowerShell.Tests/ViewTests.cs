namespace Cnn.PowerShell.Tests;

/// <summary>What appears at the prompt.</summary>
public sealed class ViewTests : IClassFixture<Session>
{
    private readonly Session _session;

    public ViewTests(Session session) => _session = session.WithMnist(train: 320, test: 200);

    [Fact]
    public void An_image_set()
    {
        string[] lines = Lines("$train, $test");
        Assert.Equal(["Name", "Images", "Shape", "Classes"], Words(lines[0]));
        Assert.Equal("MNIST train               320 1×28×28   0, 1, 2, 3, 4, 5, 6, 7, 8, 9", lines[2]);
        Assert.Equal(4, lines.Length);
    }

    [Fact]
    public void Layers()
    {
        string[] lines = Lines("(New-CnnModel Baseline).Layers");
        Assert.Equal(["Layer", "Settings"], Words(lines[0]));
        Assert.Equal("convolution             8 filters 5×5", lines[2]);
        Assert.Equal(11, lines.Length);
    }

    [Fact]
    public void A_model_shows_its_layers_their_outputs_and_their_parameters()
    {
        string[] lines = Lines("New-CnnModel Baseline -Seed 7");
        Assert.Equal("Model Baseline, not trained, seed 7", lines[0]);
        Assert.Equal(["#", "Layer", "Settings", "Output", "Parameters", "MFLOP"], Words(lines[1]));
        Assert.Equal("    input                      1×28×28", lines[3]);
        Assert.Equal("  0 Convolution1 8 filters 5×5 8×24×24        208 0.230", lines[4]);
        Assert.Equal("  6 Dense1       128 outputs   128        102,528 0.205", lines[10]);
        Assert.Equal("    total                                 105,634 1.718", lines[^2]);
        // A few MB: activations of a batch of eight shards, and four times 105,634 parameters.
        Assert.Matches(@"^Memory to train in batches of 32: \d\d?(\.\d)? MB$", lines[^1]);
    }

    [Fact]
    public void The_summary_of_a_model_is_a_table()
    {
        string[] lines = Lines("(New-CnnModel Baseline).Summary");
        Assert.Equal(["#", "Name", "Output", "Parameters", "MFLOP", "Settings"], Words(lines[0]));
        Assert.Equal(["2", "Convolution2", "8×20×20", "1,608", "1.280", "8", "filters", "5×5"], Words(lines[4]));
        Assert.Equal(11, lines.Length);
    }

    [Fact]
    public void A_training_result_shows_settings_outcome_and_what_ran()
    {
        string[] lines = Lines("New-CnnModel Baseline -Seed 7 | Invoke-CnnTraining $train -ValidationData $test -Epochs 1 -Threads 2");
        Assert.Equal(["Model", "Epochs", "Loss", "Accuracy", "Time", "Batch", "Rate", "Seed", "Images/s", "Kernels"], Words(lines[0]));
        Assert.Matches(@"^Baseline +1 +[0-9.]+ +[0-9.]+ % +00:0[0-9.]+ +32 +0\.001 +7 +[0-9,]+ (avx512|avx2|vector128|scalar) ×2$", lines[2]);
        Assert.Equal(3, lines.Length);
    }

    [Fact]
    public void Epochs()
    {
        string[] lines = Lines("(New-CnnModel Baseline -Seed 7 | Invoke-CnnTraining $train -ValidationData $test -Epochs 2).History.Epochs");
        Assert.Equal(["Epoch", "Loss", "Validation", "ValidationLoss", "Rate", "Duration", "Images/s"], Words(lines[0]));
        Assert.Equal(["Accuracy"], Words(lines[1]));
        Assert.Matches(@"^ +2 +[0-9.]+ +[0-9.]+ % +[0-9.]+ +0\.001 +00:0[0-9.]+ +[0-9,]+$", lines[4]);
    }

    [Fact]
    public void An_accuracy_report_shows_bars_for_each_class_and_the_most_frequent_confusions()
    {
        string[] lines = Lines("New-CnnModel Baseline -Seed 7 | Invoke-CnnTraining $train -Epochs 3 | Measure-CnnAccuracy $test");
        Assert.Equal("Model    : Baseline", lines[0]);
        Assert.Equal("Images   : MNIST test, 200", lines[1]);
        Assert.Matches(@"^Accuracy : [0-9.]+ % \([0-9]+ right\)$", lines[2]);
        Assert.Matches(@"^Interval : [0-9.]+ % to [0-9.]+ % \(95 % confidence\)$", lines[3]);
        Assert.Matches(@"^Balanced : [0-9.]+ % mean recall, macro F1 [0-9.]+ %$", lines[4]);
        Assert.Matches(@"^Top      : 2: [0-9.]+ %, 3: [0-9.]+ %, 5: [0-9.]+ %$", lines[5]);
        Assert.Matches(@"^ECE      : [0-9.]+ % expected calibration error$", lines[6]);
        Assert.Matches(@"^Loss     : [0-9.]+$", lines[7]);
        Assert.Matches(@"^Time     : [0-9.]+ s \([0-9,]+ images/s\)$", lines[8]);
        Assert.Equal(["Class", "Recall", "Precision", "F1", "Count"], Words(lines[9]));
        string[] rows = lines[11..21];
        Assert.Contains(rows, row => row.Contains('█'));

        // Whatever the length of the bars, the numbers after them stand in columns.
        Assert.Single(rows.Select(row => row.Length).Distinct());
        Assert.All(rows, (row, label) => Assert.Matches($@"^{label} +([0-9.]+ %|-) [█▏▎▍▌▋▊▉ ]{{16}} +([0-9.]+ %|-) [█▏▎▍▌▋▊▉ ]{{16}} +([0-9.]+ %|-) +[0-9]+$", row));
        Assert.Equal(["Confusions", "Count", "Of", "class"], Words(lines[21]));
        Assert.Equal(5, lines[23..].Length);
        Assert.All(lines[23..], row => Assert.Matches(@"^[0-9] mistaken for [0-9] +[0-9]+ +[0-9.]+ %$", row));
    }

    [Fact]
    public void A_class()
    {
        string[] lines = Lines("(New-CnnModel Baseline -Seed 7 | Invoke-CnnTraining $train -Epochs 1 | Measure-CnnAccuracy $test).Classes");
        Assert.Equal(["Class", "Recall", "Precision", "Count", "F1", "Correct", "Predicted", "Bar"], Words(lines[0]));
        Assert.Equal(12, lines.Length);
    }

    [Fact]
    public void Top_k_accuracies_and_calibration_bins_are_tables()
    {
        string[] lines = Lines("($report = New-CnnModel -Preset Baseline -Seed 7 | Measure-CnnAccuracy $test).TopAccuracies");
        Assert.Equal(["Top", "Accuracy", "Correct", "Count"], Words(lines[0]));
        Assert.Matches("^ +10 +100.00 % +200 +200$", lines[11]);
        lines = Lines("$report.CalibrationBins");
        Assert.Equal(["Lower", "Upper", "Count", "Correct", "Confidence", "Accuracy"], Words(lines[0]));
        Assert.Equal(17, lines.Length);
    }

    [Fact]
    public void Predictions_show_image_label_prediction_and_a_bar()
    {
        string[] lines = Lines("$test.Slice(0, 3) | Invoke-CnnPrediction (New-CnnModel Baseline -Seed 7)");
        Assert.Equal(["Image", "Label", "Prediction", "Probability"], Words(lines[0]));
        Assert.Matches(@"^0 +7 +[0-9] +[0-9.]+ % [█▏▎▍▌▋▊▉]*$", lines[2]);
        Assert.Equal(5, lines.Length);
    }

    [Fact]
    public void Probabilities_show_a_bar_for_each_class()
    {
        string[] lines = Lines("($test.Slice(0, 1) | Invoke-CnnPrediction (New-CnnModel Baseline -Seed 7)).Probabilities");
        Assert.Equal(["Class", "Probability"], Words(lines[0]));
        Assert.Equal(12, lines.Length);
        Assert.All(lines[2..], (line, label) => Assert.Matches($@"^{label} +[0-9.]+ %( [█▏▎▍▌▋▊▉]+)?$", line));
    }

    [Fact]
    public void On_forty_columns_a_table_shows_what_matters_and_no_column_of_single_letters()
    {
        _session.Run("$Host.UI.RawUI.BufferSize = $Host.UI.RawUI.WindowSize = [System.Management.Automation.Host.Size]::new(40, 25)");
        try
        {
            string[] lines = Narrow("$result = New-CnnModel Baseline -Seed 7 | Invoke-CnnTraining $train -ValidationData $test -Epochs 1; $result");
            Assert.Equal(["Model", "Epochs", "Loss", "Accuracy", "Time"], Words(lines[0]));
            Assert.Matches(@"^Baseline +1 +[0-9.]+ +[0-9.]+ % +00:0[0-9.]+$", lines[2]);
            lines = Narrow("$result.History.Epochs");
            Assert.Equal(["Epoch", "Loss", "Validation", "ValidationLoss"], Words(lines[0]));
            Assert.Matches(@"^ +1 +[0-9.]+ +[0-9.]+ % +[0-9.]+$", lines[3]);
            lines = Narrow("New-CnnImageSet ([byte[]]::new(784)) 1 1,28,28 -ClassName apple, pear | Invoke-CnnPrediction (New-CnnModel Baseline -ClassName apple, pear -Seed 7)");
            Assert.Equal(["Image", "Label", "Prediction", "Probability"], Words(lines[0]));
            Assert.Matches(@"^0 +pear +(apple|pear) +[0-9.]+ %", lines[2]);
            Assert.Equal(["#", "Name", "Output"], Words(Narrow("$result.Model.Summary")[0]));
            Assert.Equal(["Class", "Recall", "Precision", "Count"], Words(Narrow("($result | Measure-CnnAccuracy $test).Classes")[0]));
            Assert.Matches(@"^MNIST train +320 1×28×28", Narrow("$train")[2]);
        }
        finally
        {
            _session.Run("$Host.UI.RawUI.BufferSize = $Host.UI.RawUI.WindowSize = [System.Management.Automation.Host.Size]::new(80, 25)");
        }
    }

    [Fact]
    public void Different_objects_in_one_output_keep_their_views()
    {
        string[] lines = Lines(
            "$result = New-CnnModel Baseline -Seed 7 | Invoke-CnnTraining $train -Epochs 1; $result; $result | Measure-CnnAccuracy $test; $result.Model; 'text'");
        Assert.StartsWith("Model", lines[0]);

        // PowerShell shows what comes after another kind of object as a list: the view is the value of its only property.
        Assert.Contains("View : Model    : Baseline", lines);
        Assert.Contains("View : Model Baseline, trained, seed 7", lines);
        Assert.Contains(lines, line => line.StartsWith("       Accuracy : ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains('█'));
        Assert.Contains(lines, line => line.StartsWith("         0 Convolution1 8 filters 5×5", StringComparison.Ordinal));
        Assert.Equal("text", lines[^1]);
    }

    [Fact]
    public void Behind_another_kind_of_object_a_result_and_an_image_set_are_short_lists()
    {
        string[] lines = Lines("$model = New-CnnModel Baseline -Seed 7; $model; $model | Invoke-CnnTraining $train -Epochs 1; $train");
        Assert.Contains(lines, line => line.StartsWith("Outcome ", StringComparison.Ordinal) && line.EndsWith(": Completed", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith("Beta1", StringComparison.Ordinal) || line.StartsWith("Pixels", StringComparison.Ordinal));
        Assert.Contains("ImageShape : 1×28×28", lines);
    }

    [Fact]
    public void A_history_says_how_far_the_training_came()
    {
        string[] lines = Lines("($result = New-CnnModel Baseline -Seed 7 | Invoke-CnnTraining $train -ValidationData $test -Epochs 2).History");
        Assert.Equal(["Epochs   : 2", "Batches  : 20"], lines[..2]);
        Assert.Matches(@"^Loss     : \d\.\d{4} to \d\.\d{4}$", lines[2]);
        Assert.Matches(@"^Accuracy : [0-9.]+ % to [0-9.]+ %$", lines[3]);
        Assert.Matches(@"^2 epochs, 20 batches, loss \d\.\d{4} to \d\.\d{4}$", _session.Single<string>("\"$($result.History)\""));
    }

    [Theory]
    [InlineData(0, "          ")]
    [InlineData(0.5, "█████     ")]
    [InlineData(0.98, "█████████▊")]
    [InlineData(1, "██████████")]
    [InlineData(double.NaN, "          ")]
    public void A_bar_is_as_long_as_its_share(double share, string bar) => Assert.Equal(bar, Formatting.Bar.Draw(share, 10));

    /// <summary>The lines that are not empty; on a terminal of 80 columns nothing may be cut or wrapped.</summary>
    private string[] Lines(string script)
    {
        string[] lines = [.. _session.Show(script).Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
        Assert.All(lines, line => Assert.True(line.Length <= 80 && !line.Contains('…'), line));
        return lines;
    }

    private string[] Narrow(string script)
    {
        string[] lines = [.. _session.Show(script).Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
        Assert.All(lines, line => Assert.True(line.Length <= 40, line));
        return lines;
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
