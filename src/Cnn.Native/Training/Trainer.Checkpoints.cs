using Cnn.Data;
using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>How a training is saved, and how it goes on.</summary>
public sealed partial class Trainer
{
    private ImagesFingerprint? _fingerprint;
    private ImagesFingerprint? _validationFingerprint;

    /// <summary>Where checkpoints are kept while <see cref="Run"/> works; nowhere where this is null.</summary>
    public CheckpointFolder? Checkpoints { get; set; }

    /// <summary>
    /// Goes on with a training that was saved by <see cref="SaveCheckpoint"/>: on the same kernels, what comes out has the same bits as
    /// if it had never been stopped, whatever the number of threads. The model is <see cref="Model"/>.
    /// </summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="images">The training images it began with.</param>
    /// <param name="validation">Images that are measured after each epoch: those that the epochs before were measured with, or none.</param>
    /// <param name="threads">How many threads work; 0 for one on each processor.</param>
    /// <param name="kernels">The kernels that run; those of the process where nothing is given.</param>
    /// <param name="model">The model that becomes the one of the checkpoint, and has its layers; a new one where nothing is given.</param>
    /// <param name="settings">
    /// Makes the settings to go on with from those of the checkpoint. The number of epochs, the patience, the target and the threads
    /// may be others; anything else would be another training.
    /// </param>
    /// <returns>The trainer; <see cref="Run"/> goes on.</returns>
    /// <exception cref="CnnException">
    /// <c>CheckpointMismatch</c>: the images, the model or a setting are others. <c>CheckpointFormat</c>, <c>CheckpointVersion</c>,
    /// <c>CheckpointChecksum</c>, <c>CheckpointMetadata</c>, <c>CheckpointArchitecture</c>, <c>CheckpointTensors</c>,
    /// <c>CheckpointState</c>: the file is no sound checkpoint. Or it cannot be read.
    /// </exception>
    public static Trainer Resume(
        string path,
        ImageSet images,
        ImageSet? validation = null,
        int threads = 0,
        KernelSet? kernels = null,
        Model? model = null,
        Func<TrainingOptions, TrainingOptions>? settings = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(images);
        using CheckpointFile checkpoint = CheckpointFile.Open(path);
        CheckpointState state = checkpoint.State;
        TrainingOptions options = state.Options with { Threads = threads };
        options = (settings?.Invoke(options) ?? options).Copy();

        // The images are known again as they were trained on: in the order of the model's classes.
        images = ClassMatch.InOrderOf(checkpoint.Model.ClassNames, images);
        validation = validation == null ? null : ClassMatch.InOrderOf(checkpoint.Model.ClassNames, validation);
        checkpoint.CheckImages(images);
        CheckArguments(checkpoint.Model, images, options, validation);
        checkpoint.CheckOptions(options);
        checkpoint.CheckValidation(validation);
        Trainer trainer = new(checkpoint.GiveTo(model), images, options, validation, kernels);
        try
        {
            if (state.BestValidation != null)
            {
                trainer._best = new BestEpoch(trainer.Model) { Report = state.BestValidation.ToReport(trainer.Model) };
            }

            checkpoint.Restore(trainer._step, trainer._best, trainer.History);
            trainer._step.Average?.Show(trainer.History.BatchCount > 0);
        }
        catch
        {
            trainer.Dispose();
            throw;
        }

        trainer._fingerprint = state.Images;
        trainer._validationFingerprint = state.ValidationImages;
        trainer._epochLoss = state.EpochLoss;
        trainer._shownLoss = state.ShownLoss;
        trainer._duration = state.Duration;
        trainer._epochDuration = state.EpochDuration;
        trainer._validationReport = state.Validation?.ToReport(trainer.Model);
        return trainer;
    }

    /// <summary>
    /// Saves all that <see cref="Resume"/> needs, whole or not at all: a kill at any moment leaves the checkpoint before or this one.
    /// It may be called from the progress of <see cref="Run"/>, when that has returned, however it ended, or by another thread meanwhile:
    /// then it waits for the end of the step.
    /// </summary>
    /// <param name="path">The file; a checkpoint of the same name is replaced.</param>
    /// <exception cref="CnnException"><c>FolderNotFound</c> or <c>WriteFailed</c>.</exception>
    public void SaveCheckpoint(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        using Lifetime.Use use = _lifetime.Begin();
        if (_validation != null)
        {
            _validationFingerprint ??= ImagesFingerprint.Of(_validation);
        }

        _fingerprint ??= ImagesFingerprint.Of(_images);
        lock (Model.Gate)
        {
            SaveState(path);
        }
    }

    private void SaveState(string path) => CheckpointFile.Save(
        path,
        Model,
        _step,
        _best,
        History.Losses,
        new CheckpointState
        {
            Options = _options with { Threads = 0 },
            Images = _fingerprint!,
            Batches = History.BatchCount,
            Epochs = History.Epochs,
            EpochLoss = _epochLoss,
            ShownLoss = _shownLoss,
            Duration = _duration,
            EpochDuration = _epochDuration,
            Validation = _validationReport == null ? null : CheckpointValidation.Of(_validationReport),
            BestValidation = _best?.Report == null ? null : CheckpointValidation.Of(_best.Report),
            ValidationImages = _validationFingerprint,
        });
}
