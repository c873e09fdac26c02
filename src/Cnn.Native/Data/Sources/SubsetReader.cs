namespace Cnn.Data;

/// <summary>Assembles one part of a data set from its files, which may arrive in any order.</summary>
internal abstract class SubsetReader
{
    /// <summary>Takes one of the files.</summary>
    /// <param name="file">Which one.</param>
    /// <param name="stream">Its bytes, plain or compressed with gzip.</param>
    /// <param name="length">Their number, if it is known.</param>
    /// <param name="path">Its name in errors.</param>
    /// <param name="check">What is known about it; null if it comes from a published file that was checked.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="CnnException">It is not the expected file.</exception>
    public abstract void Accept(DatasetFile file, Stream stream, long? length, string path, ContentCheck? check, CancellationToken cancellation);

    /// <summary>The images, when all files have arrived.</summary>
    /// <param name="classNames">The names of the classes.</param>
    /// <param name="name">The display name of the set.</param>
    /// <returns>The set.</returns>
    /// <exception cref="CnnException">The files do not belong together.</exception>
    public abstract ImageSet Finish(IReadOnlyList<string> classNames, string name);
}
