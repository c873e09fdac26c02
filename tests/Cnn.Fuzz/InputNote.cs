using System.IO.MemoryMappedFiles;

namespace Cnn.Fuzz;

/// <summary>
/// The input that is being read, where another process can see it: the reader may crash or hang, and then somebody else has to say at which input.
/// A mapped file takes it without a call of the system, and outlives the process.
/// </summary>
internal sealed class InputNote : IDisposable
{
    private const int Capacity = 1 << 20;
    private const int NumberAt = 0;
    private const int LengthAt = 8;
    private const int BytesAt = 16;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private InputNote(MemoryMappedFile file)
    {
        _file = file;
        _view = file.CreateViewAccessor();
    }

    /// <summary>The number of the input, from 1; 0 before the first.</summary>
    public long Number => _view.ReadInt64(NumberAt);

    /// <summary>Makes or opens a note.</summary>
    /// <param name="path">Its file.</param>
    /// <returns>The note.</returns>
    public static InputNote Open(string path)
    {
        FileStream stream = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        return new InputNote(MemoryMappedFile.CreateFromFile(stream, null, Capacity, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false));
    }

    /// <summary>Notes an input before it is read.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="input">The input.</param>
    public void Write(long number, byte[] input)
    {
        _view.Write(LengthAt, input.Length);
        _view.WriteArray(BytesAt, input, 0, Math.Min(input.Length, Capacity - BytesAt));
        _view.Write(NumberAt, number);
    }

    /// <summary>The input.</summary>
    /// <returns>Its bytes.</returns>
    public byte[] Read()
    {
        byte[] input = new byte[_view.ReadInt32(LengthAt)];
        _view.ReadArray(BytesAt, input, 0, input.Length);
        return input;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
