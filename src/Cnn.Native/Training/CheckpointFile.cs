using System.Text.Json;
using Cnn.Data;
using Cnn.Interchange;
using Cnn.Memory;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>
/// A training that can go on, in a file: the tensors and texts of the model as in a <see cref="ModelFile"/>, Adam's moments as
/// <c>adam.first.layers.0.weight</c> and <c>adam.second.layers.0.weight</c> and so on, the cost of each batch as
/// <c>history.costs</c>, and the rest as JSON in the metadata. It stands above the room of the files, and uses it.
/// </summary>
internal sealed class CheckpointFile : IDisposable
{
    private const string StateName = "cnn.training";
    private const string FirstMomentPrefix = "adam.first.";
    private const string SecondMomentPrefix = "adam.second.";
    private const string CostsName = "history.costs";
    private const string Advice = "Pass the images that the training began with, all of them and in their order, or begin a new training.";

    private readonly CnnFile _file;

    private CheckpointFile(CnnFile file)
    {
        _file = file;
        ModelDescription description = ModelDescription.Read(file);
        State = ReadState(file);
        IEnumerable<(string Name, IReadOnlyList<int> Dimensions)> expected =
            from prefix in new[] { "", FirstMomentPrefix, SecondMomentPrefix }
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
    /// <param name="optimizer">Its optimizer.</param>
    /// <param name="costs">The cost of each batch.</param>
    /// <param name="state">The rest.</param>
    /// <exception cref="CnnException"><c>FolderNotFound</c> or <c>WriteFailed</c>.</exception>
    public static void Save(string path, Model model, AdamOptimizer optimizer, IReadOnlyList<float> costs, CheckpointState state)
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
                .. ModelFile.TensorsOf(model, model.ParameterBuffer),
                .. ModelFile.TensorsOf(model, optimizer.FirstMoment, FirstMomentPrefix),
                .. ModelFile.TensorsOf(model, optimizer.SecondMoment, SecondMomentPrefix),
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

    /// <summary>Brings the moments, the steps and the history back.</summary>
    /// <param name="optimizer">An optimizer for the model.</param>
    /// <param name="history">An empty history, with room for all batches.</param>
    /// <exception cref="CnnException">The file went away while it was read.</exception>
    public void Restore(AdamOptimizer optimizer, TrainingHistory history)
    {
        foreach (ModelParameter parameter in Model.Parameters)
        {
            _file.Read(FirstMomentPrefix + parameter.Name, optimizer.FirstMoment.Span(parameter.Offset, parameter.Length));
            _file.Read(SecondMomentPrefix + parameter.Name, optimizer.SecondMoment.Span(parameter.Offset, parameter.Length));
        }

        optimizer.Steps = State.Batches;
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

    private static CheckpointState ReadState(CnnFile file)
    {
        try
        {
            return StrictJson.Read<CheckpointState>(file.Text(StateName));
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
