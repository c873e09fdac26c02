using System.Management.Automation;
using System.Text;
using System.Text.RegularExpressions;
using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Models;
using Cnn.Pictures;

namespace Cnn.PowerShell.Tests;

/// <summary>What becomes of pictures of other proportions: chosen at the import, remembered by the model, used by prediction.</summary>
public sealed class PictureFitTests : IDisposable
{
    private const string Train = "& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 2 } | New-CnnModel -InputShape 1,4,4 -Seed 1 | Invoke-CnnTraining $set -Epochs 1";

    private readonly Session _session = new();
    private readonly TemporaryFolder _folder = new();

    public PictureFitTests()
    {
        _session.Runspace.SessionStateProxy.Path.SetLocation(_folder.Path);
        _folder.Put("set/wide/1.bmp", PictureFiles.Bitmap(new Picture(8, 4, 1, [.. Enumerable.Range(0, 32).Select(i => (byte)(i * 5))])));
        _folder.Put("set/tall/1.bmp", PictureFiles.Bitmap(new Picture(4, 8, 1, [.. Enumerable.Range(0, 32).Select(i => (byte)(i * 7))])));
    }

    [Theory]
    [InlineData("-Fit Stretch", "stretched")]
    [InlineData("-Fit Crop", "cropped")]
    [InlineData("-Fit Pad", "padded with edge")]
    [InlineData("-Fit Pad -Fill Mean", "padded with mean")]
    [InlineData("-Fit Pad -Fill White", "padded with #ffffff")]
    [InlineData("-Fit Pad -Fill '#0A0b0C'", "padded with #0a0b0c")]
    public void A_prediction_fits_its_pictures_as_the_training_images_were_fitted(string fit, string told)
    {
        _session.Run($"$set = Import-CnnImageSet ./set -ImageShape 1,4,4 -Invert Never {fit}; $result = {Train} -CheckpointPath ./run");
        _session.Run("$result.Model | Export-CnnModel ./m.safetensors; $result.Model, (Import-CnnModel ./m.safetensors) | New-CnnEnsemble | Export-CnnModel ./e.safetensors");
        ImageSet set = _session.Get<ImageSet>("set");
        Assert.EndsWith(told, set.Conversion!.ToString(), StringComparison.Ordinal);
        foreach (string model in new[] { "$result.Model", "(Import-CnnModel ./m.safetensors)", "(Import-CnnModel ./e.safetensors)", "(Import-CnnModel ./run/epoch-0001.safetensors)" })
        {
            ImagePrediction[] predictions =
                [.. _session.Run($"Invoke-CnnPrediction {model} ./set/*/*.bmp").Output.Select(output => (ImagePrediction)output.BaseObject)];
            Assert.Equal(set.Pixels.ToArray(), predictions.SelectMany(prediction => prediction.ImageSet.GetPixels()));
        }

        Assert.Equal(set.Conversion, _session.Single<Model>("Import-CnnModel ./m.safetensors").Conversion);
        Assert.Contains(told, _session.Show("$result.Model"));
    }

    [Fact]
    public void Each_fit_makes_its_own_images()
    {
        byte[] Image(string fit) => [.. _session.Single<ImageSet>($"Import-CnnImageSet ./set -ImageShape 1,4,4 {fit}").Image(1)];

        // Columns 2 to 5 of the wide picture; two rows of white above the two rows of means, and two below.
        Assert.Equal([10, 15, 20, 25, 50, 55, 60, 65, 90, 95, 100, 105, 130, 135, 140, 145], Image("-Fit Crop -Invert Never"));
        Assert.Equal([255, 255, 255, 255, 23, 33, 43, 53, 103, 113, 123, 133, 255, 255, 255, 255], Image("-Fit Pad -Fill White -Invert Never"));
        Assert.Equal([23, 33, 43, 53, 23, 33, 43, 53, 103, 113, 123, 133, 103, 113, 123, 133], Image("-Fit Pad -Invert Never"));
        Assert.Equal(Image("-Fit Pad -Fill Edge -Invert Never"), Image("-Invert Never"));
        Assert.Equal([0, 0, 0, 0], Image("-Fit Pad -Fill White -Invert Always")[..4]);
    }

    [Fact]
    public void Parameters_overrule_what_a_model_remembers()
    {
        _session.Run($"$set = Import-CnnImageSet ./set -ImageShape 1,4,4 -Invert Never -Fit Pad -Fill White; $model = ({Train}).Model");
        byte First(string more) => _session.Single<ImagePrediction>($"Invoke-CnnPrediction $model ./set/wide/1.bmp {more}").ImageSet.Image(0)[0];
        Assert.Equal(255, First(""));
        Assert.Equal(0, First("-Fill Black"));
        Assert.Equal(23, First("-Fit Pad -Fill Edge"));
        Assert.Equal(10, First("-Fit Crop"));
        Assert.Equal(3, First("-Fit Stretch"));
        Assert.Contains("stretched", _session.Fails("Invoke-CnnPrediction $model ./set/wide/1.bmp -Fit Stretch -Fill Black", "FillNotPadded", ErrorCategory.InvalidArgument).Exception.Message);
        _session.Fails("Invoke-CnnPrediction $model ./set/wide/1.bmp -Center -Fit Pad", "FitCentred", ErrorCategory.InvalidArgument);
        _session.Fails("$set | Invoke-CnnPrediction $model -Fit Pad", "ImagesNotConverted", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        Assert.Contains("-Fit Pad", _session.Fails("Import-CnnImageSet ./set -ImageShape 1,4,4 -Fit Crop -Fill White", "FillNotPadded", ErrorCategory.InvalidArgument).Exception.Message);
        Assert.Contains("-Fit", _session.Fails("Import-CnnImageSet ./set -ImageShape 1,28,28 -Center -Fit Crop", "FitCentred", ErrorCategory.InvalidArgument).Exception.Message);
        ErrorRecord error = _session.Fails("Import-CnnImageSet ./set -ImageShape 1,4,4 -Fit Pad -Fill grey", "CannotConvertArgumentNoMessage", ErrorCategory.InvalidArgument);
        Assert.Contains("write Edge, Mean, Black, White, or a colour", error.Exception.Message);
        _folder.Put("t.csv", Encoding.ASCII.GetBytes("label,a\n0,1\n"));
        _session.Fails("Import-CnnImageSet ./t.csv -Fit Pad", "CsvNotConverted", ErrorCategory.InvalidArgument);
        _session.Fails("New-CnnImageSet 1 0 1,1,1 | Export-CnnImageSet ./idx Idx; Import-CnnImageSet ./idx -Fit Crop", "IdxNotConverted", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Images_that_were_fitted_otherwise_are_warned_of_and_not_merged()
    {
        _session.Run($"$set = Import-CnnImageSet ./set -ImageShape 1,4,4 -Invert Never -Fit Crop; $other = Import-CnnImageSet ./set -ImageShape 1,4,4 -Invert Never -Fit Pad; $model = ({Train}).Model");
        string warning = _session.Single<string>("$null = $model | Measure-CnnAccuracy $other -WarningVariable told -WarningAction SilentlyContinue; [string]$told");
        Assert.Contains("converted as: not inverted, padded with edge; those that the model was trained on as: not inverted, cropped", warning);
        _session.Fails("Merge-CnnImageSet -Data $set, $other", "MergeConversion", ErrorCategory.InvalidArgument);
        _session.Run($"$set = $other; $padded = ({Train}).Model; $both = $model, $padded | New-CnnEnsemble");
        Assert.Contains("-Fit", _session.Fails("Invoke-CnnPrediction $both ./set/wide/1.bmp", "ConversionsDiffer", ErrorCategory.InvalidArgument).Exception.Message);
        Assert.Equal(10, _session.Single<ImagePrediction>("Invoke-CnnPrediction $both ./set/wide/1.bmp -Fit Crop").ImageSet.Image(0)[0]);
    }

    [Theory]
    [InlineData("", "stretched", null)]
    [InlineData(",\"fit\":\"crop\"", "cropped", null)]
    [InlineData(",\"fit\":\"pad\",\"fill\":\"#102030\"", "padded with #102030", null)]
    [InlineData(",\"fit\":\"bend\"", null, "'bend'")]
    [InlineData(",\"fit\":\"pad\",\"fill\":\"plaid\"", null, "'plaid'")]
    [InlineData(",\"fit\":null", null, "fit")]
    public void A_file_without_a_fit_is_one_whose_pictures_were_stretched(string fit, string? settings, string? wrong)
    {
        _session.Run($"$set = Import-CnnImageSet ./set -ImageShape 1,4,4 -Invert Never -Fit Pad -Fill Mean; ({Train}).Model | Export-CnnModel ./m.safetensors");
        byte[] file = File.ReadAllBytes(_folder.File("m.safetensors"));
        int length = (int)BitConverter.ToInt64(file);
        string header = Encoding.UTF8.GetString(file, 8, length);
        header = Regex.Replace(header, "\"cnn.sha256\":\"[^\"]*\",?", "").Replace(",}", "}", StringComparison.Ordinal);
        string changed = header.Replace(",\\\"fit\\\":\\\"pad\\\",\\\"fill\\\":\\\"mean\\\"", fit.Replace("\"", "\\\"", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.NotEqual(header, changed);
        byte[] bytes = Encoding.UTF8.GetBytes(changed);
        File.WriteAllBytes(_folder.File("n.safetensors"), [.. BitConverter.GetBytes((long)bytes.Length), .. bytes, .. file[(8 + length)..]]);
        if (wrong == null)
        {
            Assert.Equal($"not inverted, {settings}", _session.Single<Model>("Import-CnnModel ./n.safetensors").Conversion!.Settings);
        }
        else
        {
            Assert.Contains(wrong, _session.Fails("Import-CnnModel ./n.safetensors", "ModelFileMetadata", ErrorCategory.InvalidData).Exception.Message);
        }
    }

    [Fact]
    public void The_images_of_a_sweep_folder_know_how_they_were_made()
    {
        _session.Run("$set = Import-CnnImageSet ./set -ImageShape 1,4,4 -Invert Never -Fit Crop; New-CnnSweep @{ LearningRate = 0.1, 0.2 } -Preset Baseline -Seed 1 | Export-CnnSweep ./sweep $set $set");
        Assert.Equal("not inverted, cropped", Sweeps.SweepFolder.Open(_folder.File("sweep")).ReadImages().Images.Conversion!.Settings);
    }

    [Fact]
    public void Fills_are_completed()
    {
        foreach (string command in new[] { "Import-CnnImageSet ./set", "Invoke-CnnPrediction $model ./set/wide/1.bmp" })
        {
            string line = $"{command} -Fit Pad -Fill ";
            Assert.Equal(
                ["Edge", "Mean", "Black", "White"],
                _session.Run($"$line = '{line}'; (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText").Output.Select(output => (string)output.BaseObject));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }
}
