using System.Management.Automation;

namespace Cnn.PowerShell;

/// <summary>How an error of the engine looks in PowerShell.</summary>
internal static class CnnErrorRecord
{
    /// <summary>Makes the record: identifier, category and target are the engine's.</summary>
    public static ErrorRecord Of(CnnException error) => new(error, error.ErrorId, CategoryOf(error.Kind), error.Target);

    private static ErrorCategory CategoryOf(CnnErrorKind kind) => kind switch
    {
        CnnErrorKind.InvalidArgument => ErrorCategory.InvalidArgument,
        CnnErrorKind.InvalidData => ErrorCategory.InvalidData,
        CnnErrorKind.NotFound => ErrorCategory.ObjectNotFound,
        CnnErrorKind.AlreadyExists => ErrorCategory.ResourceExists,
        CnnErrorKind.ReadFailed => ErrorCategory.ReadError,
        CnnErrorKind.WriteFailed => ErrorCategory.WriteError,
        CnnErrorKind.Unavailable => ErrorCategory.ResourceUnavailable,
        CnnErrorKind.OperationFailed => ErrorCategory.InvalidResult,
        _ => ErrorCategory.NotSpecified,
    };
}
