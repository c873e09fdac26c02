using Cnn.Data;
using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Pictures;

namespace Cnn.Evaluation;

/// <summary>Predicts the classes of images. Its workers and their memory are reused from call to call, so predicting a single picture costs little more than decoding it.</summary>
/// <remarks>
/// Any thread may use it: simultaneous calls take turns. If it is disposed while it works, it finishes the current run of images and then frees its memory.
/// </remarks>
public sealed class Predictor : IDisposable
{
    private readonly ForwardPass _pass;
    private readonly NativeBuffer<float> _logits;
    private readonly Lifetime _lifetime;
    private readonly Lock _gate = new();

    /// <summary>Starts the workers.</summary>
    /// <param name="model">The model, or an ensemble; it is copied as it is now, so later training changes nothing.</param>
    /// <param name="threads">The number of threads; 0 for one on each processor.</param>
    /// <param name="kernels">The kernels to run; by default those of the process.</param>
    /// <param name="testTime">The test-time augmentation; by default none, so each image is seen once.</param>
    /// <exception cref="CnnException">The number of threads is out of range, or the test-time augmentation does not fit the images.</exception>
    public Predictor(IClassifier model, int threads = 0, KernelSet? kernels = null, TestTimeAugmentation? testTime = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        Model = model;
        _pass = new ForwardPass(model, threads, kernels ?? KernelSelection.Current, testTime);
        _logits = new NativeBuffer<float>(ForwardPass.ImagesPerRun * (long)model.ClassCount);
        _lifetime = new Lifetime(this, Free);
    }

    /// <summary>The model, or the ensemble.</summary>
    public IClassifier Model { get; }

    /// <summary>Predicts the images of a set, run after run as the results are requested.</summary>
    /// <param name="images">The images, in the model's shape; their classes may differ from the model's.</param>
    /// <param name="cancellation">Cancels before the next run.</param>
    /// <returns>One prediction for each image, in their order.</returns>
    /// <exception cref="CnnException">The images are of another shape, or there are none.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The predictor was disposed.</exception>
    public IEnumerable<ImagePrediction> Predict(ImageSet images, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        Model.CheckShape(images);
        return Predictions();

        IEnumerable<ImagePrediction> Predictions()
        {
            for (int first = 0; first < images.Count; first += ForwardPass.ImagesPerRun)
            {
                cancellation.ThrowIfCancellationRequested();
                foreach (ImagePrediction prediction in PredictRun(images, first, Math.Min(ForwardPass.ImagesPerRun, images.Count - first)))
                {
                    yield return prediction;
                }
            }
        }
    }

    /// <summary>Predicts a picture.</summary>
    /// <param name="picture">The picture, of any size.</param>
    /// <param name="path">Its source.</param>
    /// <param name="inversion">Whether it is inverted first; by default like the model's training images, or else decided by its border.</param>
    /// <param name="center">Whether the drawing is centred as in MNIST; by default like the model's training images, or else not.</param>
    /// <param name="fit">How a picture of other proportions is fitted to the shape of the model's images; by default like its training images.</param>
    /// <param name="fill">The filling beside a picture that is padded; by default like the model's training images.</param>
    /// <returns>The prediction; its image set has the image that the model saw.</returns>
    /// <exception cref="CnnException">
    /// <c>FitCentred</c>, <c>FillNotPadded</c>: the parameters contradict each other. <c>NothingDrawn</c>: the picture is to be centred, and is blank. The
    /// images of the model are not pictures, or colour images are to be centred. <c>ConversionsDiffer</c>: the models of an ensemble were trained on images
    /// that were converted differently from pictures, and no conversion is given.
    /// </exception>
    public ImagePrediction Predict(Picture picture, string path, PictureInversion? inversion = null, bool? center = null, PictureFit? fit = null, PictureFill? fill = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(path);
        PictureConversion[] known = [.. Model.Members.Select(member => member.Conversion).OfType<PictureConversion>().Distinct()];
        var conversion = new PictureConversion(
            Model.InputShape,
            inversion ?? Agreed(known.Select(one => one.Inversion), PictureInversion.Auto, nameof(inversion)),
            center ?? Agreed(known.Select(one => one.Center), false, nameof(center)),
            fit ?? Agreed(known.Where(one => !one.Center).Select(one => one.Fit), PictureConversion.UsualFit, nameof(fit)),
            fill ?? Agreed(known.Select(one => one.Fill).OfType<PictureFill>(), PictureFill.Edge, nameof(fill)));
        PictureRequest.CheckFit(conversion.Center, fit, fill, conversion.Fit);
        byte[] pixels = conversion.Apply(picture);
        if (conversion.Center && !pixels.AsSpan().ContainsAnyExcept((byte)0))
        {
            throw new CnnException("NothingDrawn", CnnErrorKind.InvalidData, $"Nothing is drawn in '{path}': no ink stands out from its background. Pass a picture with a drawing.")
            { Target = path };
        }

        var image = new ImageSet(pixels, [0], Model.InputShape, ["not known"], Path.GetFileName(path));
        return PredictRun(image, 0, 1)[0] with { Path = path, Label = null };
    }

    /// <inheritdoc/>
    public void Dispose() => _lifetime.Dispose();

    /// <summary>The setting of the models; the usual value if they have none.</summary>
    private T Agreed<T>(IEnumerable<T> settings, T usual, string name) => settings.Distinct().ToArray() switch
    {
        [] => usual,
        [var one] => one,
        _ => throw new CnnException(
            "ConversionsDiffer",
            CnnErrorKind.InvalidArgument,
            $"The models of the ensemble {Model.Name} were trained on images that were converted differently from pictures ({name}): set the conversion with -Invert, -Center, -Fit and -Fill.")
        { Target = Model },
    };

    private void Free()
    {
        _pass.Dispose();
        _logits.Dispose();
    }

    private unsafe ImagePrediction[] PredictRun(ImageSet images, int first, int count)
    {
        using Lifetime.Use use = _lifetime.Begin();
        lock (_gate)
        {
            // A caller that has waited for its turn may have waited until the predictor was disposed.
            _lifetime.Check();
            _pass.Run(images, first, count, _logits.Pointer);
            return [.. Enumerable.Range(0, count).Select(i => Describe(images, first + i, _logits.Span((long)i * Model.ClassCount, Model.ClassCount)))];
        }
    }

    private ImagePrediction Describe(ImageSet images, int index, ReadOnlySpan<float> logits)
    {
        double[] probabilities = Softmax.Probabilities(logits);
        int best = Softmax.Largest(logits);
        return new ImagePrediction(
            null,
            images,
            index,
            images.ClassNames[images.Label(index)],
            Model.ClassNames[best],
            probabilities[best],
            new ReportList<ClassProbability>([.. probabilities.Select((probability, label) => new ClassProbability(Model.ClassNames[label], probability))]));
    }
}
