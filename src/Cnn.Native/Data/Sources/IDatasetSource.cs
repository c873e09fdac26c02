namespace Cnn.Data;

/// <summary>A place outside the cache where the files of a data set can be had.</summary>
/// <typeparam name="TRequest">What it can answer.</typeparam>
internal interface IDatasetSource<in TRequest>
    where TRequest : DatasetRequest
{
    /// <summary>
    /// Hands over the files that are still missing, as far as it has them. What does not work is reported to the request,
    /// which goes on to the next source with what is then missing.
    /// </summary>
    void Fetch(TRequest request);
}
