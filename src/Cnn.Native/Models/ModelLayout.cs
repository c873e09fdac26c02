using Cnn.Data;
using Cnn.Kernels;
using Cnn.Layers;
using Cnn.Memory;

namespace Cnn.Models;

/// <summary>
/// The layout of a model: the shapes between its layers, and the offsets of its tensors. All sizes are checked here, once, before any memory is allocated.
/// From then on, sums and products of the sizes of one image, and of a shard of images, fit into 32 bits.
/// </summary>
internal sealed class ModelLayout
{
    /// <summary>
    /// The largest number of values in a tensor of one image: a shard of eight images stays below 2³¹. It is a picture of 1024×1024 with 128 channels.
    /// </summary>
    internal const int MostValues = 1 << 27;

    /// <summary>A gigabyte of parameters.</summary>
    private const long MostParameters = 1 << 28;

    /// <summary>The largest number of channels of an image. Each has a mean and a deviation in the model file.</summary>
    private const int MostInputChannels = 1 << 16;

    /// <summary>The alignment of tensors: a cache line.</summary>
    private const int Alignment = 16;

    private readonly List<Shape> _shapes;
    private readonly List<Shape> _inputShapes = [];
    private readonly List<ModelParameter> _parameters = [];

    private ModelLayout(Shape inputShape, LayerGraph graph) => (_shapes, Graph) = ([inputShape], graph);

    /// <summary>How values go from layer to layer.</summary>
    public LayerGraph Graph { get; }

    /// <summary>The shape of an image, and then that of what each layer gives.</summary>
    public IReadOnlyList<Shape> Shapes => _shapes.AsReadOnly();

    /// <summary>The shape that comes into each layer.</summary>
    public IReadOnlyList<Shape> InputShapes => _inputShapes.AsReadOnly();

    /// <summary>The tensors, in the order of their memory.</summary>
    public IReadOnlyList<ModelParameter> Parameters => _parameters.AsReadOnly();

    /// <summary>The number of floats of all tensors together.</summary>
    public long Length { get; private set; }

    /// <summary>Checks that layers form a valid model, and lays out its tensors.</summary>
    /// <param name="inputShape">The shape of an image.</param>
    /// <param name="layers">The layers, from the image to the logits.</param>
    /// <returns>The layout.</returns>
    /// <exception cref="CnnException">
    /// <c>InputShape</c>, <c>LayerShape</c>, <c>LayerSetting</c>, <c>LayerPlace</c> or <c>OutputShape</c>: the layers do not fit together. <c>ModelSize</c>: something is too large.
    /// </exception>
    public static ModelLayout Of(Shape inputShape, IReadOnlyList<Layer> layers)
    {
        if (inputShape.Channels is < 1 or > MostInputChannels || inputShape.Height < 1 || inputShape.Width < 1 || inputShape.ValueCount > MostValues)
        {
            throw new CnnException(
                "InputShape",
                CnnErrorKind.InvalidArgument,
                $"The input shape is {inputShape.Channels}×{inputShape.Height}×{inputShape.Width}: channels (at most {MostInputChannels}), height and width must each be at least 1, "
                + $"and together at most {MostValues} values; 1×28×28 for MNIST.")
            { Target = inputShape };
        }

        ModelLayout layout = new(inputShape, LayerGraph.Of(layers));
        for (int index = 0; index < layers.Count; index++)
        {
            layout.Add(index, layers[index]);
        }

        Shape output = layout._shapes[^1];
        if (!output.IsVector || output.Channels is < 2 or > ImageSet.MostClasses)
        {
            throw new CnnException(
                "OutputShape",
                CnnErrorKind.InvalidArgument,
                $"The output of the last layer is {output} (channels×height×width), but a model needs one output for each of its 2 to {ImageSet.MostClasses} classes: "
                + "end with a dense layer that has as many outputs as there are classes.")
            { Target = output };
        }

        return layout;
    }

    private void Add(int index, Layer layer)
    {
        Shape input = _shapes[Graph.Read(index)];
        _inputShapes.Add(input);
        Shape output = OutputOf(index, layer, input);
        CheckSizes(index, layer, input, output);
        _shapes.Add(output);
        foreach (ParameterDescription description in layer.Parameters(input))
        {
            Int128 length = description.Dimensions.Aggregate((Int128)1, (product, dimension) => product * dimension);
            if (Length + length > MostParameters)
            {
                throw TooLarge(index, layer, input, $"makes a model of more than {MostParameters} parameters: use fewer filters or outputs.");
            }

            _parameters.Add(new ModelParameter(
                $"layers.{index}.{description.Name}", index, description.Dimensions.ToList().AsReadOnly(), description.FanIn,
                (int)Length, description.Length, description.Start, description.IsTrained));
            Length = (Length + description.Length + Alignment - 1) / Alignment * Alignment;
        }

        CheckScratch(index, layer, input);
    }

    private Shape OutputOf(int index, Layer layer, Shape input)
    {
        try
        {
            if (layer is Residual residual)
            {
                residual.CheckSum(input, _shapes[Graph.Added(index)]);
            }

            if (layer is Whitening && index > 0)
            {
                throw new CnnException(
                    "LayerPlace", CnnErrorKind.InvalidArgument, $"The layer {layer} whitens images: make it the first layer, or leave it out.")
                { Target = layer };
            }

            return layer.OutputShape(input);
        }
        catch (CnnException error)
        {
            throw new CnnException(error.ErrorId, error.Kind, $"Layer {index}: {error.Message}", error) { Target = error.Target };
        }
    }

    private static void CheckSizes(int index, Layer layer, Shape input, Shape output)
    {
        foreach ((string what, Int128 values) in layer.Sizes(input).Append(("its output", output.ValueCount)))
        {
            if (values > MostValues)
            {
                throw TooLarge(
                    index, layer, input, $"is too large: {what} has {values} values for each image, and the limit is {MostValues}. Use less padding, fewer filters or outputs, or pooling before it.");
            }
        }
    }

    /// <summary>Only the kernels know the scratch memory, and a model may run on any of them.</summary>
    private static void CheckScratch(int index, Layer layer, Shape input)
    {
        try
        {
            foreach (KernelSet kernels in KernelSelection.All)
            {
                layer.ScratchLength(kernels, input);
            }
        }
        catch (OverflowException)
        {
            throw TooLarge(index, layer, input, "is too large: its working memory for an image has more than 2147483647 values. Use less padding, fewer filters, or a smaller kernel.");
        }
    }

    private static CnnException TooLarge(int index, Layer layer, Shape input, string problem) => new(
        "ModelSize",
        CnnErrorKind.InvalidArgument,
        $"Layer {index}, {layer}, gets {input.Channels}×{input.Height}×{input.Width} (channels×height×width) and {problem}")
    { Target = layer };
}
