using System.Management.Automation;
using Cnn.Data;
using Cnn.Memory;
using Cnn.Pictures;

namespace Cnn.PowerShell.Tests;

/// <summary>Image sets that are made, split, written and read.</summary>
public sealed class ImageSetTests : IClassFixture<Session>, IDisposable
{
    private readonly Session _session;
    private readonly TemporaryFolder _folder = new();

    public ImageSetTests(Session session)
    {
        _session = session.WithMnist(train: 300, test: 64);
        session.Set("folder", _folder.Path);
        session.Run("$null = $ExecutionContext.SessionState.Path.SetLocation($folder)");
    }

    public void Dispose()
    {
        _session.Run("$null = $ExecutionContext.SessionState.Path.SetLocation('/')");
        _folder.Dispose();
    }

    [Fact]
    public void A_set_is_made_of_arrays()
    {
        ImageSet set = _session.Single<ImageSet>("New-CnnImageSet -Pixel 1, 2, 3, 4 -Label 1, 0 -ImageShape 1x1x2 -ClassName no, yes -Name mine");
        Assert.Equal("mine: 2 images 1×1×2, 2 classes", set.ToString());
        Assert.Equal([3, 4], set.Image(1).ToArray());
        Assert.Equal(["0", "1", "2"], _session.Single<ImageSet>("New-CnnImageSet ([byte[]](1, 2)) ([byte[]](2, 0)) 1,1,1").ClassNames);
        Assert.Equal(0, _session.Single<ImageSet>("New-CnnImageSet -Pixel @() -Label @() -ImageShape $train.ImageShape -ClassName a").Count);
    }

    [Fact]
    public void Planes_become_pixels_and_come_back_as_arrays()
    {
        Outcome outcome = _session.Run("""
            $set = New-CnnImageSet -Pixel (1..12) -Label 1, 0 -ImageShape 3,2,1 -Layout ChannelsFirst
            $set.GetPixels() -join ' '
            $set.GetPixels('ChannelsFirst') -join ' '
            $set.GetImage(1) -join ' '
            $set.GetImage(1, 'ChannelsFirst') -join ' '
            $set.Labels -join ' '
            $set.Labels.GetType().Name
            $set.Slice(1, 1).Labels.GetType().Name
            """);
        Assert.Empty(outcome.Errors);
        Assert.Equal(
            ["1 3 5 2 4 6 7 9 11 8 10 12", "1 2 3 4 5 6 7 8 9 10 11 12", "7 9 11 8 10 12", "7 8 9 10 11 12", "1 0", "Int32[]", "Int32[]"],
            outcome.Output.Select(output => $"{output}"));
        Assert.Contains("no image 2", Assert.Single(_session.Run("$set.GetImage(2)").Errors).Exception.Message);
    }

    [Theory]
    [InlineData("0, 0.25, 0.5, 1.0", "0 64 128 255")]
    [InlineData("[float[]](0, 0.1, 0.9, 1)", "0 26 229 255")]
    [InlineData("[double[]](0, 1, 1, 0)", "0 255 255 0")]
    [InlineData("'0.5', '0', '1', '0.2'", "128 0 255 51")]
    [InlineData("25.5, 0.2, 254.6, 1", "26 0 255 1")]
    [InlineData("[double[]](0, 1, 2, 255)", "0 1 2 255")]
    [InlineData("0, 1, 1, 0", "0 1 1 0")]
    [InlineData("[byte[]](0, 1, 1, 0)", "0 1 1 0")]
    [InlineData("[long[]](7, 1, 1, 0)", "7 1 1 0")]
    public void Pixels_are_bytes_or_fractions_by_the_largest_of_them(string pixels, string expected) => Assert.Equal(
        expected, string.Join(' ', _session.Single<ImageSet>($"New-CnnImageSet -Pixel ({pixels}) -Label 0 -ImageShape 1,2,2").GetPixels()));

    [Theory]
    [InlineData("0.5, -0.5, 1, 0", "Pixel 1 is -0.5")]
    [InlineData("1, 2, 3, 256.5", "Pixel 3 is 256.5")]
    [InlineData("[double]::NaN, 0, 0, 0", "Pixel 0 is NaN")]
    [InlineData("'0,5', 0, 0, 0", "'0,5'")]
    public void Pixels_of_another_range_are_refused_and_the_error_says_how_to_bring_them_there(string pixels, string told) => Assert.Contains(
        told,
        _session.Fails($"New-CnnImageSet -Pixel ({pixels}) -Label 0 -ImageShape 1,2,2", "ParameterArgumentTransformationError", ErrorCategory.InvalidData).Exception.Message);

    [Theory]
    [InlineData("New-CnnImageSet -Pixel 1, 2, 3 -Label 0 -ImageShape 1,2,2", "ImageSetPixelCount", ErrorCategory.InvalidData)]
    [InlineData("New-CnnImageSet -Pixel 1, 2, 3 -Label 0 -ImageShape 2,2,1 -Layout ChannelsFirst", "ImageSetPixelCount", ErrorCategory.InvalidData)]
    [InlineData("New-CnnImageSet -Pixel 1 -Label 0 -ImageShape 1,1,1 -Layout Planes", "CannotConvertArgumentNoMessage", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnImageSet -Pixel 1, 2, 3, 4 -Label 0, 1 -ImageShape 1,2,2", "ImageSetLabelCount", ErrorCategory.InvalidData)]
    [InlineData("New-CnnImageSet -Pixel 1 -Label 2 -ImageShape 1,1,1 -ClassName a, b", "ImageSetLabelOutOfRange", ErrorCategory.InvalidData)]
    [InlineData("New-CnnImageSet -Pixel 1 -Label 0 -ImageShape 1,1,1 -ClassName a, a", "ImageSetClassNames", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnImageSet -Pixel 1 -Label 0 -ImageShape 1,0,1", "ImageSetShape", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnImageSet -Pixel 256 -Label 0 -ImageShape 1,1,1", "ParameterArgumentTransformationError", ErrorCategory.InvalidData)]
    [InlineData("New-CnnImageSet -Pixel 1 -Label 0 -ImageShape square", "ParameterArgumentTransformationError", ErrorCategory.InvalidData)]
    public void Arrays_that_do_not_fit_are_errors(string script, string errorId, ErrorCategory category) => _session.Fails(script, errorId, category);

    [Fact]
    public void A_split_gives_the_rest_and_what_is_held_out()
    {
        Outcome outcome = _session.Run("""
            $rest, $heldOut = $train | Split-CnnImageSet -Fraction 0.1 -Seed 1
            $rest, $heldOut
            $again = $train | Split-CnnImageSet 0.1 -Seed 1
            $other = Split-CnnImageSet -Data $train -Count 30 -Seed 2
            $again[1], $other[1]
            """);
        Assert.Empty(outcome.Errors);
        ImageSet[] sets = [.. outcome.Output.Select(output => (ImageSet)output.BaseObject)];
        Assert.Equal([270, 30, 30, 30], sets.Select(set => set.Count));
        Assert.Equal(["MNIST train (rest)", "MNIST train (held out)"], sets[..2].Select(set => set.Name));
        Assert.Equal(sets[1].Pixels.ToArray(), sets[2].Pixels.ToArray());
        Assert.NotEqual(sets[1].Pixels.ToArray(), sets[3].Pixels.ToArray());
        Assert.Equal(10, sets[1].Labels.ToArray().Distinct().Count());
    }

    [Theory]
    [InlineData("New-CnnImageSet -Pixel 1, 2, 3 -Label 0, 0, 1 -ImageShape 1,1,1 -ClassName many, single | Split-CnnImageSet 0.5", "SplitClassTooSmall", ErrorCategory.InvalidData)]
    [InlineData("$train | Split-CnnImageSet 1.5", "SplitFraction", ErrorCategory.InvalidArgument)]
    [InlineData("$train | Split-CnnImageSet -Count 5", "SplitCount", ErrorCategory.InvalidArgument)]
    [InlineData("Import-Mnist -First 0 | Split-CnnImageSet 0.5", "EmptyImageSet", ErrorCategory.InvalidArgument)]
    [InlineData("$train | Split-CnnImageSet -Fraction 0.5 -Count 5", "AmbiguousParameterSet", ErrorCategory.InvalidArgument)]
    public void Splits_that_cannot_be_made_are_errors(string script, string errorId, ErrorCategory category) => _session.Fails(script, errorId, category);

    [Fact]
    public void A_set_that_cannot_be_split_does_not_hold_up_the_others()
    {
        Outcome outcome = _session.Run("(Import-Mnist -First 0), $train | Split-CnnImageSet 0.5");
        Assert.Equal([150, 150], outcome.Output.Select(output => ((ImageSet)output.BaseObject).Count));
        Assert.Single(outcome.Errors);
    }

    [Theory]
    [InlineData("Idx", "class-names.txt images-idx3-ubyte labels-idx1-ubyte")]
    [InlineData("CompressedIdx", "class-names.txt images-idx3-ubyte.gz labels-idx1-ubyte.gz")]
    [InlineData("Png", "0 1 2 3 4 5 6 7 8 9")]
    public void A_set_comes_back_from_what_was_written(string format, string content)
    {
        Assert.Empty(_session.Run($"$train | Export-CnnImageSet ./out {format}").Errors);
        Assert.Equal(content.Split(' '), Directory.GetFileSystemEntries(_folder.File("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        ImageSet train = _session.Get<ImageSet>("train");
        ImageSet found = _session.Single<ImageSet>("Import-CnnImageSet ./out");
        Assert.Equal("out", found.Name);
        Assert.Equal(train.ClassNames, found.ClassNames);

        // Pictures come back class by class.
        int[] order = format == "Png" ? [.. Enumerable.Range(0, train.Count).OrderBy(index => train.Label(index))] : [.. Enumerable.Range(0, train.Count)];
        ImageSet expected = train.Select(order, "expected");
        Assert.Equal(expected.Labels.ToArray(), found.Labels.ToArray());
        Assert.Equal(expected.Pixels.ToArray(), found.Pixels.ToArray());
        Assert.Equal([_folder.File("out")], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Colours_come_back_from_pictures()
    {
        ImageSet found = _session.Single<ImageSet>("""
            New-CnnImageSet -Pixel (1..24) -Label 0, 1 -ImageShape 3,2,2 -ClassName 'T-shirt/top', 'b' | Export-CnnImageSet ./out Png
            Import-CnnImageSet ./out
            """);
        Assert.Equal(new Shape(3, 2, 2), found.ImageShape);
        Assert.Equal(["T-shirt/top", "b"], found.ClassNames);
        Assert.Equal(Enumerable.Range(1, 24).Select(value => (byte)value), found.Pixels.ToArray());
    }

    [Fact]
    public void A_pair_of_IDX_files_is_read_with_names_or_without()
    {
        _session.Run("$train | Export-CnnImageSet ./out Idx");
        const string Pair = "Import-CnnImageSet -ImagePath ./out/images-idx3-ubyte -LabelPath ./out/labels-idx1-ubyte";
        ImageSet found = _session.Single<ImageSet>(Pair);
        Assert.Equal("images-idx3-ubyte", found.Name);
        Assert.Equal(_session.Get<ImageSet>("train").Pixels.ToArray(), found.Pixels.ToArray());
        Assert.Equal("nine", _session.Single<ImageSet>(Pair + " -ClassName zero, one, two, three, four, five, six, seven, eight, nine").ClassNames[9]);
        _session.Fails(Pair + " -ClassName zero, one", "IdxLabelOutOfRange", ErrorCategory.InvalidData);
        _session.Fails("Import-CnnImageSet ./out -Center", "IdxNotConverted", ErrorCategory.InvalidArgument);
        _session.Fails("Import-CnnImageSet -ImagePath ./none -LabelPath ./out/labels-idx1-ubyte", "FileNotFound", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void Chosen_classes_are_written_and_the_set_is_passed_on()
    {
        Assert.Same(_session.Get<ImageSet>("train"), _session.Single<ImageSet>("$train | Export-CnnImageSet ./out Png -Class 4, 9 -PassThru"));
        Assert.Equal(["4", "9"], Directory.GetDirectories(_folder.File("out")).Select(Path.GetFileName).Order());
        ImageSet found = _session.Single<ImageSet>("Import-CnnImageSet ./out -ClassName $train.ClassNames");
        Assert.Equal([4, 9], found.Labels.ToArray().Distinct());
        Assert.Empty(_session.Run("$train | Export-CnnImageSet ./idx Idx -Class 4").Output);
        Assert.Equal([4], _session.Single<ImageSet>("Import-CnnImageSet ./idx").Labels.ToArray().Distinct());
    }

    [Theory]
    [InlineData("Png")]
    [InlineData("Idx")]
    public void WhatIf_writes_nothing_and_a_folder_with_files_needs_force(string format)
    {
        Assert.Empty(_session.Run($"$train | Export-CnnImageSet ./out {format} -WhatIf -PassThru").Output);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        _folder.Put("out/mine.txt", [1]);
        ErrorRecord error = _session.Fails($"$train | Export-CnnImageSet ./out {format}", "FolderNotEmpty", ErrorCategory.ResourceExists);
        Assert.Contains("-Force", error.Exception.Message);
        Assert.Equal([_folder.File("out/mine.txt")], Directory.GetFileSystemEntries(_folder.File("out")));
        Assert.Empty(_session.Run($"$train | Export-CnnImageSet ./out {format} -Force").Errors);
        Assert.Equal([1], File.ReadAllBytes(_folder.File("out/mine.txt")));
        Assert.Equal(300, _session.Single<ImageSet>("Import-CnnImageSet ./out").Count);
    }

    [Theory]
    [InlineData("$train | Export-CnnImageSet ./no/out Png", "FolderNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("$train | Export-CnnImageSet ./out Png -Class ten", "ClassUnknown", ErrorCategory.InvalidArgument)]
    [InlineData("$train | Export-CnnImageSet ./out Gif", "CannotConvertArgumentNoMessage", ErrorCategory.InvalidArgument)]
    [InlineData("$train | Export-CnnImageSet Env:/out Png", "PathNotFileSystem", ErrorCategory.InvalidArgument)]
    [InlineData("Import-Mnist -First 0 | Export-CnnImageSet ./out Png", "EmptyImageSet", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnImageSet -Pixel 1,2 -Label 0,1 -ImageShape 1,1,1 -ClassName Cat, cat | Export-CnnImageSet ./out Png", "ClassNameDuplicate", ErrorCategory.InvalidData)]
    [InlineData("New-CnnImageSet -Pixel 1,2 -Label 0 -ImageShape 2,1,1 | Export-CnnImageSet ./out Png", "PictureShape", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnImageSet -Pixel 1,2,3 -Label 0 -ImageShape 3,1,1 | Export-CnnImageSet ./out Idx", "IdxChannels", ErrorCategory.InvalidArgument)]
    public void Sets_that_cannot_be_written_are_errors_and_leave_nothing(string script, string errorId, ErrorCategory category)
    {
        _session.Fails(script, errorId, category);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Pictures_of_any_size_are_brought_to_a_shape()
    {
        _folder.Put("drawn/light/a.bmp", PictureFiles.Bitmap(Square(60, 40, ground: 250, ink: 20)));
        _folder.Put("drawn/dark/b.bmp", PictureFiles.Bitmap(Square(31, 90, ground: 5, ink: 200)));
        _session.Fails("Import-CnnImageSet ./drawn", "PictureSizesDiffer", ErrorCategory.InvalidData);
        _folder.Put("drawn/light/c.bmp", PictureFiles.Bitmap(Square(60, 40, ground: 240, ink: 20)));
        ImageSet auto = _session.Single<ImageSet>("Import-CnnImageSet ./drawn -ImageShape 1,28,28");
        Assert.Equal(["dark", "light"], auto.ClassNames);
        Assert.All(Enumerable.Range(1, 2), index => Assert.True(auto.Image(index)[0] < 20 && auto.Image(index)[(14 * 28) + 14] > 190));
        Assert.True(auto.Image(0)[0] > 190);
        Assert.Equal(250, _session.Single<ImageSet>("Import-CnnImageSet ./drawn -ImageShape 1,28,28 -Invert Never").Image(1)[0]);
        Assert.Equal(250, _session.Single<ImageSet>("Import-CnnImageSet ./drawn -ImageShape 1,28,28 -Invert Always").Image(0)[0]);
        ImageSet centred = _session.Single<ImageSet>("Import-CnnImageSet ./drawn -ImageShape 1,28,28 -Center");
        Assert.Equal(new byte[] { 0, 255 }, centred.Image(1).ToArray().Distinct().Order());
        Assert.Equal(new Shape(3, 5, 4), _session.Single<ImageSet>("Import-CnnImageSet ./drawn -ImageShape 3x5x4").ImageShape);
        _session.Fails("Import-CnnImageSet ./drawn -ImageShape 3,28,28 -Center", "CenterColour", ErrorCategory.InvalidArgument);
        _session.Fails("Import-CnnImageSet ./drawn -ImageShape 2,28,28", "PictureShape", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Bad_pictures_are_errors_of_their_own_and_the_rest_is_read()
    {
        byte[] good = PictureFiles.Bitmap(Square(10, 10, ground: 0, ink: 255));
        _folder.Put("all/a/1.bmp", good);
        _folder.Put("all/a/2.png", []);
        _folder.Put("all/a/3.bmp", PictureFiles.Enormous());
        _folder.Put("all/b/1.jpg", "This is no picture."u8.ToArray());
        _folder.Put("all/b/2.gif", good);
        Outcome outcome = _session.Run("Import-CnnImageSet ./all");
        ImageSet set = (ImageSet)Assert.Single(outcome.Output).BaseObject;
        Assert.Equal([0, 1], set.Labels.ToArray());
        Assert.Equal(
            ["PictureEmpty", "PictureTooLarge", "PictureFormat"],
            outcome.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
        Assert.All(outcome.Errors, error => Assert.Equal(ErrorCategory.InvalidData, error.CategoryInfo.Category));
        Assert.Equal(_folder.File("all/a/2.png"), outcome.Errors[0].TargetObject);
    }

    [Fact]
    public void Folders_that_are_not_one_a_class_are_errors_and_the_others_are_read()
    {
        byte[] good = PictureFiles.Bitmap(Square(10, 10, ground: 0, ink: 255));
        _folder.Put("flat/1.bmp", good);
        _folder.Put("hollow/a/1.bmp", good);
        _folder.Put("hollow/b/notes.txt", [1]);
        _folder.Put("same/cat/1.bmp", good);
        _folder.Put("same/Cat/1.bmp", good);
        _folder.Put("single/a/1.bmp", good);
        _folder.Put("single/b/1.bmp", good);
        _folder.Put("single/b/2.bmp", good);
        _session.Fails("Import-CnnImageSet ./flat", "NoClassFolders", ErrorCategory.InvalidData);
        _session.Fails("Import-CnnImageSet ./hollow", "ClassFolderEmpty", ErrorCategory.InvalidData);
        _session.Fails("Import-CnnImageSet ./same", "ClassNameDuplicate", ErrorCategory.InvalidData);
        _session.Fails("Import-CnnImageSet ./none", "FileNotFound", ErrorCategory.ObjectNotFound);
        _session.Fails("Import-CnnImageSet -LiteralPath ./none", "FolderNotFound", ErrorCategory.ObjectNotFound);
        _session.Fails("Import-CnnImageSet ./single -ClassName a", "ClassUnknown", ErrorCategory.InvalidData);

        // A class with one image is one to train with, and none to split.
        Assert.Equal(3, _session.Single<ImageSet>("Import-CnnImageSet ./single").Count);
        _session.Fails("Import-CnnImageSet ./single | Split-CnnImageSet 0.5", "SplitClassTooSmall", ErrorCategory.InvalidData);

        Outcome outcome = _session.Run("'./flat', './single', './hollow' | Import-CnnImageSet; Import-CnnImageSet ./s*");
        Assert.Equal(["single", "single"], outcome.Output.Select(output => ((ImageSet)output.BaseObject).Name));
        Assert.Equal(3, outcome.Errors.Count);
    }

    [Fact]
    public void Own_pictures_are_learned()
    {
        Outcome outcome = _session.Run("""
            $train | Export-CnnImageSet ./digits Png
            $own, $validation = Import-CnnImageSet ./digits | Split-CnnImageSet 0.2 -Seed 1
            $result = New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $own -ValidationData $validation -Epochs 6
            $result.Validation.Accuracy
            """);
        Assert.Empty(outcome.Errors);
        Assert.InRange((double)Assert.Single(outcome.Output).BaseObject, 0.5, 1);
    }

    [Fact]
    public void A_stopped_export_leaves_nothing()
    {
        // A thousand times the same images: long enough to be stopped, whatever the machine.
        _session.Run("$long = $train.Select([int[]](@(0..299) * 1000), 'long')");
        using var shell = System.Management.Automation.PowerShell.Create(_session.Runspace);
        using var isUnderWay = new ManualResetEventSlim();
        shell.Streams.Progress.DataAdded += (_, _) => isUnderWay.Set();
        IAsyncResult running = shell.AddScript("$long | Export-CnnImageSet ./out Png").BeginInvoke();
        Assert.True(isUnderWay.Wait(TimeSpan.FromSeconds(60)), "The export does not show that it began.");
        shell.Stop();
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        Assert.Empty(_session.Run("$train | Export-CnnImageSet ./out Png; $long = $null").Errors);
    }

    /// <summary>A square in the middle of a ground.</summary>
    private static Picture Square(int width, int height, byte ground, byte ink)
    {
        byte[] pixels = new byte[width * height];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = Math.Abs((i % width) - (width / 2)) < 8 && Math.Abs((i / width) - (height / 2)) < 8 ? ink : ground;
        }

        return new Picture(width, height, 1, pixels);
    }
}
