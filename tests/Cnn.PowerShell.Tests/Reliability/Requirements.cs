namespace Cnn.PowerShell.Tests.Reliability;

/// <summary>A test of what only Unix has, pipes and signals for instance: elsewhere it is skipped.</summary>
internal sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute() => Skip = OperatingSystem.IsWindows() ? "Windows has nothing of the kind." : null;
}

/// <summary>A test that needs a disk of its own: where none may be mounted, it is skipped.</summary>
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Refusal = new(SmallDisk.Refusal);

    public SmallDiskFactAttribute() => Skip = Refusal.Value;
}

/// <summary>A test that needs a device node of its own: where none may be made, it is skipped.</summary>
internal sealed class DeviceFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Refusal = new(SpecialFile.DeviceRefusal);

    public DeviceFactAttribute() => Skip = Refusal.Value;
}
