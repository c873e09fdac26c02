using System.Management.Automation;

namespace Cnn.PowerShell;

/// <summary>The PowerShell form of an error of the engine.</summary>
internal static class CnnErrorRecord
{
    /// <summary>Makes the record, with the engine's identifier, category and target.</summary>
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
