using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Cnn.Training;

/// <summary>
/// An event file of TensorBoard: records of TensorFlow (length, checksum of the length, an Event of protocol buffers, its checksum), each with scalars.
/// <c>batch/loss</c> is recorded for each batch, everything else for each epoch.
/// </summary>
/// <remarks>
/// The fields of Event are 1 wall_time (double), 2 step (int64), 3 file_version (string) and 5 summary; those of Summary 1 value; those of
/// Value 1 tag (string) and 2 simple_value (float). See tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto.
/// </remarks>
internal sealed class TensorBoardLog : LogFormat
{
    private const string Version = "brain.Event:2";
    private const byte WallTime = (1 << 3) | Fixed64;
    private const byte Step = (2 << 3) | Varint;
    private const byte FileVersion = (3 << 3) | Bytes;
    private const byte Summary = (5 << 3) | Bytes;
    private const byte Value = (1 << 3) | Bytes;
    private const byte Tag = (1 << 3) | Bytes;
    private const byte SimpleValue = (2 << 3) | Fixed32;

    // The wire type of a field, in the lowest three bits of its key.
    private const byte Varint = 0;
    private const byte Fixed64 = 1;
    private const byte Bytes = 2;
    private const byte Fixed32 = 5;

    /// <inheritdoc/>
    public override bool IsOwn(ReadOnlySpan<byte> beginning) => beginning.IndexOf(Encoding.ASCII.GetBytes(Version)) is > 0 and < 64;

    /// <inheritdoc/>
    public override void WriteHead(Stream stream)
    {
        using MemoryStream message = new();
        WriteDouble(message, WallTime, Now());
        WriteBytes(message, FileVersion, Encoding.ASCII.GetBytes(Version));
        WriteRecord(stream, message);
    }

    /// <inheritdoc/>
    public override void WriteBatches(Stream stream, IReadOnlyList<float> losses, int first)
    {
        for (int batch = first; batch < losses.Count; batch++)
        {
            WriteScalars(stream, batch + 1, ("batch/loss", losses[batch]));
        }
    }

    /// <inheritdoc/>
    public override void WriteEpoch(Stream stream, EpochRecord epoch) => WriteScalars(
        stream,
        epoch.Epoch,
        ("epoch/loss", epoch.Loss),
        ("epoch/validation_accuracy", epoch.ValidationAccuracy),
        ("epoch/validation_loss", epoch.ValidationLoss),
        ("epoch/learning_rate", epoch.LearningRate),
        ("epoch/images_per_second", epoch.ImagesPerSecond));

    /// <summary>The checksum of a record: CRC-32C (Castagnoli), rotated and offset, so that a checksum of data that contains checksums remains useful.</summary>
    /// <param name="data">The bytes.</param>
    /// <returns>The masked checksum.</returns>
    internal static uint MaskedChecksum(ReadOnlySpan<byte> data)
    {
        uint checksum = uint.MaxValue;
        foreach (byte value in data)
        {
            checksum = BitOperations.Crc32C(checksum, value);
        }

        return BitOperations.RotateRight(~checksum, 15) + 0xA282EAD8;
    }

    private static double Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;

    private static void WriteScalars(Stream stream, long step, params ReadOnlySpan<(string Tag, double? Value)> scalars)
    {
        using MemoryStream summary = new();
        Span<byte> single = stackalloc byte[sizeof(float)];
        foreach ((string tag, double? number) in scalars)
        {
            if (number is not { } scalar)
            {
                continue;
            }

            using MemoryStream value = new();
            WriteBytes(value, Tag, Encoding.ASCII.GetBytes(tag));
            value.WriteByte(SimpleValue);
            BinaryPrimitives.WriteSingleLittleEndian(single, (float)scalar);
            value.Write(single);
            WriteBytes(summary, Value, Content(value));
        }

        using MemoryStream message = new();
        WriteDouble(message, WallTime, Now());
        message.WriteByte(Step);
        WriteVarint(message, (ulong)step);
        WriteBytes(message, Summary, Content(summary));
        WriteRecord(stream, message);
    }

    private static void WriteRecord(Stream stream, MemoryStream message)
    {
        ReadOnlySpan<byte> data = Content(message);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        Span<byte> checksum = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)data.Length);
        stream.Write(length);
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, MaskedChecksum(length));
        stream.Write(checksum);
        stream.Write(data);
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, MaskedChecksum(data));
        stream.Write(checksum);
    }

    private static ReadOnlySpan<byte> Content(MemoryStream stream) => stream.GetBuffer().AsSpan(0, (int)stream.Length);

    private static void WriteDouble(MemoryStream message, byte key, double number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
        message.WriteByte(key);
        message.Write(bytes);
    }

    private static void WriteBytes(MemoryStream message, byte key, ReadOnlySpan<byte> bytes)
    {
        message.WriteByte(key);
        WriteVarint(message, (ulong)bytes.Length);
        message.Write(bytes);
    }

    private static void WriteVarint(MemoryStream message, ulong number)
    {
        for (; number >= 0x80; number >>= 7)
        {
            message.WriteByte((byte)(number | 0x80));
        }

        message.WriteByte((byte)number);
    }
}
