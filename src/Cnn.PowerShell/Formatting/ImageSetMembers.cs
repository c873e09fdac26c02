using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell.Formatting;

/// <summary>The members that <c>Cnn.Types.ps1xml</c> adds to an image set for PowerShell.</summary>
public static class ImageSetMembers
{
    /// <summary>The label of each image, as an array: the engine's own is a span, which PowerShell cannot read.</summary>
    /// <param name="images">The image set.</param>
    /// <returns>The labels.</returns>
    public static int[] Labels(PSObject images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return ((ImageSet)images.BaseObject).GetLabels();
    }
}
