using System.Management.Automation;
using Cnn.Devices;
using Cnn.Evaluation;
using Cnn.Models;
using Cnn.Presets;
using Cnn.Serialization;

namespace Cnn.PowerShell.Formatting;

/// <summary>What Cnn.Types.ps1xml gives objects for those who see them without their views, or in another process.</summary>
public static class ViewMembers
{
    /// <summary>A list shows a text after the name of its property: so much is left of 80 columns.</summary>
    private const int Width = 70;

    /// <summary>
    /// The text of the view of an object. It stands in for the view where PowerShell shows an object in a list because the output began with
    /// another kind, and where the object is a copy of properties from a job, a remote session or a file.
    /// </summary>
    /// <param name="shown">An object whose view is text.</param>
    /// <returns>The lines, in one text.</returns>
    public static string View(PSObject shown)
    {
        string text = shown.BaseObject switch
        {
            Preset preset => PresetView.Text(preset, Width),
            Model model => ModelView.Text(model, Width),
            AccuracyReport report => AccuracyReportView.Text(report, Width),
            ConfusionMatrix matrix => ConfusionMatrixView.Text(matrix, Width),
            Device device => DeviceView.Text(device, Width),
            _ => "",
        };
        return text.TrimEnd();
    }

    /// <summary>The bytes of a model's file, with which it goes through a job, a remote session or Export-Clixml.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The bytes.</returns>
    public static byte[] Safetensors(PSObject model) => ModelFile.ToBytes((Model)model.BaseObject);
}
