using Cnn.Kernels;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>How the parameters are updated: in pieces, each by one worker.</summary>
internal sealed unsafe partial class TrainingStep
{
    /// <summary>Floats of the gradient that are worth a piece of work of their own.</summary>
    private const int UpdateFloats = 8 * 1024;

    /// <summary>
    /// Cuts the parameters into ranges that are updated at once: some parts of a layer whose gradient is made from the whole batch,
    /// or a whole layer whose shards' gradients are added.
    /// </summary>
    private static IEnumerable<ParameterRange> RangesOf(Model model, KernelSet kernels, ExecutionPlan plan, bool decayAll)
    {
        foreach (IGrouping<int, ModelParameter> tensors in model.Parameters
            .Where(parameter => parameter.IsTrained && plan.IsTrained(parameter.Layer)).GroupBy(parameter => parameter.Layer))
        {
            int layer = tensors.Key;
            int parts = model.Layers[layer].GradientParts(model.Shapes[layer]);
            ModelParameter weight = tensors.First();
            ModelParameter bias = tensors.Last();
            if (parts == 0)
            {
                yield return new ParameterRange(layer, 0, 0, weight.Offset, weight.Length, decayAll || IsWeight(weight), bias.Offset, bias.Length, decayAll);
                continue;
            }

            int row = weight.Length / parts;
            int step = Math.Max(1, UpdateFloats / row / kernels.TileRows) * kernels.TileRows;
            for (int part = 0; part < parts; part += step)
            {
                int count = Math.Min(step, parts - part);
                yield return new ParameterRange(layer, part, count, weight.Offset + (part * row), count * row, decayAll || IsWeight(weight), bias.Offset + part, count, decayAll);
            }
        }
    }

    /// <summary>Whether a tensor is one of weights; biases and the parameters of normalisation have one dimension.</summary>
    private static bool IsWeight(ModelParameter tensor) => tensor.Dimensions.Count > 1;

    /// <summary>Takes the batch into the model's running statistics, and those into the average of the weights, which is measured with them.</summary>
    private void UpdateRunningStatistics()
    {
        _statistics.UpdateRunningStatistics(_count);
        foreach (ModelParameter parameter in _runningStatistics)
        {
            Average?.Update(_kernels, parameter.Offset, parameter.Length, OptimizerState.Steps);
        }
    }

    private void MakeAndApplyGradient(int worker, int index)
    {
        MakeGradient(worker, index);
        ApplyGradient(worker, index);
    }

    private void MakeAndSquareGradient(int worker, int index)
    {
        MakeGradient(worker, index);
        ParameterRange range = _ranges[index];
        float* squares = _squares.Pointer + (2 * index);
        _kernels.SumOfSquares(range.Length, _gradient.Pointer + range.Offset, squares);
        _kernels.SumOfSquares(range.BiasLength, _gradient.Pointer + range.BiasOffset, squares + 1);
    }

    private void MakeGradient(int worker, int index)
    {
        ParameterRange range = _ranges[index];
        if (range.Parts > 0)
        {
            _workspaces[worker].ParameterGradient(range.Layer, _count, _gradient.Pointer, range.FirstPart, range.Parts);
            return;
        }

        _sums.AddUp(range.Layer, _shards);
        _workspaces[worker].UnpackGradient(range.Layer, _sums.Of(range.Layer, 0), _gradient.Pointer);
    }

    private void ApplyGradient(int worker, int index)
    {
        ParameterRange range = _ranges[index];
        Apply(range.BiasOffset, range.BiasLength, range.BiasDecays);
        Apply(range.Offset, range.Length, range.Decays);
    }

    /// <summary>Updates some parameters that are neighbours, and their average.</summary>
    private void Apply(int offset, int length, bool decays)
    {
        if (length == 0)
        {
            return;
        }

        if (_gradientScale < 1)
        {
            _kernels.Scale(length, _gradientScale, _gradient.Pointer + offset);
        }

        OptimizerState.Update(_kernels, _model.ParameterBuffer.Pointer, _gradient.Pointer, offset, length, decays);
        Average?.Update(_kernels, offset, length, OptimizerState.Steps);
    }

    /// <summary>What one piece of the update covers.</summary>
    /// <param name="Layer">The layer.</param>
    /// <param name="FirstPart">The first part of that layer's gradient.</param>
    /// <param name="Parts">The number of parts; 0 for a whole layer whose shards' gradients are added.</param>
    /// <param name="Offset">The first float of the parameters.</param>
    /// <param name="Length">The number of floats.</param>
    /// <param name="Decays">Whether weight decay is for them.</param>
    /// <param name="BiasOffset">The first float of the biases of these parts.</param>
    /// <param name="BiasLength">The number of biases.</param>
    /// <param name="BiasDecays">Whether weight decay is for them too.</param>
    private readonly record struct ParameterRange(
        int Layer, int FirstPart, int Parts, int Offset, int Length, bool Decays, int BiasOffset, int BiasLength, bool BiasDecays);
}
