using Cnn.Data;
using Cnn.Kernels;
using Cnn.Layers;
using Cnn.Memory;

namespace Cnn.Models;

/// <summary>
/// Runs single images through a model as in prediction, without training, and returns the output of a layer on the way; in the backward pass, the gradient of
/// a logit with respect to it.
/// </summary>
internal sealed unsafe class LayerProbe : IDisposable
{
    private readonly Model _model;
    private readonly KernelSet _kernels;
    private readonly PackedWeights _packed;
    private readonly BatchTensors? _batch;
    private readonly GradientSums? _sums;
    private readonly Workspace _workspace;

    /// <summary>Allocates the memory.</summary>
    /// <param name="model">The model; it is copied as it is now.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="goesBack">Whether gradients are needed.</param>
    /// <exception cref="CnnException"><c>MemoryRequired</c>: there is not enough memory.</exception>
    public LayerProbe(Model model, KernelSet kernels, bool goesBack)
    {
        _kernels = kernels;
        _model = goesBack ? AsUsed(model.Copy()) : model.Copy();
        var plan = new ExecutionPlan(_model);
        MemoryBudget.Require(
            Workspace.BytesFor(_model, kernels, plan, 1, goesBack)
            + PackedWeights.BytesFor(_model, kernels, plan, goesBack)
            + (goesBack ? BatchTensors.BytesFor(_model, plan, 1) + GradientSums.BytesFor(_model, kernels, plan, 1) : 0),
            (needed, _) => $"An image in {model.Name} needs {needed}. End other programs, or use smaller images.");
        _packed = new PackedWeights(_model, kernels, plan, goesBack);
        for (int piece = 0; piece < _packed.Pieces; piece++)
        {
            _packed.Pack(piece);
        }

        _batch = goesBack ? new BatchTensors(_model, plan, 1) : null;
        _sums = goesBack ? new GradientSums(_model, kernels, plan, 1) : null;
        _workspace = new Workspace(_model, kernels, plan, 1, _packed, _batch, statistics: null);
    }

    /// <summary>Runs the layers up to the given one on an image, and returns its output.</summary>
    /// <param name="images">The images, of the model's shape.</param>
    /// <param name="index">Which image, from 0.</param>
    /// <param name="layer">The index of the layer.</param>
    /// <param name="output">[channel][row][column], as many values as the layer outputs.</param>
    public void Forward(ImageSet images, int index, int layer, Span<float> output)
    {
        fixed (byte* pixels = images.Image(index))
        {
            _workspace.LoadImage(pixels, _workspace.Input(0, 0, 0));
        }

        _workspace.Forward(1, 0, 0, layer + 1);
        ChannelsFirst(_workspace.Output(layer, 0), layer, output);
    }

    /// <summary>Continues from a layer to the logits.</summary>
    /// <param name="layer">The layer at which <see cref="Forward"/> stopped.</param>
    /// <returns>A copy of the logits.</returns>
    public float[] Logits(int layer) => new ReadOnlySpan<float>(_workspace.Forward(1, 0, layer + 1, _model.Layers.Count), _model.ClassCount).ToArray();

    /// <summary>Runs the backward pass from one logit to the output of a layer.</summary>
    /// <param name="label">The class of the logit.</param>
    /// <param name="layer">The index of the layer.</param>
    /// <param name="gradient">[channel][row][column]: the gradient of the logit with respect to the output of the layer.</param>
    public void Backward(int label, int layer, Span<float> gradient)
    {
        Span<float> logits = new(_workspace.LogitGradient(0), _model.ClassCount);
        logits.Clear();
        logits[label] = 1;
        _workspace.Backward(1, 0, _sums!, 0, _model.Layers.Count, layer + 1);
        ChannelsFirst(_workspace.OutputGradient(layer, 0), layer, gradient);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _workspace.Dispose();
        _sums?.Dispose();
        _batch?.Dispose();
        _packed.Dispose();
    }

    /// <summary>
    /// The same layers for a backward pass outside training, as many as before: batch normalisation with its running statistics is a scale and a shift of
    /// each channel, which equals a depthwise 1×1 convolution, and dropout drops nothing.
    /// </summary>
    private static Model AsUsed(Model model)
    {
        var used = new Model(model.InputShape, model.Layers.Select((layer, index) => layer switch
        {
            BatchNormalization => new Convolution(model.InputShapes[index].Channels, 1, 1, Groups: model.InputShapes[index].Channels),
            Dropout => new Dropout(0),
            _ => layer,
        }))
        { Name = model.Name };
        used.Restore(model.Seed, model.IsTrained, model.Normalization, model.ClassNames, model.Conversion);
        for (int layer = 0; layer < model.Layers.Count; layer++)
        {
            ModelParameter[] from = [.. model.Parameters.Where(parameter => parameter.Layer == layer)];
            ModelParameter[] to = [.. used.Parameters.Where(parameter => parameter.Layer == layer)];
            if (model.Layers[layer] is BatchNormalization normalization)
            {
                Span<float> weight = used.Values(to[0]);
                Span<float> bias = used.Values(to[1]);
                for (int channel = 0; channel < weight.Length; channel++)
                {
                    double scale = model.Values(from[0])[channel] / Math.Sqrt(model.Values(from[3])[channel] + normalization.Epsilon);
                    weight[channel] = (float)scale;
                    bias[channel] = (float)(model.Values(from[1])[channel] - (model.Values(from[2])[channel] * scale));
                }

                continue;
            }

            for (int tensor = 0; tensor < from.Length; tensor++)
            {
                model.Values(from[tensor]).CopyTo(used.Values(to[tensor]));
            }
        }

        return used;
    }

    private void ChannelsFirst(float* values, int layer, Span<float> target)
    {
        Shape shape = _model.Shapes[layer + 1];
        fixed (float* first = target)
        {
            _kernels.ChannelsFirst(1, shape.Height * shape.Width, shape.Channels, values, first);
        }
    }
}
