namespace Cnn.Data;

/// <summary>The binary files of CIFAR, whose images are in the order of the files.</summary>
internal sealed class CifarSubsetReader : SubsetReader
{
    private readonly IReadOnlyList<DatasetFile> _files;
    private readonly int _labelLength;
    private readonly int _labelAt;
    private readonly byte[] _pixels;
    private readonly int[] _labels;

    /// <summary>Expects files.</summary>
    /// <param name="files">The files, in the order of their images.</param>
    /// <param name="labelLength">The bytes in front of the pixels: one label in CIFAR-10, two in CIFAR-100.</param>
    /// <param name="labelAt">The index of the label to return.</param>
    public CifarSubsetReader(IReadOnlyList<DatasetFile> files, int labelLength, int labelAt)
    {
        (_files, _labelLength, _labelAt) = (files, labelLength, labelAt);
        int count = files.Sum(file => (int)(file.Length / CifarDecoder.RecordLength(labelLength)));
        _pixels = GC.AllocateUninitializedArray<byte>(count * CifarDecoder.Shape.Length, pinned: true);
        _labels = GC.AllocateUninitializedArray<int>(count, pinned: true);
    }

    /// <inheritdoc/>
    public override void Accept(DatasetFile file, Stream stream, long? length, string path, ContentCheck? check, CancellationToken cancellation)
    {
        int record = CifarDecoder.RecordLength(_labelLength);
        int first = _files.TakeWhile(earlier => earlier != file).Sum(earlier => (int)(earlier.Length / record));
        int count = (int)(file.Length / record);
        CifarDecoder.Read(
            stream, path, _labelLength, _labelAt, _pixels.AsSpan(first * CifarDecoder.Shape.Length, count * CifarDecoder.Shape.Length), _labels.AsSpan(first, count), check, cancellation);
    }

    /// <inheritdoc/>
    public override ImageSet Finish(IReadOnlyList<string> classNames, string name)
    {
        int outside = ImageSet.FirstLabelOutside(_labels, classNames.Count);
        return outside < 0
            ? ImageSet.FromPinned(PixelMemory.Of(_pixels), 0, _labels, 0, _labels.Length, CifarDecoder.Shape, classNames, name)
            : throw new CnnException(
                "CifarLabelOutOfRange",
                CnnErrorKind.InvalidData,
                $"Image {outside} of {name} has the label {_labels[outside]}, and there are {classNames.Count} classes, so labels go from 0 to {classNames.Count - 1}. Get the published files.")
            { Target = name };
    }
}
