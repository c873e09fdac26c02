using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>
/// The memory with which a layer passes over some images. All pointers belong to a workspace or a model that outlives the pass,
/// and hold at least what the shapes say for <see cref="Images"/> images.
/// </summary>
internal readonly unsafe ref struct LayerPass
{
    /// <summary>The kernels that run.</summary>
    public required KernelSet Kernels { get; init; }

    /// <summary>The shape that comes in.</summary>
    public required Shape InputShape { get; init; }

    /// <summary>Number of images.</summary>
    public required int Images { get; init; }

    /// <summary>Whether the images are trained on. Where they are only looked at, nothing random happens.</summary>
    public bool IsTraining { get; init; }

    /// <summary>The place of the first image in the batch.</summary>
    public int FirstImage { get; init; }

    /// <summary>64 random bits of this layer in this step of the training, the same for all shards.</summary>
    public ulong Noise { get; init; }

    /// <summary>[image][row][column][channel] of the input.</summary>
    public float* Input { get; init; }

    /// <summary>[image][row][column][channel] of the output.</summary>
    public float* Output { get; init; }

    /// <summary>The gradient with respect to the output.</summary>
    public float* OutputGradient { get; init; }

    /// <summary>The gradient with respect to the input; null where nobody wants it, as in the first layer.</summary>
    public float* InputGradient { get; init; }

    /// <summary>The layer's first parameter tensor; null where there is none.</summary>
    public float* Weight { get; init; }

    /// <summary>The layer's second parameter tensor; null where there is none.</summary>
    public float* Bias { get; init; }

    /// <summary>The third parameter tensor of a <see cref="BatchLayer"/>; null in other layers.</summary>
    public float* RunningMean { get; init; }

    /// <summary>The fourth parameter tensor of a <see cref="BatchLayer"/>; null in other layers.</summary>
    public float* RunningVariance { get; init; }

    /// <summary><see cref="Layer.ForwardWeightsLength"/> floats: the parameters as the way forward reads them.</summary>
    public float* ForwardWeights { get; init; }

    /// <summary><see cref="Layer.BackwardWeightsLength"/> floats: the parameters as the gradient of the input reads them; null where nobody wants that.</summary>
    public float* BackwardWeights { get; init; }

    /// <summary><see cref="Layer.GradientSumsLength"/> floats: what a shard, or all of them together, make of the gradient of the parameters.</summary>
    public float* GradientSums { get; init; }

    /// <summary>The gradient of <see cref="Weight"/>.</summary>
    public float* WeightGradient { get; init; }

    /// <summary>The gradient of <see cref="Bias"/>.</summary>
    public float* BiasGradient { get; init; }

    /// <summary>[image][<see cref="Layer.StateLength"/>]: what the forward pass leaves for the backward pass.</summary>
    public int* State { get; init; }

    /// <summary>[image][row][column][channel] of what a <see cref="Residual"/> layer adds; null in other layers.</summary>
    public float* Added { get; init; }

    /// <summary>Where a <see cref="Residual"/> layer leaves what it adds to the gradient of <see cref="Added"/>; null where nobody wants it.</summary>
    public float* AddedGradient { get; init; }

    /// <summary>What a <see cref="BatchLayer"/> measures of this shard; null in other layers.</summary>
    public float* Measurement { get; init; }

    /// <summary>What a <see cref="BatchLayer"/> keeps of the batch in training; null in other layers, and where nothing is trained.</summary>
    public float* Statistics { get; init; }

    /// <summary><see cref="Layer.ScratchLength"/> floats.</summary>
    public float* Scratch { get; init; }
}
