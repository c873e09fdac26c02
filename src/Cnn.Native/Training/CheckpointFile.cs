using System.Reflection;
using System.Text.Json;
using Cnn.Data;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Serialization;

namespace Cnn.Training;

/// <summary>
/// A training that can go on, in a file: the tensors and texts of the model as in a <see cref="ModelFile"/>, what the optimizer remembers as
/// <c>adam.first.layers.0.weight</c> and <c>adam.second.layers.0.weight</c> and so on, where there are such, the moving average of the weights as
/// <c>average.layers.0.weight</c> and the parameters after the best epoch as <c>best.layers.0.weight</c>, the loss of each batch as
/// <c>history.costs</c>, and the rest as JSON in the metadata. It stands above the room of the files, and uses it.
/// </summary>
internal sealed class CheckpointFile : IDisposable
{
    private const string StateName = "cnn.training";
    private const string AveragePrefix = "average.";
    private const string BestPrefix = "best.";
    private const string LossesName = "history.costs";

    /// <summary>The settings that say how long a training goes on and who does the work, and not what a batch changes.</summary>
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

    /// <summary>The model, as it was.</summary>
    public Model Model { get; }

    /// <summary>Where the training was.</summary>
    public CheckpointState State { get; }

    /// <summary>Saves a training, whole or not at all; a checkpoint of the same name is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model.</param>
    /// <param name="step">What the training works with.</param>
    /// <param name="best">The best epoch; null where there is none.</param>
    /// <param name="losses">The loss of each batch.</param>
    /// <param name="state">The rest.</param>
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
    /// <exception cref="CnnException">It cannot be read, or is no sound checkpoint.</exception>
    public static CheckpointFile Open(string path) => Of(CnnFile.Open(path, CnnFileKind.Checkpoint));

    /// <summary>Checks a file that is open.</summary>
    /// <param name="file">A checkpoint; it is closed with the result, and where it is not sound.</param>
    /// <returns>The checkpoint.</returns>
    /// <exception cref="CnnException">It is no sound checkpoint.</exception>
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

    /// <summary>The model that a training which ended here would leave: with the average of its weights, where it keeps one.</summary>
    /// <param name="path">The file that the model says it comes from.</param>
    /// <returns>A model of its own.</returns>
    public Model MakeModel(string path) => _description.MakeModel(path, State.Options.WeightAveraging > 0 && State.Batches > 0 ? AveragePrefix : "");

    /// <summary>Checks that settings are those of the checkpoint, except for those that decide nothing about the batches before.</summary>
    /// <param name="options">The settings.</param>
    /// <exception cref="CnnException"><c>CheckpointMismatch</c>: one is another.</exception>
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
                    FormattableString.Invariant($"it trains with {setting.Name} {expected}, and was given {given}."),
                    advice: "Leave the setting out to go on with what the training began with, or begin a new training.");
            }
        }

        if (options.Epochs != State.Options.Epochs && State.Batches > 0 && State.Options.Schedule.DependsOnEpochs)
        {
            throw _file.Error(
                "Mismatch",
                $"it trains with Schedule {State.Options.Schedule.Kind} over {State.Options.Epochs} epochs, and was given Epochs {options.Epochs}, by which the learning rates so far would have been others.",
                advice: "Leave Epochs out to go on to the end of the schedule, or begin a new training.");
        }

        if (options.Patience > 0 && State.BestValidation == null && EarlyStopping.BestEpoch(State.Epochs) > 0)
        {
            throw _file.Error(
                "Mismatch",
                $"it was written by an earlier version, without the parameters of its best epoch, and was given Patience {options.Patience}.",
                advice: "Go on without a patience, or begin a new training.");
        }

        long perEpoch = ((long)State.Images.Count + State.Options.BatchSize - 1) / State.Options.BatchSize;
        if (State.Batches > options.Epochs * perEpoch)
        {
            throw _file.Error(
                "Mismatch",
                $"it is after batch {State.Batches - (State.Epochs.Count * perEpoch)} of epoch {State.Epochs.Count + 1}, and was given Epochs {options.Epochs}.",
                advice: "Ask for as many epochs or more, or go on from the checkpoint of an earlier epoch.");
        }
    }

    /// <summary>Checks that images are those of the checkpoint.</summary>
    /// <param name="images">The images.</param>
    /// <exception cref="CnnException"><c>CheckpointMismatch</c>: they are others.</exception>
    public void CheckImages(ImageSet images) => CheckImages(
        images, State.Images, "trains on", "Pass the images that the training began with, all of them and in their order, or begin a new training.");

    /// <summary>Checks that images are those that the epochs so far were measured on: the losses of others would not compare.</summary>
    /// <param name="images">The images; null for none.</param>
    /// <exception cref="CnnException"><c>CheckpointMismatch</c>: they are others.</exception>
    public void CheckValidation(ImageSet? images)
    {
        if (images != null && State.ValidationImages is { } expected && State.Epochs.Any(epoch => epoch.ValidationLoss != null))
        {
            CheckImages(images, expected, "measures on", "Pass the validation images of the epochs before, or none.");
        }
    }

    /// <summary>Gives a model what the checkpoint holds of its own.</summary>
    /// <param name="model">A model with the same layers; null for a new one.</param>
    /// <returns>The model.</returns>
    /// <exception cref="CnnException"><c>CheckpointMismatch</c>: its input shape or its layers are others.</exception>
    public Model GiveTo(Model? model)
    {
        if (model == null)
        {
            return Model;
        }

        CheckModel(model);
        model.BecomeLike(Model);
        return model;
    }

    /// <summary>Brings what the optimizer remembers, the average, the best epoch, the steps and the history back.</summary>
    /// <param name="step">What a training of the model works with; the model holds the weights that are trained.</param>
    /// <param name="best">The best epoch of the model; null where there is none.</param>
    /// <param name="history">An empty history, with room for all batches.</param>
    /// <exception cref="CnnException">The file went away while it was read.</exception>
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

    /// <summary>What the names of the tensors begin with that are laid out like the model's parameters: first of those themselves, with nothing.</summary>
    private static IEnumerable<string> PrefixesOf(CheckpointState state) =>
    [
        "",
        .. state.Options.Optimizer.StateNames.Select(name => $"{name}."),
        .. state.Options.WeightAveraging > 0 ? new[] { AveragePrefix } : [],
        .. state.BestValidation != null ? new[] { BestPrefix } : [],
    ];

    /// <summary>The memory of those tensors. Where the model holds averaged or restored parameters, the trained ones are elsewhere.</summary>
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
            throw file.Error("State", $"its '{StateName}' is not as it should be: {e.Message}", e);
        }
    }

    private void CheckImages(ImageSet images, ImagesFingerprint expected, string does, string advice)
    {
        if (images.Count != expected.Count)
        {
            throw _file.Error(
                "Mismatch", $"it {does} {expected.Count} images of '{expected.Name}', and was given {images}.", advice: advice);
        }

        if (ImagesFingerprint.Of(images).Sha256 != expected.Sha256)
        {
            throw _file.Error(
                "Mismatch",
                $"it {does} {expected.Count} images of '{expected.Name}', and was given as many of '{images.Name}' "
                + "whose shape, class names, labels, pixels or order are others.",
                advice: advice);
        }
    }

    private void CheckModel(Model model)
    {
        string? difference = null;
        if (model.InputShape != Model.InputShape)
        {
            difference = $"it is of a model for images of {Model.InputShape}, and was given one for {model.InputShape}.";
        }
        else if (model.Layers.Count != Model.Layers.Count)
        {
            difference = $"it is of a model with {Model.Layers.Count} layers ({Model.Name}), and was given one with {model.Layers.Count} ({model.Name}).";
        }
        else
        {
            int other = Enumerable.Range(0, Model.Layers.Count).FirstOrDefault(layer => !Model.Layers[layer].Equals(model.Layers[layer]), -1);
            difference = other < 0 ? null : $"the layer {other} of its model is {Model.Layers[other]}, and that of the model that was given is {model.Layers[other]}.";
        }

        if (difference != null)
        {
            throw _file.Error("Mismatch", difference, advice: "Pass a model with the layers that the training began with, or begin a new training.");
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
