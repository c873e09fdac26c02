using System.Management.Automation;
using Cnn.Presets;

namespace Cnn.PowerShell;

/// <summary>Get-CnnPreset: returns the presets, their layers and their training settings.</summary>
[Cmdlet(VerbsCommon.Get, "CnnPreset")]
[OutputType(typeof(Preset))]
public sealed class GetCnnPresetCommand : CnnCommand
{
    /// <summary>The names of the presets; by default all.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PresetCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (string name in Name)
        {
            if (WildcardPattern.ContainsWildcardCharacters(name))
            {
                WildcardPattern pattern = new(name, WildcardOptions.IgnoreCase);
                WriteObject(Preset.All.Where(preset => pattern.IsMatch(preset.Name)), enumerateCollection: true);
            }
            else
            {
                Attempt(() => WriteObject(Preset.Find(name)));
            }
        }
    }
}
