using System.Reflection;

namespace Cnn.PowerShell;

/// <summary>Settings that were given by name, for something that is one of several kinds with settings of their own.</summary>
internal static class NamedSettings
{
    /// <summary>Puts what was given where it belongs.</summary>
    /// <typeparam name="T">An optimizer or a schedule.</typeparam>
    /// <param name="target">A copy, which takes the settings.</param>
    /// <param name="parameter">The parameter by which its kind is chosen.</param>
    /// <param name="kinds">One of each kind, by name.</param>
    /// <param name="given">The settings; null for one that was not given.</param>
    /// <returns>The target.</returns>
    /// <exception cref="CnnException"><c>SettingNotApplicable</c>: the target has no such setting.</exception>
    public static T Put<T>(T target, string parameter, IReadOnlyDictionary<string, T> kinds, params IEnumerable<(string Name, object? Value)> given)
        where T : class
    {
        foreach ((string name, object value) in given.Where(setting => setting.Value != null).Select(setting => (setting.Name, setting.Value!)))
        {
            PropertyInfo setting = target.GetType().GetProperty(name) ?? throw NotApplicable(target, parameter, kinds, name, value);
            setting.SetValue(target, value);
        }

        return target;
    }

    private static CnnException NotApplicable<T>(T target, string parameter, IReadOnlyDictionary<string, T> kinds, string name, object value)
        where T : class
    {
        string own = kinds.First(kind => kind.Value.GetType() == target.GetType()).Key;
        string others = string.Join(" or ", kinds.Where(kind => kind.Value.GetType().GetProperty(name) != null).Select(kind => kind.Key));
        return new CnnException(
            "SettingNotApplicable",
            CnnErrorKind.InvalidArgument,
            FormattableString.Invariant($"{name} is {value}, and {parameter} {own} has no such setting. Leave {name} out, or choose {others} with -{parameter}."))
        { Target = value };
    }
}
