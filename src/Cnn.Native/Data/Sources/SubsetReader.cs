namespace Cnn.Data;

/// <summary>Puts one part of a data set together of its files, which come in any order.</summary>
internal abstract class SubsetReader
{
    /// <summary>Takes one of the files.</summary>
    /// <param name="file">Which one.</param>
    /// <param name="stream">Its bytes, plain or compressed with gzip.</param>
    /// <param name="length">Their number, where it is known.</param>
    /// <param name="path">What to call it in errors.</param>
    /// <param name="check">What is known about it; null where it comes out of a published file, which was checked.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="CnnException">It is not what it should be.</exception>
    public abstract void Accept(DatasetFile file, Stream stream, long? length, string path, ContentCheck? check, CancellationToken cancellation);

    /// <summary>The images, when all files have come.</summary>
    /// <param name="classNames">The names of the classes.</param>
    /// <param name="name">What people call the set.</param>
    /// <returns>The set.</returns>
    /// <exception cref="CnnException">The files do not belong together.</exception>
    public abstract ImageSet Finish(IReadOnlyList<string> classNames, string name);
}
