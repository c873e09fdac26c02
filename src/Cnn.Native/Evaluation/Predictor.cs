using Cnn.Data;
using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Pictures;

namespace Cnn.Evaluation;

/// <summary>Says what is on images. Its workers and their memory serve from call to call, so single pictures cost little more than their decoding.</summary>
/// <remarks>
/// Any thread may use it: calls at the same time take turns. Disposed while it works, it ends the run of images that it is at, and frees its
/// memory then.
/// </remarks>
public sealed class Predictor : IDisposable
{
    private readonly ForwardPass _pass;
    private readonly NativeBuffer<float> _logits;
    private readonly Lifetime _lifetime;
    private readonly Lock _gate = new();

    /// <summary>Starts the workers.</summary>
    /// <param name="model">The model, or an ensemble; it is taken as it is now, and what is trained later changes nothing.</param>
    /// <param name="threads">How many threads work; 0 for one on each processor.</param>
    /// <param name="kernels">The kernels that run; those of the process where nothing is given.</param>
    /// <param name="testTime">How often images are looked at; once where nothing is given.</param>
    /// <exception cref="CnnException">The number of threads is absurd, or the images cannot be looked at so.</exception>
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

    /// <summary>Says what is on the images of a set, run after run while they are asked for.</summary>
    /// <param name="images">The images, of the model's shape; their classes may be others than the model's.</param>
    /// <param name="cancellation">Stops before the next run.</param>
    /// <returns>One prediction an image, in their order.</returns>
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

    /// <summary>Says what is on a picture.</summary>
    /// <param name="picture">The picture, of any size.</param>
    /// <param name="path">Where it came from.</param>
    /// <param name="inversion">Whether it is turned into its negative first; as the model's training images were where nothing is given, else by its border.</param>
    /// <param name="center">Whether what is drawn is put where MNIST has it; as in the model's training images where nothing is given, else not.</param>
    /// <param name="fit">How a picture of other proportions gets the shape of the model's images; as with its training images where nothing is given.</param>
    /// <param name="fill">What stands beside a picture that is padded; as with the model's training images where nothing is given.</param>
    /// <returns>The prediction; its image set has the image that the model saw.</returns>
    /// <exception cref="CnnException">
    /// <c>FitCentred</c>, <c>FillNotPadded</c>: what is given does not go together. <c>NothingDrawn</c>: the picture is to be centred, and is blank. The model takes other images than pictures, or images of colours are to be centred. <c>ConversionsDiffer</c>: the models of an ensemble were trained
    /// on images that were made differently of pictures, and nothing is given.
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
            throw new CnnException("NothingDrawn", CnnErrorKind.InvalidData, $"Nothing is drawn in '{path}': no ink stands out from its ground. Pass a picture with something on it.")
            { Target = path };
        }

        var image = new ImageSet(pixels, [0], Model.InputShape, ["not known"], Path.GetFileName(path));
        return PredictRun(image, 0, 1)[0] with { Path = path, Label = null };
    }

    /// <inheritdoc/>
    public void Dispose() => _lifetime.Dispose();

    /// <summary>What the models say about a setting; what is usual where they say nothing.</summary>
    private T Agreed<T>(IEnumerable<T> settings, T usual, string name) => settings.Distinct().ToArray() switch
    {
        [] => usual,
        [var one] => one,
        _ => throw new CnnException(
            "ConversionsDiffer",
            CnnErrorKind.InvalidArgument,
            $"The models of the ensemble {Model.Name} were trained on images that were made differently of pictures ({name}): say how with -Invert, -Center, -Fit and -Fill.")
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
            // Who waited for a turn may have waited for the last one.
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
