using System.Management.Automation;
using Cnn.Presets;

namespace Cnn.PowerShell;

/// <summary>Get-CnnPreset: gives the presets, their layers and the settings of their training.</summary>
[Cmdlet(VerbsCommon.Get, "CnnPreset")]
[OutputType(typeof(Preset))]
public sealed class GetCnnPresetCommand : CnnCommand
{
    /// <summary>Which presets; all where it is not given.</summary>
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
