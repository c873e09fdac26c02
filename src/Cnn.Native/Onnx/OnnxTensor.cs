using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cnn.Onnx;

/// <summary>A constant of a graph. The values of a large one stay in the bytes of the file until they are copied into a model.</summary>
internal sealed class OnnxTensor
{
    private readonly ReadOnlyMemory<byte> _raw;
    private readonly float[]? _floats;
    private readonly long[]? _integers;
    private readonly int _type;

    private OnnxTensor(long[] dimensions, int type, ReadOnlyMemory<byte> raw, float[]? floats, long[]? integers)
    {
        (Dimensions, _type, _raw, _floats, _integers) = (dimensions, type, raw, floats, integers);
        Length = floats?.Length ?? integers?.Length ?? raw.Length / SizeOf(type);
    }

    /// <summary>Its dimensions; none for a single number.</summary>
    public IReadOnlyList<long> Dimensions { get; }

    /// <summary>Number of values.</summary>
    public int Length { get; }

    /// <summary>Whether its values are whole numbers.</summary>
    public bool IsInteger => _type is OnnxFormat.Tensor.Int32 or OnnxFormat.Tensor.Int64;

    /// <summary>A constant of floats.</summary>
    /// <param name="dimensions">Its dimensions.</param>
    /// <param name="values">Its values, as many as the dimensions say.</param>
    /// <returns>The constant.</returns>
    public static OnnxTensor Of(long[] dimensions, float[] values) => new(dimensions, OnnxFormat.Tensor.Float32, default, values, null);

    /// <summary>A constant of whole numbers.</summary>
    /// <param name="dimensions">Its dimensions.</param>
    /// <param name="values">Its values, as many as the dimensions say.</param>
    /// <returns>The constant.</returns>
    public static OnnxTensor Of(long[] dimensions, long[] values) => new(dimensions, OnnxFormat.Tensor.Int64, default, null, values);

    /// <summary>Reads a constant.</summary>
    /// <param name="message">Its message.</param>
    /// <param name="name">Its name.</param>
    /// <returns>The constant.</returns>
    /// <exception cref="InvalidDataException">The number of its values does not match its dimensions, or they have a type that is not numeric.</exception>
    /// <exception cref="ExternalDataException">Its values are in another file.</exception>
    public static OnnxTensor Read(ReadOnlyMemory<byte> message, out string name)
    {
        List<long> dimensions = [];
        List<float> floats = [];
        List<long> integers = [];
        ReadOnlyMemory<byte>? raw = null;
        long type = 0;
        bool isElsewhere = false;
        name = "";
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFormat.Tensor.Dimensions:
                    reader.AddIntegers(dimensions);
                    break;
                case OnnxFormat.Tensor.DataType:
                    type = reader.Integer();
                    break;
                case OnnxFormat.Tensor.FloatData:
                    reader.AddFloats(floats);
                    break;
                case OnnxFormat.Tensor.DoubleData:
                    reader.AddDoubles(floats);
                    break;
                case OnnxFormat.Tensor.Int32Data or OnnxFormat.Tensor.Int64Data:
                    reader.AddIntegers(integers);
                    break;
                case OnnxFormat.Tensor.Name:
                    name = reader.Text();
                    break;
                case OnnxFormat.Tensor.RawData:
                    raw = reader.Bytes();
                    break;
                case OnnxFormat.Tensor.DataLocation:
                    isElsewhere = reader.Integer() == 1;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (isElsewhere)
        {
            throw new ExternalDataException(name);
        }

        int size = SizeOf(type);
        if (size == 0)
        {
            throw new InvalidDataException($"the tensor '{name}' has values of type {type}; 32-bit, 16-bit and 64-bit floats and 32-bit and 64-bit integers are read.");
        }

        OnnxTensor tensor = raw is { } bytes
            ? new([.. dimensions], (int)type, bytes, null, null)
            : type is OnnxFormat.Tensor.Int32 or OnnxFormat.Tensor.Int64
                ? new([.. dimensions], (int)type, default, null, [.. integers])
                : new([.. dimensions], (int)type, default, type == OnnxFormat.Tensor.Float16 ? [.. integers.Select(HalfOf)] : [.. floats], null);
        Int128 count = dimensions.Take(MostDimensions + 1).Aggregate((Int128)1, (product, dimension) => dimension < 0 ? -1 : product * Math.Min(dimension, int.MaxValue));
        return dimensions.Count <= MostDimensions && count == tensor.Length && (raw == null || raw.Value.Length % size == 0)
            ? tensor
            : throw new InvalidDataException($"the tensor '{name}' is [{string.Join(", ", dimensions.Take(MostDimensions))}], and has {tensor.Length} values.");
    }

    /// <summary>The same values with other dimensions.</summary>
    /// <param name="dimensions">The dimensions, whose product is the same.</param>
    /// <returns>The constant.</returns>
    public OnnxTensor WithDimensions(IReadOnlyList<long> dimensions) => new([.. dimensions], _type, _raw, _floats, _integers);

    /// <summary>Copies the values as 32-bit floats.</summary>
    /// <param name="target">Receives the values; as many as there are.</param>
    public void CopyTo(Span<float> target)
    {
        if (_floats != null)
        {
            _floats.CopyTo(target);
        }
        else if (_type == OnnxFormat.Tensor.Float32)
        {
            _raw.Span.CopyTo(MemoryMarshal.AsBytes(target));
        }
        else
        {
            for (int i = 0; i < Length; i++)
            {
                target[i] = _type switch
                {
                    OnnxFormat.Tensor.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(_raw.Span[(i * 2)..]),
                    OnnxFormat.Tensor.Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(_raw.Span[(i * 8)..]),
                    _ => IntegerAt(i),
                };
            }
        }
    }

    /// <summary>A copy of the values as 32-bit floats.</summary>
    /// <returns>The values.</returns>
    public float[] ToFloats()
    {
        float[] values = new float[Length];
        CopyTo(values);
        return values;
    }

    /// <summary>A whole number.</summary>
    /// <param name="index">Which one.</param>
    /// <returns>The value.</returns>
    public long IntegerAt(int index) =>
        _integers != null ? _integers[index]
        : _type == OnnxFormat.Tensor.Int32 ? BinaryPrimitives.ReadInt32LittleEndian(_raw.Span[(index * 4)..])
        : BinaryPrimitives.ReadInt64LittleEndian(_raw.Span[(index * 8)..]);

    private const int MostDimensions = 8;

    private static float HalfOf(long bits) => (float)BitConverter.UInt16BitsToHalf((ushort)bits);

    private static int SizeOf(long type) => type switch
    {
        OnnxFormat.Tensor.Float16 => 2,
        OnnxFormat.Tensor.Float32 or OnnxFormat.Tensor.Int32 => 4,
        OnnxFormat.Tensor.Float64 or OnnxFormat.Tensor.Int64 => 8,
        _ => 0,
    };
}

/// <summary>The values of a tensor are in another file.</summary>
/// <param name="tensor">The name of the tensor.</param>
internal sealed class ExternalDataException(string tensor) : Exception(tensor);
