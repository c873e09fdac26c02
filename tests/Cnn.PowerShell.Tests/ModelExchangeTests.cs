using System.IO.Compression;
using System.Management.Automation;
using System.Text;
using Cnn.Models;

namespace Cnn.PowerShell.Tests;

/// <summary>Models to and from the formats of other programs: which format is taken, and what is refused. The formats themselves are tested with the engine.</summary>
public sealed class ModelExchangeTests : IClassFixture<Session>, IDisposable
{
    private readonly Session _session;
    private readonly TemporaryFolder _folder = new();

    public ModelExchangeTests(Session session)
    {
        _session = session.WithMnist(train: 320, test: 100);
        session.Set("folder", _folder.Path);
        session.Run("$null = $ExecutionContext.SessionState.Path.SetLocation($folder); $model = New-CnnModel LeNet5 -Seed 1");
    }

    public void Dispose()
    {
        _session.Run("$null = $ExecutionContext.SessionState.Path.SetLocation('/')");
        _folder.Dispose();
    }

    [Theory]
    [InlineData("./a.onnx", "Onnx")]
    [InlineData("./a.ONNX", "Onnx")]
    [InlineData("./a.npz", "Npz")]
    [InlineData("./a.safetensors", "Safetensors")]
    [InlineData("./a", "Safetensors")]
    [InlineData("./a -Format Onnx", "Onnx")]
    [InlineData("./a.npz -Format Onnx", "Onnx")]
    [InlineData("./a.onnx -Format Safetensors", "Safetensors")]
    public void The_ending_says_the_format_unless_it_is_given(string arguments, string format)
    {
        Assert.Empty(_session.Run($"$model | Export-CnnModel {arguments}").Errors);
        Assert.Equal(format, FormatOf(Assert.Single(Directory.GetFiles(_folder.Path))));
    }

    [Fact]
    public void Settings_of_the_graph_reach_it()
    {
        Assert.Empty(_session.Run("$model | Export-CnnModel ./a.onnx -Opset 17 -InputType UInt8; $model | Export-CnnModel ./b.onnx -InputRange 1").Errors);
        byte[] bytes = File.ReadAllBytes(_folder.File("a.onnx"));
        Assert.Equal(8, bytes[1]);
        Assert.True(bytes.AsSpan().IndexOf("Cast"u8) > 0);
        byte[] unit = File.ReadAllBytes(_folder.File("b.onnx"));
        Assert.Equal(7, unit[1]);
        Assert.True(unit.AsSpan().IndexOf("cnn.input_range\u0012\u00011"u8) > 0);
    }

    [Theory]
    [InlineData("$model | Export-CnnModel ./a.onnx -Opset 8", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("$model | Export-CnnModel ./a.onnx -Opset 26", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("$model | Export-CnnModel ./a.onnx -InputRange 0", "OnnxInputRange", ErrorCategory.InvalidArgument)]
    [InlineData("$model | Export-CnnModel ./a.onnx -InputType UInt8 -InputRange 1", "OnnxInputRange", ErrorCategory.InvalidArgument)]
    [InlineData("$model | Export-CnnModel ./a.onnx -Format Keras", "CannotConvertArgumentNoMessage", ErrorCategory.InvalidArgument)]
    [InlineData("$model | Export-CnnModel ./a.safetensors -Opset 12", "ModelFormatSetting", ErrorCategory.InvalidArgument)]
    [InlineData("$model | Export-CnnModel ./a.npz -InputType UInt8", "ModelFormatSetting", ErrorCategory.InvalidArgument)]
    [InlineData("$model | Export-CnnModel ./a.onnx -Format Npz -InputRange 1", "ModelFormatSetting", ErrorCategory.InvalidArgument)]
    [InlineData("$model | Export-CnnModel ./no/a.onnx", "FolderNotFound", ErrorCategory.ObjectNotFound)]
    public void What_makes_no_file_is_an_error(string script, string errorId, ErrorCategory category)
    {
        _session.Fails(script, errorId, category);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void WhatIf_writes_no_graph_and_Force_replaces_one()
    {
        Assert.Empty(_session.Run("$model | Export-CnnModel ./a.onnx -WhatIf").Errors);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        File.WriteAllText(_folder.File("a.onnx"), "something else");
        _session.Fails("$model | Export-CnnModel ./a.onnx", "FileExists", ErrorCategory.ResourceExists);
        Assert.Empty(_session.Run("$model | Export-CnnModel ./a.onnx -Force").Errors);
        Assert.Equal("Onnx", FormatOf(_folder.File("a.onnx")));
    }

    [Fact]
    public void A_graph_comes_back_as_a_model_that_trains_on()
    {
        Assert.Empty(_session.Run("New-CnnModel LeNet5 -Seed 1 -ClassName a, b, c, d, e, f, g, h, i, j | Export-CnnModel ./lenet.onnx").Errors);
        File.Move(_folder.File("lenet.onnx"), _folder.File("other.bin"));
        Model model = _session.Single<Model>("Import-CnnModel ./other.bin -Format Onnx");
        Assert.Equal("LeNet5", model.Name);
        Assert.Equal(_folder.File("other.bin"), model.Path);
        Assert.Equal(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"], model.ClassNames);
        Assert.Equal(_session.Get<Model>("model").Layers, model.Layers);
        Assert.Empty(_session.Run("$model | Export-CnnModel ./plain.onnx; Import-CnnModel ./*.onnx | Invoke-CnnTraining $train -Epochs 1").Errors);
    }

    [Fact]
    public void How_pixels_were_normalised_is_given()
    {
        Assert.Empty(_session.Run("$model | Export-CnnModel ./a.onnx -InputRange 1").Errors);
        Model model = _session.Single<Model>("Import-CnnModel ./a.onnx -Mean 0.5 -StandardDeviation 0.25 -InputRange 1 -InputShape 1,28,28");
        Assert.Equal((0.5f, 0.25f), (model.Normalization.Mean[0], model.Normalization.StandardDeviation[0]));
        Assert.Equal(1 / 255f, _session.Single<Model>("Import-CnnModel ./a.onnx -InputRange 255").Normalization.StandardDeviation[0], 6);
    }

    [Theory]
    [InlineData("Import-CnnModel ./text.onnx", "OnnxFileFormat", ErrorCategory.InvalidData)]
    [InlineData("Import-CnnModel ./none.onnx", "FileNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Import-CnnModel ./a.onnx -InputShape 3,28,28", "OnnxFileInput", ErrorCategory.InvalidData)]
    [InlineData("Import-CnnModel ./a.onnx -Mean 0.5, 0.5", "OnnxFileModel", ErrorCategory.InvalidData)]
    [InlineData("Import-CnnModel ./a.onnx -InputRange -1", "OnnxInputRange", ErrorCategory.InvalidArgument)]
    [InlineData("Import-CnnModel ./a.onnx -Format Safetensors", "SafetensorsHeader", ErrorCategory.InvalidData)]
    [InlineData("Import-CnnModel ./a.safetensors -Mean 0.5", "ModelFormatSetting", ErrorCategory.InvalidArgument)]
    [InlineData("Import-CnnModel ./a.npz", "ModelFormatWeights", ErrorCategory.InvalidArgument)]
    public void What_is_no_network_is_an_error(string script, string errorId, ErrorCategory category)
    {
        _session.Run("$model | Export-CnnModel ./a.onnx; $model | Export-CnnModel ./a.npz; $model | Export-CnnModel ./a.safetensors");
        File.WriteAllText(_folder.File("text.onnx"), "This is a text, and no network.");
        _session.Fails(script, errorId, category);
    }

    [Fact]
    public void Tensors_of_another_program_go_into_a_network_that_is_described()
    {
        File.WriteAllBytes(_folder.File("state.safetensors"), State(outputs: 10));
        Model model = _session.Single<Model>("""
            $network = (New-CnnLayer -Flatten), (New-CnnLayer -Dense -Outputs 10) | New-CnnModel -InputShape 1,2,2 -Seed 1
            Import-CnnModel ./state.safetensors -Model $network -Mean 0.5 -StandardDeviation 0.25
            """);
        Assert.Equal((1f, 2f), (model.GetValues(model.Parameters[0])[0], model.GetBiases("Dense1")[9]));
        Assert.Equal((0.5f, 0.25f), (model.Normalization.Mean[0], model.Normalization.StandardDeviation[0]));
        Assert.Equal(_folder.File("state.safetensors"), model.Path);
        Assert.NotEqual(1f, _session.Get<Model>("network").GetValues(_session.Get<Model>("network").Parameters[0])[0]);

        File.WriteAllBytes(_folder.File("other.safetensors"), State(outputs: 9));
        ErrorRecord error = _session.Fails("Import-CnnModel ./other.safetensors -Model $network", "WeightsMismatch", ErrorCategory.InvalidData);
        Assert.Contains("≠ Dense1: weight [10, 4], bias [10] | fc: weight [9, 4], bias [9]", error.Exception.Message);
    }

    [Theory]
    [InlineData("Import-CnnModel ./a.onnx -Model $model", "ModelFormatSetting")]
    [InlineData("Import-CnnModel ./a.safetensors -Model $model -InputRange 1", "ModelFormatSetting")]
    [InlineData("Import-CnnModel ./a.pt", "ModelFormatPickle")]
    [InlineData("Import-CnnModel ./a.pth -Model $model", "ModelFormatPickle")]
    public void A_network_is_described_for_safetensors_only(string script, string errorId)
    {
        foreach (string name in new[] { "a.onnx", "a.safetensors", "a.pt", "a.pth" })
        {
            File.WriteAllText(_folder.File(name), "");
        }

        ErrorRecord error = _session.Fails(script, errorId, ErrorCategory.InvalidArgument);
        Assert.Equal(errorId == "ModelFormatPickle", error.Exception.Message.Contains("weights_only=True), 'a.safetensors')", StringComparison.Ordinal));
    }

    /// <summary>A state_dict of one dense layer: weights of 1, biases of 2.</summary>
    private static byte[] State(int outputs)
    {
        byte[] header = Encoding.UTF8.GetBytes($$$"""{"fc.bias":{"dtype":"F32","shape":[{{{outputs}}}],"data_offsets":[0,{{{outputs * 4}}}]},"fc.weight":{"dtype":"F32","shape":[{{{outputs}}},4],"data_offsets":[{{{outputs * 4}}},{{{outputs * 20}}}]}}""");
        IEnumerable<float> values = Enumerable.Repeat(2f, outputs).Concat(Enumerable.Repeat(1f, 4 * outputs));
        return [.. BitConverter.GetBytes((long)header.Length), .. header, .. values.SelectMany(BitConverter.GetBytes)];
    }

    private static string FormatOf(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        return Encoding.Latin1.GetString(bytes, 0, 2) == "PK" && ZipFile.OpenRead(file).Entries.Any(entry => entry.Name == "layers.0.weight.npy") ? "Npz"
            : bytes.AsSpan().IndexOf("transB"u8) > 0 ? "Onnx"
            : bytes.AsSpan().IndexOf("cnn.model"u8) > 0 ? "Safetensors"
            : "unknown";
    }
}
