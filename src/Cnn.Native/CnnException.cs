namespace Cnn;

/// <summary>The kind of error: the module maps each to a PowerShell error category.</summary>
public enum CnnErrorKind
{
    /// <summary>A setting is out of range, or settings contradict each other.</summary>
    InvalidArgument,

    /// <summary>A file or an array does not contain what its format announces.</summary>
    InvalidData,

    /// <summary>A file, a folder or a named thing does not exist.</summary>
    NotFound,

    /// <summary>A target already exists, and replacing it is not allowed.</summary>
    AlreadyExists,

    /// <summary>The system refused to read.</summary>
    ReadFailed,

    /// <summary>The system refused to write: no space, no permission.</summary>
    WriteFailed,

    /// <summary>Something outside (a server, a processor feature) is not available.</summary>
    Unavailable,

    /// <summary>The computation itself cannot continue, for example because a loss is not finite.</summary>
    OperationFailed,
}

/// <summary>
/// An error that a user can act on: the message says what was wrong, where, what was expected and what to do;
/// <see cref="ErrorId"/> is stable and can be tested for.
/// </summary>
public sealed class CnnException : Exception
{
    /// <summary>Makes an error.</summary>
    /// <param name="errorId">Stable identifier in PascalCase, for instance <c>IdxMagicNumber</c>.</param>
    /// <param name="kind">What kind of thing went wrong.</param>
    /// <param name="message">What was wrong, where, what was expected, what to do.</param>
    /// <param name="innerException">The system error behind this one, if there is one.</param>
    public CnnException(string errorId, CnnErrorKind kind, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        ErrorId = errorId;
        Kind = kind;
    }

    /// <summary>Stable identifier in PascalCase, for instance <c>IdxMagicNumber</c>.</summary>
    public string ErrorId { get; }

    /// <summary>What kind of thing went wrong.</summary>
    public CnnErrorKind Kind { get; }

    /// <summary>The file, folder or object that the error is about, if there is one.</summary>
    public object? Target { get; init; }
}
