using Cnn.Layers;

namespace Cnn.Models;

/// <summary>
/// How a model is run: where its activations are stored, which of them are kept for the backward pass, which layers need the whole batch and so divide a step
/// into phases, and where the backward pass ends.
/// </summary>
/// <remarks>
/// A layer that runs in place shares the tensor of its input, unless the layer before it looks at that again on its way back, or another layer
/// reads it later: a residual layer, or the first layer of a shortcut. A tensor that is needed for the gradient of a layer whose gradient is made from the whole batch lies in memory that holds the
/// whole batch; so do all that the way back comes to where a layer has to see the whole batch before the first image goes on.
/// Layers before the first trained one are frozen: they go forward as they do where nothing is trained, and the way back does not come to them.
/// </remarks>
internal sealed class ExecutionPlan
{
    private readonly LayerGraph _graph;
    private readonly int[] _tensorOfValue;

    /// <summary>Computes the plan.</summary>
    /// <param name="model">The model.</param>
    /// <param name="firstTrained">The first layer that is trained, if the model is.</param>
    public ExecutionPlan(Model model, int firstTrained = 0)
    {
        int count = model.Layers.Count;
        FirstTrained = firstTrained;
        LayerCount = count;
        BatchLayers = [.. Enumerable.Range(0, count).Where(index => IsTrained(index) && model.Layers[index] is BatchLayer)];
        _graph = model.Graph;
        _tensorOfValue = new int[count + 1];
        List<TensorSlot> tensors = [new(model.InputShape.Length)];
        for (int index = 0; index < count; index++)
        {
            Layer layer = model.Layers[index];
            bool fromBatch = IsTrained(index) && layer.GradientParts(model.InputShapes[index]) > 0;
            bool isReadLater = _graph.LaterReaders(index).Length > 0;
            tensors[InputOf(index)].KeepsBatch |= fromBatch;
            tensors[^1].IsReadLater |= isReadLater;
            if (!layer.RunsInPlace || isReadLater || _graph.BeginsShortcut(index) || (index > 0 && model.Layers[index - 1].NeedsOutput))
            {
                tensors.Add(new TensorSlot(model.Shapes[index + 1].Length) { KeepsBatchGradient = fromBatch });
            }

            _tensorOfValue[index + 1] = tensors.Count - 1;
        }

        // A layer that is trained may read or add what a frozen one made.
        for (int tensor = 0; tensor < tensors.Count; tensor++)
        {
            tensors[tensor].KeepsBatch |= KeepsBatch && (tensor >= FirstKept || tensors[tensor].IsReadLater);
        }

        Tensors = tensors;
    }

    /// <summary>The first layer that is trained.</summary>
    public int FirstTrained { get; }

    /// <summary>Number of layers.</summary>
    public int LayerCount { get; }

    /// <summary>The trained layers that need the whole batch before an image goes on, in their order.</summary>
    public IReadOnlyList<int> BatchLayers { get; }

    /// <summary>Whether the tensors of the whole batch are kept, because a layer needs the whole batch before an image goes on.</summary>
    public bool KeepsBatch => BatchLayers.Count > 0;

    /// <summary>The tensors, from the image to the logits.</summary>
    public IReadOnlyList<TensorSlot> Tensors { get; }

    /// <summary>
    /// Number of phases of a training step. Between two phases, all shards are measured and wait; the last forward phase is also the first backward phase.
    /// </summary>
    public int Phases => (2 * BatchLayers.Count) + 1;

    /// <summary>The phase that reaches the logits and starts the backward pass.</summary>
    public int LossPhase => BatchLayers.Count;

    /// <summary>The plan of a training.</summary>
    /// <param name="model">The model.</param>
    /// <param name="trainFrom">The first layer that is trained, by name or by number; null for all.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="CnnException">
    /// <c>LayerUnknown</c>: there is no such layer. <c>NothingToTrain</c>: neither it nor a layer after it has trained parameters.
    /// </exception>
    public static ExecutionPlan ForTraining(Model model, string? trainFrom)
    {
        if (trainFrom == null)
        {
            return new ExecutionPlan(model);
        }

        int first = model.IndexOfLayer(trainFrom);
        return model.Parameters.Any(parameter => parameter.IsTrained && parameter.Layer >= first)
            ? new ExecutionPlan(model, first)
            : throw new CnnException(
                "NothingToTrain",
                CnnErrorKind.InvalidArgument,
                $"TrainFrom is {trainFrom}, but neither that layer nor any layer after it has trained parameters. The last layer that has them is "
                + $"{model.Summary.LastOrDefault(layer => model.Parameters.Any(parameter => parameter.IsTrained && parameter.Layer == layer.Index))?.Name ?? "none"}.")
            { Target = trainFrom };
    }

    /// <summary>Whether a layer is trained: whether it is the first trained layer or one after it.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>Whether it is.</returns>
    public bool IsTrained(int layer) => layer >= FirstTrained;

    /// <summary>The tensor that the layer before the first trained one writes.</summary>
    private int FirstKept => _tensorOfValue[FirstTrained];

    /// <summary>Whether what frozen layers make of an image is all that the trained ones read of them: one value, and no second one of a residual block.</summary>
    public bool ReadsOneFrozenValue => Enumerable.Range(FirstTrained, LayerCount - FirstTrained)
        .All(layer => InputOf(layer) >= FirstKept && (_graph.Added(layer) < 0 || AddedTo(layer) >= FirstKept));

    /// <summary>Whether the way back makes the gradient of a tensor: not of the images, nor of what frozen layers make.</summary>
    /// <param name="tensor">The index of the tensor.</param>
    /// <returns>Whether it does.</returns>
    public bool NeedsGradient(int tensor) => tensor > FirstKept;

    /// <summary>The tensor that a layer reads.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>The index of the tensor.</returns>
    public int InputOf(int layer) => _tensorOfValue[_graph.Read(layer)];

    /// <summary>The tensor that a layer writes.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>The index of the tensor.</returns>
    public int OutputOf(int layer) => _tensorOfValue[layer + 1];

    /// <summary>The tensor that a residual layer adds; −1 for other layers.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>The index of the tensor.</returns>
    public int AddedTo(int layer) => _graph.Added(layer) < 0 ? -1 : _tensorOfValue[_graph.Added(layer)];

    /// <summary>The tensor that the layer before a layer writes, or that has the images. The layer reads it, unless a shortcut begins with it.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>The index of the tensor.</returns>
    public int Before(int layer) => _tensorOfValue[layer];

    /// <summary>Whether a layer is the first of a shortcut, which reads what came into its block.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>Whether it is.</returns>
    public bool BeginsShortcut(int layer) => _graph.BeginsShortcut(layer);

    /// <summary>
    /// The layers that read or add what the layer before a layer gives later than that layer: on the way back they come earlier, and hold their share of its gradient until
    /// it is made.
    /// </summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>Their indices.</returns>
    public ReadOnlySpan<int> LaterReadersBefore(int layer) => _graph.LaterReaders(layer);

    /// <summary>The layers of a phase in the forward pass.</summary>
    /// <param name="phase">The phase, at most <see cref="LossPhase"/>.</param>
    /// <returns>The first layer, and the one after the last; the latter measures the shards, if there is such a layer.</returns>
    public (int First, int End) Forward(int phase) => (phase == 0 ? 0 : BatchLayers[phase - 1], phase == LossPhase ? LayerCount : BatchLayers[phase]);

    /// <summary>The layers of a phase in the backward pass.</summary>
    /// <param name="phase">The phase, at least <see cref="LossPhase"/>.</param>
    /// <returns>The layer after the first one of the phase, and its last layer; the layer before that measures the shards, if there is one.</returns>
    public (int End, int Last) Backward(int phase)
    {
        int back = Phases - 1 - phase;
        return (back == BatchLayers.Count ? LayerCount : BatchLayers[back] + 1, back == 0 ? FirstTrained : BatchLayers[back - 1] + 1);
    }

    /// <summary>Checks that every batch of a training has the statistics that the trained batch normalisation layers need.</summary>
    /// <param name="model">The model that the plan was made for.</param>
    /// <param name="images">Number of training images.</param>
    /// <param name="batchSize">Images in a batch; the last batch has the remaining ones.</param>
    /// <param name="accumulationSteps">The number of parts in which a batch is computed, each with statistics of its own.</param>
    /// <exception cref="CnnException"><c>BatchOfOne</c>: a batch has one image, or one value for each channel.</exception>
    public void CheckBatches(Model model, int images, int batchSize, int accumulationSteps)
    {
        if (!KeepsBatch)
        {
            return;
        }

        int normalization = BatchLayers[0];
        int full = Math.Min(batchSize, images);
        int largest = BatchParts.LargestOf(full, accumulationSteps);
        bool hasParts = accumulationSteps > 1;
        if (new BatchParts(full, largest).Smallest == 1)
        {
            throw new CnnException(
                "BatchOfOne",
                CnnErrorKind.InvalidArgument,
                $"A {(hasParts ? $"part of a batch, which is computed in {accumulationSteps}," : "batch")} has one image, and layer {normalization}, {model.Layers[normalization]}, needs the mean and the variance of several: "
                + $"use a batch size of {2 * accumulationSteps} or more (32 is usual) and at least as many images, or a model without batch normalization.")
            { Target = batchSize };
        }

        int single = BatchLayers.FirstOrDefault(layer => model.InputShapes[layer].IsVector, -1);
        if (images % batchSize is > 0 and int last && new BatchParts(last, largest).Smallest == 1 && single >= 0)
        {
            throw new CnnException(
                "BatchOfOne",
                CnnErrorKind.InvalidArgument,
                $"{images} images in batches of {batchSize} leave {(hasParts ? "a part of the last batch with" : "a last batch of")} one image, which has one value for each channel, but layer {single}, {model.Layers[single]}, "
                + $"needs a variance: use another batch size, or one image fewer.")
            { Target = batchSize };
        }
    }

    /// <summary>One tensor of the plan.</summary>
    /// <param name="length">Floats for one image.</param>
    internal sealed class TensorSlot(int length)
    {
        /// <summary>Floats for one image.</summary>
        public int Length { get; } = length;

        /// <summary>Whether a residual layer or a shortcut reads it when the layers after it are done, so that it lasts longer than others.</summary>
        public bool IsReadLater { get; set; }

        /// <summary>Whether the whole batch's values are kept.</summary>
        public bool KeepsBatch { get; set; }

        /// <summary>Whether the whole batch's gradients are kept.</summary>
        public bool KeepsBatchGradient { get; init; }
    }
}
