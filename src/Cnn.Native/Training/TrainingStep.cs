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
internal sealed unsafe partial class TrainingStep : IDisposable
{
    /// <summary>The most images in a shard: more would push a shard's activations out of the second-level cache.</summary>
    private const int LargestShard = 8;

    /// <summary>How many shards a batch is cut into where its images suffice, so that as many threads find work.</summary>
    private const int Shards = 8;

    /// <summary>The first of the seed's random streams that steps draw from; the order of each epoch has its streams below.</summary>
    private const ulong FirstStream = 1UL << 34;

    private readonly Model _model;
    private readonly TrainingOptions _options;
    private readonly KernelSet _kernels;
    private readonly WorkerTeam _team;
    private readonly ExecutionPlan _plan;
    private readonly BatchTensors _batch;
    private readonly BatchStatistics _statistics;
    private readonly Workspace[] _workspaces;
    private readonly Augmenter[] _augmenters;
    private readonly FrozenOutputs? _frozen;
    private readonly PackedWeights _packed;
    private readonly GradientSums _sums;
    private readonly NativeBuffer<float> _gradient;
    private readonly NativeBuffer<float> _losses;
    private readonly NativeBuffer<int> _labels;
    private readonly NativeBuffer<int> _indices;
    private readonly ParameterRange[] _ranges;
    private readonly ModelParameter[] _runningStatistics;

    // For each range, the sum of the squares of its gradient and of that of its biases.
    private readonly NativeBuffer<float> _squares;
    private readonly Action<int, int> _pack;
    private readonly Action<int, int> _runShard;
    private readonly Action<int, int> _makeAndApplyGradient;
    private readonly Action<int, int> _makeAndSquareGradient;
    private readonly Action<int, int> _applyGradient;
    private readonly int _shardSize;
    private readonly ulong _seed;
    private ImageSet? _images;
    private CancellationToken _cancellation;
    private ulong _noise;
    private int _count;
    private int _shards;
    private int _phase;
    private float _gradientScale = 1;

    /// <summary>Asks for all the memory that the training needs and starts its threads.</summary>
    /// <param name="model">The model; it changes in place.</param>
    /// <param name="plan">How the model is run, with the layers that are trained.</param>
    /// <param name="options">The settings.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="batchSize">Images of the largest batch.</param>
    /// <param name="keptImages">Of how many images it may keep what frozen layers make of them: the training images. 0 for none.</param>
    public TrainingStep(Model model, ExecutionPlan plan, TrainingOptions options, KernelSet kernels, int batchSize, int keptImages = 0)
    {
        options = options.For(model);
        _model = model;
        _options = options;
        _kernels = kernels;
        _seed = options.Seed!.Value;
        _plan = plan;
        _shardSize = ShardSizeOf(batchSize);
        _team = new WorkerTeam(options.Threads);
        _batch = new BatchTensors(model, _plan, batchSize);
        _statistics = new BatchStatistics(model, _plan, ShardsOf(batchSize, _shardSize), _shardSize);
        _packed = new PackedWeights(model, kernels, _plan, isTraining: true);
        _sums = new GradientSums(model, kernels, _plan, ShardsOf(batchSize, _shardSize));
        _workspaces = [.. Enumerable.Range(0, _team.Count).Select(_ => new Workspace(model, kernels, _plan, _shardSize, _packed, _batch, _statistics))];
        _augmenters = options.Augmentation is { } augmentation
            ? [.. Enumerable.Range(0, _team.Count).Select(_ => new Augmenter(augmentation, model.InputShape, kernels))]
            : [];
        long length = model.ParameterBuffer.Length;
        LearningRate = options.LearningRate!.Value;
        OptimizerState = options.Optimizer.CreateState(length);
        Average = options.WeightAveraging > 0 ? new WeightAverage(model, options.WeightAveraging) : null;
        _gradient = new NativeBuffer<float>(length);
        _runningStatistics = [.. model.Parameters.Where(parameter => !parameter.IsTrained && _plan.BatchLayers.Contains(parameter.Layer))];
        _ranges = [.. RangesOf(model, kernels, _plan, options.Optimizer.DecayAll)];
        _squares = new NativeBuffer<float>(2 * _ranges.Length);
        _frozen = keptImages > 0 && options.Augmentation == null && FrozenOutputs.AreKept(_plan) && FrozenOutputs.BytesFor(_plan, keptImages) <= MemoryBudget.Available() / 2
            ? new FrozenOutputs(_plan, keptImages)
            : null;

        _losses = new NativeBuffer<float>(batchSize);
        _labels = new NativeBuffer<int>(batchSize);
        _indices = new NativeBuffer<int>(batchSize);
        _pack = (_, piece) => _packed.Pack(piece);
        _runShard = RunShard;
        _makeAndApplyGradient = MakeAndApplyGradient;
        _makeAndSquareGradient = MakeAndSquareGradient;
        _applyGradient = ApplyGradient;
    }

    /// <summary>How much memory steps ask for, all workers together.</summary>
    /// <param name="model">The model.</param>
    /// <param name="plan">How the model is run, with the layers that are trained.</param>
    /// <param name="options">The settings, with the number of threads filled in.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="batchSize">Images of the largest batch.</param>
    /// <returns>The number of bytes.</returns>
    public static long BytesFor(Model model, ExecutionPlan plan, TrainingOptions options, KernelSet kernels, int batchSize)
    {
        int shardSize = ShardSizeOf(batchSize);
        int shards = ShardsOf(batchSize, shardSize);
        ParameterRange[] ranges = [.. RangesOf(model, kernels, plan, options.Optimizer.DecayAll)];
        long worker = Workspace.BytesFor(model, kernels, plan, shardSize, isTraining: true)
            + (options.Augmentation is { } augmentation ? Augmenter.BytesFor(augmentation, model.InputShape, kernels) : 0);

        // The gradient, what the optimizer keeps, the average of the weights.
        int likeModel = 1 + options.Optimizer.StateNames.Count + (options.WeightAveraging > 0 ? 1 : 0);
        return BatchTensors.BytesFor(model, plan, batchSize)
            + BatchStatistics.BytesFor(model, plan, shards)
            + (options.Threads * worker)
            + (likeModel * NativeHeap.BytesOf<float>(model.ParameterBuffer.Length))
            + PackedWeights.BytesFor(model, kernels, plan, isTraining: true)
            + GradientSums.BytesFor(model, kernels, plan, shards)
            + NativeHeap.BytesOf<float>(2L * ranges.Length)
            + NativeHeap.BytesOf<float>(batchSize)
            + NativeHeap.BytesOf<int>(batchSize)
            + NativeHeap.BytesOf<int>(batchSize);
    }

    /// <summary>The learning rate of the next step.</summary>
    public double LearningRate { get; set; }

    /// <summary>The optimizer at work, whose state is part of a checkpoint.</summary>
    public OptimizerState OptimizerState { get; }

    /// <summary>The moving average of the weights, which is part of a checkpoint too; null where none is wanted.</summary>
    public WeightAverage? Average { get; }

    /// <summary>The epoch, from 0: each distorts the images differently.</summary>
    public int Epoch { get; set; }

    /// <summary>The place of the batch's first image in the order of the epoch, from 0.</summary>
    public int Position { get; set; }

    /// <summary>The weight of each label; null where all images count alike.</summary>
    public float[]? ClassWeights { get; init; }

    /// <summary>Trains on one batch.</summary>
    /// <param name="images">The training images.</param>
    /// <param name="indices">Which of them are the batch.</param>
    /// <param name="cancellation">Given up within the batch, the model is as it was before it.</param>
    /// <returns>
    /// The mean loss in nats an image, each times the weight of its class where there are weights; not finite, and the model as it was before, where the training diverged (a gradient whose length is not
    /// finite and was to be clipped counts too); nothing where it was cancelled.
    /// </returns>
    public double? Run(ImageSet images, ReadOnlySpan<int> indices, CancellationToken cancellation)
    {
        _images = images;
        _cancellation = cancellation;
        _count = indices.Length;
        _shards = ShardsOf(_count, _shardSize);

        // A checkpoint keeps the number of steps, so a training that is resumed draws what it would have drawn.
        _noise = new RandomStream(_seed, FirstStream + (ulong)OptimizerState.Steps).NextUInt64();
        indices.CopyTo(_indices.Span(0, _count));
        _team.Run(_packed.Pieces, _pack);
        for (_phase = 0; _phase < _plan.Phases; _phase++)
        {
            _team.Run(_shards, _runShard);
            if (cancellation.IsCancellationRequested)
            {
                return null;
            }

            _statistics.Combine(_phase, _count);
        }

        double mean = 0;
        foreach (float loss in _losses.Span(0, _count))
        {
            mean += loss;
        }

        mean /= _count;
        if (!double.IsFinite(mean))
        {
            return mean;
        }

        if (_options.ClipNorm is not { } longest)
        {
            OptimizerState.BeginStep(LearningRate);
            _team.Run(_ranges.Length, _makeAndApplyGradient);
            UpdateRunningStatistics();
            return mean;
        }

        // The length of the whole gradient has to be known before the first parameter changes.
        _team.Run(_ranges.Length, _makeAndSquareGradient);
        double squares = 0;
        foreach (float square in _squares.Span(0, (int)_squares.Length))
        {
            squares += square;
        }

        if (!double.IsFinite(squares))
        {
            return double.NaN;
        }

        // As in PyTorch's clip_grad_norm_, with its small constant.
        _gradientScale = (float)Math.Min(1, longest / (Math.Sqrt(squares) + 1e-6));
        OptimizerState.BeginStep(LearningRate);
        _team.Run(_ranges.Length, _applyGradient);
        UpdateRunningStatistics();
        return mean;
    }

    /// <summary>Forgets what frozen layers made of the images: they may have been given other parameters.</summary>
    public void ForgetFrozenOutputs() => _frozen?.Clear();

    /// <inheritdoc/>
    public void Dispose()
    {
        _team.Dispose();
        foreach (IDisposable owned in _workspaces.Concat<IDisposable>(_augmenters).Concat([_packed, _sums, _batch, _statistics, OptimizerState, _gradient, _squares, _losses, _labels, _indices]))
        {
            owned.Dispose();
        }

        _frozen?.Dispose();
        Average?.Dispose();
    }

    /// <summary>Into how many shards a batch is cut. A smaller batch has fewer shards of the same size, so what full batches need suffices.</summary>
    private static int ShardsOf(int images, int shardSize) => (images + shardSize - 1) / shardSize;

    private static int ShardSizeOf(int batchSize) => Math.Clamp(batchSize / Shards, 1, LargestShard);

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
        int* labels = _labels.Pointer + first;
        if (_phase <= _plan.LossPhase)
        {
            (int firstLayer, int endLayer) = _plan.Forward(_phase);
            if (_phase == 0)
            {
                firstLayer = Begin(worker, count, first, labels);
            }

            float* logits = workspace.Forward(count, first, firstLayer, endLayer);
            if (_phase < _plan.LossPhase)
            {
                return;
            }

            _kernels.SoftmaxCrossEntropy(
                count, _model.ClassCount, logits, labels, (float)_options.LabelSmoothing, 1f / _count, _losses.Pointer + first, workspace.LogitGradient(first));
            if (ClassWeights != null)
            {
                Weigh(ClassWeights, count, labels, _losses.Pointer + first, workspace.LogitGradient(first));
            }
        }

        (int end, int last) = _plan.Backward(_phase);
        workspace.Backward(count, first, _sums, shard, end, last);
    }

    /// <summary>Multiplies the loss of each image, and what flows back from it, by the weight of its class.</summary>
    private void Weigh(float[] weights, int count, int* labels, float* losses, float* logitGradient)
    {
        int classes = _model.ClassCount;
        for (int i = 0; i < count; i++)
        {
            losses[i] *= weights[labels[i]];
            _kernels.Scale(classes, weights[labels[i]], logitGradient + ((nint)i * classes));
        }
    }

    /// <summary>Loads the images of a shard and takes them through the frozen layers, or brings what these made of them before.</summary>
    /// <returns>The layer to go on with.</returns>
    private int Begin(int worker, int count, int first, int* labels)
    {
        if (_frozen == null)
        {
            LoadImages(worker, count, first, labels);
            return 0;
        }

        Workspace workspace = _workspaces[worker];
        int firstTrained = _plan.FirstTrained;
        int* indices = _indices.Pointer + first;
        bool areKept = true;
        for (int i = 0; i < count; i++)
        {
            labels[i] = _images!.LabelPointer[indices[i]];
            areKept &= _frozen.Has(indices[i]);
        }

        if (areKept)
        {
            for (int i = 0; i < count; i++)
            {
                _frozen.Read(indices[i], workspace.Input(firstTrained, i, first));
            }

            return firstTrained;
        }

        LoadImages(worker, count, first, labels);
        workspace.Forward(count, first, 0, firstTrained);
        for (int i = 0; i < count; i++)
        {
            _frozen.Write(indices[i], workspace.Input(firstTrained, i, first));
        }

        return firstTrained;
    }

    private void LoadImages(int worker, int count, int first, int* labels)
    {
        Workspace workspace = _workspaces[worker];
        ImageSet images = _images!;
        nint imageLength = images.ImageShape.Length;
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
                // An image that an epoch draws several times is distorted differently each time.
                int drawn = _options.Sampling == Sampling.Balanced ? Position + first + i : index;
                workspace.LoadImage(pixels, i, first, _augmenters[worker], Augmentation.NumbersOf(_seed, Epoch, drawn), _options.Augmentation!.IsMirrored(_seed, Epoch, drawn));
            }

            labels[i] = images.LabelPointer[index];
        }
    }
}
