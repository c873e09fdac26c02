using System.Text.Json;
using Cnn.Data;
using Cnn.Interchange;
using Cnn.Memory;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>
/// A training that can go on, in a file: the tensors and texts of the model as in a <see cref="ModelFile"/>, what the optimizer remembers as
/// <c>adam.first.layers.0.weight</c> and <c>adam.second.layers.0.weight</c> and so on, the moving average of the weights, where there is one, as
/// <c>average.layers.0.weight</c> and so on, the cost of each batch as <c>history.costs</c>, and the rest as JSON in the metadata. It stands above the room of the files, and uses it.
/// </summary>
internal sealed class CheckpointFile : IDisposable
{
    private const string StateName = "cnn.training";
    private const string AveragePrefix = "average.";
    private const string CostsName = "history.costs";
    private const string Advice = "Pass the images that the training began with, all of them and in their order, or begin a new training.";

    private readonly CnnFile _file;

    private CheckpointFile(CnnFile file)
    {
        _file = file;
        ModelDescription description = ModelDescription.Read(file);
        State = ReadState(file);
        IEnumerable<(string Name, IReadOnlyList<int> Dimensions)> expected =
            from prefix in PrefixesOf(State.Options)
            from parameter in description.Parameters
            select (prefix + parameter.Name, parameter.Dimensions);
        file.CheckTensors(expected.Append((CostsName, [State.Batches])));
        Model = description.MakeModel();
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
    /// <param name="costs">The cost of each batch.</param>
    /// <param name="state">The rest.</param>
    /// <exception cref="CnnException"><c>FolderNotFound</c> or <c>WriteFailed</c>.</exception>
    public static void Save(string path, Model model, TrainingStep step, IReadOnlyList<float> costs, CheckpointState state)
    {
        using NativeBuffer<float> costBuffer = new(costs.Count);
        Span<float> values = costBuffer.Span(0, costs.Count);
        for (int i = 0; i < costs.Count; i++)
        {
            values[i] = costs[i];
        }

        Dictionary<string, string> texts = ModelDescription.Write(model);
        texts[StateName] = StrictJson.Write(state);
        CnnFile.Write(
            path,
            overwrite: true,
            CnnFileKind.Checkpoint,
            texts,
            [
                .. ModelFile.TensorsOf(model, step.Average?.Trained ?? model.ParameterBuffer),
                .. PrefixesOf(state.Options).Skip(1).Zip(Remembered(step)).SelectMany(pair => ModelFile.TensorsOf(model, pair.Second, pair.First)),
                new TensorSource(CostsName, [costs.Count], costBuffer, 0),
            ]);
    }

    /// <summary>Opens and checks a checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The checkpoint.</returns>
    /// <exception cref="CnnException">It cannot be read, or is no sound checkpoint.</exception>
    public static CheckpointFile Open(string path)
    {
        CnnFile file = CnnFile.Open(path, CnnFileKind.Checkpoint);
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

    /// <summary>Checks that images are those of the checkpoint.</summary>
    /// <param name="images">The images.</param>
    /// <exception cref="CnnException"><c>CheckpointMismatch</c>: they are others.</exception>
    public void CheckImages(ImageSet images)
    {
        ImagesFingerprint expected = State.Images;
        if (images.Count != expected.Count)
        {
            throw _file.Error(
                "Mismatch", $"it trains on {expected.Count} images of '{expected.Name}', and was given {images}.", advice: Advice);
        }

        if (ImagesFingerprint.Of(images).Sha256 != expected.Sha256)
        {
            throw _file.Error(
                "Mismatch",
                $"it trains on {expected.Count} images of '{expected.Name}', and was given as many of '{images.Name}' "
                + "whose shape, class names, labels, pixels or order are others.",
                advice: Advice);
        }
    }

    /// <summary>Brings what the optimizer remembers, the average, the steps and the history back.</summary>
    /// <param name="step">What a training of the model works with; the model holds the weights that are trained.</param>
    /// <param name="history">An empty history, with room for all batches.</param>
    /// <exception cref="CnnException">The file went away while it was read.</exception>
    public void Restore(TrainingStep step, TrainingHistory history)
    {
        foreach ((string prefix, NativeBuffer<float> buffer) in PrefixesOf(State.Options).Skip(1).Zip(Remembered(step)))
        {
            foreach (ModelParameter parameter in Model.Parameters)
            {
                _file.Read(prefix + parameter.Name, buffer.Span(parameter.Offset, parameter.Length));
            }
        }

        step.Updater.Steps = State.Batches;
        float[] costs = new float[State.Batches];
        _file.Read(CostsName, costs);
        foreach (float cost in costs)
        {
            history.Add(cost);
        }

        foreach (EpochRecord epoch in State.Epochs)
        {
            history.Add(epoch);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>What the names of the tensors begin with that are laid out like the model's parameters: first of those themselves, with nothing.</summary>
    private static IEnumerable<string> PrefixesOf(TrainingOptions options) =>
    [
        "",
        .. options.Optimizer.StateNames.Select(name => $"{name}."),
        .. options.WeightAveraging > 0 ? new[] { AveragePrefix } : [],
    ];

    /// <summary>The memory of those tensors, but for the first.</summary>
    private static IEnumerable<NativeBuffer<float>> Remembered(TrainingStep step) =>
        step.Average == null ? step.Updater.State : step.Updater.State.Append(step.Average.Average);

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
