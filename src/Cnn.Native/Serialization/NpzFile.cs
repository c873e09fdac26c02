using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using Cnn.Files;
using Cnn.Models;

namespace Cnn.Serialization;

/// <summary>The weights of models as NumPy's archives of arrays, for use in Python: <c>numpy.load('model.npz')['layers.0.weight']</c>.</summary>
public static class NpzFile
{
    /// <summary>The beginning of an array: the magic bytes and the version 1.0 of the format.</summary>
    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];

    /// <summary>Values start at a multiple of this, as when NumPy writes them.</summary>
    private const int Alignment = 64;

    /// <summary>
    /// Saves the tensors of a model or an ensemble, completely or not at all, under the names that they have in the safetensors file. The architecture and
    /// the normalisation are not included.
    /// </summary>
    /// <param name="model">The model; if it is being trained, it is saved as it is between two steps.</param>
    /// <param name="path">The file, usually <c>.npz</c>.</param>
    /// <param name="overwrite">Whether an existing file may be replaced.</param>
    /// <exception cref="CnnException"><c>FileExists</c>, <c>FolderNotFound</c> or <c>WriteFailed</c>.</exception>
    public static void Save(IClassifier model, string path, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(path);
        SafetensorsFormat.RequireLittleEndian();
        Model[] members = [.. model.Members.Select(member => member.Copy())];
        AtomicFile.Write(path, overwrite, stream =>
        {
            using ZipArchive archive = new(stream, ZipArchiveMode.Create, leaveOpen: true);
            for (int index = 0; index < members.Length; index++)
            {
                string prefix = model is Ensemble ? ModelFile.MemberPrefix(index) : "";
                foreach (TensorSource tensor in ModelFile.TensorsOf(members[index], members[index].ParameterBuffer, prefix))
                {
                    Write(archive, tensor);
                }
            }
        });
    }

    private static void Write(ZipArchive archive, TensorSource tensor)
    {
        ZipArchiveEntry entry = archive.CreateEntry($"{tensor.Name}.npy", CompressionLevel.NoCompression);

        // The earliest time that the format supports: a model always gives the same bytes.
        entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using Stream stream = entry.Open();
        string shape = string.Join(", ", tensor.Dimensions) + (tensor.Dimensions.Count == 1 ? "," : "");
        string description = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}";
        int before = Magic.Length + sizeof(ushort);
        int padding = Alignment - ((before + description.Length + 1) % Alignment);
        byte[] header = Encoding.ASCII.GetBytes(description + new string(' ', padding) + "\n");
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
        stream.Write(Magic);
        stream.Write(length);
        stream.Write(header);
        stream.Write(MemoryMarshal.AsBytes(tensor.Values));
    }
}
