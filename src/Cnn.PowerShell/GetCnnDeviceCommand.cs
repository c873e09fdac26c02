using System.Management.Automation;
using Cnn.Devices;

namespace Cnn.PowerShell;

/// <summary>Get-CnnDevice: shows what trainings run on, and why.</summary>
[Cmdlet(VerbsCommon.Get, "CnnDevice")]
[OutputType(typeof(Device))]
public sealed class GetCnnDeviceCommand : CnnCommand
{
    /// <summary>Whether to measure the peak speed of a core.</summary>
    [Parameter]
    public SwitchParameter Measure { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing() => Require(() => WriteObject(Device.Inspect(Measure)));
}
