using System.Globalization;
using System.Text;
using Cnn.Models;

namespace Cnn.PowerShell.Formatting;

/// <summary>How the prompt shows a model.</summary>
public static class ModelView
{
    private const int IndexWidth = 3;
    private const int NumberWidth = 12;
    private const int LeastSettingsWidth = 12;

    /// <summary>Writes the summary: a row for each layer with its output shape, its parameters and its operations for an image.</summary>
    /// <param name="model">The model.</param>
    /// <param name="width">The cells of a line.</param>
    /// <returns>The lines, in one text.</returns>
    public static string Text(Model model, int width)
    {
        int name = Math.Max("Layer".Length, model.Summary.Max(layer => layer.Name.Length));
        int output = model.Shapes.Max(shape => $"{shape}".Length);
        int settings = Math.Max("Settings".Length, model.Summary.Max(layer => layer.Settings.Length));
        settings = Math.Min(settings, Math.Max(LeastSettingsWidth, width - (IndexWidth + name + output + (2 * NumberWidth) + 3)));
        var text = new StringBuilder();
        void AppendLine(string index, string layer, string setting, string shape, string parameters, string operations) => text.AppendLine(
            $"{index,IndexWidth} {layer.PadRight(name)} {Cells.Left(setting, settings)} {shape.PadRight(output)}{parameters,NumberWidth}{operations,NumberWidth}".TrimEnd());

        text.AppendLine(Format($"Model {model.Name}, {(model.IsTrained ? "trained" : "not trained")}, seed {model.Seed}"));
        text.AppendLine();
        AppendLine("#", "Layer", "Settings", "Output", "Parameters", "MFLOP/image");
        AppendLine("-", "-----", "--------", "------", "----------", "-----------");
        AppendLine("", "input", "", $"{model.InputShape}", "", "");
        foreach (LayerSummary layer in model.Summary)
        {
            string[] lines = Wrap(layer.Settings, settings);
            AppendLine(
                $"{layer.Index}",
                layer.Name,
                lines[0],
                $"{layer.OutputShape}",
                layer.ParameterCount == 0 ? "" : Format($"{layer.ParameterCount:N0}"),
                layer.ForwardOperations == 0 ? "" : Format($"{layer.MegaFlop:N3}"));
            foreach (string line in lines[1..])
            {
                AppendLine("", "", line, "", "", "");
            }
        }

        AppendLine("", "total", "", "", Format($"{model.ParameterCount:N0}"), Format($"{model.ForwardOperations / 1e6:N3}"));
        return text.ToString();
    }

    /// <summary>Settings that are too long go on in further lines, cut at their commas.</summary>
    private static string[] Wrap(string settings, int width)
    {
        List<string> lines = [];
        foreach (string setting in settings.Split(", "))
        {
            if (lines.Count > 0 && lines[^1].Length + 2 + setting.Length <= width)
            {
                lines[^1] += $", {setting}";
            }
            else
            {
                lines.Add(setting);
            }
        }

        return [.. lines];
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.CurrentCulture);
}
