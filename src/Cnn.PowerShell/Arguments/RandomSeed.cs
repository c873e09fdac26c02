namespace Cnn.PowerShell;

/// <summary>A seed for users who give none: short enough to be read off the model and typed again.</summary>
internal static class RandomSeed
{
    /// <summary>Draws one.</summary>
    public static ulong Draw() => (ulong)Random.Shared.Next(1, 1_000_000);
}
