namespace Cnn.PowerShell;

/// <summary>A setting of some optimizers or schedules, which users give by its name.</summary>
/// <typeparam name="T">An optimizer or a schedule.</typeparam>
/// <param name="Name">The name of the property, and of the parameter.</param>
/// <param name="Owner">The kinds that have it: this type and types derived from it.</param>
/// <param name="With">The same optimizer or schedule with another value.</param>
internal sealed record NamedSetting<T>(string Name, Type Owner, Func<T, object, T> With)
    where T : class
{
    /// <summary>Describes a setting.</summary>
    /// <typeparam name="TOwner">The kinds that have it.</typeparam>
    /// <typeparam name="TValue">The type of its values.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="with">The same with another value.</param>
    public static NamedSetting<T> Of<TOwner, TValue>(string name, Func<TOwner, TValue, TOwner> with)
        where TOwner : class, T => new(name, typeof(TOwner), (target, value) => with((TOwner)target, (TValue)value));

    /// <summary>Applies given settings to an optimizer or a schedule.</summary>
    /// <param name="target">The object with the other settings.</param>
    /// <param name="settings">The settings of all kinds.</param>
    /// <param name="parameter">The parameter that selects the kind.</param>
    /// <param name="kinds">One of each kind, by name.</param>
    /// <param name="given">The value of a name; null if it is not given.</param>
    /// <exception cref="CnnException"><c>SettingNotApplicable</c>: the target has no such setting.</exception>
    public static T Put(T target, IReadOnlyList<NamedSetting<T>> settings, string parameter, IReadOnlyDictionary<string, T> kinds, Func<string, object?> given)
    {
        foreach (string name in settings.Select(setting => setting.Name).Distinct())
        {
            if (given(name) is { } value)
            {
                NamedSetting<T>[] named = [.. settings.Where(setting => setting.Name == name)];
                target = (named.FirstOrDefault(setting => setting.Owner.IsInstanceOfType(target)) ?? throw NotApplicable(target, named, parameter, kinds, value)).With(target, value);
            }
        }

        return target;
    }

    private static CnnException NotApplicable(T target, NamedSetting<T>[] named, string parameter, IReadOnlyDictionary<string, T> kinds, object value)
    {
        string name = named[0].Name;
        string own = kinds.First(kind => kind.Value.GetType() == target.GetType()).Key;
        string others = string.Join(" or ", kinds.Where(kind => named.Any(setting => setting.Owner.IsInstanceOfType(kind.Value))).Select(kind => kind.Key));
        return new CnnException(
            "SettingNotApplicable",
            CnnErrorKind.InvalidArgument,
            FormattableString.Invariant($"{name} is {value}, but {parameter} {own} has no such setting. Leave {name} out, or choose {others} with -{parameter}."))
        { Target = value };
    }
}
