using Cnn.Memory;
using Cnn.Models;

namespace Cnn.Interchange;

/// <summary>
/// Models in files of the safetensors format, which other programs read too: the tensors <c>layers.0.weight</c>,
/// <c>layers.0.bias</c> and so on, 32-bit floats in the order [filter][channel][row][column], [output][input] and [output], and,
/// in the metadata, all that is needed to use them: layers, normalisation, class names.
/// </summary>
public static class ModelFile
{
    /// <summary>Saves a model, whole or not at all: a kill at any moment leaves the old file or the new one.</summary>
    /// <param name="model">The model; where it is being trained, it is saved as it is between two steps.</param>
    /// <param name="path">The file, usually <c>.safetensors</c>.</param>
    /// <param name="overwrite">Whether a file that exists may be replaced.</param>
    /// <exception cref="CnnException"><c>FileExists</c>, <c>FolderNotFound</c> or <c>WriteFailed</c>.</exception>
    public static void Save(Model model, string path, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        Model saved = model.Copy();
        CnnFile.Write(path, overwrite, CnnFileKind.Model, ModelDescription.Write(saved), TensorsOf(saved, saved.ParameterBuffer));
    }

    /// <summary>Loads a model. All is checked before it is used, and the memory asked for is bounded by the size of the file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The model, bit for bit the one that was saved.</returns>
    /// <exception cref="CnnException">
    /// <c>FileNotFound</c> or <c>ReadFailed</c>; <c>SafetensorsHeader</c>, <c>SafetensorsTruncated</c> and other identifiers that
    /// begin so, for a file that is not sound; <c>ModelFileFormat</c> for one that is no model, <c>ModelFileVersion</c> for one of a
    /// newer version, <c>ModelFileChecksum</c> for a damaged one; <c>ModelFileMetadata</c>, <c>ModelFileArchitecture</c> or
    /// <c>ModelFileTensors</c> for one whose content contradicts itself.
    /// </exception>
    public static Model Load(string path)
    {
        using CnnFile file = CnnFile.Open(path, CnnFileKind.Model);
        return ModelOf(file);
    }

    /// <summary>The bytes of the file that <see cref="Save"/> would write, for what carries a model in another way.</summary>
    /// <param name="model">The model; where it is being trained, it is taken as it is between two steps.</param>
    /// <returns>The bytes.</returns>
    public static byte[] ToBytes(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Model saved = model.Copy();
        using var stream = new MemoryStream();
        CnnFile.Write(stream, CnnFileKind.Model, ModelDescription.Write(saved), TensorsOf(saved, saved.ParameterBuffer));
        return stream.ToArray();
    }

    /// <summary>Loads a model of the bytes of its file, with the same checks.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="name">What they are called in errors.</param>
    /// <returns>The model, bit for bit the one that was saved.</returns>
    /// <exception cref="CnnException">As for <see cref="Load"/>; <c>FileNotFound</c> and <c>ReadFailed</c> do not occur.</exception>
    public static Model FromBytes(byte[] content, string name)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(name);
        using CnnFile file = CnnFile.Of(content, name, CnnFileKind.Model);
        return ModelOf(file);
    }

    private static Model ModelOf(CnnFile file)
    {
        ModelDescription description = ModelDescription.Read(file);
        file.CheckTensors(description.Parameters.Select(parameter => (parameter.Name, parameter.Dimensions)));
        return description.MakeModel();
    }

    /// <summary>The tensors of memory that is laid out like a model's parameters.</summary>
    /// <param name="model">The model.</param>
    /// <param name="buffer">The memory.</param>
    /// <param name="prefix">What the names of the tensors begin with.</param>
    /// <returns>The tensors.</returns>
    internal static IReadOnlyList<TensorSource> TensorsOf(Model model, NativeBuffer<float> buffer, string prefix = "") =>
    [
        .. model.Parameters.Select(
            parameter => new TensorSource(prefix + parameter.Name, parameter.Dimensions, buffer, parameter.Offset)),
    ];
}
