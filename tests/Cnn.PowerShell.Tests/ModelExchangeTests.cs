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

    private static string FormatOf(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        return Encoding.Latin1.GetString(bytes, 0, 2) == "PK" && ZipFile.OpenRead(file).Entries.Any(entry => entry.Name == "layers.0.weight.npy") ? "Npz"
            : bytes.AsSpan().IndexOf("transB"u8) > 0 ? "Onnx"
            : bytes.AsSpan().IndexOf("cnn.model"u8) > 0 ? "Safetensors"
            : "unknown";
    }
}
