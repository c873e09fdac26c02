using System.Globalization;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.Serialization;

/// <summary>
/// Models and ensembles in files of the safetensors format, which other programs can read too. The tensors are <c>layers.0.weight</c>, <c>layers.0.bias</c>
/// and so on, 32-bit floats in the order [filter][channel][row][column], [output][input] and [output]. The metadata contains everything that is needed to use
/// them: layers, normalisation, class names. The tensors of an ensemble are called <c>models.0.layers.0.weight</c> and so on.
/// </summary>
public static class ModelFile
{
    private const string MemberCountName = CnnFile.Prefix + "models";

    /// <summary>Saves a model, completely or not at all: after a kill at any moment, the old file or the new one is there.</summary>
    /// <param name="model">The model; if it is being trained, it is saved as it is between two steps.</param>
    /// <param name="path">The file, usually <c>.safetensors</c>.</param>
    /// <param name="overwrite">Whether an existing file may be replaced.</param>
    /// <exception cref="CnnException"><c>FileExists</c>, <c>FolderNotFound</c> or <c>WriteFailed</c>.</exception>
    public static void Save(Model model, string path, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        Model saved = model.Copy();
        CnnFile.Write(path, overwrite, CnnFileKind.Model, ModelDescription.Write(saved), TensorsOf(saved, saved.ParameterBuffer));
    }

    /// <summary>Saves an ensemble in one file, completely or not at all.</summary>
    /// <param name="ensemble">The ensemble; a member that is being trained is saved as it is between two steps.</param>
    /// <param name="path">The file, usually <c>.safetensors</c>.</param>
    /// <param name="overwrite">Whether an existing file may be replaced.</param>
    /// <exception cref="CnnException"><c>FileExists</c>, <c>FolderNotFound</c> or <c>WriteFailed</c>.</exception>
    public static void Save(Ensemble ensemble, string path, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(ensemble);
        Model[] saved = [.. ensemble.Models.Select(model => model.Copy())];
        Dictionary<string, string> texts = saved
            .SelectMany((model, index) => ModelDescription.Write(model, MemberPrefix(index)))
            .Append(KeyValuePair.Create(MemberCountName, saved.Length.ToString(CultureInfo.InvariantCulture)))
            .ToDictionary(StringComparer.Ordinal);
        CnnFile.Write(
            path, overwrite, CnnFileKind.Ensemble, texts, [.. saved.SelectMany((model, index) => TensorsOf(model, model.ParameterBuffer, MemberPrefix(index)))]);
    }

    /// <summary>
    /// Loads a model, or a checkpoint of a training as a model. Everything is checked before it is used, and the allocated memory is limited by the size of
    /// the file.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <returns>
    /// The model, bit for bit the one that was saved. For a checkpoint, the model that the training would leave if it ended there, with the average of the
    /// weights if it keeps one.
    /// </returns>
    /// <exception cref="CnnException">
    /// <c>FileNotFound</c> or <c>ReadFailed</c>; <c>SafetensorsHeader</c>, <c>SafetensorsTruncated</c> and other identifiers with this prefix for a file that
    /// is not valid; <c>ModelFileFormat</c> for a file that is not a model, <c>ModelFileVersion</c> for a newer version, <c>ModelFileChecksum</c> for a
    /// damaged file; <c>ModelFileMetadata</c>, <c>ModelFileArchitecture</c> or <c>ModelFileTensors</c> for a file whose content contradicts itself. The
    /// identifiers of a checkpoint begin with <c>Checkpoint</c>.
    /// </exception>
    public static Model Load(string path)
    {
        CnnFile file = CnnFile.Open(path, CnnFileKind.Model, CnnFileKind.Checkpoint);
        return Load(file, path);
    }

    /// <summary>The bytes of the file that <see cref="Save(Model, string, bool)"/> would write, to transfer a model in another way.</summary>
    /// <param name="model">The model; if it is being trained, it is copied as it is between two steps.</param>
    /// <returns>The bytes.</returns>
    public static byte[] ToBytes(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Model saved = model.Copy();
        using var stream = new MemoryStream();
        CnnFile.Write(stream, CnnFileKind.Model, ModelDescription.Write(saved), TensorsOf(saved, saved.ParameterBuffer));
        return stream.ToArray();
    }

    /// <summary>Loads a model from the bytes of its file, with the same checks.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="name">Their name in errors.</param>
    /// <returns>The model, bit for bit the one that was saved.</returns>
    /// <exception cref="CnnException">As for <see cref="Load(string)"/>; <c>FileNotFound</c> and <c>ReadFailed</c> do not occur.</exception>
    public static Model FromBytes(byte[] content, string name)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(name);
        using CnnFile file = CnnFile.Of(content, name, CnnFileKind.Model);
        return LoadModel(file, path: null);
    }

    /// <summary>Loads a model, a checkpoint as a model, or an ensemble, depending on the file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The model or the ensemble.</returns>
    /// <exception cref="CnnException">As for <see cref="Load(string)"/>; the identifiers of an ensemble begin with <c>EnsembleFile</c>.</exception>
    public static IClassifier LoadClassifier(string path)
    {
        CnnFile file = CnnFile.Open(path, CnnFileKind.Model, CnnFileKind.Checkpoint, CnnFileKind.Ensemble);
        if (file.Kind != CnnFileKind.Ensemble)
        {
            return Load(file, path);
        }

        using (file)
        {
            return LoadEnsemble(file, Path.GetFullPath(path));
        }
    }

    private static Model Load(CnnFile file, string path)
    {
        string full = Path.GetFullPath(path);
        if (file.Kind == CnnFileKind.Checkpoint)
        {
            using CheckpointFile checkpoint = CheckpointFile.Of(file);
            return checkpoint.MakeModel(full);
        }

        using (file)
        {
            return LoadModel(file, full);
        }
    }

    private static Model LoadModel(CnnFile file, string? path)
    {
        ModelDescription description = ModelDescription.Read(file);
        file.CheckTensors(description.Parameters.Select(parameter => (parameter.Name, parameter.Dimensions)));
        return description.MakeModel(path);
    }

    private static Ensemble LoadEnsemble(CnnFile file, string path)
    {
        string text = file.Text(MemberCountName);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count < 1)
        {
            throw file.Error("Metadata", $"its '{MemberCountName}' is '{text}', and must be a number of models.");
        }

        // One after the other: if the number is too large, reading ends at the first model whose metadata is missing.
        List<ModelDescription> members = [];
        for (int index = 0; index < count; index++)
        {
            members.Add(ModelDescription.Read(file, MemberPrefix(index)));
        }

        file.CheckTensors(members.SelectMany((member, index) => member.Parameters.Select(parameter => (MemberPrefix(index) + parameter.Name, parameter.Dimensions))));
        try
        {
            return new Ensemble(members.Select((member, index) => member.MakeModel(prefix: MemberPrefix(index)))) { Path = path };
        }
        catch (CnnException e) when (e.ErrorId == "EnsembleMismatch")
        {
            throw file.Error("Metadata", $"its models do not fit together: {e.Message}", e);
        }
    }

    /// <summary>The prefix of the names of the metadata and tensors of a member of an ensemble.</summary>
    /// <param name="index">The index of the model.</param>
    /// <returns>The prefix.</returns>
    internal static string MemberPrefix(int index) => FormattableString.Invariant($"models.{index}.");

    /// <summary>The tensors of memory that has the layout of a model's parameters.</summary>
    /// <param name="model">The model.</param>
    /// <param name="buffer">The memory.</param>
    /// <param name="prefix">The prefix of the names of the tensors.</param>
    /// <returns>The tensors.</returns>
    internal static IReadOnlyList<TensorSource> TensorsOf(Model model, NativeBuffer<float> buffer, string prefix = "") =>
    [
        .. model.Parameters.Select(
            parameter => new TensorSource(prefix + parameter.Name, parameter.Dimensions, buffer, parameter.Offset)),
    ];
}
