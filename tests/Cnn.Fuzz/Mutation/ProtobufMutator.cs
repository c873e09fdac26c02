namespace Cnn.Fuzz.Mutation;

/// <summary>
/// Changes messages of protocol buffers. Somewhere in the tree of messages a field is changed, left out, doubled or moved, and the lengths around it are made
/// right again, so that a reader gets as far as the change.
/// </summary>
internal static class ProtobufMutator
{
    private const int Deepest = 6;

    /// <summary>Makes one to three changes.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="source">A message.</param>
    /// <param name="other">Another one, for splices.</param>
    /// <returns>Other bytes.</returns>
    public static byte[] Mutate(Random random, byte[] source, byte[] other)
    {
        if (random.Next(4) == 0)
        {
            return ByteMutator.Mutate(random, source, other);
        }

        byte[] bytes = source;
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            bytes = Change(random, bytes, other, 0);
        }

        return bytes;
    }

    private static byte[] Change(Random random, byte[] message, byte[] other, int depth)
    {
        if (FieldsOf(message) is not { Count: > 0 } fields)
        {
            return ByteMutator.Mutate(random, message, other);
        }

        int at = random.Next(fields.Count);
        (ulong tag, byte[] value) = fields[at];
        bool isMessage = (tag & 7) == 2;
        switch (random.Next(8))
        {
            case 0:
                fields.RemoveAt(at);
                break;
            case 1:
                fields.Insert(random.Next(fields.Count), fields[at]);
                break;
            case 2:
                fields[at] = (((ulong)random.Next(1, 16) << 3) | (tag & 7), value);
                break;
            case 3:
                (fields[at], fields[0]) = (fields[0], fields[at]);
                break;
            case 4 when !isMessage:
                fields[at] = (tag, (tag & 7) == 0 ? Varint((ulong)Interesting.Integer(random)) : ByteMutator.Mutate(random, value, other)[..Math.Min(value.Length, 1)]);
                break;
            default:
                fields[at] = (tag, !isMessage ? value : depth < Deepest ? Change(random, value, other, depth + 1) : ByteMutator.Mutate(random, value, other));
                break;
        }

        return [.. fields.SelectMany(field => (byte[])[.. Varint(field.Tag), .. (field.Tag & 7) == 2 ? Varint((ulong)field.Value.Length) : [], .. field.Value])];
    }

    /// <summary>The fields of a message; null for bytes that are none.</summary>
    private static List<(ulong Tag, byte[] Value)>? FieldsOf(byte[] message)
    {
        List<(ulong, byte[])> fields = [];
        for (int position = 0; position < message.Length;)
        {
            if (ReadVarint(message, ref position) is not { } tag)
            {
                return null;
            }

            int start = position;
            int length;
            switch (tag & 7)
            {
                case 0 when ReadVarint(message, ref position) != null:
                    length = position - start;
                    break;
                case 1:
                    length = 8;
                    break;
                case 2 when ReadVarint(message, ref position) is { } count && count < int.MaxValue:
                    start = position;
                    length = (int)count;
                    break;
                case 5:
                    length = 4;
                    break;
                default:
                    return null;
            }

            if (length > message.Length - start || tag >> 3 == 0)
            {
                return null;
            }

            fields.Add((tag, message[start..(start + length)]));
            position = start + length;
        }

        return fields;
    }

    private static ulong? ReadVarint(byte[] bytes, ref int position)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70 && position < bytes.Length; shift += 7)
        {
            byte part = bytes[position++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        return null;
    }

    private static byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }
}
