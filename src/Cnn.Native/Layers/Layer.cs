using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>
/// A layer: an immutable description that can be saved, and what it does to the images of a shard in terms of kernels.
/// The parameters are the model's; the memory is the workspace's.
/// </summary>
/// <remarks>
/// Its settings cannot be changed: the memory of a model was worked out from them. Only the engine has layers, as the passes work on bare
/// pointers and trust what a layer says of its sizes.
/// </remarks>
public abstract record Layer
{
    private protected Layer()
    {
    }

    /// <summary>The layer's name in a model file and in messages, such as <c>convolution</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>The settings as people write them, such as <c>8 filters 5×5</c>; empty where there are none.</summary>
    public abstract string Settings { get; }

    /// <summary>
    /// Makes the layer anew from its settings, each of which goes through the visitor by its name. By this one description model files write
    /// and read the settings, and sweeps list and vary them.
    /// </summary>
    /// <param name="settings">The visitor: it is given each value, and gives the value to use.</param>
    /// <returns>The layer; itself where it has no settings.</returns>
    internal virtual Layer Rebuild(LayerSettings settings) => this;

    /// <summary>Whether the output may be written over the input, and the gradients likewise: the way back does not look at the input.</summary>
    internal virtual bool RunsInPlace => false;

    /// <summary>Whether the way back looks at the output, which the next layer then must not write over.</summary>
    internal virtual bool NeedsOutput => false;

    /// <summary>Checks the settings by themselves; <see cref="OutputShape"/> checks them too.</summary>
    /// <exception cref="CnnException"><c>LayerSetting</c>: a setting is out of its range.</exception>
    public virtual void CheckSettings()
    {
    }

    /// <summary>The shape of the output for an input, if the layer can take it.</summary>
    /// <param name="input">The shape that comes in.</param>
    /// <returns>The shape that goes out.</returns>
    /// <exception cref="CnnException"><c>LayerShape</c>: the layer cannot take this shape.</exception>
    public abstract Shape OutputShape(Shape input);

    /// <summary>The tensors of this layer, in the order in which they lie in the model; those that are not trained come last.</summary>
    /// <param name="input">The shape that comes in.</param>
    /// <returns>Names, shapes and fans; nothing for a layer that learns nothing.</returns>
    public virtual IReadOnlyList<ParameterDescription> Parameters(Shape input) => [];

    /// <summary>What the layer works with besides its input and its output, and that may be larger than they are.</summary>
    /// <param name="input">The shape that comes in, which the layer can take.</param>
    /// <returns>What it is, as an error calls it, and how many values it has for one image.</returns>
    internal virtual IEnumerable<(string What, Int128 Values)> Sizes(Shape input) => [];

    /// <summary>Dense multiplications and additions of the forward pass for one image: two for each product.</summary>
    /// <param name="input">The shape that comes in.</param>
    /// <returns>The number of operations.</returns>
    public virtual long ForwardOperations(Shape input) => 0;

    /// <summary>How many integers the forward pass leaves for the backward pass, for each image.</summary>
    /// <param name="input">The shape that comes in.</param>
    /// <returns>The number of integers.</returns>
    internal virtual int StateLength(Shape input) => 0;

    /// <summary>How many floats of scratch the passes need, whatever the number of images.</summary>
    /// <param name="kernels">The kernels that will run.</param>
    /// <param name="input">The shape that comes in.</param>
    /// <returns>The number of floats.</returns>
    internal virtual int ScratchLength(KernelSet kernels, Shape input) => 0;

    /// <summary>
    /// How many floats the parameters have in the form in which <see cref="Forward"/> reads them. They are brought into it
    /// once for all shards. 0 where they are read as they lie in the model.
    /// </summary>
    /// <param name="kernels">The kernels that will run.</param>
    /// <param name="input">The shape that comes in.</param>
    /// <returns>The number of floats.</returns>
    internal virtual int ForwardWeightsLength(KernelSet kernels, Shape input) => 0;

    /// <summary>The same for <see cref="Backward"/>.</summary>
    /// <param name="kernels">The kernels that will run.</param>
    /// <param name="input">The shape that comes in.</param>
    /// <returns>The number of floats.</returns>
    internal virtual int BackwardWeightsLength(KernelSet kernels, Shape input) => 0;

    /// <summary>
    /// In how many floats a shard makes the gradient of the parameters, in a form of the kernels' own. Those of all shards are added, and then
    /// <see cref="UnpackGradient"/> makes the gradient of them. 0 where it is made from the whole batch.
    /// </summary>
    /// <param name="kernels">The kernels that will run.</param>
    /// <param name="input">The shape that comes in.</param>
    /// <returns>The number of floats.</returns>
    internal virtual int GradientSumsLength(KernelSet kernels, Shape input) => 0;

    /// <summary>
    /// Into how many parts the gradient of the parameters can be cut, each part made from the whole batch at once.
    /// 0 where the gradient is made shard by shard in <see cref="Backward"/>, which is right when it is small.
    /// </summary>
    /// <param name="input">The shape that comes in.</param>
    /// <returns>The number of parts; a part is one index of the first dimension of each of the parameters.</returns>
    internal virtual int GradientParts(Shape input) => 0;

    /// <summary>Brings the parameters into the form in which <see cref="Forward"/> reads them, if it has one of its own.</summary>
    /// <param name="pass">Kernels and memory; no images.</param>
    internal virtual void PackForward(in LayerPass pass)
    {
    }

    /// <summary>Brings the parameters into the form in which <see cref="Backward"/> reads them, if it has one of its own.</summary>
    /// <param name="pass">Kernels and memory; no images.</param>
    internal virtual void PackBackward(in LayerPass pass)
    {
    }

    /// <summary>Makes the output from the input.</summary>
    /// <param name="pass">The shard.</param>
    internal abstract void Forward(in LayerPass pass);

    /// <summary>Makes the gradient of the input, if it is wanted, and that of the parameters, if it is made shard by shard.</summary>
    /// <param name="pass">The shard.</param>
    internal abstract void Backward(in LayerPass pass);

    /// <summary>Makes the gradient of the parameters of what the shards made of it, which is added up.</summary>
    /// <param name="pass">Kernels and memory; no images.</param>
    internal virtual void UnpackGradient(in LayerPass pass) =>
        throw new InvalidOperationException($"A {Kind} layer makes its gradient from the whole batch.");

    /// <summary>Makes some parts of the gradient of the parameters from the whole batch.</summary>
    /// <param name="pass">The batch.</param>
    /// <param name="first">The first part.</param>
    /// <param name="count">The number of parts.</param>
    internal virtual void ParameterGradient(in LayerPass pass, int first, int count) =>
        throw new InvalidOperationException($"A {Kind} layer makes its gradient shard by shard.");

    /// <summary>The error of a layer that cannot take what comes in.</summary>
    /// <param name="input">What comes in.</param>
    /// <param name="needs">What the layer needs, and what to do.</param>
    /// <returns>The error.</returns>
    protected CnnException CannotTake(Shape input, string needs) =>
        new("LayerShape", CnnErrorKind.InvalidArgument, $"The layer {this} gets {input.Channels}×{input.Height}×{input.Width} (channels×height×width). {needs}") { Target = this };

    /// <summary>The error of a setting that is out of its range.</summary>
    /// <param name="setting">The name of the setting.</param>
    /// <param name="value">Its value.</param>
    /// <param name="needs">What is expected.</param>
    /// <returns>The error.</returns>
    protected CnnException BadSetting(string setting, object value, string needs) =>
        new("LayerSetting", CnnErrorKind.InvalidArgument, $"{setting} of the {Kind} layer is {value}. {needs}") { Target = value };

    /// <summary>The kind and the settings.</summary>
    /// <returns>The text.</returns>
    public sealed override string ToString() => Settings.Length == 0 ? Kind : $"{Kind} ({Settings})";
}
