using System.Runtime.InteropServices;

namespace Cnn.PowerShell;

/// <summary>
/// Listens for SIGTERM, with which schedulers and systems ask a process to end. PowerShell itself would end at once; while this listens, the process
/// continues, and its work is stopped in an orderly way.
/// </summary>
internal sealed class TerminationSignal : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly PosixSignalRegistration _registration;

    /// <summary>Starts to listen.</summary>
    /// <param name="stopping">Is cancelled when the pipeline is stopped by other means.</param>
    public TerminationSignal(CancellationToken stopping)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            HasCome = true;
            _source.Cancel();
        });
    }

    /// <summary>Is cancelled by the signal, and when the pipeline is stopped.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether the signal has come.</summary>
    public bool HasCome { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        // First the registration, which does not wait: a late signal finds a source that can still be cancelled. Without a timer it holds no resources.
        _registration.Dispose();
    }
}
