using System.Management.Automation;
using Cnn.Devices;

namespace Cnn.PowerShell;

/// <summary>Get-CnnDevice: tells what trainings run on here, and why.</summary>
[Cmdlet(VerbsCommon.Get, "CnnDevice")]
[OutputType(typeof(Device))]
public sealed class GetCnnDeviceCommand : CnnCommand
{
    /// <summary>Whether to measure what a core can do at most.</summary>
    [Parameter]
    public SwitchParameter Measure { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing() => Require(() => WriteObject(Device.Inspect(Measure)));
}
