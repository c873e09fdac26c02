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
    public void Layers_take_a_name_class_names_and_the_number_of_classes()
    {
        Model model = _session.Single<Model>($"{Layers} | New-CnnModel -InputShape 3,32,32 -ClassCount 10 -Name Mine -ClassName ('a'..'j')");
        Assert.Equal("Mine", model.Name);
        Assert.Equal(10, model.ClassCount);
        Assert.Equal("a b c d e f g h i j", string.Join(' ', model.ClassNames));
        Assert.False(model.IsTrained);
        Assert.Equal(3, _session.Single<Model>("New-CnnModel LeNet5 -ClassName apple, pear, plum").ClassCount);
    }

    [Fact]
    public void Class_names_outlast_a_training_on_images_without_names_and_others_are_refused()
    {
        _session.Run("$images = New-CnnImageSet ([byte[]]::new(4 * 36)) 0, 1, 0, 1 1,6,6");
        const string Model = "$model = & { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 2 } | New-CnnModel -InputShape 1,6,6 -ClassName apple, pear";
        Model trained = _session.Single<Cnn.Training.TrainingResult>($"{Model}; $model | Invoke-CnnTraining $images -Epochs 1").Model;
        Assert.Equal(["apple", "pear"], trained.ClassNames);
        ErrorRecord error = _session.Fails(
            $"{Model}; $model | Invoke-CnnTraining (New-CnnImageSet ([byte[]]::new(4 * 36)) 0, 1, 0, 1 1,6,6 -ClassName pear, plum) -Epochs 1",
            "ClassNameMismatch",
            ErrorCategory.InvalidArgument);
        Assert.Contains("lack 'apple'", error.Exception.Message);
        Assert.Contains("lacks 'plum'", error.Exception.Message);
    }

    [Fact]
    public void Weights_and_biases_are_arrays_that_can_be_read_and_put_back()
    {
        Outcome outcome = _session.Run("""
            $model = New-CnnModel Baseline -Seed 3
            $weights = $model.GetWeights('convolution2')
            '{0} of {1}x{2}x{3}' -f $weights.GetLength(0), $weights.GetLength(1), $weights.GetLength(2), $weights.GetLength(3)
            $weights[7, 6, 4, 3] -eq $model.GetValues($model.Parameters[2])[7 * 200 + 6 * 25 + 4 * 5 + 3]
            $weights[7, 6, 4, 3] = 42
            $model.SetWeights('Convolution2', $weights)
            $model.GetWeights('Convolution2')[7, 6, 4, 3]
            $model.SetBiases('Dense2', (1..10))
            $model.GetBiases('Dense2') -join ' '
            """);
        Assert.Empty(outcome.Errors);
        Assert.Equal(["8 of 8x5x5", "True", "42", "1 2 3 4 5 6 7 8 9 10"], outcome.Output.Select(output => $"{output}"));
    }

    [Theory]
    [InlineData("GetWeights('Relu1')", "ParameterUnknown", "Convolution1, Convolution2, Dense1, Dense2")]
    [InlineData("GetWeights('Convolution9')", "LayerUnknown", "Convolution1")]
    [InlineData("SetBiases('Dense2', (1..9))", "ParameterLength", "has 10")]
    [InlineData("SetBiases('Dense2', (1..9 + 'x'))", "ParameterValue", "'x'")]
    [InlineData("SetWeights('Dense2', [float[,]]::new(128, 10))", "ParameterLength", "[10, 128]")]
    public void Weights_that_are_not_there_or_do_not_fit_are_errors_and_change_nothing(string call, string errorId, string told)
    {
        Outcome outcome = _session.Run($"$model = New-CnnModel Baseline -Seed 3; $model.{call}");
        CnnException error = Assert.IsType<CnnException>(outcome.Terminating?.Exception.InnerException ?? outcome.Errors[0].Exception.InnerException);
        Assert.Equal(errorId, error.ErrorId);
        Assert.Contains(told, error.Message);
        Assert.Equal(Weights("New-CnnModel Baseline -Seed 3"), Weights("$model"));
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
    [InlineData("New-CnnLayer -Flatten | New-CnnModel -InputShape 1,128,128", "OutputShape", ErrorCategory.InvalidArgument)]
    [InlineData("& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 3 } | New-CnnModel -InputShape 1,28,28 -ClassCount 10", "ClassCount", ErrorCategory.InvalidArgument)]
    [InlineData("& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 3 } | New-CnnModel -InputShape 1,28,28 -ClassName a, b", "ClassCount", ErrorCategory.InvalidArgument)]
    [InlineData("& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 3 } | New-CnnModel -InputShape 1,28,28 -ClassName a, b, a", "ClassNames", ErrorCategory.InvalidArgument)]
    [InlineData("& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 3 } | New-CnnModel -InputShape 1,28,28 -Name lenet5", "ModelName", ErrorCategory.InvalidArgument)]
    [InlineData("& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 3 } | New-CnnModel -InputShape 1,28,28 -Name \"a`nb\"", "ModelName", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnModel LeNet5 -ClassCount 3 -ClassName a, b", "ClassCount", ErrorCategory.InvalidArgument)]
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
