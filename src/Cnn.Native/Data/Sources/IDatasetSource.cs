namespace Cnn.Data;

/// <summary>A source outside the cache from which the files of a data set can be obtained.</summary>
/// <typeparam name="TRequest">Which requests it can answer.</typeparam>
internal interface IDatasetSource<in TRequest>
    where TRequest : DatasetRequest
{
    /// <summary>
    /// Delivers the files that are still missing, as far as it has them. Failures are reported to the request, which continues with the next source for the
    /// files that are still missing.
    /// </summary>
    void Fetch(TRequest request);
}
