using System.Management.Automation;
using Cnn.Layers;

namespace Cnn.PowerShell;

/// <summary>New-CnnLayer: describes a layer; New-CnnModel connects layers.</summary>
[Cmdlet(VerbsCommon.New, "CnnLayer")]
[OutputType(typeof(Layer))]
public sealed class NewCnnLayerCommand : CnnCommand
{
    /// <summary>A convolution.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Convolution))]
    public SwitchParameter Convolution { get; set; }

    /// <summary>A fixed convolution that whitens small squares of the images.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Whitening))]
    public SwitchParameter Whitening { get; set; }

    /// <summary>Max pooling.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(MaxPooling))]
    public SwitchParameter MaxPooling { get; set; }

    /// <summary>A dense layer.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Dense))]
    public SwitchParameter Dense { get; set; }

    /// <summary>A rectified linear unit.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Relu))]
    public SwitchParameter Relu { get; set; }

    /// <summary>A rectified linear unit that is cut at 6.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Relu6))]
    public SwitchParameter Relu6 { get; set; }

    /// <summary>A leaky rectified linear unit.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(LeakyRelu))]
    public SwitchParameter LeakyRelu { get; set; }

    /// <summary>A Gaussian error linear unit.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Gelu))]
    public SwitchParameter Gelu { get; set; }

    /// <summary>The hyperbolic tangent.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Tanh))]
    public SwitchParameter Tanh { get; set; }

    /// <summary>The logistic function.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Sigmoid))]
    public SwitchParameter Sigmoid { get; set; }

    /// <summary>Average pooling.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(AveragePooling))]
    public SwitchParameter AveragePooling { get; set; }

    /// <summary>The mean of each channel.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(GlobalAveragePooling))]
    public SwitchParameter GlobalAveragePooling { get; set; }

    /// <summary>Drops values at random in training.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Dropout))]
    public SwitchParameter Dropout { get; set; }

    /// <summary>Multiplies every value by a fixed number.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Scaling))]
    public SwitchParameter Scaling { get; set; }

    /// <summary>Batch normalisation.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(BatchNormalization))]
    public SwitchParameter BatchNormalization { get; set; }

    /// <summary>The layers of a residual block: the input of the first one is added to the output of the last one.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Residual))]
    public ScriptBlock? Residual { get; set; }

    /// <summary>The layers of the connection that skips a residual block, where the block changes the shape.</summary>
    [Parameter(ParameterSetName = nameof(Residual))]
    public ScriptBlock? Shortcut { get; set; }

    /// <summary>Makes a vector of the channels, rows and columns that come in.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Flatten))]
    public SwitchParameter Flatten { get; set; }

    /// <summary>Number of filters.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Convolution))]
    [Number(typeof(int))]
    [ValidateRange(1, int.MaxValue)]
    public int Filters { get; set; }

    /// <summary>Rows and columns of a filter: one number for a square, or two; whitening takes a square, by default of 2.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Convolution))]
    [Parameter(ParameterSetName = nameof(Whitening))]
    [Number(typeof(int))]
    [ValidateCount(1, 2)]
    [ValidateRange(1, int.MaxValue)]
    public int[] KernelSize { get; set; } = [];

    /// <summary>Rows and columns between two neighbouring outputs, one number for both or two; by default 1 for a convolution and the window for pooling.</summary>
    [Parameter(ParameterSetName = nameof(Convolution))]
    [Parameter(ParameterSetName = nameof(MaxPooling))]
    [Parameter(ParameterSetName = nameof(AveragePooling))]
    [Number(typeof(int))]
    [ValidateCount(1, 2)]
    [ValidateRange(1, int.MaxValue)]
    public int[]? Stride { get; set; }

    /// <summary>Rows and columns around the image, one number for both or two: zeros, which never win in max pooling.</summary>
    [Parameter(ParameterSetName = nameof(Convolution))]
    [Parameter(ParameterSetName = nameof(MaxPooling))]
    [Parameter(ParameterSetName = nameof(AveragePooling))]
    [Number(typeof(int))]
    [ValidateCount(1, 2)]
    [ValidateRange(0, int.MaxValue)]
    public int[] Padding { get; set; } = [0];

    /// <summary>Takes the mean over the pixels of the image alone, and not over the padding.</summary>
    [Parameter(ParameterSetName = nameof(AveragePooling))]
    public SwitchParameter ExcludePadding { get; set; }

    /// <summary>Rows and columns of the image from one row or column of a filter to the next, one number for both or two.</summary>
    [Parameter(ParameterSetName = nameof(Convolution))]
    [Number(typeof(int))]
    [ValidateCount(1, 2)]
    [ValidateRange(1, int.MaxValue)]
    public int[] Dilation { get; set; } = [1];

    /// <summary>The number of groups into which channels and filters are divided.</summary>
    [Parameter(ParameterSetName = nameof(Convolution))]
    [Number(typeof(int))]
    [ValidateRange(1, int.MaxValue)]
    public int Groups { get; set; } = 1;

    /// <summary>Rows and columns of the window: one number for a square, or two.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(MaxPooling))]
    [Parameter(Mandatory = true, ParameterSetName = nameof(AveragePooling))]
    [Number(typeof(int))]
    [ValidateCount(1, 2)]
    [ValidateRange(1, int.MaxValue)]
    public int[] Window { get; set; } = [];

    /// <summary>Number of outputs.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Dense))]
    [Number(typeof(int))]
    [ValidateRange(1, int.MaxValue)]
    public int Outputs { get; set; }

    /// <summary>Leaves out the biases.</summary>
    [Parameter(ParameterSetName = nameof(Convolution))]
    [Parameter(ParameterSetName = nameof(Dense))]
    public SwitchParameter NoBias { get; set; }

    /// <summary>The slope of a leaky ReLU below 0.</summary>
    [Parameter(ParameterSetName = nameof(LeakyRelu))]
    [Number(typeof(double))]
    public double Slope { get; set; } = 0.01;

    /// <summary>The share of the values that dropout drops.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Dropout))]
    [Number(typeof(double))]
    public double Rate { get; set; }

    /// <summary>What scaling multiplies by.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Scaling))]
    [Number(typeof(double))]
    public double Factor { get; set; }

    /// <summary>The share of the running statistics that each batch replaces.</summary>
    [Parameter(ParameterSetName = nameof(BatchNormalization))]
    [Number(typeof(double))]
    public double Momentum { get; set; } = 0.1;

    /// <summary>The number that is added to the variance of a batch, and by whitening to that of a direction.</summary>
    [Parameter(ParameterSetName = nameof(BatchNormalization))]
    [Parameter(ParameterSetName = nameof(Whitening))]
    [Number(typeof(double))]
    public double? Epsilon { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing() => Require(() =>
    {
        if (Residual != null)
        {
            WriteObject(BlockOf(Residual, Shortcut), enumerateCollection: true);
            return;
        }

        Layer layer = Describe();
        layer.CheckSettings();
        WriteObject(layer);
    });

    /// <summary>The layers of a block, those of its shortcut, and after them the one that adds both.</summary>
    private static Layer[] BlockOf(ScriptBlock block, ScriptBlock? shortcut)
    {
        List<Layer> skipped = LayersOf(block, nameof(Residual), "write the layers that are skipped into it");
        List<Layer> connection = shortcut == null ? [] : LayersOf(shortcut, nameof(Shortcut), "leave -Shortcut out where what comes into the block is added as it is");
        return [.. skipped, .. connection, new Residual(skipped.Count, connection.Count)];
    }

    /// <summary>The layers that a script block gives.</summary>
    private static List<Layer> LayersOf(ScriptBlock block, string parameter, string remedy)
    {
        List<Layer> layers = [];
        foreach (PSObject? given in block.Invoke())
        {
            layers.Add(given?.BaseObject as Layer ?? throw new CnnException(
                "ResidualBlock",
                CnnErrorKind.InvalidArgument,
                $"The block of -{parameter} gives '{given}', and it must give layers and nothing else: {{ New-CnnLayer -Convolution -Filters 8 -KernelSize 3 -Padding 1 }}.")
            { Target = given });
        }

        return layers.Count > 0
            ? layers
            : throw new CnnException("ResidualBlock", CnnErrorKind.InvalidArgument, $"The block of -{parameter} gives no layer: {remedy}.") { Target = block };
    }

    private Whitening WhitenWith(int[] size) => size is [int height, int width] && height != width
        ? throw new CnnException(
            "LayerSetting", CnnErrorKind.InvalidArgument, $"KernelSize of the whitening layer is {height}, {width}, but it must be square: give one number, for instance 2.")
        { Target = size }
        : new Whitening(size.Length == 0 ? 2 : size[0], Epsilon ?? 5e-4);

    /// <summary>The number for rows and the one for columns, of one number for both or two.</summary>
    private static PerAxis Both(int[] numbers) => new(numbers[0], numbers[^1]);

    private Layer Describe() => ParameterSetName switch
    {
        nameof(Convolution) => new Convolution(Filters, KernelSize[0], KernelSize[^1], Both(Stride ?? [1]), Both(Padding), Both(Dilation), Groups, !NoBias),
        nameof(Whitening) => WhitenWith(KernelSize),
        nameof(MaxPooling) => new MaxPooling(Both(Window), Both(Stride ?? Window), Both(Padding)),
        nameof(Dense) => new Dense(Outputs, !NoBias),
        nameof(Relu) => new Relu(),
        nameof(Relu6) => new Relu6(),
        nameof(LeakyRelu) => new LeakyRelu(Slope),
        nameof(Gelu) => new Gelu(),
        nameof(Tanh) => new Tanh(),
        nameof(Sigmoid) => new Sigmoid(),
        nameof(AveragePooling) => new AveragePooling(Both(Window), Both(Stride ?? Window), Both(Padding), ExcludePadding),
        nameof(GlobalAveragePooling) => new GlobalAveragePooling(),
        nameof(Dropout) => new Dropout(Rate),
        nameof(Scaling) => new Scaling(Factor),
        nameof(BatchNormalization) => new BatchNormalization(Momentum, Epsilon ?? 1e-5),
        _ => new Flatten(),
    };
}
