using Cnn.Data;
using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Numerics;

namespace Cnn.Training;

/// <summary>
/// The batch of a step: its images, how they are divided into shards, and their losses. Its memory is reused by one step after the other. The shards follow
/// from the size of the batch and from the network, so their sums have the same bits on any number of threads.
/// </summary>
internal sealed unsafe class TrainingBatch : IDisposable
{
    /// <summary>The largest number of images in a shard: more would push a shard's activations out of the second-level cache.</summary>
    private const int LargestShard = 8;

    /// <summary>
    /// The largest number of images in a shard of a wide network. Each shard clears and writes its own sums of the gradient; if these outweigh the
    /// activations of the images, larger shards move fewer sums and need less memory.
    /// </summary>
    private const int LargestWideShard = 32;

    /// <summary>The number of shards of a batch with enough images, so that this many threads find work.</summary>
    private const int UsualShards = 8;

    /// <summary>The first of the seed's random streams that steps use; the orders of the epochs use the streams below.</summary>
    private const ulong FirstStream = 1UL << 34;

    private readonly TrainingOptions _options;
    private readonly ulong _seed;
    private readonly NativeBuffer<float> _losses;
    private readonly NativeBuffer<int> _labels;
    private readonly NativeBuffer<int> _indices;
    private ImageSet? _images;
    private int _epoch;
    private int _position;

    /// <summary>Allocates the memory.</summary>
    /// <param name="options">The settings, with the seed filled in.</param>
    /// <param name="images">Images of the largest batch.</param>
    /// <param name="shardSize">Images of a shard.</param>
    public TrainingBatch(TrainingOptions options, int images, int shardSize)
    {
        _options = options;
        _seed = options.Seed!.Value;
        ShardSize = shardSize;
        _losses = new NativeBuffer<float>(images);
        _labels = new NativeBuffer<int>(images);
        _indices = new NativeBuffer<int>(images);
    }

    /// <summary>Images of a shard. A smaller batch has fewer shards of the same size, so the memory for full batches suffices.</summary>
    public int ShardSize { get; }

    /// <summary>Images of this batch.</summary>
    public int Count { get; private set; }

    /// <summary>Images of all the batches whose gradients are added: the mean of the gradient is over these.</summary>
    public int Total { get; private set; }

    /// <summary>Shards of this batch.</summary>
    public int Shards { get; private set; }

    /// <summary>64 random bits: all random numbers in the layers are derived from them.</summary>
    public ulong Noise { get; private set; }

    /// <summary>How the images of this batch are mixed.</summary>
    public ImageMix Mix { get; private set; } = ImageMix.None;

    /// <summary>Stops the work on this batch.</summary>
    public CancellationToken Cancellation { get; private set; }

    /// <summary>The number of bytes that it allocates.</summary>
    /// <param name="images">Images of the largest batch.</param>
    /// <returns>The number of bytes.</returns>
    public static long BytesFor(int images) => NativeHeap.BytesOf<float>(images) + (2 * NativeHeap.BytesOf<int>(images));

    /// <summary>The number of images in a shard.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="plan">The execution plan.</param>
    /// <param name="images">Images of the largest batch.</param>
    /// <returns>The number.</returns>
    public static int ShardSizeOf(Model model, KernelSet kernels, ExecutionPlan plan, int images)
    {
        long activations = LargestShard * plan.Tensors.Sum(tensor => NativeHeap.BytesOf<float>(tensor.Length));
        bool isWide = GradientSums.BytesFor(model, kernels, plan, shards: 1) > activations;
        return Math.Clamp(images / UsualShards, 1, isWide ? LargestWideShard : LargestShard);
    }

    /// <summary>The number of shards of a batch.</summary>
    /// <param name="images">Images of the batch.</param>
    /// <param name="shardSize">Images of a shard.</param>
    /// <returns>The number.</returns>
    public static int ShardsOf(int images, int shardSize) => (images + shardSize - 1) / shardSize;

    /// <summary>The random bits of a part of a step.</summary>
    /// <param name="seed">The seed of the training.</param>
    /// <param name="step">How many steps were taken before.</param>
    /// <param name="part">The part of the step, from 0.</param>
    /// <returns>64 bits.</returns>
    public static ulong NoiseOf(ulong seed, long step, int part = 0)
    {
        var random = new RandomStream(seed, FirstStream + (ulong)step);
        ulong noise = random.NextUInt64();
        for (; part > 0; part--)
        {
            noise = random.NextUInt64();
        }

        return noise;
    }

    /// <summary>Begins with other images.</summary>
    /// <param name="images">The training images.</param>
    /// <param name="indices">The indices of all images of the step.</param>
    /// <param name="parts">The parts of the step.</param>
    /// <param name="part">The part that is this batch.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="position">The position of the first image of the step in the order of the epoch, from 0.</param>
    /// <param name="step">The number of steps taken before.</param>
    /// <param name="cancellation">Cancels the work on the batch.</param>
    public void Begin(ImageSet images, ReadOnlySpan<int> indices, BatchParts parts, int part, int epoch, int position, long step, CancellationToken cancellation)
    {
        _images = images;
        _epoch = epoch;
        (int first, Count) = parts[part];
        _position = position + first;
        Cancellation = cancellation;
        Total = parts.Images;
        Shards = ShardsOf(Count, ShardSize);

        // A checkpoint keeps the number of steps, so a training that is resumed draws what it would have drawn.
        Noise = NoiseOf(_seed, step, part);
        Mix = ImageMix.Draw(_options, Noise, images.ImageShape);
        indices.Slice(first, Count).CopyTo(_indices.Span(0, Count));
    }

    /// <summary>The images of a shard.</summary>
    /// <param name="shard">The index of the shard.</param>
    /// <returns>The position of its first image in the batch, and the number of its images.</returns>
    public (int First, int Count) Shard(int shard) => (shard * ShardSize, Math.Min(ShardSize, Count - (shard * ShardSize)));

    /// <summary>The index of an image in the set.</summary>
    /// <param name="place">The position of the image in the batch.</param>
    /// <returns>Its index.</returns>
    public int Index(int place) => _indices.Pointer[place];

    /// <summary>The label of the image that an image is mixed with.</summary>
    /// <param name="place">The place of the image in the batch.</param>
    /// <returns>The label.</returns>
    public int PartnerLabel(int place) => _images!.LabelPointer[Index(Partner(place))];

    /// <summary>The labels, after <see cref="LoadLabels"/>.</summary>
    /// <param name="place">The position of the first image in the batch.</param>
    /// <returns>[image].</returns>
    public int* Labels(int place) => _labels.Pointer + place;

    /// <summary>The losses.</summary>
    /// <param name="place">The position of the first image in the batch.</param>
    /// <returns>[image], in nats.</returns>
    public float* Losses(int place) => _losses.Pointer + place;

    /// <summary>The sum of the losses of all images.</summary>
    /// <returns>The sum, in nats.</returns>
    public double SumOfLosses()
    {
        double sum = 0;
        foreach (float loss in _losses.Span(0, Count))
        {
            sum += loss;
        }

        return sum;
    }

    /// <summary>Loads the labels of a shard.</summary>
    /// <param name="first">The position of its first image in the batch.</param>
    /// <param name="count">The number of its images.</param>
    public void LoadLabels(int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            _labels.Pointer[i] = _images!.LabelPointer[Index(i)];
        }
    }

    /// <summary>Brings the images of a shard, distorted and mixed where the training does so.</summary>
    /// <param name="first">The place of its first image in the batch.</param>
    /// <param name="count">The number of its images.</param>
    /// <param name="workspace">Where the images go.</param>
    /// <param name="augmenter">The worker's augmenter; null where images stay as they are.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="partner">Room for an image, where images are mixed.</param>
    public void LoadImages(int first, int count, Workspace workspace, Augmenter? augmenter, KernelSet kernels, float* partner)
    {
        for (int i = 0; i < count; i++)
        {
            LoadImage(first + i, workspace, augmenter, workspace.Input(0, i, first));
        }

        if (!Mix.IsMixed)
        {
            return;
        }

        // From the last image to the first, so that the partner of each is not mixed yet. The partner of the first image belongs to another shard.
        LoadImage(Partner(first), workspace, augmenter, partner);
        for (int i = count - 1; i >= 0; i--)
        {
            Mix.Apply(kernels, _images!.ImageShape, i > 0 ? workspace.Input(0, i - 1, first) : partner, workspace.Input(0, i, first));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _losses.Dispose();
        _labels.Dispose();
        _indices.Dispose();
    }

    /// <summary>The place of the image that an image is mixed with.</summary>
    private int Partner(int place) => place == 0 ? Count - 1 : place - 1;

    private void LoadImage(int place, Workspace workspace, Augmenter? augmenter, float* target)
    {
        int index = Index(place);
        byte* pixels = _images!.PixelPointer + ((nint)index * _images.ImageShape.Length);
        if (augmenter == null)
        {
            workspace.LoadImage(pixels, target);
            return;
        }

        // An image that an epoch draws several times is distorted differently each time.
        int drawn = _options.Sampling == Sampling.Balanced ? _position + place : index;
        workspace.LoadImage(pixels, target, augmenter, Augmentation.NumbersOf(_seed, _epoch, drawn), _options.Augmentation!.IsMirrored(_seed, _epoch, drawn));
    }
}
