using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cnn.Serialization;

/// <summary>Writes safetensors files.</summary>
internal static class SafetensorsWriter
{
    /// <summary>Writes tensors of 32-bit floats, in the order given, and texts.</summary>
    /// <param name="stream">The destination.</param>
    /// <param name="metadata">Texts by name.</param>
    /// <param name="tensors">The tensors, with different names.</param>
    public static void Write(Stream stream, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<TensorSource> tensors)
    {
        SafetensorsFormat.RequireLittleEndian();
        byte[] header = SafetensorsHeader.Compose(metadata, LayOut(tensors));
        Span<byte> prefix = stackalloc byte[SafetensorsFormat.PrefixLength];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (TensorSource tensor in tensors)
        {
            stream.Write(MemoryMarshal.AsBytes(tensor.Values));
        }
    }

    /// <summary>Computes the positions of the values of each tensor: one after the other.</summary>
    /// <param name="tensors">The tensors.</param>
    /// <returns>The tensors as the file describes them.</returns>
    public static IReadOnlyList<SafetensorsTensor> LayOut(IReadOnlyList<TensorSource> tensors)
    {
        List<SafetensorsTensor> laidOut = [];
        long begin = 0;
        foreach (TensorSource tensor in tensors)
        {
            long end = begin + ((long)tensor.Length * sizeof(float));
            long[] dimensions = [.. tensor.Dimensions];
            laidOut.Add(new SafetensorsTensor(tensor.Name, SafetensorsFormat.Float32, dimensions, begin, end));
            begin = end;
        }

        return laidOut;
    }
}
