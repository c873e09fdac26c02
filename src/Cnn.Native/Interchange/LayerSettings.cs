using System.Text.Json;

namespace Cnn.Interchange;

/// <summary>
/// The settings of a layer on their way to a file or from it. One description of a kind of layer serves both ways: it names each
/// setting and gives its value; on the way to a file the value is written and given back, on the way from one it is replaced.
/// </summary>
internal abstract class LayerSettings
{
    /// <summary>A setting that is a whole number.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="value">The layer's value.</param>
    /// <returns>The layer's value, or the file's.</returns>
    public abstract int Integer(string name, int value);

    /// <summary>A setting that is a whole number, and that earlier versions did not have: it is written where they would go wrong without it.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="value">The layer's value.</param>
    /// <param name="absent">What it means if the file does not have it.</param>
    /// <returns>The layer's value, or the file's.</returns>
    public abstract int Integer(string name, int value, int absent);

    /// <summary>A setting that is a number.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="value">The layer's value.</param>
    /// <returns>The layer's value, or the file's.</returns>
    public abstract double Number(string name, double value);
}

/// <summary>Settings on their way to a file.</summary>
internal sealed class LayerSettingsWriter : LayerSettings
{
    private readonly Utf8JsonWriter _json;

    /// <summary>Writes into an object.</summary>
    /// <param name="json">Where to.</param>
    public LayerSettingsWriter(Utf8JsonWriter json) => _json = json;

    /// <inheritdoc/>
    public override int Integer(string name, int value)
    {
        _json.WriteNumber(name, value);
        return value;
    }

    /// <inheritdoc/>
    public override int Integer(string name, int value, int absent) => value == absent ? value : Integer(name, value);

    /// <inheritdoc/>
    public override double Number(string name, double value)
    {
        _json.WriteNumber(name, value);
        return value;
    }
}

/// <summary>Settings on their way from a file.</summary>
internal sealed class LayerSettingsReader : LayerSettings
{
    private readonly JsonElement _layer;
    private readonly string _description;
    private readonly HashSet<string> _known;

    /// <summary>Reads from an object.</summary>
    /// <param name="layer">The layer in the file.</param>
    /// <param name="description">What to call it in errors.</param>
    /// <param name="known">The properties that are no settings.</param>
    public LayerSettingsReader(JsonElement layer, string description, params IEnumerable<string> known)
    {
        _layer = layer;
        _description = description;
        _known = [.. known];
    }

    /// <inheritdoc/>
    public override int Integer(string name, int value)
    {
        JsonElement setting = Setting(name);
        return setting.ValueKind == JsonValueKind.Number && setting.TryGetInt32(out int number)
            ? number
            : throw new JsonException(
                $"the setting '{name}' of {_description} is {setting.GetRawText()}, and must be a whole number of 32 bits.");
    }

    /// <inheritdoc/>
    public override int Integer(string name, int value, int absent) => _layer.TryGetProperty(name, out _) ? Integer(name, value) : absent;

    /// <inheritdoc/>
    public override double Number(string name, double value)
    {
        JsonElement setting = Setting(name);
        return setting.ValueKind == JsonValueKind.Number && setting.TryGetDouble(out double number)
            ? number
            : throw new JsonException($"the setting '{name}' of {_description} is {setting.GetRawText()}, and must be a number.");
    }

    /// <summary>Checks that no setting was passed over: it would mean something that this version does not know.</summary>
    /// <exception cref="JsonException">There is one.</exception>
    public void RequireNoOthers()
    {
        foreach (JsonProperty property in _layer.EnumerateObject())
        {
            if (!_known.Contains(property.Name))
            {
                throw new JsonException($"{_description} has an unknown setting '{property.Name}'.");
            }
        }
    }

    private JsonElement Setting(string name)
    {
        _known.Add(name);
        return _layer.TryGetProperty(name, out JsonElement setting)
            ? setting
            : throw new JsonException($"{_description} has no setting '{name}'.");
    }
}
