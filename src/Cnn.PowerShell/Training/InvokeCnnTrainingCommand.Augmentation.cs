using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell;

// The parameter for the augmentation. A trial without one may have an empty property.
public sealed partial class InvokeCnnTrainingCommand
{
    /// <summary>How the images are distorted, differently in each epoch.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(Augmentation), AllowEmpty = true)]
    public Augmentation? Augmentation { get; set; }
}
