using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Cnn.Data;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Pictures;

namespace Cnn.Models;

/// <summary>
/// A network: an input shape, layers, their parameters, and everything that is needed to use it on its own: the normalisation and the class names. The last
/// layer outputs one logit for each class; softmax is part of the loss and of prediction.
/// </summary>
/// <remarks>
/// Training changes the parameters. Code that saves, measures or reads a model meanwhile sees it as it is between two steps.
/// </remarks>
public sealed partial class Model : IClassifier
{
    private readonly NativeBuffer<float> _parameters;
    private IReadOnlyList<string> _classNames;
    private int _isInTraining;

    /// <summary>Makes a model whose parameters are all zero: <see cref="Initialize"/> draws them, or they are read from a file.</summary>
    /// <param name="inputShape">The shape of an image.</param>
    /// <param name="layers">The layers, from the image to the logits.</param>
    /// <exception cref="CnnException">A layer does not fit after the one before it.</exception>
    public Model(Shape inputShape, IEnumerable<Layer> layers)
    {
        InputShape = inputShape;
        // A list with its own indexer, unlike the result of a collection expression, which PowerShell cannot index.
        Layers = layers.ToList().AsReadOnly();
        ModelLayout layout = ModelLayout.Of(inputShape, Layers);
        (Graph, Shapes, InputShapes) = (layout.Graph, layout.Shapes, layout.InputShapes);
        Parameters = layout.Parameters;
        _parameters = new NativeBuffer<float>(layout.Length);
        _classNames = Enumerable.Range(0, ClassCount).Select(index => $"{index}").ToList().AsReadOnly();
        Normalization = Normalization.None(inputShape.Channels);
        Summary = LayerSummary.Of(this);
    }

    /// <summary>A copy; everything immutable is shared.</summary>
    private Model(Model other)
    {
        (Name, Path, InputShape, Layers, Graph, Shapes, InputShapes, Parameters, Summary) =
            (other.Name, other.Path, other.InputShape, other.Layers, other.Graph, other.Shapes, other.InputShapes, other.Parameters, other.Summary);
        _parameters = new NativeBuffer<float>(other._parameters.Length);
        Take(other);
    }

    /// <summary>The name of the model: the preset that it was made from, the name that it was given, or <c>Custom</c>.</summary>
    public string Name { get; internal init; } = "Custom";

    /// <summary>The file that the model was loaded from; null if it was not loaded from a file.</summary>
    public string? Path { get; internal init; }

    /// <summary>The shape of an image.</summary>
    public Shape InputShape { get; }

    /// <summary>The layers, from the image to the logits.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>The layers with their names in this model, their shapes, their parameters and their costs.</summary>
    public ReadOnlyCollection<LayerSummary> Summary { get; }

    /// <summary>The shape of an image, and then that of what each layer gives: the output of layer i is at i + 1.</summary>
    public IReadOnlyList<Shape> Shapes { get; }

    /// <summary>How values go from layer to layer.</summary>
    internal LayerGraph Graph { get; }

    /// <summary>The shape that comes into each layer.</summary>
    internal IReadOnlyList<Shape> InputShapes { get; }

    /// <summary>The tensors, in the order of their memory.</summary>
    public IReadOnlyList<ModelParameter> Parameters { get; }

    /// <summary>Number of trained values.</summary>
    public int ParameterCount => Parameters.Where(parameter => parameter.IsTrained).Sum(parameter => parameter.Length);

    /// <summary>Number of classes.</summary>
    public int ClassCount => Shapes[^1].Channels;

    /// <summary>Dense operations of the forward pass for one image, two for each multiplication with its addition.</summary>
    public long ForwardOperations => Summary.Sum(layer => layer.ForwardOperations);

    /// <summary>The seed that drew the parameters; training uses it for shuffling unless it is given another one.</summary>
    public ulong Seed { get; private set; }

    /// <summary>The transformation of pixels before the first layer.</summary>
    public Normalization Normalization { get; private set; }

    /// <summary>How its training images were converted from pictures, so that others are converted in the same way; null if it is not known.</summary>
    public PictureConversion? Conversion { get; private set; }

    /// <summary>Whether the model was trained, so that its normalisation and class names are those of its training images.</summary>
    public bool IsTrained { get; private set; }

    /// <summary>The names of the classes, by label.</summary>
    public IReadOnlyList<string> ClassNames => _classNames;

    /// <inheritdoc/>
    IReadOnlyList<Model> IClassifier.Members => [this];

    /// <inheritdoc/>
    ClassMatch IClassifier.Match(ImageSet images) => Match(images);

    /// <summary>
    /// All parameters in one block: tensors at their offsets, zeros between them. Code that writes them, or that reads them while the model may be trained,
    /// must hold <see cref="Gate"/>.
    /// </summary>
    internal NativeBuffer<float> ParameterBuffer => _parameters;

    /// <summary>Held during a training step and by everything else that changes the model, so that a copy is consistent.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Makes a model and draws its parameters.</summary>
    /// <param name="inputShape">The shape of an image.</param>
    /// <param name="layers">The layers, from the image to the logits.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="initialization">How the weights are drawn.</param>
    /// <param name="name">The name of the model; by default <c>Custom</c>.</param>
    /// <returns>The model.</returns>
    /// <exception cref="CnnException">
    /// A layer does not fit after the one before it. <c>ModelName</c>: the name is blank or has control characters.
    /// </exception>
    public static Model Create(
        Shape inputShape, IEnumerable<Layer> layers, ulong seed, Initialization initialization = Initialization.He, string? name = null)
    {
        if (name != null && (string.IsNullOrWhiteSpace(name) || name.EnumerateRunes().Any(rune => Rune.IsControl(rune) || rune == Rune.ReplacementChar)))
        {
            throw new CnnException(
                "ModelName", CnnErrorKind.InvalidArgument, "The name of the model is blank, or contains control characters or an incomplete character: give it a name that can be printed.")
            { Target = name };
        }

        var model = new Model(inputShape, layers) { Name = name ?? "Custom" };
        model.Initialize(seed, initialization);
        return model;
    }

    /// <summary>Draws all parameters again; each tensor has its own random stream.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="initialization">How the weights are drawn.</param>
    public void Initialize(ulong seed, Initialization initialization = Initialization.He)
    {
        lock (Gate)
        {
            Seed = seed;
            ParameterInitializer.Draw(this, initialization);
        }
    }

    /// <summary>The values of one tensor, in place. Valid while the model is reachable.</summary>
    /// <param name="parameter">One of <see cref="Parameters"/>.</param>
    /// <returns>The values, in memory order.</returns>
    internal Span<float> Values(ModelParameter parameter) => _parameters.Span(parameter.Offset, parameter.Length);

    /// <summary>The model as it is now: later training does not change the copy.</summary>
    /// <returns>The copy.</returns>
    internal Model Copy()
    {
        lock (Gate)
        {
            return new Model(this);
        }
    }

    /// <summary>The model as it is now, marked as loaded from a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The copy.</returns>
    internal Model Copy(string path)
    {
        lock (Gate)
        {
            return new Model(this) { Path = path };
        }
    }

    /// <summary>Takes over everything of another model except its name.</summary>
    /// <param name="other">A model with the same layers, which nobody else holds.</param>
    /// <exception cref="CnnException"><c>ModelInTraining</c>: this model is being trained.</exception>
    internal void TakeOver(Model other)
    {
        BeginTraining();
        try
        {
            lock (Gate)
            {
                Take(other);
            }
        }
        finally
        {
            EndTraining();
        }
    }

    /// <summary>Finds a layer by its name in this model.</summary>
    /// <param name="name">The name, such as <c>Convolution1</c>; case does not matter.</param>
    /// <returns>The layer.</returns>
    /// <exception cref="CnnException"><c>LayerUnknown</c>: there is no layer of that name.</exception>
    public LayerSummary FindLayer(string name) =>
        Summary.FirstOrDefault(layer => layer.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new CnnException(
            "LayerUnknown",
            CnnErrorKind.InvalidArgument,
            $"The model {Name} has no layer '{name}'. Its layers are {string.Join(", ", Summary.Select(layer => layer.Name))}.")
        { Target = name };

    /// <summary>Finds a layer by its name in this model, or by its number.</summary>
    /// <param name="layer">The name, or the number, from 0.</param>
    /// <returns>The index of the layer.</returns>
    /// <exception cref="CnnException"><c>LayerUnknown</c>: there is no such layer.</exception>
    internal int IndexOfLayer(string layer) =>
        int.TryParse(layer, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < Layers.Count ? index : FindLayer(layer).Index;

    /// <summary>Begins a training, which no other may do until <see cref="EndTraining"/>: two would spoil each other's work.</summary>
    /// <exception cref="CnnException"><c>ModelInTraining</c>: another one is going on.</exception>
    internal void BeginTraining()
    {
        if (Interlocked.Exchange(ref _isInTraining, 1) == 1)
        {
            throw new CnnException(
                "ModelInTraining", CnnErrorKind.Unavailable, $"The model {Name} is already being trained: wait for that training, or train another model.")
            { Target = this };
        }
    }

    /// <summary>Ends a training.</summary>
    internal void EndTraining() => Volatile.Write(ref _isInTraining, 0);

    /// <summary>The name, the shape and the size.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Name}: {InputShape} to {ClassCount} classes, {Layers.Count} layers, {ParameterCount} parameters";

    /// <summary>Sets everything that a file contains besides the parameters.</summary>
    /// <param name="seed">The seed that drew the parameters.</param>
    /// <param name="isTrained">Whether the model was trained.</param>
    /// <param name="normalization">The normalisation.</param>
    /// <param name="classNames">The names of the classes, as many as there are outputs.</param>
    /// <param name="conversion">How its training images were converted from pictures; null if it is not known.</param>
    /// <exception cref="CnnException">The number of channels or of names does not match the model.</exception>
    internal void Restore(ulong seed, bool isTrained, Normalization normalization, IReadOnlyList<string> classNames, PictureConversion? conversion)
    {
        Describe(normalization, classNames, conversion);
        Seed = seed;
        IsTrained = isTrained;
    }

    [MemberNotNull(nameof(_classNames), nameof(Normalization))]
    private void Take(Model other)
    {
        _parameters.CopyFrom(other._parameters);
        _classNames = other._classNames;
        Normalization = other.Normalization;
        Conversion = other.Conversion;
        Seed = other.Seed;
        IsTrained = other.IsTrained;
    }
}
