using System.Management.Automation;

namespace Cnn.PowerShell;

/// <summary>PowerShell passes on a value wrapped or unwrapped.</summary>
internal static class PSObjectExtensions
{
    /// <summary>The value itself.</summary>
    /// <param name="value">A value, wrapped or not, or null.</param>
    /// <returns>The unwrapped value.</returns>
    public static object? Unwrap(this object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
