using Cnn.Data;
using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Models;

// What the layers make of images, for people who look at it or go on with it elsewhere.
public sealed partial class Model
{
    /// <summary>
    /// What comes out of one layer for each image of a set, in an array that PowerShell indexes: <c>$maps[0, 3, 10, 12]</c>. The model is used as in a prediction.
    /// </summary>
    /// <param name="layer">The name of the layer in this model, such as <c>Convolution1</c>; case does not matter.</param>
    /// <param name="images">The images; a part of a set is <c>$set.Slice(first, count)</c>.</param>
    /// <returns>[image, channel, row, column]; [image, output] where the layer gives a vector.</returns>
    /// <exception cref="CnnException">
    /// <c>LayerUnknown</c>: there is no such layer. <c>ActivationSize</c>: there is no room for so many values. The images are of another shape, or there are none.
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
                $"{found.Name} gives {shape.Length} values an image, and those of {images.Count} images are more than an array holds: take at most {Array.MaxLength / sizeof(float) / shape.Length} images at a time, with Slice.")
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
