using System.Net;

namespace Cnn.Data;

/// <summary>A folder on a web server that contains the files as published.</summary>
internal sealed class MirrorSource : IDatasetSource<DatasetRequest>
{
    /// <summary>
    /// One client for the process, made when the first file is downloaded. Bodies are not decompressed on the way, and redirections never lead from https to
    /// http.
    /// </summary>
    private static readonly HttpClient Client = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(5),
        AutomaticDecompression = DecompressionMethods.None,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        // Every single wait is limited instead: a slow connection is not an error.
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { { "User-Agent", "Cnn" } },
    };

    private readonly Uri _folder;
    private readonly TimeSpan _patience;

    /// <summary>Names a mirror.</summary>
    /// <param name="folder">The address of the folder, with a slash at the end.</param>
    /// <param name="patience">How long it may send nothing.</param>
    public MirrorSource(Uri folder, TimeSpan patience)
    {
        _folder = folder;
        _patience = patience;
    }

    /// <inheritdoc/>
    public void Fetch(DatasetRequest request)
    {
        foreach (DatasetFile file in request.Missing)
        {
            Uri address = new(_folder, request.NameOnServer(file));
            HttpResponseMessage? response = null;
            if (!request.Attempt(_folder.ToString(), () => response = Send(address, request.Cancellation)))
            {
                // A server that does not answer for one file will not answer for the next one.
                return;
            }

            using (response)
            {
                bool answers = true;
                request.Attempt(_folder.ToString(), () => answers = Receive(response!, file, address, request));
                if (!answers)
                {
                    return;
                }
            }
        }
    }

    private HttpResponseMessage Send(Uri address, CancellationToken cancellation)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_patience);
        try
        {
            return Client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, limit.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            // The client reports 'a task was canceled' for a connection that takes too long.
            string reason = e.InnerException is TimeoutException connect
                ? connect.Message
                : $"no answer within {_patience.TotalSeconds:0.#} seconds.";
            throw new TimeoutException(reason, e);
        }
    }

    /// <summary>Takes one file.</summary>
    /// <returns>False if the server stopped answering, so that asking again is pointless.</returns>
    private bool Receive(HttpResponseMessage response, DatasetFile file, Uri address, DatasetRequest request)
    {
        if (!response.IsSuccessStatusCode)
        {
            request.Fail(_folder.ToString(), $"{request.NameOnServer(file)}: HTTP {(int)response.StatusCode} {response.ReasonPhrase}");
            return true;
        }

        long? length = response.Content.Headers.ContentLength;
        Action<DownloadProgress>? progress = request.Progress;
        Action<long>? report = progress is null
            ? null
            : bytes => progress(new DownloadProgress(file.Name, _folder.ToString(), bytes, length));
        try
        {
            using Stream body = response.Content.ReadAsStream(request.Cancellation);
            using DownloadStream stream = new(body, report, _patience, request.Cancellation);
            request.AcceptDownload(file, stream, length, address.ToString());
            return true;
        }
        catch (TimeoutException e)
        {
            request.Fail(_folder.ToString(), $"{request.NameOnServer(file)}: {e.Message}");
            return false;
        }
    }
}
