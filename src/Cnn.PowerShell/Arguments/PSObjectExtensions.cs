using System.Management.Automation;

namespace Cnn.PowerShell;

/// <summary>PowerShell hands on a value as it is or wrapped, as it came by.</summary>
internal static class PSObjectExtensions
{
    /// <summary>The value itself.</summary>
    /// <param name="value">A value, wrapped or not, or null.</param>
    /// <returns>What is inside the wrapping.</returns>
    public static object? Unwrap(this object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
