using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Threading;

namespace Cnn.Training;

/// <summary>
/// The second half of a step: computes the gradient of the parameters from the contributions of the shards, and updates the parameters with it. The
/// parameters are divided into ranges, and a worker takes a range at a time.
/// </summary>
internal sealed unsafe class ParameterUpdate : IDisposable
{
    /// <summary>The number of floats of the gradient that is worth a separate piece of work.</summary>
    private const int UpdateFloats = 8 * 1024;

    private readonly Model _model;
    private readonly KernelSet _kernels;
    private readonly WorkerTeam _team;
    private readonly Workspace[] _workspaces;
    private readonly GradientSums _sums;
    private readonly TrainingBatch _batch;
    private readonly double? _clipNorm;
    private readonly ParameterRange[] _ranges;
    private readonly NativeBuffer<float> _gradient;

    // The sum of the gradients of the parts of a step so far; null if a step has one part.
    private readonly NativeBuffer<float>? _accumulated;

    // For each range, the sum of the squares of its gradient and of that of its biases.
    private readonly NativeBuffer<float> _squares;
    private readonly Action<int, int> _makeAndApply;
    private readonly Action<int, int> _makeAndSquare;
    private readonly Action<int, int> _makeAndKeep;
    private readonly Action<int, int> _apply;

    // The factor by which clipping multiplies the gradient of this step.
    private float _scale = 1;

    // Whether earlier parts of this step have left a sum.
    private bool _isAccumulated;

    /// <summary>Allocates the memory.</summary>
    /// <param name="model">The model; it changes in place.</param>
    /// <param name="plan">The execution plan.</param>
    /// <param name="options">The settings.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="team">The workers.</param>
    /// <param name="workspaces">The memory of each worker.</param>
    /// <param name="sums">The shards' contributions to the gradient.</param>
    /// <param name="batch">The batch.</param>
    public ParameterUpdate(
        Model model,
        ExecutionPlan plan,
        TrainingOptions options,
        KernelSet kernels,
        WorkerTeam team,
        Workspace[] workspaces,
        GradientSums sums,
        TrainingBatch batch)
    {
        (_model, _kernels, _team, _workspaces, _sums, _batch) = (model, kernels, team, workspaces, sums, batch);
        _clipNorm = options.ClipNorm;
        long length = model.ParameterBuffer.Length;
        OptimizerState = options.Optimizer.CreateState(length);
        Average = options.WeightAveraging > 0 ? new WeightAverage(model, options.WeightAveraging) : null;
        _gradient = new NativeBuffer<float>(length);
        _accumulated = options.AccumulationSteps > 1 ? new NativeBuffer<float>(length) : null;
        _ranges = [.. RangesOf(model, kernels, plan, options)];
        _squares = new NativeBuffer<float>(2 * _ranges.Length);
        _makeAndApply = MakeAndApply;
        _makeAndSquare = MakeAndSquare;
        _makeAndKeep = MakeAndKeep;
        _apply = Apply;
    }

    /// <summary>The optimizer state.</summary>
    public OptimizerState OptimizerState { get; }

    /// <summary>The moving average of the weights; null if there is none.</summary>
    public WeightAverage? Average { get; }

    /// <summary>The number of bytes that it allocates.</summary>
    /// <param name="model">The model.</param>
    /// <param name="plan">The execution plan.</param>
    /// <param name="options">The settings.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <returns>The number of bytes.</returns>
    public static long BytesFor(Model model, ExecutionPlan plan, TrainingOptions options, KernelSet kernels)
    {
        // The gradient, its sum over the parts of a step, the optimizer state, the average of the weights.
        int likeModel = 1 + (options.AccumulationSteps > 1 ? 1 : 0) + options.Optimizer.StateNames.Count + (options.WeightAveraging > 0 ? 1 : 0);
        return (likeModel * NativeHeap.BytesOf<float>(model.ParameterBuffer.Length))
            + NativeHeap.BytesOf<float>(2L * RangesOf(model, kernels, plan, options).Count());
    }

    /// <summary>Adds the gradient of a part of a step that is not the last one.</summary>
    /// <param name="isFirst">Whether it is the first part.</param>
    public void Accumulate(bool isFirst)
    {
        _isAccumulated = !isFirst;
        _team.Run(_ranges.Length, _makeAndKeep);
    }

    /// <summary>Updates all trained parameters.</summary>
    /// <param name="learningRate">The learning rate of this step.</param>
    /// <param name="isAccumulated">Whether the gradients of earlier parts of the step are added.</param>
    /// <returns>Whether it did; false if the gradient is to be clipped and its norm is not finite. Then the parameters do not change.</returns>
    public bool Run(double learningRate, bool isAccumulated)
    {
        _isAccumulated = isAccumulated;
        if (_clipNorm is not { } longest)
        {
            OptimizerState.BeginStep(learningRate);
            _team.Run(_ranges.Length, _makeAndApply);
            return true;
        }

        // The norm of the whole gradient has to be known before the first parameter changes.
        _team.Run(_ranges.Length, _makeAndSquare);
        double squares = 0;
        foreach (float square in _squares.Span(0, (int)_squares.Length))
        {
            squares += square;
        }

        if (!double.IsFinite(squares))
        {
            return false;
        }

        // As in PyTorch's clip_grad_norm_, with its small constant.
        _scale = (float)Math.Min(1, longest / (Math.Sqrt(squares) + 1e-6));
        OptimizerState.BeginStep(learningRate);
        _team.Run(_ranges.Length, _apply);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        OptimizerState.Dispose();
        Average?.Dispose();
        _gradient.Dispose();
        _accumulated?.Dispose();
        _squares.Dispose();
    }

    /// <summary>
    /// Divides the parameters into ranges that are updated at once: some parts of a layer whose gradient is computed from the whole batch, or a whole layer
    /// whose shards' gradients are added.
    /// </summary>
    private static IEnumerable<ParameterRange> RangesOf(Model model, KernelSet kernels, ExecutionPlan plan, TrainingOptions options)
    {
        bool decayAll = options.Optimizer.DecayAll;
        IReadOnlyDictionary<string, float>? factors = options.LearningRateFactor?.For(model);
        float FactorOf(ModelParameter tensor) => factors == null ? 1 : factors[tensor.Name];
        foreach (IGrouping<int, ModelParameter> tensors in model.Parameters
            .Where(parameter => parameter.IsTrained && plan.IsTrained(parameter.Layer)).GroupBy(parameter => parameter.Layer))
        {
            int layer = tensors.Key;
            int parts = model.Layers[layer].GradientParts(model.InputShapes[layer]);
            ModelParameter weight = tensors.First();
            ModelParameter? bias = tensors.ElementAtOrDefault(1);
            float biasFactor = bias == null ? 1 : FactorOf(bias);
            (int biasOffset, int biasLength) = (bias?.Offset ?? 0, bias?.Length ?? 0);
            if (parts == 0)
            {
                yield return new ParameterRange(
                    layer, 0, 0, weight.Offset, weight.Length, decayAll || IsWeight(weight), FactorOf(weight), biasOffset, biasLength, decayAll, biasFactor);
                continue;
            }

            int row = weight.Length / parts;
            int step = Math.Max(1, UpdateFloats / row / kernels.TileRows) * kernels.TileRows;
            for (int part = 0; part < parts; part += step)
            {
                int count = Math.Min(step, parts - part);
                yield return new ParameterRange(
                    layer, part, count, weight.Offset + (part * row), count * row, decayAll || IsWeight(weight), FactorOf(weight),
                    biasOffset + part, bias == null ? 0 : count, decayAll, biasFactor);
            }
        }
    }

    /// <summary>Whether a tensor contains weights; biases and the parameters of normalisation have one dimension.</summary>
    private static bool IsWeight(ModelParameter tensor) => tensor.Dimensions.Count > 1;

    private void MakeAndApply(int worker, int index)
    {
        Make(worker, index);
        Apply(worker, index);
    }

    private void MakeAndSquare(int worker, int index)
    {
        Make(worker, index);
        ParameterRange range = _ranges[index];
        float* squares = _squares.Pointer + (2 * index);
        _kernels.SumOfSquares(range.Length, _gradient.Pointer + range.Offset, squares);
        if (range.BiasLength > 0)
        {
            _kernels.SumOfSquares(range.BiasLength, _gradient.Pointer + range.BiasOffset, squares + 1);
        }
        else
        {
            squares[1] = 0;
        }
    }

    private void MakeAndKeep(int worker, int index)
    {
        Make(worker, index);
        ParameterRange range = _ranges[index];
        _gradient.Span(range.Offset, range.Length).CopyTo(_accumulated!.Span(range.Offset, range.Length));
        _gradient.Span(range.BiasOffset, range.BiasLength).CopyTo(_accumulated.Span(range.BiasOffset, range.BiasLength));
    }

    /// <summary>Computes the gradient of a range, added to that of the earlier parts of the step.</summary>
    private void Make(int worker, int index)
    {
        ParameterRange range = _ranges[index];
        if (range.Parts > 0)
        {
            _workspaces[worker].ParameterGradient(range.Layer, _batch.Count, _gradient.Pointer, range.FirstPart, range.Parts);
        }
        else
        {
            _sums.AddUp(range.Layer, _batch.Shards);
            _workspaces[worker].UnpackGradient(range.Layer, _sums.Of(range.Layer, 0), _gradient.Pointer);
        }

        if (_isAccumulated)
        {
            _kernels.Add(range.Length, _accumulated!.Pointer + range.Offset, _gradient.Pointer + range.Offset);
            if (range.BiasLength > 0)
            {
                _kernels.Add(range.BiasLength, _accumulated.Pointer + range.BiasOffset, _gradient.Pointer + range.BiasOffset);
            }
        }
    }

    /// <summary>Updates a range.</summary>
    private void Apply(int worker, int index)
    {
        ParameterRange range = _ranges[index];
        Apply(range.BiasOffset, range.BiasLength, range.BiasDecays, range.BiasRateFactor);
        Apply(range.Offset, range.Length, range.Decays, range.RateFactor);
    }

    /// <summary>Updates some contiguous parameters, and their average.</summary>
    private void Apply(int offset, int length, bool decays, float rateFactor)
    {
        if (length == 0)
        {
            return;
        }

        if (_scale < 1)
        {
            _kernels.Scale(length, _scale, _gradient.Pointer + offset);
        }

        OptimizerState.Update(_kernels, _model.ParameterBuffer.Pointer, _gradient.Pointer, offset, length, decays, rateFactor);
        Average?.Update(_kernels, offset, length, OptimizerState.Steps);
    }

    /// <summary>What one piece of the update covers.</summary>
    /// <param name="Layer">The layer.</param>
    /// <param name="FirstPart">The first part of that layer's gradient.</param>
    /// <param name="Parts">The number of parts; 0 for a whole layer whose shards' gradients are added.</param>
    /// <param name="Offset">The first float of the parameters.</param>
    /// <param name="Length">The number of floats.</param>
    /// <param name="Decays">Whether weight decay applies to them.</param>
    /// <param name="RateFactor">The factor of their learning rate.</param>
    /// <param name="BiasOffset">The first float of the biases of these parts.</param>
    /// <param name="BiasLength">The number of biases; 0 if the layer has none.</param>
    /// <param name="BiasDecays">Whether weight decay applies to them too.</param>
    /// <param name="BiasRateFactor">The factor of their learning rate.</param>
    private readonly record struct ParameterRange(
        int Layer,
        int FirstPart,
        int Parts,
        int Offset,
        int Length,
        bool Decays,
        float RateFactor,
        int BiasOffset,
        int BiasLength,
        bool BiasDecays,
        float BiasRateFactor);
}
