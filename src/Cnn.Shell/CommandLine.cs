using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace Cnn.Shell;

/// <summary>What is to be run.</summary>
/// <param name="Text">The path of a script, or the text of a command.</param>
/// <param name="IsScriptFile">Whether it is a path.</param>
/// <param name="Parameters">The script's arguments, as PowerShell's binder takes them.</param>
internal sealed record CommandLine(string Text, bool IsScriptFile, IReadOnlyList<CommandParameter> Parameters)
{
    /// <summary>Reads the arguments of the process.</summary>
    /// <returns>What is to be run, or null where that cannot be told.</returns>
    public static CommandLine? Parse(string[] args) => args switch
    {
        [var option, var text] when option.Equals("-Command", StringComparison.OrdinalIgnoreCase) => new(text, IsScriptFile: false, []),
        [var path, .. var rest] when !path.StartsWith('-') => new(path, IsScriptFile: true, [.. rest.Select(ToParameter)]),
        _ => null,
    };

    /// <summary>
    /// <c>-Name</c> stays a name with its dash, so that the binder decides, as at the prompt, whether it is a switch or takes the
    /// next value; <c>-Name:value</c> carries its value with it; everything else is a value.
    /// </summary>
    private static CommandParameter ToParameter(string argument)
    {
        bool isName = argument.Length > 1 && argument[0] == '-' && (char.IsLetter(argument[1]) || argument[1] == '_');
        if (!isName)
        {
            return new CommandParameter(null, argument);
        }

        int colon = argument.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? new CommandParameter(argument)
            : new CommandParameter(argument[1..colon], ToValue(argument[(colon + 1)..]));
    }

    /// <summary>-Switch:$false is the usual way to write a switch that is off; nothing else is evaluated.</summary>
    private static object ToValue(string text) => text.ToUpperInvariant() switch
    {
        "$TRUE" => true,
        "$FALSE" => false,
        _ => LanguagePrimitives.ConvertTo<string>(text),
    };
}
