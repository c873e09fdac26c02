using System.Collections.Specialized;
using System.Management.Automation;
using System.Reflection;
using Cnn.Presets;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>The settings of a training as a table of parameters of Invoke-CnnTraining, to be printed, changed, and splatted.</summary>
public static class TrainingSettings
{
    private static readonly TrainingOptions Defaults = new();

    /// <summary>Makes the table. Settings with their usual values are left out, except those that every table contains.</summary>
    /// <param name="options">The settings.</param>
    /// <returns>A new table each time: changing it changes nothing else.</returns>
    public static OrderedDictionary Of(TrainingOptions options)
    {
        OrderedDictionary table = [];
        foreach (PropertyInfo setting in typeof(TrainingOptions).GetProperties().Where(property => property.CanWrite))
        {
            switch (setting.Name)
            {
                case nameof(TrainingOptions.Optimizer):
                    table.Add(setting.Name, options.Optimizer.Kind);
                    AddChanged(table, options.Optimizer, Optimizer.Create(options.Optimizer.Kind));
                    break;
                case nameof(TrainingOptions.Schedule):
                    table.Add(setting.Name, options.Schedule.Kind);
                    AddChanged(table, options.Schedule, Schedule.Create(options.Schedule.Kind));
                    break;
                case nameof(TrainingOptions.LearningRate):
                    table.Add(setting.Name, options.GetLearningRate());
                    break;
                case nameof(TrainingOptions.Epochs) or nameof(TrainingOptions.BatchSize):
                    table.Add(setting.Name, setting.GetValue(options));
                    break;
                default:
                    AddIfChanged(table, setting, options, Defaults);
                    break;
            }
        }

        return table;
    }

    /// <summary>The table of the settings of a training or a preset, for Cnn.Types.ps1xml.</summary>
    /// <param name="owner">Settings of a training, or a preset.</param>
    /// <returns>A new table each time.</returns>
    public static OrderedDictionary Settings(PSObject owner) => Of(owner.BaseObject is Preset preset ? preset.Training : (TrainingOptions)owner.BaseObject);

    private static void AddChanged(OrderedDictionary table, object settings, object usual)
    {
        foreach (PropertyInfo setting in settings.GetType().GetProperties().Where(property => property.CanWrite))
        {
            AddIfChanged(table, setting, settings, usual);
        }
    }

    private static void AddIfChanged(OrderedDictionary table, PropertyInfo setting, object settings, object usual)
    {
        object? value = setting.GetValue(settings);
        if (value != null && !value.Equals(setting.GetValue(usual)))
        {
            table.Add(setting.Name, value);
        }
    }
}
