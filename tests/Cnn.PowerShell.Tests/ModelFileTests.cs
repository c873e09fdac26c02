using System.Buffers.Binary;
using System.Management.Automation;
using System.Text;
using Cnn.Evaluation;
using Cnn.Models;

namespace Cnn.PowerShell.Tests;

public sealed class ModelFileTests : IClassFixture<Session>, IDisposable
{
    private readonly Session _session;
    private readonly TemporaryFolder _folder = new();

    public ModelFileTests(Session session)
    {
        _session = session.WithMnist(train: 2_000, test: 500);
        session.Set("folder", _folder.Path);
        session.Run("$null = $ExecutionContext.SessionState.Path.SetLocation($folder)");
    }

    public void Dispose()
    {
        _session.Run("$null = $ExecutionContext.SessionState.Path.SetLocation('/')");
        _folder.Dispose();
    }

    [Theory]
    [InlineData("pth")]
    [InlineData("H5")]
    [InlineData("pt")]
    [InlineData("tflite")]
    public void A_name_that_ends_as_one_of_another_format_is_refused(string ending)
    {
        ErrorRecord error = _session.Fails($"New-CnnModel LeNet5 | Export-CnnModel ./m.{ending}", "ModelFileEnding", ErrorCategory.InvalidArgument);
        Assert.Contains(".safetensors", error.Exception.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_model_that_was_saved_and_loaded_measures_the_same()
    {
        Outcome outcome = _session.Run("""
            $result = New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -Epochs 1
            $result | Export-CnnModel -Path ./model.safetensors
            ($result | Measure-CnnAccuracy $test), (Import-CnnModel ./model.safetensors | Measure-CnnAccuracy $test)
            """);
        Assert.Empty(outcome.Errors);
        AccuracyReport[] reports = [.. outcome.Output.Select(output => (AccuracyReport)output.BaseObject)];
        Assert.Equal(2, reports.Length);
        Assert.NotSame(reports[0].Model, reports[1].Model);
        Assert.Equal((reports[0].Loss, reports[0].Accuracy), (reports[1].Loss, reports[1].Accuracy));
        Assert.True(Assert.IsType<Model>(reports[1].Model).IsTrained);
    }

    [Fact]
    public void An_ensemble_that_was_saved_and_loaded_measures_the_same()
    {
        Outcome outcome = _session.Run("""
            $ensemble = 1..3 | ForEach-Object { [pscustomobject]@{ Preset = 'Baseline'; Seed = $_ } } | Invoke-CnnTraining $train -Epochs 1 | New-CnnEnsemble
            $ensemble | Export-CnnModel ./ensemble.safetensors
            $loaded = Import-CnnModel ./ensemble.safetensors
            ($ensemble | Measure-CnnAccuracy $test), ($loaded | Measure-CnnAccuracy $test)
            """);
        Assert.Empty(outcome.Errors);
        AccuracyReport[] reports = [.. outcome.Output.Select(output => (AccuracyReport)output.BaseObject)];
        Assert.Equal((reports[0].Loss, reports[0].Accuracy), (reports[1].Loss, reports[1].Accuracy));
        Ensemble loaded = Assert.IsType<Ensemble>(reports[1].Model);
        Assert.Equal(3, loaded.Models.Count);
        Assert.Equal(_folder.File("ensemble.safetensors"), loaded.Path);
        Assert.Equal([1UL, 2UL, 3UL], loaded.Models.Select(model => model.Seed));
    }

    [Fact]
    public void A_file_that_exists_is_replaced_only_with_force()
    {
        File.WriteAllText(_folder.File("model"), "something else");
        ErrorRecord error = _session.Fails("New-CnnModel LeNet5 | Export-CnnModel ./model", "FileExists", ErrorCategory.ResourceExists);
        Assert.Equal(_folder.File("model"), error.TargetObject);
        Assert.Contains("-Force", error.Exception.Message);
        Assert.Equal("something else", File.ReadAllText(_folder.File("model")));

        Assert.Empty(_session.Run("New-CnnModel LeNet5 | Export-CnnModel ./model -Force").Errors);
        Assert.Equal("LeNet5", _session.Single<Model>("Import-CnnModel ./model").Name);
    }

    [Fact]
    public void WhatIf_writes_nothing()
    {
        Outcome outcome = _session.Run("New-CnnModel Baseline | Export-CnnModel ./model -PassThru -WhatIf");
        Assert.Empty(outcome.Errors);
        Assert.Empty(outcome.Output);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        Assert.Contains($"\"{_folder.File("model")}\"", _session.Show("New-CnnModel Baseline | Export-CnnModel ./model -WhatIf"));
    }

    [Fact]
    public void PassThru_passes_the_model_on()
    {
        Assert.Empty(_session.Run("$model = New-CnnModel Baseline; $model | Export-CnnModel ./a").Output);
        Assert.Same(_session.Get<Model>("model"), _session.Single<Model>("$model | Export-CnnModel ./b -PassThru"));
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_an_error()
    {
        _session.Fails("New-CnnModel Baseline | Export-CnnModel ./no/model", "FolderNotFound", ErrorCategory.ObjectNotFound);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("New-CnnModel Baseline | Export-CnnModel Env:/MODEL", "PathNotFileSystem", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnModel Baseline | Export-CnnModel nodrive:/model", "FileNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("New-CnnModel Baseline | Export-CnnModel ''", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("'model' | Export-CnnModel ./model", "InputObjectNotBound", ErrorCategory.InvalidArgument)]
    [InlineData("Import-CnnModel ./no.safetensors", "FileNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Import-CnnModel -LiteralPath ./no.safetensors", "FileNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Import-CnnModel nodrive:/model", "FileNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Import-CnnModel Env:/PATH", "PathNotFileSystem", ErrorCategory.InvalidArgument)]
    [InlineData("Import-CnnModel .", "ReadFailed", ErrorCategory.ReadError)]
    public void Bad_paths_are_errors(string script, string errorId, ErrorCategory category) => _session.Fails(script, errorId, category);

    [Fact]
    public void A_script_block_names_a_file_for_each_model()
    {
        Outcome outcome = _session.Run("""
            @{ Seed = 3 }, @{ Seed = 4 } | ForEach-Object { [pscustomobject]$_ } | Invoke-CnnTraining $train -Preset Baseline -Epochs 1 |
                Export-CnnModel -Path { "seed-$($_.Seed)" }
            """);
        Assert.Empty(outcome.Errors);
        Assert.Equal(3UL, _session.Single<Model>("Import-CnnModel seed-3").Seed);
        Assert.Equal(4UL, _session.Single<Model>("Import-CnnModel seed-4").Seed);
    }

    [Fact]
    public void Import_takes_wildcards_brackets_several_paths_and_files()
    {
        Assert.Empty(_session.Run("""
            New-CnnModel LeNet5 -Seed 1 | Export-CnnModel ./a1
            New-CnnModel LeNet5 -Seed 2 | Export-CnnModel ./a2
            New-CnnModel LeNet5 -Seed 3 | Export-CnnModel './[b]'
            """).Errors);
        Assert.Equal([1UL, 2UL], Seeds("Import-CnnModel ./a*"));
        Assert.Equal([2UL, 1UL], Seeds("Import-CnnModel a2, ./a1"));
        Assert.Equal([1UL], Seeds("'a1' | Import-CnnModel"));
        Assert.Equal([3UL], Seeds("Import-CnnModel -LiteralPath '[b]'"));
        Assert.Equal([3UL], Seeds("Import-CnnModel ($folder + '/`[b`]')"));
        Assert.Equal([1UL, 2UL], Seeds("[IO.DirectoryInfo]::new($folder).GetFiles('a*') | ForEach-Object FullName | Import-CnnModel").Order());
        Assert.Equal([1UL], Seeds("[pscustomobject]@{ PSPath = \"$folder/a1\" } | Import-CnnModel"));
        _session.Fails("Import-CnnModel ./none*", "FileNotFound", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void A_bad_file_among_good_ones_is_an_error_of_its_own()
    {
        _session.Run("New-CnnModel LeNet5 -Seed 1 | Export-CnnModel ./a1; New-CnnModel LeNet5 -Seed 3 | Export-CnnModel ./a3");
        File.WriteAllText(_folder.File("a2"), "no model");
        Outcome outcome = _session.Run("Import-CnnModel ./a*");
        Assert.Equal([1UL, 3UL], outcome.Output.Select(output => ((Model)output.BaseObject).Seed));
        Assert.Equal(ErrorCategory.InvalidData, Assert.Single(outcome.Errors).CategoryInfo.Category);
    }

    [Theory]
    [InlineData("cut short", "SafetensorsTruncated")]
    [InlineData("header cut short", "SafetensorsTruncated")]
    [InlineData("absurd header length", "SafetensorsHeader")]
    [InlineData("overlapping tensors", "SafetensorsOverlap")]
    [InlineData("missing tensor", "ModelFileTensors")]
    [InlineData("wrong dtype", "ModelFileTensors")]
    [InlineData("unknown dtype", "SafetensorsType")]
    [InlineData("changed weight", "ModelFileChecksum")]
    [InlineData("no model", "ModelFileFormat")]
    [InlineData("text", "SafetensorsHeader")]
    [InlineData("empty", "SafetensorsTruncated")]
    public void Damaged_files_are_errors(string damage, string errorId)
    {
        _session.Run("New-CnnModel LeNet5 -Seed 1 | Export-CnnModel ./good");
        byte[] good = File.ReadAllBytes(_folder.File("good"));
        File.WriteAllBytes(_folder.File("bad"), Damaged(good, damage));
        ErrorRecord error = _session.Fails("Import-CnnModel ./bad", errorId, ErrorCategory.InvalidData);
        Assert.Equal(_folder.File("bad"), error.TargetObject);
        Assert.Contains(_folder.File("bad"), error.Exception.Message);
    }

    private static byte[] Damaged(byte[] good, string damage)
    {
        const string LastTensor = "\"layers.11.bias\"";
        switch (damage)
        {
            case "cut short":
                return good[..^1];
            case "header cut short":
                return good[..100];
            case "absurd header length":
                BinaryPrimitives.WriteUInt64LittleEndian(good, ulong.MaxValue / 2);
                return good;
            case "changed weight":
                good[^1] ^= 1;
                return good;
            case "text":
                return Encoding.UTF8.GetBytes("This is a text, and not a model of any kind whatsoever.");
            case "empty":
                return [];
            case "no model":
                return WithHeader(good, _ => """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", data: new byte[4]);
            case "overlapping tensors":
                return WithHeader(good, _ => """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", data: new byte[12]);
            case "unknown dtype":
                return WithHeader(good, header => Once(header, "\"F32\"", "\"F31\""));
            case "wrong dtype":
                return WithHeader(WithoutChecksum(good), header => Once(header, "\"F32\"", "\"I32\""));
            case "missing tensor":
                return WithHeader(WithoutChecksum(good), header => Once(header, LastTensor, "\"layers.99.bias\""));
            default:
                throw new ArgumentOutOfRangeException(nameof(damage));
        }
    }

    /// <summary>The checksum under another name, so that nothing but the checks of the content itself stands in the way.</summary>
    private static byte[] WithoutChecksum(byte[] file) => WithHeader(file, header => Once(header, "\"cnn.sha256\"", "\"xnn.sha256\""));

    private static string Once(string text, string old, string @new)
    {
        int index = text.IndexOf(old, StringComparison.Ordinal);
        Assert.True(index >= 0, $"{old} is not in {text}");
        return text[..index] + @new + text[(index + old.Length)..];
    }

    private static byte[] WithHeader(byte[] file, Func<string, string> change, byte[]? data = null)
    {
        int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file));
        byte[] header = Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(file, 8, length)));
        byte[] result = [.. new byte[8], .. header, .. data ?? file[(8 + length)..]];
        BinaryPrimitives.WriteUInt64LittleEndian(result, (ulong)header.Length);
        return result;
    }

    private ulong[] Seeds(string script)
    {
        Outcome outcome = _session.Run(script);
        Assert.Empty(outcome.Errors);
        Assert.Null(outcome.Terminating);
        return [.. outcome.Output.Select(output => ((Model)output.BaseObject).Seed)];
    }
}
