using System.Runtime.InteropServices;
using System.Text;
using Cnn.Serialization;

namespace Cnn.Onnx;

/// <summary>
/// A protocol buffers message under construction. A message is preceded by its length, so its parts are kept in a list until all are known; the values of
/// tensors are not copied, only written out.
/// </summary>
internal sealed class ProtobufMessage
{
    /// <summary>Wire type of a number of variable length.</summary>
    public const int Varint = 0;

    /// <summary>Wire type of eight bytes.</summary>
    public const int Fixed64 = 1;

    /// <summary>Wire type of bytes preceded by their number.</summary>
    public const int Delimited = 2;

    /// <summary>Wire type of four bytes.</summary>
    public const int Fixed32 = 5;

    private readonly List<object> _parts = [];

    /// <summary>Number of bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Adds a whole number.</summary>
    /// <param name="field">The number of the field.</param>
    /// <param name="value">The value; negative ones take ten bytes.</param>
    public void Add(int field, long value)
    {
        AddTag(field, Varint);
        AddVarint((ulong)value);
    }

    /// <summary>Adds a number of 32 bits.</summary>
    /// <param name="field">The number of the field.</param>
    /// <param name="value">The value.</param>
    public void Add(int field, float value)
    {
        AddTag(field, Fixed32);
        AddBytes(BitConverter.GetBytes(value));
    }

    /// <summary>Adds a text.</summary>
    /// <param name="field">The number of the field.</param>
    /// <param name="value">The text.</param>
    public void Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Adds bytes.</summary>
    /// <param name="field">The number of the field.</param>
    /// <param name="value">The bytes.</param>
    public void Add(int field, byte[] value)
    {
        AddTag(field, Delimited);
        AddVarint((ulong)value.Length);
        AddBytes(value);
    }

    /// <summary>Adds the values of a tensor as they lie in memory.</summary>
    /// <param name="field">The number of the field.</param>
    /// <param name="tensor">The tensor, which must not change until everything is written.</param>
    public void Add(int field, TensorSource tensor)
    {
        AddTag(field, Delimited);
        long length = (long)tensor.Length * sizeof(float);
        AddVarint((ulong)length);
        _parts.Add(tensor);
        Length += length;
    }

    /// <summary>Adds a message within this one.</summary>
    /// <param name="field">The number of the field.</param>
    /// <param name="message">The message, which is complete.</param>
    public void Add(int field, ProtobufMessage message)
    {
        AddTag(field, Delimited);
        AddVarint((ulong)message.Length);
        _parts.Add(message);
        Length += message.Length;
    }

    /// <summary>Writes the message.</summary>
    /// <param name="stream">The destination.</param>
    public void WriteTo(Stream stream)
    {
        foreach (object part in _parts)
        {
            switch (part)
            {
                case ProtobufMessage message:
                    message.WriteTo(stream);
                    break;
                case TensorSource tensor:
                    stream.Write(MemoryMarshal.AsBytes(tensor.Values));
                    break;
                default:
                    stream.Write((byte[])part);
                    break;
            }
        }
    }

    private void AddTag(int field, int wireType) => AddVarint((ulong)((field << 3) | wireType));

    private void AddVarint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        AddBytes([.. bytes]);
    }

    private void AddBytes(byte[] bytes)
    {
        _parts.Add(bytes);
        Length += bytes.Length;
    }
}
