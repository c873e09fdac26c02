using Cnn.Data;
using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Numerics;
using Cnn.Threading;

namespace Cnn.Training;

/// <summary>
/// One step: a batch forward, its loss, back, and the update. The batch is cut into shards by its size alone; workers take whole
/// shards, and the gradients of the shards are added in the order of the shards. So the result has the same bits on any number of threads.
/// </summary>
internal sealed unsafe class TrainingStep : IDisposable
{
    /// <summary>The most images in a shard: more would push a shard's activations out of the second-level cache.</summary>
    private const int LargestShard = 8;

    /// <summary>How many shards a batch is cut into where its images suffice, so that as many threads find work.</summary>
    private const int Shards = 8;

    /// <summary>Floats of the gradient that are worth a piece of work of their own.</summary>
    private const int UpdateFloats = 8 * 1024;

    /// <summary>The first of the seed's random streams that steps draw from; the order of each epoch has its streams below.</summary>
    private const ulong FirstStream = 1UL << 33;

    /// <summary>Parts of a gradient come in multiples of the kernels' tile rows.</summary>
    private const int PartMultiple = 12;

    private readonly Model _model;
    private readonly KernelSet _kernels;
    private readonly WorkerTeam _team;
    private readonly BatchTensors _batch;
    private readonly Workspace[] _workspaces;
    private readonly Augmenter[] _augmenters;
    private readonly NativeBuffer<float>[] _shardGradients;
    private readonly NativeBuffer<float> _gradient;
    private readonly NativeBuffer<float> _losses;
    private readonly NativeBuffer<byte> _labels;
    private readonly NativeBuffer<int> _indices;
    private readonly ParameterRange[] _ranges;
    private readonly Action<int, int> _runShard;
    private readonly Action<int, int> _updateRange;
    private readonly int _shardSize;
    private readonly ulong _seed;
    private ImageSet? _images;
    private CancellationToken _cancellation;
    private ulong _noise;
    private int _count;
    private int _shards;

    /// <summary>Asks for all the memory that the training needs and starts its threads.</summary>
    /// <param name="model">The model; it changes in place.</param>
    /// <param name="options">The settings.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="batchSize">Images of the largest batch.</param>
    public TrainingStep(Model model, TrainingOptions options, KernelSet kernels, int batchSize)
    {
        _model = model;
        _kernels = kernels;
        _seed = options.Seed ?? model.Seed;
        var plan = new TensorPlan(model);
        _shardSize = Math.Clamp(batchSize / Shards, 1, LargestShard);
        _team = new WorkerTeam(options.Threads);
        _batch = new BatchTensors(plan, batchSize);
        _workspaces = [.. Enumerable.Range(0, _team.Count).Select(_ => new Workspace(model, kernels, plan, _shardSize, _batch))];
        _augmenters = options.Augmentation is { } augmentation
            ? [.. Enumerable.Range(0, _team.Count).Select(_ => new Augmenter(augmentation, model.InputShape, kernels))]
            : [];
        long length = model.ParameterBuffer.Length;
        Optimizer = new AdamOptimizer(options, length);
        _gradient = new NativeBuffer<float>(length);
        _ranges = [.. RangesOf(model)];

        // Only what is made shard by shard needs a copy for each shard. It stands at its place in the model, so a copy reaches to the last of it.
        long shardLength = _ranges.Where(range => range.Layer < 0).Select(range => (long)range.Offset + range.Length).DefaultIfEmpty().Max();
        _shardGradients = [.. Enumerable.Range(0, ShardsOf(batchSize)).Select(_ => new NativeBuffer<float>(shardLength))];
        _losses = new NativeBuffer<float>(batchSize);
        _labels = new NativeBuffer<byte>(batchSize);
        _indices = new NativeBuffer<int>(batchSize);
        _runShard = RunShard;
        _updateRange = UpdateRange;
    }

    /// <summary>The optimizer, whose state is part of a checkpoint.</summary>
    public AdamOptimizer Optimizer { get; }

    /// <summary>The epoch, from 0: each distorts the images anew.</summary>
    public int Epoch { get; set; }

    /// <summary>Trains on one batch.</summary>
    /// <param name="images">The training images.</param>
    /// <param name="indices">Which of them are the batch.</param>
    /// <param name="cancellation">Given up within the batch, the model is as it was before it.</param>
    /// <returns>
    /// The mean cost in nats an image; not finite, and the model as it was before, where the training diverged; nothing where it was cancelled.
    /// </returns>
    public double? Run(ImageSet images, ReadOnlySpan<int> indices, CancellationToken cancellation)
    {
        _images = images;
        _cancellation = cancellation;
        _count = indices.Length;
        _shards = ShardsOf(_count);

        // A checkpoint keeps the number of steps, so a training that is resumed draws what it would have drawn.
        _noise = new RandomStream(_seed, FirstStream + (ulong)Optimizer.Steps).NextUInt64();
        indices.CopyTo(_indices.Span(0, _count));
        _team.Run(_shards, _runShard);
        if (cancellation.IsCancellationRequested)
        {
            return null;
        }

        double cost = 0;
        foreach (float loss in _losses.Span(0, _count))
        {
            cost += loss;
        }

        cost /= _count;
        if (double.IsFinite(cost))
        {
            Optimizer.BeginStep();
            _team.Run(_ranges.Length, _updateRange);
        }

        return cost;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _team.Dispose();
        foreach (IDisposable owned in _workspaces.Concat<IDisposable>(_augmenters).Concat(_shardGradients).Concat([_batch, Optimizer, _gradient, _losses, _labels, _indices]))
        {
            owned.Dispose();
        }
    }

    /// <summary>Into how many shards a batch is cut. A smaller batch has fewer shards of the same size, so what full batches need suffices.</summary>
    private int ShardsOf(int images) => (images + _shardSize - 1) / _shardSize;

    /// <summary>
    /// Cuts the parameters into ranges that are updated at once: some parts of a layer whose gradient is made from the whole batch,
    /// or one tensor whose shards' gradients are added.
    /// </summary>
    private static IEnumerable<ParameterRange> RangesOf(Model model)
    {
        foreach (IGrouping<int, ModelParameter> tensors in model.Parameters.GroupBy(parameter => parameter.Layer))
        {
            int layer = tensors.Key;
            int parts = model.Layers[layer].GradientParts(model.Shapes[layer]);
            if (parts == 0)
            {
                foreach (ModelParameter tensor in tensors)
                {
                    yield return new ParameterRange(-1, 0, 0, tensor.Offset, tensor.Length, 0, 0);
                }

                continue;
            }

            ModelParameter weight = tensors.First();
            ModelParameter bias = tensors.Last();
            int row = weight.Length / parts;
            int step = Math.Max(1, UpdateFloats / row / PartMultiple) * PartMultiple;
            for (int part = 0; part < parts; part += step)
            {
                int count = Math.Min(step, parts - part);
                yield return new ParameterRange(layer, part, count, weight.Offset + (part * row), count * row, bias.Offset + part, count);
            }
        }
    }

    private void RunShard(int worker, int shard)
    {
        if (_cancellation.IsCancellationRequested)
        {
            return;
        }

        Workspace workspace = _workspaces[worker];
        workspace.StepNoise = _noise;
        int first = shard * _shardSize;
        int count = Math.Min(_shardSize, _count - first);
        ImageSet images = _images!;
        nint imageLength = images.ImageShape.Length;
        byte* labels = _labels.Pointer + first;
        for (int i = 0; i < count; i++)
        {
            int index = _indices.Pointer[first + i];
            byte* pixels = images.PixelPointer + (index * imageLength);
            if (_augmenters.Length == 0)
            {
                workspace.LoadImage(pixels, i, first);
            }
            else
            {
                workspace.LoadImage(pixels, i, first, _augmenters[worker], Augmentation.NumbersOf(_seed, Epoch, index));
            }

            labels[i] = images.LabelPointer[index];
        }

        float* logits = workspace.Forward(count, first);
        _kernels.SoftmaxCrossEntropy(
            count, _model.ClassCount, logits, labels, 1f / _count, _losses.Pointer + first, workspace.LogitGradient(first));
        workspace.Backward(count, first, _shardGradients[shard].Pointer);
    }

    private void UpdateRange(int worker, int index)
    {
        ParameterRange range = _ranges[index];
        float* gradient = _gradient.Pointer;
        float* parameters = _model.ParameterBuffer.Pointer;
        if (range.Layer >= 0)
        {
            _workspaces[worker].ParameterGradient(range.Layer, _count, gradient, range.FirstPart, range.Parts);
            Optimizer.Update(_kernels, parameters, gradient, range.BiasOffset, range.BiasLength);
        }
        else
        {
            _gradient.Span(range.Offset, range.Length).Clear();
            for (int shard = 0; shard < _shards; shard++)
            {
                _kernels.Add(range.Length, _shardGradients[shard].Pointer + range.Offset, gradient + range.Offset);
            }
        }

        Optimizer.Update(_kernels, parameters, gradient, range.Offset, range.Length);
    }

    /// <summary>What one piece of the update covers.</summary>
    /// <param name="Layer">The layer whose gradient is made from the whole batch; −1 where shards' gradients are added.</param>
    /// <param name="FirstPart">The first part of that layer's gradient.</param>
    /// <param name="Parts">The number of parts.</param>
    /// <param name="Offset">The first float of the parameters.</param>
    /// <param name="Length">The number of floats.</param>
    /// <param name="BiasOffset">The first float of the biases of these parts.</param>
    /// <param name="BiasLength">The number of biases.</param>
    private readonly record struct ParameterRange(
        int Layer, int FirstPart, int Parts, int Offset, int Length, int BiasOffset, int BiasLength);
}
