using System.Text;

namespace Cnn.Data;

/// <summary>
/// The fields of a CSV file (RFC 4180), one after the other: separated by commas, with line ends of any system, and optional quotes around a field. Fields
/// are short here, so memory does not depend on the file.
/// </summary>
internal sealed class CsvRecords(Stream stream, string path)
{
    /// <summary>The largest number of bytes in a field.</summary>
    public const int LongestField = 1024;

    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly byte[] _field = new byte[LongestField];
    private int _at;
    private int _end;
    private int _length;

    /// <summary>The line of the field that was read last, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>The column of that field, from 1; 0 before the first field of a line.</summary>
    public int Column { get; private set; }

    /// <summary>The field that was read last, without quotes and without blanks around it.</summary>
    public ReadOnlySpan<byte> Field => _field.AsSpan(0, _length).Trim((byte)' ');

    /// <summary>That field as text.</summary>
    public string Text => Encoding.UTF8.GetString(Field);

    /// <summary>Skips the UTF-8 byte order mark, line ends, and empty lines.</summary>
    /// <returns>Whether another line follows.</returns>
    public bool BeginLine()
    {
        if (Line == 1 && Column == 0 && Peek() == 0xEF)
        {
            foreach (byte expected in (ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])
            {
                if (Next() != expected)
                {
                    throw Error("the file does not begin with valid UTF-8 text.");
                }
            }
        }

        while (Peek() is '\r' or '\n')
        {
            EndLine();
        }

        Column = 0;
        return Peek() >= 0;
    }

    /// <summary>Reads a field of the line.</summary>
    /// <returns>Whether another field follows on the line.</returns>
    public bool ReadField()
    {
        Column++;
        _length = 0;
        if (Peek() == '"')
        {
            ReadQuoted();
        }
        else
        {
            while (Peek() is not (',' or '\r' or '\n' or < 0))
            {
                Append(Next());
            }
        }

        switch (Peek())
        {
            case ',':
                Next();
                return true;
            case '\r' or '\n' or < 0:
                return false;
            default:
                throw Error("the closing quote of the field is not followed by a comma: put one there.");
        }
    }

    /// <summary>An error at the field that was read last.</summary>
    /// <param name="problem">What is wrong with it.</param>
    /// <returns>The error.</returns>
    public CnnException Error(string problem) => new("CsvFormat", CnnErrorKind.InvalidData, $"'{path}', line {Line}, column {Column}: {problem}") { Target = path };

    private void ReadQuoted()
    {
        Next();
        while (true)
        {
            int value = Next();
            if (value < 0 || value is '\r' or '\n')
            {
                throw Error("the opening quote of the field has no closing quote on the same line.");
            }

            if (value == '"')
            {
                if (Peek() != '"')
                {
                    return;
                }

                Next();
            }

            Append(value);
        }
    }

    private void Append(int value)
    {
        if (_length == LongestField)
        {
            throw Error($"the field has more than {LongestField} bytes. Fields are pixels and labels, separated by commas.");
        }

        _field[_length++] = (byte)value;
    }

    private void EndLine()
    {
        if (Next() == '\r' && Peek() == '\n')
        {
            Next();
        }

        Line++;
    }

    private int Peek()
    {
        if (_at == _end)
        {
            _end = stream.Read(_buffer);
            _at = 0;
        }

        return _end == 0 ? -1 : _buffer[_at];
    }

    private int Next()
    {
        int value = Peek();
        _at += value < 0 ? 0 : 1;
        return value;
    }
}
