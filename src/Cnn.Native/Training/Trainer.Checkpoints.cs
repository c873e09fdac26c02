using Cnn.Data;
using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>How a training is saved and resumed.</summary>
public sealed partial class Trainer
{
    private ImagesFingerprint? _fingerprint;
    private ImagesFingerprint? _validationFingerprint;

    /// <summary>The folder for checkpoints while <see cref="Run"/> works; null for none.</summary>
    public CheckpointFolder? Checkpoints { get; set; }

    /// <summary>
    /// Resumes a training that was saved by <see cref="SaveCheckpoint"/>: on the same kernels, the result has the same bits as if it had never been stopped,
    /// whatever the number of threads. The model is <see cref="Model"/>.
    /// </summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="images">The training images that it started with.</param>
    /// <param name="validation">Validation images: those that the earlier epochs were measured with, or none.</param>
    /// <param name="threads">The number of threads; 0 for one on each processor.</param>
    /// <param name="kernels">The kernels to run; by default those of the process.</param>
    /// <param name="model">The model that takes over the state of the checkpoint, and has its layers; by default a new one.</param>
    /// <param name="settings">
    /// Makes the new settings from those of the checkpoint. The number of epochs, the patience, the target and the threads may change; anything else would be
    /// another training.
    /// </param>
    /// <returns>The trainer; <see cref="Run"/> continues the training.</returns>
    /// <exception cref="CnnException">
    /// <c>CheckpointMismatch</c>: the images, the model or a setting differ. <c>CheckpointFormat</c>, <c>CheckpointVersion</c>, <c>CheckpointChecksum</c>,
    /// <c>CheckpointMetadata</c>, <c>CheckpointArchitecture</c>, <c>CheckpointTensors</c>, <c>CheckpointState</c>: the file is not a valid checkpoint. Or it
    /// cannot be read.
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

        // The images are compared in the form in which they were trained on: in the order of the model's classes.
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
    /// Saves everything that <see cref="Resume"/> needs, completely or not at all: after a kill at any moment, the previous checkpoint or this one is there.
    /// It may be called from the progress callback of <see cref="Run"/>, after that has returned, however it ended, or by another thread meanwhile; in the
    /// last case it waits for the end of the step.
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
