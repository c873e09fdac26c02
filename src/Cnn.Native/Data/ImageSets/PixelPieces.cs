using Cnn.Memory;

namespace Cnn.Data;

/// <summary>Pixels whose number is known only when the last one has come. They are kept in pieces, so that nothing is copied when more memory is needed.</summary>
/// <param name="name">What an error calls the set.</param>
internal sealed class PixelPieces(string name)
{
    private const int FirstPiece = 1 << 16;

    private readonly List<byte[]> _full = [];
    private byte[] _piece = [];
    private int _used;
    private long _inFull;

    /// <summary>Most bytes of a piece. Tests lower it.</summary>
    internal static int MostPieceBytes { get; set; } = 1 << 26;

    /// <summary>How many there are.</summary>
    public long Count => _inFull + _used;

    /// <summary>Adds a pixel.</summary>
    /// <param name="pixel">Its value.</param>
    /// <exception cref="CnnException"><c>ImageSetSize</c>: there are more than a set holds. <c>MemoryRequired</c>: the machine has no room for them.</exception>
    public void Add(byte pixel)
    {
        if (_used == _piece.Length)
        {
            BeginPiece();
        }

        _piece[_used++] = pixel;
    }

    /// <summary>Replaces every pixel.</summary>
    /// <param name="code">What it becomes.</param>
    public void Recode(Func<byte, byte> code)
    {
        Span<byte> table = stackalloc byte[byte.MaxValue + 1];
        for (int pixel = 0; pixel < table.Length; pixel++)
        {
            table[pixel] = code((byte)pixel);
        }

        foreach (byte[] piece in _full)
        {
            Recode(piece, table);
        }

        Recode(_piece.AsSpan(0, _used), table);
    }

    /// <summary>Moves the pixels into one memory; the pieces are gone afterwards.</summary>
    /// <returns>The memory.</returns>
    /// <exception cref="CnnException"><c>MemoryRequired</c>.</exception>
    public PixelMemory ToMemory()
    {
        Require(Count);
        PixelMemory all = PixelMemory.Allocate(Count);
        long at = 0;
        for (int i = 0; i < _full.Count; i++)
        {
            _full[i].CopyTo(all.Slice(at, _full[i].Length));
            at += _full[i].Length;
            _full[i] = [];
        }

        _piece.AsSpan(0, _used).CopyTo(all.Slice(at, _used));
        (_piece, _used, _inFull) = ([], 0, 0);
        _full.Clear();
        return all;
    }

    private static void Recode(Span<byte> pixels, ReadOnlySpan<byte> table)
    {
        foreach (ref byte pixel in pixels)
        {
            pixel = table[pixel];
        }
    }

    private void BeginPiece()
    {
        if (_piece.Length > 0)
        {
            _full.Add(_piece);
            _inFull += _piece.Length;
        }

        int length = (int)Math.Min(MostPieceBytes, Math.Max(FirstPiece, _inFull));
        if (_inFull + length > PixelMemory.MostBytes)
        {
            throw new CnnException(
                "ImageSetSize",
                CnnErrorKind.InvalidData,
                $"'{name}' has more pixels than the {PixelMemory.MostBytes} that a set holds: split the file.")
            { Target = name };
        }

        // At the end all of them are there twice for a moment.
        Require(_inFull + length);
        (_piece, _used) = (GC.AllocateUninitializedArray<byte>(length), 0);
    }

    private void Require(long bytes) =>
        MemoryBudget.Require(bytes, (needs, _) => $"The pixels of '{name}' need {needs}. Read a smaller file, or end other programs.");
}
