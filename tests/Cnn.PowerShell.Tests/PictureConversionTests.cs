using System.Management.Automation;
using System.Text;
using System.Text.RegularExpressions;
using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Pictures;

namespace Cnn.PowerShell.Tests;

/// <summary>How pictures become images: chosen once for a set, remembered by the model, and used by prediction.</summary>
public sealed class PictureConversionTests : IDisposable
{
    private const string Train = "& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 2 } | New-CnnModel -InputShape 1,8,8 -Seed 1 | Invoke-CnnTraining $set -Epochs 1";

    private readonly Session _session = new();
    private readonly TemporaryFolder _folder = new();

    public PictureConversionTests() => _session.Runspace.SessionStateProxy.Path.SetLocation(_folder.Path);

    [Theory]
    [InlineData(2, 2, PictureInversion.Never)]
    [InlineData(2, 3, PictureInversion.Always)]
    [InlineData(3, 2, PictureInversion.Never)]
    public void Inversion_is_decided_once_for_a_set(int dark, int light, PictureInversion expected)
    {
        Surfaces(dark, light);
        foreach (string more in new[] { "", "-ImageShape 1,8,8", "-ImageShape 1,4,4" })
        {
            ImageSet set = _session.Single<ImageSet>($"Import-CnnImageSet ./set {more}");
            Assert.Equal(expected, set.Conversion!.Inversion);
            Assert.Equal(set.ImageShape, set.Conversion.Shape);
            byte[] means = [.. Enumerable.Range(0, set.Count).Select(index => set.Image(index)[0])];
            Assert.Equal(
                Enumerable.Repeat((byte)(expected == PictureInversion.Never ? 30 : 225), dark).Concat(Enumerable.Repeat((byte)(expected == PictureInversion.Never ? 220 : 35), light)), means);
            Assert.Equal(
                set.Pixels.ToArray(), _session.Single<ImageSet>($"Import-CnnImageSet ./set {more} -Invert {expected}").Pixels.ToArray());
        }

        ImageSet centred = _session.Single<ImageSet>("Import-CnnImageSet ./set -ImageShape 1,28,28 -Center");
        Assert.Equal((expected, true), (centred.Conversion!.Inversion, centred.Conversion.Center));
        Assert.Equal(
            _session.Single<ImageSet>($"Import-CnnImageSet ./set -ImageShape 1,28,28 -Center -Invert {expected}").Pixels.ToArray(), centred.Pixels.ToArray());
        Assert.Equal(PictureInversion.Never, _session.Single<ImageSet>("Import-CnnImageSet ./set -ImageShape 3,8,8").Conversion!.Inversion);
    }

    [Fact]
    public void What_was_chosen_is_told_and_stays_with_the_parts_of_a_set()
    {
        Surfaces(2, 4);
        Outcome outcome = _session.Run("$set = Import-CnnImageSet ./set -Verbose; $set | Split-CnnImageSet 0.5; $set.Slice(0, 1); $set | Invoke-CnnAugmentation -Augmentation (New-CnnAugmentation -Mirror)");
        Assert.Contains("1×8×8, grey, inverted, padded with edge", Assert.Single(outcome.Verbose).Message);
        Assert.All(outcome.Output, output => Assert.Equal("1×8×8, grey, inverted, padded with edge", ((ImageSet)output.BaseObject).Conversion!.ToString()));
        Assert.Null(_session.Single<ImageSet>("New-CnnImageSet -Pixel 1,2 -Label 0,1 -ImageShape 1,1,1").Conversion);
    }

    [Theory]
    [InlineData("-Invert Never")]
    [InlineData("-Invert Always")]
    [InlineData("-Center")]
    [InlineData("")]
    public void A_prediction_makes_its_pictures_as_the_training_images_were_made(string conversion)
    {
        Surfaces(3, 2);
        _session.Run($"$set = Import-CnnImageSet ./set -ImageShape 1,8,8 {conversion}; $result = {Train} -CheckpointPath ./run");
        _session.Run("$result.Model | Export-CnnModel ./m.safetensors; $result.Model, (Import-CnnModel ./m.safetensors) | New-CnnEnsemble | Export-CnnModel ./e.safetensors");
        ImageSet set = _session.Get<ImageSet>("set");
        foreach (string model in new[] { "$result.Model", "(Import-CnnModel ./m.safetensors)", "(Import-CnnModel ./e.safetensors)", "(Import-CnnModel ./run/epoch-0001.safetensors)" })
        {
            ImagePrediction[] predictions =
                [.. _session.Run($"Invoke-CnnPrediction {model} ./set/*/*.bmp").Output.Select(output => (ImagePrediction)output.BaseObject)];
            Assert.Equal(set.Pixels.ToArray(), predictions.SelectMany(prediction => prediction.ImageSet.GetPixels()));
        }

        Assert.Equal(set.Conversion, _session.Single<Model>("Import-CnnModel ./m.safetensors").Conversion);
        Assert.Contains(set.Conversion!.ToString(), _session.Show("$result.Model"));
    }

    [Fact]
    public void Parameters_overrule_what_a_model_remembers()
    {
        Surfaces(3, 2);
        _session.Run($"$set = Import-CnnImageSet ./set -ImageShape 1,8,8 -Invert Never -Center; $model = ({Train}).Model");
        byte First(string more) => _session.Single<ImagePrediction>($"Invoke-CnnPrediction $model ./set/light/0.bmp {more}").ImageSet.Image(0)[0];
        Assert.Equal(0, First(""));
        Assert.Equal(220, First("-Center:$false"));
        Assert.Equal(35, First("-Center:$false -Invert Always"));
        Assert.Equal(35, First("-Center:$false -Invert Auto"));
    }

    [Fact]
    public void A_model_that_knows_nothing_looks_at_the_border()
    {
        Surfaces(1, 1);
        _session.Run($"$set = New-CnnImageSet -Pixel ([byte[]]::new(128)) -Label 0,1 -ImageShape 1,8,8; $model = ({Train}).Model; $model | Export-CnnModel ./m.safetensors");
        Assert.Null(_session.Single<Model>("Import-CnnModel ./m.safetensors").Conversion);
        Assert.Equal(35, _session.Single<ImagePrediction>("Invoke-CnnPrediction $model ./set/light/0.bmp").ImageSet.Image(0)[0]);
        Assert.Equal(30, _session.Single<ImagePrediction>("Invoke-CnnPrediction $model ./set/dark/0.bmp").ImageSet.Image(0)[0]);
    }

    [Fact]
    public void An_ensemble_whose_models_do_not_agree_has_to_be_told()
    {
        Surfaces(2, 2);
        _session.Run($"$set = Import-CnnImageSet ./set -Invert Never; $one = ({Train}).Model; $set = Import-CnnImageSet ./set -Invert Always; $other = ({Train}).Model; $both = $one, $other | New-CnnEnsemble");
        ErrorRecord error = _session.Fails("Invoke-CnnPrediction $both ./set/light/0.bmp", "ConversionsDiffer", ErrorCategory.InvalidArgument);
        Assert.Contains("-Invert", error.Exception.Message);
        Assert.Equal(220, _session.Single<ImagePrediction>("Invoke-CnnPrediction $both ./set/light/0.bmp -Invert Never").ImageSet.Image(0)[0]);
    }

    [Fact]
    public void Images_that_were_made_otherwise_than_the_training_images_are_warned_of()
    {
        Surfaces(2, 2);
        _session.Run($"$set = Import-CnnImageSet ./set -Invert Never; $other = Import-CnnImageSet ./set -Invert Always; $model = ({Train} -WarningVariable none).Model");
        Assert.Equal(0, _session.Single<int>("$none.Count"));
        foreach (string script in new[]
        {
            "$model | Measure-CnnAccuracy $other",
            "$other | Invoke-CnnPrediction $model",
            "$model | Invoke-CnnTraining $other -Epochs 1",
            "$model | Invoke-CnnTraining $set -ValidationData $other -Epochs 1",
        })
        {
            string warning = _session.Single<string>($"$null = {script} -WarningVariable told -WarningAction SilentlyContinue; [string]$told");
            Assert.Contains("converted as: inverted, padded with edge; those that the model was trained on as: not inverted, padded with edge", warning);
        }
    }

    [Theory]
    [InlineData("maybe", "false", "'maybe'")]
    [InlineData("never", "5", "center")]
    public void A_file_with_a_conversion_that_is_none_is_refused(string inversion, string center, string told)
    {
        Surfaces(1, 1);
        _session.Run($"$set = Import-CnnImageSet ./set -Invert Never; ({Train}).Model | Export-CnnModel ./m.safetensors");
        byte[] file = File.ReadAllBytes(_folder.File("m.safetensors"));
        int length = (int)BitConverter.ToInt64(file);
        string header = Encoding.UTF8.GetString(file, 8, length);
        header = Regex.Replace(header, "\"cnn.sha256\":\"[^\"]*\",?", "").Replace(",}", "}", StringComparison.Ordinal);
        string changed = header.Replace("\\\"inversion\\\":\\\"never\\\",\\\"center\\\":false", $"\\\"inversion\\\":\\\"{inversion}\\\",\\\"center\\\":{center}", StringComparison.Ordinal);
        Assert.NotEqual(header, changed);
        byte[] bytes = Encoding.UTF8.GetBytes(changed);
        File.WriteAllBytes(_folder.File("n.safetensors"), [.. BitConverter.GetBytes((long)bytes.Length), .. bytes, .. file[(8 + length)..]]);
        ErrorRecord error = _session.Fails("Import-CnnModel ./n.safetensors", "ModelFileMetadata", ErrorCategory.InvalidData);
        Assert.Contains("cnn.conversion", error.Exception.Message);
        Assert.Contains(told, error.Exception.Message);
    }

    [Fact]
    public void Files_that_are_left_out_are_counted_and_listed()
    {
        byte[] picture = Surface(30);
        foreach (string name in new[] { "a/1.bmp", "a/2.JFIF", "a/3.jpe", "b/4.dib", "b/deep/5.png", "b/deep/er/6.png", "root.png" })
        {
            _folder.Put($"set/{name}", picture);
        }

        foreach (string name in new[]
        {
            "a/1.psd", "a/2.PSD", "b/3.avif", "b/4.heic", "b/5.tga", "a/IMG_0001", "a/notes.txt", "a/.DS_Store", "a/._1.bmp", "a/Thumbs.db", "labels.csv", "__MACOSX/a/._1.bmp", "a/__MACOSX/x.png",
        })
        {
            _folder.Put($"set/{name}", [0, 5, 22, 7]);
        }

        ImageSet set = _session.Single<ImageSet>("Import-CnnImageSet ./set -WarningVariable told -WarningAction SilentlyContinue");
        Assert.Equal([0, 0, 0, 1], set.Labels.ToArray());
        Assert.Equal(
            ["root.png", "a/1.psd", "a/2.PSD", "a/IMG_0001", "b/3.avif", "b/4.heic", "b/5.tga", "b/deep/5.png", "b/deep/er/6.png"],
            set.SkippedFiles.Select(file => Path.GetRelativePath(_folder.File("set"), file.Path)));
        Assert.Equal(1, _session.Single<int>("$told.Count"));
        string warning = _session.Single<string>("[string]$told");
        Assert.Contains("9 files of", warning);
        Assert.Contains("2 (.psd is not read: convert", warning);
        Assert.Contains("1 (.avif is not read: convert it to PNG or JPEG, with 'magick", warning);
        Assert.Contains("1 (.heic is not read: convert", warning);
        Assert.Contains("2 (in a folder within its class folder: -Recurse reads it)", warning);
        Assert.Contains("1 (in no class folder", warning);
        Assert.Empty(_session.Run("$set = Import-CnnImageSet ./set -Recurse -WarningAction SilentlyContinue").Errors);
        Assert.Equal([0, 0, 0, 1, 1, 1], _session.Get<ImageSet>("set").GetLabels());
        Assert.Equal(7, _session.Get<ImageSet>("set").SkippedFiles.Count);
        Assert.Empty(_session.Get<ImageSet>("set").Slice(0, 1).SkippedFiles);
    }

    [Fact]
    public void A_scan_in_TIFF_is_read_and_its_other_pages_are_told()
    {
        // Of Pillow: 18 by 5 pixels, compressed; and the same with a link from its directory to itself, which makes pages without end.
        byte[] scan = Convert.FromBase64String(
            "SUkqAGgAAAARAA0aJzRBTltodYKPnKm2w9DdER0qN0RRXmt4hZKfrLnG0+Dt+hE6R1RhbnuIlaKvvMnW4/D9ChcRV2RxfouYpbK/zNnm8wANGic0EXSBjpuotcLP3On2AxAdKjdEUQAJAAABAwABAAAAEgAAAAEBAwABAAAABQAAAAIBAwABAAAACAAAAAMBAwABAAAABYAAAAYBAwABAAAAAQAAABEBBAABAAAACAAAABYBAwABAAAABQAAABcBBAABAAAAXwAAABwBAwABAAAAAQAAAAAAAAA=");
        _folder.Put("set/a/1.TIF", scan);
        BitConverter.GetBytes(104).CopyTo(scan, scan.Length - 4);
        _folder.Put("set/b/1.tiff", scan);
        ImageSet set = _session.Single<ImageSet>("Import-CnnImageSet ./set -Invert Never -WarningVariable told -WarningAction SilentlyContinue");
        Assert.Equal(new Shape(1, 5, 18), set.ImageShape);
        Assert.Equal([0, 13, 26], set.GetImage(0)[..3]);
        Assert.Equal(set.GetImage(0), set.GetImage(1));
        Assert.Empty(set.SkippedFiles);
        Assert.Contains("1.tiff' has at least 1000 pages. Only the first one is read", _session.Single<string>("[string]$told"));
    }

    [Fact]
    public void A_class_without_a_picture_says_what_it_has_and_damaged_files_are_listed()
    {
        _folder.Put("set/a/1.bmp", Surface(30));
        _folder.Put("set/a/2.bmp", []);
        _folder.Put("phone/a/1.heic", [1]);
        _folder.Put("deep/a/b/1.bmp", Surface(30));
        Assert.Contains("1 (.heic is not read", _session.Fails("Import-CnnImageSet ./phone", "ClassFolderEmpty", ErrorCategory.InvalidData).Exception.Message);
        Assert.Contains("-Recurse", _session.Fails("Import-CnnImageSet ./deep", "ClassFolderEmpty", ErrorCategory.InvalidData).Exception.Message);
        Assert.Equal(1, _session.Single<ImageSet>("Import-CnnImageSet ./deep -Recurse").Count);
        _session.Fails("New-CnnImageSet 1 0 1,1,1 | Export-CnnImageSet ./idx Idx; Import-CnnImageSet ./idx -Recurse", "IdxNotConverted", ErrorCategory.InvalidArgument);
        Outcome outcome = _session.Run("Import-CnnImageSet ./set -WarningVariable told; [int]$told.Count");
        Assert.Equal("PictureEmpty", Assert.Single(outcome.Errors).FullyQualifiedErrorId.Split(',')[0]);
        SkippedFile skipped = Assert.Single(((ImageSet)outcome.Output[0].BaseObject).SkippedFiles);
        Assert.Equal(_folder.File("set/a/2.bmp"), skipped.Path);
        Assert.Contains("0 bytes", skipped.Reason);
        Assert.Equal(0, outcome.Output[1].BaseObject);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    /// <summary>A folder ./set with dark and light surfaces.</summary>
    private void Surfaces(int dark, int light)
    {
        foreach ((string name, int count, byte value) in new[] { ("dark", dark, (byte)30), ("light", light, (byte)220) })
        {
            for (int i = 0; i < count; i++)
            {
                _folder.Put($"set/{name}/{i}.bmp", Surface(value));
            }
        }
    }

    private static byte[] Surface(byte value)
    {
        byte[] pixels = new byte[64];
        Array.Fill(pixels, value);

        // Ink to be found, light or dark.
        (pixels[27], pixels[36]) = (0, 255);
        return PictureFiles.Bitmap(new Picture(8, 8, 1, pixels));
    }
}
