using Cnn.Data;

namespace Cnn.Models;

// Whether images and batches fit the model.
public sealed partial class Model
{
    /// <summary>Checks that this model can be trained with images, or measured on them.</summary>
    /// <param name="images">The images.</param>
    /// <exception cref="CnnException">They have another shape or other classes, by number or by name, or there are none.</exception>
    public void CheckImages(ImageSet images)
    {
        CheckShape(images);
        if (images.ClassNames.Count != ClassCount)
        {
            string names = HasClassNames && !ClassMatch.AreLabels(images.ClassNames) ? $" By name, {ClassMatch.Difference(ClassNames, images)}. Classes without images count too: name all classes with -ClassName when the images are imported." : "";
            throw new CnnException(
                "ClassCount",
                CnnErrorKind.InvalidArgument,
                $"The image set '{images.Name}' has {images.ClassNames.Count} classes, and the model has {ClassCount} outputs: "
                + $"its last dense layer needs as many outputs as there are classes.{names}")
            { Target = images };
        }

        Match(images);
    }

    /// <summary>Checks that this model can predict images, whatever their own classes.</summary>
    /// <param name="images">The images.</param>
    /// <exception cref="CnnException">They have another shape, or there are none.</exception>
    public void CheckShape(ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0)
        {
            throw new CnnException("EmptyImageSet", CnnErrorKind.InvalidArgument, $"The image set '{images.Name}' has no images: at least one is needed.")
            { Target = images };
        }

        if (images.ImageShape != InputShape)
        {
            throw new CnnException(
                "ImageShape",
                CnnErrorKind.InvalidArgument,
                $"The images of '{images.Name}' are {images.ImageShape} (channels×height×width), but the model takes {InputShape}: "
                + "make a model with the shape of the images, or pass images of the model's shape.")
            { Target = images };
        }
    }

    /// <summary>Checks that every batch of a training has the statistics that batch normalisation needs.</summary>
    /// <param name="images">Number of training images.</param>
    /// <param name="batchSize">Images in a batch; the last batch has the remaining ones.</param>
    /// <exception cref="CnnException"><c>BatchOfOne</c>: a batch has one image, or one value for each channel.</exception>
    public void CheckBatches(int images, int batchSize) => new ExecutionPlan(this).CheckBatches(this, images, batchSize, accumulationSteps: 1);
}
