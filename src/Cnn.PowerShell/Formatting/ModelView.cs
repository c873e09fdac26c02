using System.Globalization;
using System.Text;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Presets;
using Cnn.Training;

namespace Cnn.PowerShell.Formatting;

/// <summary>The view of a model at the prompt.</summary>
public static class ModelView
{
    private const int IndexWidth = 3;
    private const int LeastSettingsWidth = 8;

    /// <summary>Writes the summary: a row for each layer with its output shape, its parameters and its operations for an image.</summary>
    /// <param name="model">The model.</param>
    /// <param name="width">The width in cells; if it is small, the settings continue on further lines, and finally they are dropped.</param>
    /// <returns>The lines, as one text.</returns>
    public static string Text(Model model, int width)
    {
        string parameters = Format($"{model.ParameterCount:N0}");
        string operations = Format($"{model.ForwardOperations / 1e6:N3}");
        int name = Math.Max("Layer".Length, model.Summary.Max(layer => layer.Name.Length));
        int output = Math.Max("Output".Length, model.Shapes.Max(shape => $"{shape}".Length));
        int parametersWidth = Math.Max("Parameters".Length, parameters.Length);
        int operationsWidth = Math.Max("MFLOP".Length, operations.Length);
        int room = width - (IndexWidth + name + output + parametersWidth + operationsWidth + 5);
        int settings = room < LeastSettingsWidth ? 0 : Math.Min(room, Math.Max("Settings".Length, model.Summary.Max(layer => Cells.Count(SettingsOf(layer)))));
        var text = new StringBuilder();
        void AppendLine(string index, string layer, string setting, string shape, string count, string cost)
        {
            string second = settings == 0 ? "" : $"{Cells.Left(setting, settings)} ";
            text.AppendLine(
                $"{index,IndexWidth} {layer.PadRight(name)} {second}{shape.PadRight(output)} {count.PadLeft(parametersWidth)} {cost.PadLeft(operationsWidth)}".TrimEnd());
        }

        text.AppendLine(Format($"Model {model.Name}, {(model.IsTrained ? "trained" : "not trained")}, seed {model.Seed}"));
        if (model.Path != null)
        {
            text.AppendLine(Cells.Left($"File {model.Path}", width).TrimEnd());
        }

        if (model.Conversion != null)
        {
            text.AppendLine(Cells.Left($"Pictures {model.Conversion}", width).TrimEnd());
        }

        text.AppendLine();
        AppendLine("#", "Layer", "Settings", "Output", "Parameters", "MFLOP");
        AppendLine("-", "-----", "--------", "------", "----------", "-----");
        AppendLine("", "input", "", $"{model.InputShape}", "", "");
        foreach (LayerSummary layer in model.Summary)
        {
            string[] lines = Wrap(SettingsOf(layer), settings);
            AppendLine(
                $"{layer.Index}",
                layer.Name,
                lines[0],
                $"{layer.OutputShape}",
                layer.ParameterCount == 0 ? "" : Format($"{layer.ParameterCount:N0}"),
                layer.ForwardOperations == 0 ? "" : Format($"{layer.MegaFlop:N3}"));
            foreach (string line in settings == 0 ? [] : lines[1..])
            {
                AppendLine("", "", line, "", "", "");
            }
        }

        AppendLine("", "total", "", "", parameters, operations);
        if (TrainingNeeds(model) is { } needs)
        {
            text.AppendLine();
            text.AppendLine(needs);
        }

        return text.ToString();
    }

    /// <summary>The memory of a training with the usual settings; nothing if no training is possible, for example with unknown kernels.</summary>
    private static string? TrainingNeeds(Model model)
    {
        TrainingOptions training = Preset.TrainingOf(model.Name) with { Augmentation = null };
        try
        {
            return Format($"Memory to train in batches of {training.BatchSize}: {ByteSize.Of(TrainingMemory.Estimate(model, training))}");
        }
        catch (CnnException)
        {
            return null;
        }
    }

    /// <summary>The settings, and where a shortcut begins what it reads.</summary>
    private static string SettingsOf(LayerSummary layer) => layer.ShortcutFrom == null ? layer.Settings
        : layer.Settings.Length == 0 ? $"from {layer.ShortcutFrom}"
        : $"{layer.Settings}, from {layer.ShortcutFrom}";

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
