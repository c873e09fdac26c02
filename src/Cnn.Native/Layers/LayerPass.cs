using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>
/// The memory of a layer's pass over some images. All pointers belong to a workspace or a model that outlives the pass, and point to at least as much memory
/// as the shapes say for <see cref="Images"/> images.
/// </summary>
internal readonly unsafe ref struct LayerPass
{
    /// <summary>The kernels that run.</summary>
    public required KernelSet Kernels { get; init; }

    /// <summary>The shape of the input.</summary>
    public required Shape InputShape { get; init; }

    /// <summary>Number of images.</summary>
    public required int Images { get; init; }

    /// <summary>Whether this is training. Outside training, nothing random happens.</summary>
    public bool IsTraining { get; init; }

    /// <summary>The position of the first image in the batch.</summary>
    public int FirstImage { get; init; }

    /// <summary>64 random bits of this layer in this step of the training, the same for all shards.</summary>
    public ulong Noise { get; init; }

    /// <summary>[image][row][column][channel] of the input.</summary>
    public float* Input { get; init; }

    /// <summary>[image][row][column][channel] of the output.</summary>
    public float* Output { get; init; }

    /// <summary>The gradient with respect to the output.</summary>
    public float* OutputGradient { get; init; }

    /// <summary>The gradient with respect to the input; null if it is not needed, as in the first layer.</summary>
    public float* InputGradient { get; init; }

    /// <summary>The layer's first parameter tensor; null if there is none.</summary>
    public float* Weight { get; init; }

    /// <summary>The layer's second parameter tensor; null if there is none.</summary>
    public float* Bias { get; init; }

    /// <summary>The third parameter tensor of a <see cref="BatchLayer"/>; null in other layers.</summary>
    public float* RunningMean { get; init; }

    /// <summary>The fourth parameter tensor of a <see cref="BatchLayer"/>; null in other layers.</summary>
    public float* RunningVariance { get; init; }

    /// <summary><see cref="Layer.ForwardWeightsLength"/> floats: the parameters packed for the forward pass.</summary>
    public float* ForwardWeights { get; init; }

    /// <summary><see cref="Layer.BackwardWeightsLength"/> floats: the parameters packed for the gradient of the input; null if that is not needed.</summary>
    public float* BackwardWeights { get; init; }

    /// <summary><see cref="Layer.GradientSumsLength"/> floats: the contribution of a shard, or the sum of all of them, to the gradient of the parameters.</summary>
    public float* GradientSums { get; init; }

    /// <summary>The gradient of <see cref="Weight"/>.</summary>
    public float* WeightGradient { get; init; }

    /// <summary>The gradient of <see cref="Bias"/>.</summary>
    public float* BiasGradient { get; init; }

    /// <summary>[image][<see cref="Layer.StateLength"/>]: the state that the forward pass stores for the backward pass.</summary>
    public int* State { get; init; }

    /// <summary>[image][row][column][channel] of what a <see cref="Residual"/> layer adds; null in other layers.</summary>
    public float* Added { get; init; }

    /// <summary>Where a <see cref="Residual"/> layer leaves what it adds to the gradient of <see cref="Added"/>; null where nobody wants it.</summary>
    public float* AddedGradient { get; init; }

    /// <summary>The measurement of this shard by a <see cref="BatchLayer"/>; null in other layers.</summary>
    public float* Measurement { get; init; }

    /// <summary>The statistics that a <see cref="BatchLayer"/> keeps of the batch in training; null in other layers, and outside training.</summary>
    public float* Statistics { get; init; }

    /// <summary><see cref="Layer.ScratchLength"/> floats.</summary>
    public float* Scratch { get; init; }
}
