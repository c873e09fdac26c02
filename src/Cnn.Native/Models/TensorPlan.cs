using Cnn.Layers;

namespace Cnn.Models;

/// <summary>
/// Where the activations of a model go. A layer that runs in place shares the tensor of its input, unless the layer before it looks at
/// that again on its way back, or a residual layer adds it later. A tensor that is needed for the gradient of a layer whose gradient is
/// made from the whole batch lies in memory that holds the whole batch; so do all of them where a layer has to see the whole batch
/// before the first image goes on.
/// </summary>
internal sealed class TensorPlan
{
    private readonly int[] _tensorOfShape;

    /// <summary>Works the plan out.</summary>
    /// <param name="model">The model.</param>
    public TensorPlan(Model model)
    {
        KeepsBatch = model.Layers.Any(layer => layer is BatchLayer);
        _tensorOfShape = new int[model.Layers.Count + 1];
        int[] skipped = [.. model.Layers.Select((layer, index) => index - (layer as Residual)?.Span ?? -1)];
        List<TensorSlot> tensors = [new(model.InputShape.Length)];
        for (int index = 0; index < model.Layers.Count; index++)
        {
            Layer layer = model.Layers[index];
            bool fromBatch = layer.GradientParts(model.Shapes[index]) > 0;
            tensors[^1].KeepsBatch |= fromBatch;
            bool isSkipped = skipped.Contains(index);
            tensors[^1].IsSkipped |= isSkipped;
            if (!layer.RunsInPlace || isSkipped || (index > 0 && model.Layers[index - 1].NeedsOutput))
            {
                tensors.Add(new TensorSlot(model.Shapes[index + 1].Length) { KeepsBatchGradient = fromBatch });
            }

            _tensorOfShape[index + 1] = tensors.Count - 1;
        }

        foreach (TensorSlot tensor in tensors)
        {
            tensor.KeepsBatch |= KeepsBatch;
        }

        Tensors = tensors;
    }

    /// <summary>Whether all tensors of the whole batch are kept, since a layer looks at the whole batch before an image goes on.</summary>
    public bool KeepsBatch { get; }

    /// <summary>The tensors, from the image to the logits.</summary>
    public IReadOnlyList<TensorSlot> Tensors { get; }

    /// <summary>The tensor that a layer reads.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>The index of the tensor.</returns>
    public int InputOf(int layer) => _tensorOfShape[layer];

    /// <summary>The tensor that a layer writes.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>The index of the tensor.</returns>
    public int OutputOf(int layer) => _tensorOfShape[layer + 1];

    /// <summary>One tensor of the plan.</summary>
    /// <param name="length">Floats for one image.</param>
    internal sealed class TensorSlot(int length)
    {
        /// <summary>Floats for one image.</summary>
        public int Length { get; } = length;

        /// <summary>Whether a residual layer adds it when the layers after it are done, so that it lasts longer than others.</summary>
        public bool IsSkipped { get; set; }

        /// <summary>Whether the whole batch's values are kept.</summary>
        public bool KeepsBatch { get; set; }

        /// <summary>Whether the whole batch's gradients are kept.</summary>
        public bool KeepsBatchGradient { get; init; }
    }
}
