using Cnn.Data;
using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Threading;

namespace Cnn.Training;

/// <summary>
/// One training step: the forward pass of a batch, its loss, the backward pass, and the update. Workers take whole shards of the batch, and the gradients of
/// the shards are added in shard order. So the result has the same bits on any number of threads.
/// </summary>
internal sealed unsafe class TrainingStep : IDisposable
{
    private readonly Model _model;
    private readonly TrainingOptions _options;
    private readonly KernelSet _kernels;
    private readonly WorkerTeam _team;
    private readonly ExecutionPlan _plan;
    private readonly TrainingBatch _batch;
    private readonly BatchTensors _tensors;
    private readonly BatchStatistics _statistics;
    private readonly Workspace[] _workspaces;
    private readonly Augmenter[] _augmenters;
    private readonly NativeBuffer<float>[] _partners;
    private readonly FrozenOutputs? _frozen;
    private readonly PackedWeights _packed;
    private readonly GradientSums _sums;
    private readonly ParameterUpdate _update;
    private readonly ModelParameter[] _runningStatistics;
    private readonly int _largestPart;

    // The running statistics before the step, if several parts of it update them.
    private readonly NativeBuffer<float>[] _statisticsBefore;

    // Made once, so that a step allocates nothing: the action that packs the weights, and those that run a shard in each phase.
    private readonly Action<int, int> _pack;
    private readonly Action<int, int>[] _phases;

    /// <summary>Allocates all the memory that the training needs and starts its threads.</summary>
    /// <param name="model">The model; it changes in place.</param>
    /// <param name="plan">The execution plan, with the layers that are trained.</param>
    /// <param name="options">The settings.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="batchSize">Images of the largest batch.</param>
    /// <param name="keptImages">The number of images for which the output of frozen layers may be kept: the training images. 0 for none.</param>
    public TrainingStep(Model model, ExecutionPlan plan, TrainingOptions options, KernelSet kernels, int batchSize, int keptImages = 0)
    {
        options = options.For(model);
        _model = model;
        _options = options;
        _kernels = kernels;
        _plan = plan;
        _team = new WorkerTeam(options.Threads);
        _largestPart = batchSize = BatchParts.LargestOf(batchSize, options.AccumulationSteps);
        int shardSize = TrainingBatch.ShardSizeOf(model, kernels, plan, batchSize);
        _batch = new TrainingBatch(options, batchSize, shardSize);
        int shards = TrainingBatch.ShardsOf(batchSize, shardSize);
        _tensors = new BatchTensors(model, plan, batchSize);
        _statistics = new BatchStatistics(model, plan, shards, shardSize);
        _packed = new PackedWeights(model, kernels, plan, isTraining: true);
        _sums = new GradientSums(model, kernels, plan, shards);
        _workspaces = [.. Enumerable.Range(0, _team.Count).Select(_ => new Workspace(model, kernels, plan, shardSize, _packed, _tensors, _statistics))];
        _augmenters = options.Augmentation is { } augmentation
            ? [.. Enumerable.Range(0, _team.Count).Select(_ => new Augmenter(augmentation, model.InputShape, kernels))]
            : [];
        _partners = options.IsMixing ? [.. Enumerable.Range(0, _team.Count).Select(_ => new NativeBuffer<float>(model.InputShape.Length))] : [];
        _update = new ParameterUpdate(model, plan, options, kernels, _team, _workspaces, _sums, _batch);
        _runningStatistics = [.. RunningStatisticsOf(model, plan)];
        _statisticsBefore = options.AccumulationSteps > 1 ? [.. _runningStatistics.Select(parameter => new NativeBuffer<float>(parameter.Length))] : [];
        _frozen = keptImages > 0 && options.Augmentation == null && !options.IsMixing && FrozenOutputs.AreKept(plan) && FrozenOutputs.BytesFor(plan, keptImages) <= MemoryBudget.Available() / 2
            ? new FrozenOutputs(plan, keptImages)
            : null;
        LearningRate = options.LearningRate!.Value;
        _pack = (_, piece) => _packed.Pack(piece);
        _phases = [.. Enumerable.Range(0, plan.Phases).Select(phase => (Action<int, int>)((worker, shard) => RunShard(phase, worker, shard)))];
    }

    /// <summary>The number of bytes that steps allocate, for all workers together.</summary>
    /// <param name="model">The model.</param>
    /// <param name="plan">The execution plan, with the layers that are trained.</param>
    /// <param name="options">The settings, with the number of threads filled in.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="batchSize">Images of the largest batch.</param>
    /// <returns>The number of bytes.</returns>
    public static long BytesFor(Model model, ExecutionPlan plan, TrainingOptions options, KernelSet kernels, int batchSize)
    {
        batchSize = BatchParts.LargestOf(batchSize, options.AccumulationSteps);
        int shardSize = TrainingBatch.ShardSizeOf(model, kernels, plan, batchSize);
        int shards = TrainingBatch.ShardsOf(batchSize, shardSize);
        long worker = Workspace.BytesFor(model, kernels, plan, shardSize, isTraining: true)
            + (options.Augmentation is { } augmentation ? Augmenter.BytesFor(augmentation, model.InputShape, kernels) : 0)
            + (options.IsMixing ? NativeHeap.BytesOf<float>(model.InputShape.Length) : 0);
        return TrainingBatch.BytesFor(batchSize)
            + BatchTensors.BytesFor(model, plan, batchSize)
            + BatchStatistics.BytesFor(model, plan, shards)
            + (options.Threads * worker)
            + PackedWeights.BytesFor(model, kernels, plan, isTraining: true)
            + GradientSums.BytesFor(model, kernels, plan, shards)
            + ParameterUpdate.BytesFor(model, plan, options, kernels)
            + (options.AccumulationSteps > 1 ? RunningStatisticsOf(model, plan).Sum(parameter => NativeHeap.BytesOf<float>(parameter.Length)) : 0);
    }

    /// <summary>The learning rate of the next step.</summary>
    public double LearningRate { get; set; }

    /// <summary>The optimizer state, which is part of a checkpoint.</summary>
    public OptimizerState OptimizerState => _update.OptimizerState;

    /// <summary>The moving average of the weights, which is part of a checkpoint too; null if there is none.</summary>
    public WeightAverage? Average => _update.Average;

    /// <summary>The weight of each label; null if all images count equally.</summary>
    public float[]? ClassWeights { get; init; }

    /// <summary>Trains on one batch.</summary>
    /// <param name="images">The training images.</param>
    /// <param name="indices">The indices of the images of the batch.</param>
    /// <param name="cancellation">If it is cancelled within the batch, the model is as it was before it.</param>
    /// <param name="epoch">The epoch, from 0: images are distorted differently in each epoch.</param>
    /// <param name="position">The position of the batch's first image in the order of the epoch, from 0.</param>
    /// <returns>
    /// The mean loss in nats per image, each multiplied by the weight of its class if there are weights. If the training diverged, it is not finite and the
    /// model is as it was before (this includes a gradient that was to be clipped and whose norm is not finite). Null if the step was cancelled.
    /// </returns>
    public double? Run(ImageSet images, ReadOnlySpan<int> indices, CancellationToken cancellation, int epoch = 0, int position = 0)
    {
        var parts = new BatchParts(indices.Length, _largestPart);
        _team.Run(_packed.Pieces, _pack);
        double sum = 0;
        for (int part = 0; part < parts.Count; part++)
        {
            _batch.Begin(images, indices, parts, part, epoch, position, OptimizerState.Steps, cancellation);
            if (!RunPhases())
            {
                return Undo(part, null);
            }

            sum += _batch.SumOfLosses();
            bool isLast = part == parts.Count - 1;
            if (!double.IsFinite(sum) || (isLast && !_update.Run(LearningRate, isAccumulated: part > 0)))
            {
                return Undo(part, double.IsFinite(sum) ? double.NaN : sum);
            }

            if (!isLast)
            {
                _update.Accumulate(isFirst: part == 0);
                if (part == 0)
                {
                    KeepRunningStatistics();
                }
            }

            _statistics.UpdateRunningStatistics(_batch.Count);
        }

        // The average of the weights is measured with the average of the running statistics.
        foreach (ModelParameter parameter in _runningStatistics)
        {
            Average?.Update(_kernels, parameter.Offset, parameter.Length, OptimizerState.Steps);
        }

        return sum / indices.Length;
    }

    /// <summary>Forgets what frozen layers made of the images: they may have been given other parameters.</summary>
    public void ForgetFrozenOutputs() => _frozen?.Clear();

    /// <inheritdoc/>
    public void Dispose()
    {
        _team.Dispose();
        foreach (IDisposable owned in _workspaces.Concat<IDisposable>(_augmenters).Concat(_partners).Concat(_statisticsBefore).Concat([_batch, _tensors, _statistics, _packed, _sums, _update]))
        {
            owned.Dispose();
        }

        _frozen?.Dispose();
    }

    /// <summary>The statistics that the batch layers update and do not learn.</summary>
    private static IEnumerable<ModelParameter> RunningStatisticsOf(Model model, ExecutionPlan plan) =>
        model.Parameters.Where(parameter => !parameter.IsTrained && plan.BatchLayers.Contains(parameter.Layer));

    /// <summary>Runs all layers forward and backward.</summary>
    /// <returns>Whether they ran to the end; false if the batch was cancelled.</returns>
    private bool RunPhases()
    {
        for (int phase = 0; phase < _phases.Length; phase++)
        {
            _team.Run(_batch.Shards, _phases[phase]);
            if (_batch.Cancellation.IsCancellationRequested)
            {
                return false;
            }

            _statistics.Combine(phase, _batch.Count);
        }

        return true;
    }

    /// <summary>Keeps the running statistics before the first part of a step changes them.</summary>
    private void KeepRunningStatistics()
    {
        for (int i = 0; i < _runningStatistics.Length; i++)
        {
            RunningStatistics(i).CopyTo(_statisticsBefore[i].Span(0, _runningStatistics[i].Length));
        }
    }

    /// <summary>Ends a step that does not change the parameters: the running statistics are again what they were before its first part.</summary>
    private double? Undo(int part, double? result)
    {
        if (part > 0)
        {
            for (int i = 0; i < _runningStatistics.Length; i++)
            {
                _statisticsBefore[i].Span(0, _runningStatistics[i].Length).CopyTo(RunningStatistics(i));
            }
        }

        return result;
    }

    private Span<float> RunningStatistics(int index) => _model.ParameterBuffer.Span(_runningStatistics[index].Offset, _runningStatistics[index].Length);

    /// <summary>Runs the layers of a phase on a shard: the forward pass, the loss, or the backward pass.</summary>
    private void RunShard(int phase, int worker, int shard)
    {
        if (_batch.Cancellation.IsCancellationRequested)
        {
            return;
        }

        Workspace workspace = _workspaces[worker];
        workspace.StepNoise = _batch.Noise;
        (int first, int count) = _batch.Shard(shard);
        if (phase <= _plan.LossPhase)
        {
            (int firstLayer, int endLayer) = _plan.Forward(phase);
            if (phase == 0)
            {
                firstLayer = Begin(worker, first, count);
            }

            float* logits = workspace.Forward(count, first, firstLayer, endLayer);
            if (phase < _plan.LossPhase)
            {
                return;
            }

            _kernels.SoftmaxCrossEntropy(
                count, _model.ClassCount, logits, _batch.Labels(first), (float)_options.LabelSmoothing, 1f / _batch.Total, _batch.Losses(first), workspace.LogitGradient(first));
            if (ClassWeights != null || _batch.Mix.IsMixed)
            {
                Weigh(first, count, logits, workspace.LogitGradient(first));
            }
        }

        (int end, int last) = _plan.Backward(phase);
        workspace.Backward(count, first, _sums, shard, end, last);
    }

    /// <summary>
    /// Makes of the loss of each image's own label, and of what flows back from it, the loss of both labels of a mixed image, each times its share and the
    /// weight of its class.
    /// </summary>
    private void Weigh(int first, int count, float* logits, float* gradient)
    {
        int classes = _model.ClassCount;
        float share = _batch.Mix.Share;
        float* losses = _batch.Losses(first);

        // A target is this much of its label, and the rest is spread over all classes.
        float hard = 1 - (float)_options.LabelSmoothing;
        for (int i = 0; i < count; i++, logits += classes, gradient += classes)
        {
            int label = _batch.Labels(first)[i];
            float own = share * WeightOf(label);
            if (!_batch.Mix.IsMixed)
            {
                losses[i] *= own;
                _kernels.Scale(classes, own, gradient);
                continue;
            }

            // The losses of two targets differ by the difference of the targets times the logits, and their gradients by the difference of the targets.
            int partner = _batch.PartnerLabel(first + i);
            float other = (1 - share) * WeightOf(partner);
            losses[i] = ((own + other) * losses[i]) + (other * hard * (logits[label] - logits[partner]));
            _kernels.Scale(classes, own + other, gradient);
            gradient[label] += other * hard / _batch.Total;
            gradient[partner] -= other * hard / _batch.Total;
        }
    }

    private float WeightOf(int label) => ClassWeights == null ? 1 : ClassWeights[label];

    /// <summary>Loads the images of a shard and takes them through the frozen layers, or brings what these made of them before.</summary>
    /// <returns>The layer to go on with.</returns>
    private int Begin(int worker, int first, int count)
    {
        Workspace workspace = _workspaces[worker];
        Augmenter? augmenter = _augmenters.Length == 0 ? null : _augmenters[worker];
        _batch.LoadLabels(first, count);
        if (_frozen == null)
        {
            _batch.LoadImages(first, count, workspace, augmenter, _kernels, _partners.Length == 0 ? null : _partners[worker].Pointer);
            return 0;
        }

        int firstTrained = _plan.FirstTrained;
        bool areKept = true;
        for (int i = 0; i < count; i++)
        {
            areKept &= _frozen.Has(_batch.Index(first + i));
        }

        if (areKept)
        {
            for (int i = 0; i < count; i++)
            {
                _frozen.Read(_batch.Index(first + i), workspace.Input(firstTrained, i, first));
            }

            return firstTrained;
        }

        _batch.LoadImages(first, count, workspace, augmenter, _kernels, partner: null);
        workspace.Forward(count, first, 0, firstTrained);
        for (int i = 0; i < count; i++)
        {
            _frozen.Write(_batch.Index(first + i), workspace.Input(firstTrained, i, first));
        }

        return firstTrained;
    }
}
