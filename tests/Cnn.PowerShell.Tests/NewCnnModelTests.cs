using System.Management.Automation;
using Cnn.Models;
using Cnn.Presets;

namespace Cnn.PowerShell.Tests;

public sealed class NewCnnModelTests : IClassFixture<Session>
{
    private const string Layers = """
        & {
            New-CnnLayer -Convolution -Filters 4 -KernelSize 3
            New-CnnLayer -Relu
            New-CnnLayer -MaxPooling -Window 2
            New-CnnLayer -Flatten
            New-CnnLayer -Dense -Outputs 10
        }
        """;

    private readonly Session _session;

    public NewCnnModelTests(Session session) => _session = session;

    [Theory]
    [InlineData("New-CnnModel Baseline", "Baseline")]
    [InlineData("New-CnnModel -Preset lenet5", "LeNet5")]
    public void Makes_a_preset(string script, string name)
    {
        Model model = _session.Single<Model>(script);
        Assert.Equal(name, model.Name);
        Assert.Equal(Preset.Find(name).Layers, model.Layers);
        Assert.False(model.IsTrained);
    }

    [Fact]
    public void A_preset_takes_other_images_and_classes()
    {
        Model model = _session.Single<Model>("New-CnnModel LeNet5 -InputShape 3,32,32 -ClassCount 4");
        Assert.Equal("LeNet5", model.Name);
        Assert.Equal("3×32×32", model.InputShape.ToString());
        Assert.Equal(4, model.ClassCount);
        Assert.Equal(Preset.Find("LeNet5").Layers.SkipLast(1), model.Layers.SkipLast(1));
        Assert.Equal("3×28×28", _session.Single<Model>("New-CnnModel Baseline -InputShape 3,28,28").InputShape.ToString());
        Assert.Equal(10, _session.Single<Model>("New-CnnModel Baseline").ClassCount);
    }

    [Theory]
    [InlineData("-InputShape 1,28,28")]
    [InlineData("-InputShape '1x28x28'")]
    [InlineData("-InputShape 1×28×28")]
    [InlineData("-InputShape ([Cnn.Memory.Shape]::new(1, 28, 28))")]
    public void Puts_layers_from_the_pipeline_together(string shape)
    {
        Model model = _session.Single<Model>($"{Layers} | New-CnnModel {shape}");
        Assert.Equal("1×28×28 4×26×26 4×26×26 4×13×13 676 10", string.Join(' ', model.Shapes));
    }

    [Fact]
    public void Takes_layers_as_an_argument_and_several_models_share_them()
    {
        Model model = _session.Single<Model>($"$layers = {Layers}; $null = New-CnnModel -Layer $layers -InputShape 1,28,28; New-CnnModel -Layer $layers -InputShape 3,16,16");
        Assert.Equal("3×16×16", model.InputShape.ToString());
    }

    [Fact]
    public void One_seed_draws_the_same_weights()
    {
        Assert.Equal(Weights("New-CnnModel Baseline -Seed 5"), Weights("New-CnnModel Baseline -Seed 5"));
        Assert.NotEqual(Weights("New-CnnModel Baseline -Seed 5"), Weights("New-CnnModel Baseline -Seed 6"));
        Assert.NotEqual(Weights("New-CnnModel Baseline -Seed 5"), Weights("New-CnnModel Baseline -Seed 5 -Initialization Article"));
    }

    [Fact]
    public void A_seed_that_was_drawn_is_told_and_makes_the_model_again()
    {
        Model model = _session.Single<Model>("New-CnnModel Baseline");
        Assert.Equal(model.GetValues(model.Parameters[0]), Weights($"New-CnnModel Baseline -Seed {model.Seed}"));
    }

    [Fact]
    public void Presets_are_completed()
    {
        CommandCompletion completion = CommandCompletion.CompleteInput(
            "New-CnnModel -Preset l", 22, null, System.Management.Automation.PowerShell.Create(_session.Runspace));
        Assert.Equal("LeNet5", Assert.Single(completion.CompletionMatches).CompletionText);
    }

    [Theory]
    [InlineData("New-CnnModel AlexNet", "PresetUnknown", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnModel Baseline -InputShape 1,6,6", "LayerShape", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnModel Baseline -ClassCount 1", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("New-CnnModel Baseline -Seed -1", "ParameterArgumentTransformationError", ErrorCategory.InvalidData)]
    [InlineData("New-CnnModel Baseline -Initialization Xavier", "CannotConvertArgumentNoMessage", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnLayer -Dense -Outputs 10 | New-CnnModel -InputShape 28,28", "ParameterArgumentTransformationError", ErrorCategory.InvalidData)]
    [InlineData("New-CnnLayer -Dense -Outputs 10 | New-CnnModel -InputShape large", "ParameterArgumentTransformationError", ErrorCategory.InvalidData)]
    [InlineData("New-CnnLayer -Dense -Outputs 10 | New-CnnModel -InputShape 1,0,28", "InputShape", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnLayer -Dense -Outputs 10 | New-CnnModel -InputShape 1,28,28", "LayerShape", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnLayer -Flatten | New-CnnModel -InputShape 1,28,28", "OutputShape", ErrorCategory.InvalidArgument)]
    public void Bad_models_are_errors(string script, string errorId, ErrorCategory category) => _session.Fails(script, errorId, category);

    [Fact]
    public void A_layer_that_does_not_fit_is_named_with_what_it_gets_and_needs()
    {
        ErrorRecord error = _session.Fails(
            "& { New-CnnLayer -MaxPooling -Window 20; New-CnnLayer -Convolution -Filters 8 -KernelSize 5 } | New-CnnModel -InputShape 1,28,28",
            "LayerShape",
            ErrorCategory.InvalidArgument);
        Assert.Contains("Layer 1", error.Exception.Message);
        Assert.Contains("convolution (8 filters 5×5)", error.Exception.Message);
        Assert.Contains("at least 5 rows", error.Exception.Message);
    }

    private float[] Weights(string script)
    {
        Model model = _session.Single<Model>(script);
        return model.GetValues(model.Parameters[0]);
    }
}
