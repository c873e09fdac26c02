namespace Cnn.Data;

/// <summary>
/// The body of a response. It is read on the calling thread, which gets its progress and can cancel it, and does not wait for ever for a server that has
/// stopped sending.
/// </summary>
internal sealed class DownloadStream : ForwardReadStream
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100);
    private readonly Stream _body;
    private readonly Action<long>? _report;
    private readonly TimeSpan _patience;
    private readonly CancellationToken _cancellation;
    private long _bytes;
    private long _lastReport;

    /// <summary>Wraps the body; the caller keeps ownership.</summary>
    public DownloadStream(Stream body, Action<long>? report, TimeSpan patience, CancellationToken cancellation)
    {
        _body = body;
        _report = report;
        _patience = patience;
        _cancellation = cancellation;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(_cancellation);
        limit.CancelAfter(_patience);
        int read;
        try
        {
            read = _body.ReadAsync(buffer.AsMemory(offset, count), limit.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException e) when (!_cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"the server sent nothing for {_patience.TotalSeconds:0.#} seconds after {_bytes} bytes.", e);
        }

        _bytes += read;
        if (_report is not null && (read == 0 || Environment.TickCount64 - _lastReport >= ReportInterval.TotalMilliseconds))
        {
            _lastReport = Environment.TickCount64;
            _report(_bytes);
        }

        return read;
    }
}
