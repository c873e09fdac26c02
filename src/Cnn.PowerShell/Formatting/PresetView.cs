using System.Collections;
using System.Globalization;
using Cnn.Data;
using Cnn.Presets;

namespace Cnn.PowerShell.Formatting;

/// <summary>The view of a preset at the prompt.</summary>
public static class PresetView
{
    /// <summary>Writes the list: the layers one after the other, and the settings in the form of parameters of Invoke-CnnTraining.</summary>
    /// <param name="preset">The preset.</param>
    /// <param name="width">The width in cells.</param>
    /// <returns>The lines, as one text.</returns>
    public static string Text(Preset preset, int width)
    {
        var list = new ItemList(width);
        list.Append("Name", preset.Name);
        list.Append("Description", preset.Description);
        list.Append("Purpose", preset.Purpose);
        if (preset.Reached.Length > 0)
        {
            list.Append("Reached", preset.Reached);
        }

        list.Append("Input", $"{preset.InputShape}");
        list.Append("Layers", string.Join(", ", preset.Layers));
        list.Append("Settings", string.Join(' ', TrainingSettings.Of(preset.Training).Cast<DictionaryEntry>().Select(Parameter)));
        return list.ToString();
    }

    private static string Parameter(DictionaryEntry setting) => setting.Value switch
    {
        true => $"-{setting.Key}",
        Augmentation augmentation => $"-{setting.Key} '{augmentation}'",
        object value => string.Create(CultureInfo.InvariantCulture, $"-{setting.Key} {value}"),
        null => "",
    };
}
