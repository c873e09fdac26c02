using System.Buffers.Binary;
using System.Text;

namespace Cnn.Onnx;

/// <summary>
/// Reads a protocol buffers message, field by field. Only requested values are copied, and no length that extends beyond the message is accepted.
/// </summary>
/// <param name="message">The bytes of the message.</param>
internal struct ProtobufReader(ReadOnlyMemory<byte> message)
{
    private readonly ReadOnlyMemory<byte> _message = message;
    private int _position;
    private int _wireType;

    /// <summary>The number of the field that was found last.</summary>
    public int Field { get; private set; }

    /// <summary>Whether the field that was found last is bytes preceded by their number: a text, a message, or packed numbers.</summary>
    public readonly bool IsDelimited => _wireType == ProtobufMessage.Delimited;

    /// <summary>Finds the next field. Its value must be read or skipped next.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="InvalidDataException">The message is not valid.</exception>
    public bool Next()
    {
        if (_position == _message.Length)
        {
            return false;
        }

        ulong tag = Varint();
        (Field, _wireType) = ((int)Math.Min(tag >> 3, int.MaxValue), (int)(tag & 7));
        return Field > 0 && _wireType is ProtobufMessage.Varint or ProtobufMessage.Fixed64 or ProtobufMessage.Delimited or ProtobufMessage.Fixed32
            ? true
            : throw new InvalidDataException($"a field has the number {Field} and the wire type {_wireType}, which does not exist.");
    }

    /// <summary>Skips the value.</summary>
    public void Skip()
    {
        switch (_wireType)
        {
            case ProtobufMessage.Varint:
                Varint();
                break;
            case ProtobufMessage.Fixed64:
                Take(sizeof(ulong));
                break;
            case ProtobufMessage.Delimited:
                Bytes();
                break;
            default:
                Take(sizeof(uint));
                break;
        }
    }

    /// <summary>A whole number.</summary>
    /// <returns>The value.</returns>
    public long Integer()
    {
        Require(ProtobufMessage.Varint);
        return (long)Varint();
    }

    /// <summary>A number of 32 bits.</summary>
    /// <returns>The value.</returns>
    public float Float()
    {
        Require(ProtobufMessage.Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)).Span);
    }

    /// <summary>A number of 64 bits.</summary>
    /// <returns>The value.</returns>
    public double Double()
    {
        Require(ProtobufMessage.Fixed64);
        return BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)).Span);
    }

    /// <summary>Bytes, or a message within this one; a part of the message, not a copy.</summary>
    /// <returns>The bytes.</returns>
    public ReadOnlyMemory<byte> Bytes()
    {
        Require(ProtobufMessage.Delimited);
        ulong length = Varint();
        return length <= (ulong)(_message.Length - _position)
            ? Take((int)length)
            : throw new InvalidDataException($"field {Field} says that it has {length} bytes, and {_message.Length - _position} are left.");
    }

    /// <summary>A text.</summary>
    /// <returns>The text; invalid UTF-8 is replaced.</returns>
    public string Text() => Encoding.UTF8.GetString(Bytes().Span);

    /// <summary>Adds one or, if they are packed, several whole numbers of a repeated field.</summary>
    /// <param name="values">The destination.</param>
    public void AddIntegers(List<long> values)
    {
        if (!IsDelimited)
        {
            values.Add(Integer());
            return;
        }

        ProtobufReader packed = new(Bytes());
        while (packed._position < packed._message.Length)
        {
            values.Add((long)packed.Varint());
        }
    }

    /// <summary>Adds one or, if they are packed, several 32-bit numbers of a repeated field.</summary>
    /// <param name="values">The destination.</param>
    public void AddFloats(List<float> values)
    {
        if (!IsDelimited)
        {
            values.Add(Float());
            return;
        }

        ProtobufReader packed = new(Bytes());
        while (packed._position < packed._message.Length)
        {
            values.Add(BinaryPrimitives.ReadSingleLittleEndian(packed.Take(sizeof(float)).Span));
        }
    }

    /// <summary>Adds one or, if they are packed, several 64-bit numbers of a repeated field, as 32 bits.</summary>
    /// <param name="values">The destination.</param>
    public void AddDoubles(List<float> values)
    {
        if (!IsDelimited)
        {
            values.Add((float)Double());
            return;
        }

        ProtobufReader packed = new(Bytes());
        while (packed._position < packed._message.Length)
        {
            values.Add((float)BinaryPrimitives.ReadDoubleLittleEndian(packed.Take(sizeof(double)).Span));
        }
    }

    private readonly void Require(int wireType)
    {
        if (_wireType != wireType)
        {
            throw new InvalidDataException($"field {Field} has the wire type {_wireType}, and {wireType} was expected.");
        }
    }

    private ulong Varint()
    {
        ReadOnlySpan<byte> bytes = _message.Span;
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (_position == bytes.Length)
            {
                break;
            }

            byte part = bytes[_position++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number has no end.");
    }

    private ReadOnlyMemory<byte> Take(int count)
    {
        if (count > _message.Length - _position)
        {
            throw new InvalidDataException($"it ends within field {Field}.");
        }

        ReadOnlyMemory<byte> taken = _message.Slice(_position, count);
        _position += count;
        return taken;
    }
}
