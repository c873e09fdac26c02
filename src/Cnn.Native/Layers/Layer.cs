using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>
/// A layer: an immutable description that can be saved, and its forward and backward passes in terms of kernels. The model owns the parameters; the workspace
/// owns the memory.
/// </summary>
/// <remarks>
/// Its settings cannot be changed: the memory of a model was computed from them. Only the engine defines layers, because the passes work on raw pointers and
/// trust the sizes that a layer reports.
/// </remarks>
public abstract record Layer
{
    private protected Layer()
    {
    }

    /// <summary>The layer's name in a model file and in messages, such as <c>convolution</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>The settings as people write them, such as <c>8 filters 5×5</c>; empty if there are none.</summary>
    public abstract string Settings { get; }

    /// <summary>
    /// Makes the layer anew from its settings, each of which is passed to the visitor with its name. This single description is used to write and read the
    /// settings in model files, and to list and vary them in sweeps.
    /// </summary>
    /// <param name="settings">The visitor: it gets each value, and returns the value to use.</param>
    /// <returns>The layer; itself if it has no settings.</returns>
    internal virtual Layer Rebuild(LayerSettings settings) => this;

    /// <summary>Whether the output may overwrite the input, and likewise for the gradients: the backward pass does not read the input.</summary>
    internal virtual bool RunsInPlace => false;

    /// <summary>Whether the backward pass reads the output, which the next layer then must not overwrite.</summary>
    internal virtual bool NeedsOutput => false;

    /// <summary>Checks the settings on their own; <see cref="OutputShape"/> checks them too.</summary>
    /// <exception cref="CnnException"><c>LayerSetting</c>: a setting is out of range.</exception>
    public virtual void CheckSettings()
    {
    }

    /// <summary>The shape of the output for an input that the layer accepts.</summary>
    /// <param name="input">The shape of the input.</param>
    /// <returns>The shape of the output.</returns>
    /// <exception cref="CnnException"><c>LayerShape</c>: the layer does not accept this shape.</exception>
    public abstract Shape OutputShape(Shape input);

    /// <summary>The tensors of this layer, in the order of the model's memory; those that are not trained come last.</summary>
    /// <param name="input">The shape of the input.</param>
    /// <returns>Names, shapes and fans; empty for a layer without parameters.</returns>
    public virtual IReadOnlyList<ParameterDescription> Parameters(Shape input) => [];

    /// <summary>Working memory of the layer besides its input and output that may be larger than these.</summary>
    /// <param name="input">The shape of the input, which the layer accepts.</param>
    /// <returns>Its name in errors, and its number of values for one image.</returns>
    internal virtual IEnumerable<(string What, Int128 Values)> Sizes(Shape input) => [];

    /// <summary>Dense multiplications and additions of the forward pass for one image: two for each product.</summary>
    /// <param name="input">The shape of the input.</param>
    /// <returns>The number of operations.</returns>
    public virtual long ForwardOperations(Shape input) => 0;

    /// <summary>The number of integers of state that the forward pass stores for the backward pass, for each image.</summary>
    /// <param name="input">The shape of the input.</param>
    /// <returns>The number of integers.</returns>
    internal virtual int StateLength(Shape input) => 0;

    /// <summary>The number of floats of scratch that the passes need, whatever the number of images.</summary>
    /// <param name="kernels">The kernels that will run.</param>
    /// <param name="input">The shape of the input.</param>
    /// <returns>The number of floats.</returns>
    internal virtual int ScratchLength(KernelSet kernels, Shape input) => 0;

    /// <summary>
    /// The number of floats of the packed parameters that <see cref="Forward"/> reads. They are packed once for all shards. 0 if the parameters are read
    /// directly from the model.
    /// </summary>
    /// <param name="kernels">The kernels that will run.</param>
    /// <param name="input">The shape of the input.</param>
    /// <returns>The number of floats.</returns>
    internal virtual int ForwardWeightsLength(KernelSet kernels, Shape input) => 0;

    /// <summary>The same for <see cref="Backward"/>.</summary>
    /// <param name="kernels">The kernels that will run.</param>
    /// <param name="input">The shape of the input.</param>
    /// <returns>The number of floats.</returns>
    internal virtual int BackwardWeightsLength(KernelSet kernels, Shape input) => 0;

    /// <summary>
    /// The number of floats of a shard's contribution to the gradient of the parameters, in the layout of the kernels. The contributions of all shards are
    /// added, and then <see cref="UnpackGradient"/> converts the sum to the gradient. 0 if the gradient is computed from the whole batch.
    /// </summary>
    /// <param name="kernels">The kernels that will run.</param>
    /// <param name="input">The shape of the input.</param>
    /// <returns>The number of floats.</returns>
    internal virtual int GradientSumsLength(KernelSet kernels, Shape input) => 0;

    /// <summary>
    /// The number of parts into which the gradient of the parameters can be divided, each part computed from the whole batch at once. 0 if the gradient is
    /// computed shard by shard in <see cref="Backward"/>, which is right when it is small.
    /// </summary>
    /// <param name="input">The shape of the input.</param>
    /// <returns>The number of parts; a part is one index of the first dimension of each of the parameters.</returns>
    internal virtual int GradientParts(Shape input) => 0;

    /// <summary>Packs the parameters for <see cref="Forward"/>, if that reads packed ones.</summary>
    /// <param name="pass">Kernels and memory; no images.</param>
    internal virtual void PackForward(in LayerPass pass)
    {
    }

    /// <summary>Packs the parameters for <see cref="Backward"/>, if that reads packed ones.</summary>
    /// <param name="pass">Kernels and memory; no images.</param>
    internal virtual void PackBackward(in LayerPass pass)
    {
    }

    /// <summary>Computes the output from the input.</summary>
    /// <param name="pass">The shard.</param>
    internal abstract void Forward(in LayerPass pass);

    /// <summary>Computes the gradient of the input, if it is needed, and that of the parameters, if it is computed shard by shard.</summary>
    /// <param name="pass">The shard.</param>
    internal abstract void Backward(in LayerPass pass);

    /// <summary>Converts the sum of the shards' contributions to the gradient of the parameters.</summary>
    /// <param name="pass">Kernels and memory; no images.</param>
    internal virtual void UnpackGradient(in LayerPass pass) =>
        throw new InvalidOperationException($"A {Kind} layer makes its gradient from the whole batch.");

    /// <summary>Computes some parts of the gradient of the parameters from the whole batch.</summary>
    /// <param name="pass">The batch.</param>
    /// <param name="first">The first part.</param>
    /// <param name="count">The number of parts.</param>
    internal virtual void ParameterGradient(in LayerPass pass, int first, int count) =>
        throw new InvalidOperationException($"A {Kind} layer makes its gradient shard by shard.");

    /// <summary>The error of a layer that does not accept its input.</summary>
    /// <param name="input">The shape of the input.</param>
    /// <param name="needs">What the layer needs, and what to do.</param>
    /// <returns>The error.</returns>
    protected CnnException CannotTake(Shape input, string needs) =>
        new("LayerShape", CnnErrorKind.InvalidArgument, $"The input of the layer {this} is {input.Channels}×{input.Height}×{input.Width} (channels×height×width). {needs}") { Target = this };

    /// <summary>The error of a setting that is out of range.</summary>
    /// <param name="setting">The name of the setting.</param>
    /// <param name="value">Its value.</param>
    /// <param name="needs">What is expected.</param>
    /// <returns>The error.</returns>
    protected CnnException BadSetting(string setting, object value, string needs) =>
        new("LayerSetting", CnnErrorKind.InvalidArgument, FormattableString.Invariant($"{setting} of the {Kind} layer is {value}. {needs}")) { Target = value };

    /// <summary>Checks the numbers of a setting for rows and columns.</summary>
    /// <param name="setting">The name of the setting.</param>
    /// <param name="value">Its numbers.</param>
    /// <param name="least">The smallest number that is accepted.</param>
    /// <param name="most">The largest.</param>
    private protected void CheckAxes(string setting, PerAxis value, int least, int most)
    {
        if (Math.Min(value.Height, value.Width) < least || Math.Max(value.Height, value.Width) > most)
        {
            throw BadSetting(setting, value, $"It must be a number from {least} to {most}, or two of them, for rows and for columns.");
        }
    }

    /// <summary>The kind and the settings.</summary>
    /// <returns>The text.</returns>
    public sealed override string ToString() => Settings.Length == 0 ? Kind : $"{Kind} ({Settings})";
}
