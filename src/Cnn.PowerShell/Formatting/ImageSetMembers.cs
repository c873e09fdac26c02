using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell.Formatting;

/// <summary>What PowerShell sees of an image set beyond its own properties; <c>Cnn.Types.ps1xml</c> adds these.</summary>
public static class ImageSetMembers
{
    /// <summary>The label of each image, as an array: the engine's own is a span, of which PowerShell reads nothing.</summary>
    /// <param name="images">The image set.</param>
    /// <returns>The labels.</returns>
    public static int[] Labels(PSObject images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return ((ImageSet)images.BaseObject).GetLabels();
    }
}
