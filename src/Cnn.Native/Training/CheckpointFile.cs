using System.Reflection;
using System.Text.Json;
using Cnn.Data;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Serialization;

namespace Cnn.Training;

/// <summary>
/// A training that can be resumed, as a file. It contains the tensors and metadata of the model as in a <see cref="ModelFile"/>, the optimizer state as
/// <c>adam.first.layers.0.weight</c>, <c>adam.second.layers.0.weight</c> and so on, if there is any, the moving average of the weights as
/// <c>average.layers.0.weight</c>, the parameters after the best epoch as <c>best.layers.0.weight</c>, the loss of each batch as <c>history.costs</c>, and
/// the rest as JSON in the metadata.
/// </summary>
internal sealed class CheckpointFile : IDisposable
{
    private const string StateName = "cnn.training";
    private const string AveragePrefix = "average.";
    private const string BestPrefix = "best.";
    private const string LossesName = "history.costs";

    /// <summary>The settings that determine how long a training runs and who does the work, but not what a batch changes.</summary>
    private static readonly string[] MayDiffer =
        [nameof(TrainingOptions.Epochs), nameof(TrainingOptions.Patience), nameof(TrainingOptions.TargetAccuracy), nameof(TrainingOptions.Threads)];

    private readonly CnnFile _file;
    private readonly ModelDescription _description;

    private CheckpointFile(CnnFile file)
    {
        _file = file;
        _description = ModelDescription.Read(file);
        State = ReadState(file);
        IEnumerable<(string Name, IReadOnlyList<int> Dimensions)> expected =
            from prefix in PrefixesOf(State)
            from parameter in _description.Parameters
            select (prefix + parameter.Name, parameter.Dimensions);
        file.CheckTensors(expected.Append((LossesName, [State.Batches])));
        Model = _description.MakeModel();
        Check(State);
    }

    /// <summary>The model.</summary>
    public Model Model { get; }

    /// <summary>The position of the training.</summary>
    public CheckpointState State { get; }

    /// <summary>Saves a training, completely or not at all; a checkpoint of the same name is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model.</param>
    /// <param name="step">The step, which holds the state of the training.</param>
    /// <param name="best">The best epoch; null if there is none.</param>
    /// <param name="losses">The loss of each batch.</param>
    /// <param name="state">The remaining state.</param>
    /// <exception cref="CnnException"><c>FolderNotFound</c> or <c>WriteFailed</c>.</exception>
    public static void Save(string path, Model model, TrainingStep step, BestEpoch? best, IReadOnlyList<float> losses, CheckpointState state)
    {
        using NativeBuffer<float> lossBuffer = new(losses.Count);
        Span<float> values = lossBuffer.Span(0, losses.Count);
        for (int i = 0; i < losses.Count; i++)
        {
            values[i] = losses[i];
        }

        Dictionary<string, string> texts = ModelDescription.Write(model);
        texts[StateName] = StrictJson.Write(state);
        CnnFile.Write(
            path,
            overwrite: true,
            CnnFileKind.Checkpoint,
            texts,
            [
                .. PrefixesOf(state).Zip(Buffers(model, step, best)).SelectMany(pair => ModelFile.TensorsOf(model, pair.Second, pair.First)),
                new TensorSource(LossesName, [losses.Count], lossBuffer, 0),
            ]);
    }

    /// <summary>Opens and checks a checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The checkpoint.</returns>
    /// <exception cref="CnnException">It cannot be read, or is not a valid checkpoint.</exception>
    public static CheckpointFile Open(string path) => Of(CnnFile.Open(path, CnnFileKind.Checkpoint));

    /// <summary>Checks an open file.</summary>
    /// <param name="file">A checkpoint; it is closed together with the result, or if it is not valid.</param>
    /// <returns>The checkpoint.</returns>
    /// <exception cref="CnnException">It is not a valid checkpoint.</exception>
    public static CheckpointFile Of(CnnFile file)
    {
        try
        {
            return new CheckpointFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The model that the training would leave if it ended here: with the average of its weights, if it keeps one.</summary>
    /// <param name="path">The file that the model reports as its source.</param>
    /// <returns>A new model.</returns>
    public Model MakeModel(string path) => _description.MakeModel(path, State.Options.WeightAveraging > 0 && State.Batches > 0 ? AveragePrefix : "");

    /// <summary>Checks that settings are those of the checkpoint, except for those that have no influence on the batches so far.</summary>
    /// <param name="options">The settings.</param>
    /// <exception cref="CnnException"><c>CheckpointMismatch</c>: a setting differs.</exception>
    public void CheckOptions(TrainingOptions options)
    {
        foreach (PropertyInfo setting in typeof(TrainingOptions).GetProperties().Where(setting => !MayDiffer.Contains(setting.Name)))
        {
            object? expected = setting.GetValue(State.Options);
            object? given = setting.GetValue(options);
            if (!Equals(expected, given))
            {
                throw _file.Error(
                    "Mismatch",
                    FormattableString.Invariant($"it trains with {setting.Name} {expected}, but {given} was given."),
                    advice: "Leave the setting out to continue with the original value, or start a new training.");
            }
        }

        if (options.Epochs != State.Options.Epochs && State.Batches > 0 && State.Options.Schedule.DependsOnEpochs)
        {
            throw _file.Error(
                "Mismatch",
                $"it trains with Schedule {State.Options.Schedule.Kind} over {State.Options.Epochs} epochs, but Epochs {options.Epochs} was given, with which the learning rates so far would have been different.",
                advice: "Leave Epochs out to continue to the end of the schedule, or start a new training.");
        }

        if (options.Patience > 0 && State.BestValidation == null && EarlyStopping.BestEpoch(State.Epochs) > 0)
        {
            throw _file.Error(
                "Mismatch",
                $"it was written by an earlier version, without the parameters of its best epoch, but Patience {options.Patience} was given.",
                advice: "Continue without a patience, or start a new training.");
        }

        long perEpoch = ((long)State.Images.Count + State.Options.BatchSize - 1) / State.Options.BatchSize;
        if (State.Batches > options.Epochs * perEpoch)
        {
            throw _file.Error(
                "Mismatch",
                $"it was written after batch {State.Batches - (State.Epochs.Count * perEpoch)} of epoch {State.Epochs.Count + 1}, but Epochs {options.Epochs} was given.",
                advice: "Use at least as many epochs, or continue from the checkpoint of an earlier epoch.");
        }
    }

    /// <summary>Checks that images are those of the checkpoint.</summary>
    /// <param name="images">The images.</param>
    /// <exception cref="CnnException"><c>CheckpointMismatch</c>: they differ.</exception>
    public void CheckImages(ImageSet images) => CheckImages(
        images, State.Images, "trains on", "Pass the images that the training started with, all of them and in the same order, or start a new training.");

    /// <summary>Checks that images are those that the epochs so far were measured on: losses on other images could not be compared.</summary>
    /// <param name="images">The images; null for none.</param>
    /// <exception cref="CnnException"><c>CheckpointMismatch</c>: they differ.</exception>
    public void CheckValidation(ImageSet? images)
    {
        if (images != null && State.ValidationImages is { } expected && State.Epochs.Any(epoch => epoch.ValidationLoss != null))
        {
            CheckImages(images, expected, "measures on", "Pass the validation images of the earlier epochs, or none.");
        }
    }

    /// <summary>Copies the model of the checkpoint into a model.</summary>
    /// <param name="model">A model with the same layers; null for a new one.</param>
    /// <returns>The model.</returns>
    /// <exception cref="CnnException"><c>CheckpointMismatch</c>: its input shape or its layers differ.</exception>
    public Model GiveTo(Model? model)
    {
        if (model == null)
        {
            return Model;
        }

        CheckModel(model);
        model.TakeOver(Model);
        return model;
    }

    /// <summary>Restores the optimizer state, the average, the best epoch, the steps and the history.</summary>
    /// <param name="step">The step of the training; the model contains the trained weights.</param>
    /// <param name="best">The best epoch of the model; null if there is none.</param>
    /// <param name="history">An empty history, with room for all batches.</param>
    /// <exception cref="CnnException">The file disappeared while it was read.</exception>
    public void Restore(TrainingStep step, BestEpoch? best, TrainingHistory history)
    {
        foreach ((string prefix, NativeBuffer<float> buffer) in PrefixesOf(State).Zip(Buffers(Model, step, best)).Skip(1))
        {
            foreach (ModelParameter parameter in Model.Parameters)
            {
                _file.Read(prefix + parameter.Name, buffer.Span(parameter.Offset, parameter.Length));
            }
        }

        step.OptimizerState.Steps = State.Batches;
        float[] losses = new float[State.Batches];
        _file.Read(LossesName, losses);
        foreach (float loss in losses)
        {
            history.Add(loss);
        }

        foreach (EpochRecord epoch in State.Epochs)
        {
            history.Add(epoch);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>The prefixes of the names of the tensors in the layout of the model's parameters, beginning with the empty prefix of the parameters themselves.</summary>
    private static IEnumerable<string> PrefixesOf(CheckpointState state) =>
    [
        "",
        .. state.Options.Optimizer.StateNames.Select(name => $"{name}."),
        .. state.Options.WeightAveraging > 0 ? new[] { AveragePrefix } : [],
        .. state.BestValidation != null ? new[] { BestPrefix } : [],
    ];

    /// <summary>The memory of those tensors. If the model contains averaged or restored parameters, the trained ones are stored elsewhere.</summary>
    private static IEnumerable<NativeBuffer<float>> Buffers(Model model, TrainingStep step, BestEpoch? best) =>
    [
        best?.IsRestored == true ? best.Latest : step.Average?.Trained ?? model.ParameterBuffer,
        .. step.OptimizerState.Buffers,
        .. step.Average != null ? new[] { step.Average.Average } : [],
        .. best != null ? new[] { best.Best } : [],
    ];

    private static CheckpointState ReadState(CnnFile file)
    {
        try
        {
            return StrictJson.Read<CheckpointState>(EarlierCheckpoint.Upgrade(file.Text(StateName)));
        }
        catch (JsonException e)
        {
            throw file.Error("State", $"its '{StateName}' is not valid: {e.Message}", e);
        }
    }

    private void CheckImages(ImageSet images, ImagesFingerprint expected, string does, string advice)
    {
        if (images.Count != expected.Count)
        {
            throw _file.Error(
                "Mismatch", $"it {does} {expected.Count} images of '{expected.Name}', but {images} was given.", advice: advice);
        }

        if (ImagesFingerprint.Of(images).Sha256 != expected.Sha256)
        {
            throw _file.Error(
                "Mismatch",
                $"it {does} {expected.Count} images of '{expected.Name}', but as many of '{images.Name}' were given, "
                + "whose shape, class names, labels, pixels or order differ.",
                advice: advice);
        }
    }

    private void CheckModel(Model model)
    {
        string? difference = null;
        if (model.InputShape != Model.InputShape)
        {
            difference = $"it contains a model for images of {Model.InputShape}, but a model for {model.InputShape} was given.";
        }
        else if (model.Layers.Count != Model.Layers.Count)
        {
            difference = $"it contains a model with {Model.Layers.Count} layers ({Model.Name}), but a model with {model.Layers.Count} ({model.Name}) was given.";
        }
        else
        {
            int other = Enumerable.Range(0, Model.Layers.Count).FirstOrDefault(layer => !Model.Layers[layer].Equals(model.Layers[layer]), -1);
            difference = other < 0 ? null : $"layer {other} of its model is {Model.Layers[other]}, but that of the given model is {model.Layers[other]}.";
        }

        if (difference != null)
        {
            throw _file.Error("Mismatch", difference, advice: "Pass a model with the layers that the training started with, or start a new training.");
        }
    }

    private void Check(CheckpointState state)
    {
        try
        {
            state.Check(Model.ClassCount);
        }
        catch (Exception e) when (e is JsonException or CnnException)
        {
            throw _file.Error("State", $"its '{StateName}' contradicts itself: {e.Message}", e);
        }
    }
}
