using System.Management.Automation;
using Cnn.Layers;

namespace Cnn.PowerShell.Tests;

public sealed class NewCnnLayerTests : IClassFixture<Session>
{
    private readonly Session _session;

    public NewCnnLayerTests(Session session) => _session = session;

    public static TheoryData<string, string> Layers => new()
    {
        { "-Convolution -Filters 8 -KernelSize 5", new Convolution(8, 5).ToString() },
        { "-Convolution -Filters 8 -KernelSize 3,5 -Stride 2 -Padding 1", new Convolution(8, 3, 5, 2, 1).ToString() },
        { "-Convolution -Filters 8 -KernelSize 3 -Dilation 2 -Groups 4", new Convolution(8, 3, 3, Dilation: 2, Groups: 4).ToString() },
        { "-Convolution -Filters 8 -KernelSize 3 -Stride 2,1 -Padding 0,1 -Dilation 1,2", new Convolution(8, 3, 3, new PerAxis(2, 1), new PerAxis(0, 1), new PerAxis(1, 2)).ToString() },
        { "-Convolution -Filters 8 -KernelSize 3 -Stride 2,2 -Padding 1,1 -Dilation 2,2", new Convolution(8, 3, 3, 2, 1, 2).ToString() },
        { "-Convolution -Filters 8 -KernelSize 3 -NoBias", new Convolution(8, 3, 3, HasBias: false).ToString() },
        { "-Convolution -Filters 8 -KernelSize 3 -NoBias:$false", new Convolution(8, 3).ToString() },
        { "-Whitening", new Whitening().ToString() },
        { "-Whitening -KernelSize 3 -Epsilon 0.01", new Whitening(3, 0.01).ToString() },
        { "-MaxPooling -Window 2", new MaxPooling(2).ToString() },
        { "-MaxPooling -Window 3 -Stride 1", new MaxPooling(3, 1).ToString() },
        { "-MaxPooling -Window 3 -Stride 2 -Padding 1", new MaxPooling(3, 2, 1).ToString() },
        { "-MaxPooling -Window 3,2", new MaxPooling(new PerAxis(3, 2)).ToString() },
        { "-MaxPooling -Window 3,2 -Stride 2,1 -Padding 1,0", new MaxPooling(new PerAxis(3, 2), new PerAxis(2, 1), new PerAxis(1, 0)).ToString() },
        { "-Dense -Outputs 10", new Dense(10).ToString() },
        { "-Dense -Outputs 10 -NoBias", new Dense(10, HasBias: false).ToString() },
        { "-Relu", new Relu().ToString() },
        { "-Relu6", new Relu6().ToString() },
        { "-LeakyRelu", new LeakyRelu().ToString() },
        { "-LeakyRelu -Slope 0.2", new LeakyRelu(0.2).ToString() },
        { "-Gelu", new Gelu().ToString() },
        { "-Tanh", new Tanh().ToString() },
        { "-Sigmoid", new Sigmoid().ToString() },
        { "-AveragePooling -Window 2", new AveragePooling(2).ToString() },
        { "-AveragePooling -Window 3 -Stride 2", new AveragePooling(3, 2).ToString() },
        { "-AveragePooling -Window 3 -Stride 1 -Padding 1", new AveragePooling(3, 1, 1).ToString() },
        { "-AveragePooling -Window 3 -Padding 1 -ExcludePadding", new AveragePooling(3, 3, 1, true).ToString() },
        { "-AveragePooling -Window 2,3 -Stride 1,2 -Padding 0,2 -ExcludePadding", new AveragePooling(new PerAxis(2, 3), new PerAxis(1, 2), new PerAxis(0, 2), true).ToString() },
        { "-GlobalAveragePooling", new GlobalAveragePooling().ToString() },
        { "-Dropout -Rate 0.25", new Dropout(0.25).ToString() },
        { "-Scaling -Factor 0.125", new Scaling(0.125).ToString() },
        { "-BatchNormalization", new BatchNormalization().ToString() },
        { "-BatchNormalization -Momentum 0.2 -Epsilon 0.001", new BatchNormalization(0.2, 0.001).ToString() },
        { "-Flatten", new Flatten().ToString() },
    };

    [Theory]
    [MemberData(nameof(Layers))]
    public void Describes_a_layer(string arguments, string description) =>
        Assert.Equal(description, _session.Single<Layer>("New-CnnLayer " + arguments).ToString());

    [Fact]
    public void A_residual_block_is_its_layers_and_one_that_adds()
    {
        Layer[] layers = [.. _session.Run("""
            New-CnnLayer -Residual {
                New-CnnLayer -Convolution -Filters 8 -KernelSize 3 -Padding 1
                New-CnnLayer -Residual { New-CnnLayer -Relu }
            }
            """).Output.Select(layer => (Layer)layer.BaseObject)];
        Assert.Equal([new Convolution(8, 3, 3, 1, 1), new Relu(), new Residual(1), new Residual(3)], layers);
    }

    [Fact]
    public void A_shortcut_stands_behind_the_layers_that_it_skips()
    {
        Layer[] layers = [.. _session.Run("""
            New-CnnLayer -Residual {
                New-CnnLayer -Convolution -Filters 8 -KernelSize 3 -Stride 2 -Padding 1
                New-CnnLayer -Relu
            } -Shortcut {
                New-CnnLayer -Convolution -Filters 8 -KernelSize 1 -Stride 2
                New-CnnLayer -BatchNormalization
            }
            """).Output.Select(layer => (Layer)layer.BaseObject)];
        Assert.Equal([new Convolution(8, 3, 3, 2, 1), new Relu(), new Convolution(8, 1, 1, 2), new BatchNormalization(), new Residual(2, 2)], layers);
    }

    [Theory]
    [InlineData("-Convolution -Filters 0 -KernelSize 5", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("-Convolution -Filters 1 -KernelSize 5,0", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("-Convolution -Filters 1 -KernelSize 5,5,5", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("-Convolution -Filters 1 -KernelSize 5 -Padding -1", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("-Whitening -KernelSize 2,3", "LayerSetting", ErrorCategory.InvalidArgument)]
    [InlineData("-Whitening -KernelSize 17", "LayerSetting", ErrorCategory.InvalidArgument)]
    [InlineData("-MaxPooling -Window 2 -Stride 0", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("-MaxPooling -Window 2,2,2", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("-MaxPooling -Window 2 -Stride 1,0", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("-MaxPooling -Window 2,3 -Padding 0,3", "LayerSetting", ErrorCategory.InvalidArgument)]
    [InlineData("-Convolution -Filters 1 -KernelSize 5 -Stride 1,1025", "LayerSetting", ErrorCategory.InvalidArgument)]
    [InlineData("-Convolution -Filters 1 -KernelSize 5 -Padding '1,2'", "ParameterArgumentTransformationError", ErrorCategory.InvalidData)]
    [InlineData("-Relu -NoBias", "AmbiguousParameterSet", ErrorCategory.InvalidArgument)]
    [InlineData("-Dense -Outputs ten", "ParameterArgumentTransformationError", ErrorCategory.InvalidData)]
    [InlineData("-Dense -Outputs 10 -Filters 8", "AmbiguousParameterSet", ErrorCategory.InvalidArgument)]
    [InlineData("-Relu -Flatten", "AmbiguousParameterSet", ErrorCategory.InvalidArgument)]
    [InlineData("-Convolution -Filters 8 -KernelSize 3 -Groups 3", "LayerSetting", ErrorCategory.InvalidArgument)]
    [InlineData("-Convolution -Filters 8 -KernelSize 3 -Dilation 0", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("-Dropout -Rate 1", "LayerSetting", ErrorCategory.InvalidArgument)]
    [InlineData("-Dropout -Rate -0.1", "LayerSetting", ErrorCategory.InvalidArgument)]
    [InlineData("-Scaling -Factor 0", "LayerSetting", ErrorCategory.InvalidArgument)]
    [InlineData("-Scaling -Factor 1e39", "LayerSetting", ErrorCategory.InvalidArgument)]
    [InlineData("-LeakyRelu -Slope 2", "LayerSetting", ErrorCategory.InvalidArgument)]
    [InlineData("-AveragePooling -Window 0", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("-AveragePooling -Window 3 -Padding 3", "LayerSetting", ErrorCategory.InvalidArgument)]
    [InlineData("-MaxPooling -Window 2 -Padding -1", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("-BatchNormalization -Momentum 0", "LayerSetting", ErrorCategory.InvalidArgument)]
    [InlineData("-BatchNormalization -Epsilon 0", "LayerSetting", ErrorCategory.InvalidArgument)]
    [InlineData("-Residual { }", "ResidualBlock", ErrorCategory.InvalidArgument)]
    [InlineData("-Residual { New-CnnLayer -Relu; 'nonsense' }", "ResidualBlock", ErrorCategory.InvalidArgument)]
    [InlineData("-Residual { New-CnnLayer -Relu } -Shortcut { }", "ResidualBlock", ErrorCategory.InvalidArgument)]
    [InlineData("-Residual { New-CnnLayer -Relu } -Shortcut { 'nonsense' }", "ResidualBlock", ErrorCategory.InvalidArgument)]
    [InlineData("-Residual { New-CnnLayer -Dropout -Rate 1 }", "LayerSetting", ErrorCategory.InvalidArgument)]
    public void Bad_settings_are_errors(string arguments, string errorId, ErrorCategory category) =>
        _session.Fails("New-CnnLayer " + arguments, errorId, category);
}
