using Cnn.Data;
using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Models;

// The outputs of layers, for people who inspect them or use them elsewhere.
public sealed partial class Model
{
    /// <summary>
    /// The output of one layer for each image of a set, in an array that PowerShell indexes: <c>$maps[0, 3, 10, 12]</c>. The model runs as in a prediction.
    /// </summary>
    /// <param name="layer">The name of the layer in this model, such as <c>Convolution1</c>; case does not matter.</param>
    /// <param name="images">The images; a part of a set is <c>$set.Slice(first, count)</c>.</param>
    /// <returns>[image, channel, row, column]; [image, output] if the layer outputs a vector.</returns>
    /// <exception cref="CnnException">
    /// <c>LayerUnknown</c>: there is no such layer. <c>ActivationSize</c>: there are too many values for one array. The images have another shape, or there
    /// are none.
    /// </exception>
    public Array GetActivations(string layer, ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(layer);
        CheckShape(images);
        LayerSummary found = FindLayer(layer);
        Shape shape = found.OutputShape;
        long values = (long)images.Count * shape.Length;
        if (values * sizeof(float) > Array.MaxLength)
        {
            throw new CnnException(
                "ActivationSize",
                CnnErrorKind.InvalidArgument,
                $"{found.Name} outputs {shape.Length} values for each image, and those of {images.Count} images do not fit into one array: take at most {Array.MaxLength / sizeof(float) / shape.Length} images at a time, with Slice.")
            { Target = images };
        }

        float[] all = new float[values];
        using (var probe = new LayerProbe(this, KernelSelection.Current, goesBack: false))
        {
            for (int image = 0; image < images.Count; image++)
            {
                probe.Forward(images, image, found.Index, all.AsSpan(image * shape.Length, shape.Length));
            }
        }

        int[] dimensions = shape.IsVector ? [images.Count, shape.Channels] : [images.Count, shape.Channels, shape.Height, shape.Width];
        Array shaped = Array.CreateInstance(typeof(float), dimensions);
        Buffer.BlockCopy(all, 0, shaped, 0, all.Length * sizeof(float));
        return shaped;
    }
}
