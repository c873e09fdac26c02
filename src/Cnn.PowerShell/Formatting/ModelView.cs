using System.Globalization;
using System.Text;
using Cnn.Layers;
using Cnn.Models;

namespace Cnn.PowerShell.Formatting;

/// <summary>How the prompt shows a model.</summary>
public static class ModelView
{
    /// <summary>Writes the summary: a row for each layer with its output shape and its number of parameters.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The lines, in one text.</returns>
    public static string Text(Model model)
    {
        string[] settings = [.. model.Layers.Select(layer => layer.Settings)];
        int width = Math.Max("Settings".Length, settings.Max(setting => setting.Length));
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.CurrentCulture, $"Model {model.Name}, {(model.IsTrained ? "trained" : "not trained")}, seed {model.Seed}");
        text.AppendLine();
        text.AppendLine($"  # Layer       {"Settings".PadRight(width)} {"Output",-12} {"Parameters",10}");
        text.AppendLine($"  - -----       {"--------".PadRight(width)} {"------",-12} {"----------",10}");
        text.AppendLine($"    {"input",-11} {"".PadRight(width)} {model.InputShape,-12}");
        for (int index = 0; index < model.Layers.Count; index++)
        {
            Layer layer = model.Layers[index];
            int parameters = model.Parameters.Where(parameter => parameter.Layer == index && parameter.IsTrained).Sum(parameter => parameter.Length);
            text.AppendLine(
                CultureInfo.CurrentCulture,
                $"{index,3} {layer.Kind,-11} {settings[index].PadRight(width)} {model.Shapes[index + 1],-12} {(parameters == 0 ? "" : $"{parameters:N0}"),10}");
        }

        text.AppendLine(CultureInfo.CurrentCulture, $"    {"total",-11} {"".PadRight(width)} {"",-12} {model.ParameterCount,10:N0}");
        return text.ToString();
    }
}
