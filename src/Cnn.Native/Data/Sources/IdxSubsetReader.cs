namespace Cnn.Data;

/// <summary>Images and labels as two IDX files.</summary>
internal sealed class IdxSubsetReader : SubsetReader
{
    private readonly DatasetFile _imagesFile;
    private readonly bool _isTransposed;
    private readonly int _firstLabel;
    private (IdxFile File, string Path) _images;
    private (IdxFile File, string Path) _labels;

    /// <summary>Expects files.</summary>
    /// <param name="files">The file of the images, and that of the labels.</param>
    /// <param name="isTransposed">Whether the images are stored column by column, as EMNIST's are.</param>
    /// <param name="firstLabel">The label of the first class: 1 in EMNIST's letters.</param>
    public IdxSubsetReader(IReadOnlyList<DatasetFile> files, bool isTransposed = false, int firstLabel = 0) =>
        (_imagesFile, _isTransposed, _firstLabel) = (files[0], isTransposed, firstLabel);

    /// <inheritdoc/>
    public override void Accept(DatasetFile file, Stream stream, long? length, string path, ContentCheck? check, CancellationToken cancellation)
    {
        IdxContent content = file == _imagesFile ? IdxContent.Images : IdxContent.Labels;
        IdxFile read = IdxDecoder.Read(stream, length, path, content, check, cancellation);
        if (content == IdxContent.Images)
        {
            _images = (read, path);
        }
        else
        {
            _labels = (read, path);
        }
    }

    /// <inheritdoc/>
    public override ImageSet Finish(IReadOnlyList<string> classNames, string name)
    {
        foreach (ref byte label in Values(_labels.File))
        {
            // A label below the first one becomes a large one, which has no class.
            label = (byte)(label - _firstLabel);
        }

        ImageSet images = IdxReader.Combine(_images.File, _images.Path, _labels.File, _labels.Path, classNames, name);
        if (_isTransposed)
        {
            Transpose(_images.File);
        }

        return images;
    }

    /// <summary>The values of a published file, which has less than 2 GB.</summary>
    private static Span<byte> Values(IdxFile file) => file.Content.Slice(file.DataStart, checked((int)file.DataLength));

    private static void Transpose(IdxFile images)
    {
        (int rows, int columns) = (images.Dimensions[1], images.Dimensions[2]);
        byte[] stored = new byte[rows * columns];
        for (Span<byte> left = Values(images); !left.IsEmpty; left = left[stored.Length..])
        {
            left[..stored.Length].CopyTo(stored);
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    left[(row * columns) + column] = stored[(column * rows) + row];
                }
            }
        }
    }
}
