using System.Management.Automation;
using Cnn.Devices;
using Cnn.Evaluation;
using Cnn.Models;
using Cnn.Presets;
using Cnn.Serialization;

namespace Cnn.PowerShell.Formatting;

/// <summary>The members that Cnn.Types.ps1xml adds to objects that are shown without their views, or in another process.</summary>
public static class ViewMembers
{
    /// <summary>The part of 80 columns that is left for a text after the name of its property in a list.</summary>
    private const int Width = 70;

    /// <summary>
    /// The text of the view of an object. It replaces the view if PowerShell shows an object in a list because the output began with another kind of object,
    /// and if the object is a copy of properties from a job, a remote session or a file.
    /// </summary>
    /// <param name="shown">An object whose view is text.</param>
    /// <returns>The lines, as one text.</returns>
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

    /// <summary>The bytes of a model's file, by which it passes through a job, a remote session or Export-Clixml.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The bytes.</returns>
    public static byte[] Safetensors(PSObject model) => ModelFile.ToBytes((Model)model.BaseObject);
}
