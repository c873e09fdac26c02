using System.Text.Json;
using Cnn.Layers;

namespace Cnn.Serialization;

/// <summary>Layer settings that are written to a file.</summary>
internal sealed class LayerSettingsWriter : LayerSettings
{
    private readonly Utf8JsonWriter _json;

    /// <summary>Writes into an object.</summary>
    /// <param name="json">The destination.</param>
    public LayerSettingsWriter(Utf8JsonWriter json) => _json = json;

    /// <summary>The name of a setting in a file: <c>kernel_height</c> for <c>KernelHeight</c>.</summary>
    /// <param name="property">The name of the property.</param>
    /// <returns>The name.</returns>
    public static string InFile(string property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property);

    /// <inheritdoc/>
    public override int Integer(string property, int value)
    {
        _json.WriteNumber(InFile(property), value);
        return value;
    }

    /// <inheritdoc/>
    public override int Integer(string property, int value, int absent) => value == absent ? value : Integer(property, value);

    /// <inheritdoc/>
    public override PerAxis Axes(string property, PerAxis value)
    {
        // Versions that had one number for both read what is the same for both.
        if (value.Height == value.Width)
        {
            _json.WriteNumber(InFile(property), value.Height);
            return value;
        }

        _json.WriteStartArray(InFile(property));
        _json.WriteNumberValue(value.Height);
        _json.WriteNumberValue(value.Width);
        _json.WriteEndArray();
        return value;
    }

    /// <inheritdoc/>
    public override PerAxis Axes(string property, PerAxis value, PerAxis absent) => value == absent ? value : Axes(property, value);

    /// <inheritdoc/>
    public override double Number(string property, double value)
    {
        _json.WriteNumber(InFile(property), value);
        return value;
    }

    /// <inheritdoc/>
    public override bool Truth(string property, bool value, bool absent)
    {
        if (value != absent)
        {
            _json.WriteBoolean(InFile(property), value);
        }

        return value;
    }
}

/// <summary>Layer settings that are read from a file.</summary>
internal sealed class LayerSettingsReader : LayerSettings
{
    private readonly JsonElement _layer;
    private readonly string _description;
    private readonly HashSet<string> _known;

    /// <summary>Reads from an object.</summary>
    /// <param name="layer">The layer in the file.</param>
    /// <param name="description">Its name in errors.</param>
    /// <param name="known">The properties that are not settings.</param>
    public LayerSettingsReader(JsonElement layer, string description, params IEnumerable<string> known)
    {
        _layer = layer;
        _description = description;
        _known = [.. known];
    }

    /// <inheritdoc/>
    public override int Integer(string property, int value)
    {
        (string name, JsonElement setting) = Setting(property);
        return IsInteger(setting, out int number)
            ? number
            : throw new JsonException(
                $"the setting '{name}' of {_description} is {setting.GetRawText()}, and must be a 32-bit whole number.");
    }

    /// <inheritdoc/>
    public override int Integer(string property, int value, int absent) => _layer.TryGetProperty(LayerSettingsWriter.InFile(property), out _) ? Integer(property, value) : absent;

    /// <inheritdoc/>
    public override PerAxis Axes(string property, PerAxis value)
    {
        (string name, JsonElement setting) = Setting(property);
        if (IsInteger(setting, out int both))
        {
            return both;
        }

        return setting.ValueKind == JsonValueKind.Array && setting.GetArrayLength() == 2 && IsInteger(setting[0], out int height) && IsInteger(setting[1], out int width)
            ? new PerAxis(height, width)
            : throw new JsonException(
                $"the setting '{name}' of {_description} is {setting.GetRawText()}, and must be a 32-bit whole number, or a list of two of them, for rows and for columns.");
    }

    /// <inheritdoc/>
    public override PerAxis Axes(string property, PerAxis value, PerAxis absent) => _layer.TryGetProperty(LayerSettingsWriter.InFile(property), out _) ? Axes(property, value) : absent;

    /// <inheritdoc/>
    public override double Number(string property, double value)
    {
        (string name, JsonElement setting) = Setting(property);
        return setting.ValueKind == JsonValueKind.Number && setting.TryGetDouble(out double number)
            ? number
            : throw new JsonException($"the setting '{name}' of {_description} is {setting.GetRawText()}, and must be a number.");
    }

    /// <inheritdoc/>
    public override bool Truth(string property, bool value, bool absent)
    {
        if (!_layer.TryGetProperty(LayerSettingsWriter.InFile(property), out _))
        {
            return absent;
        }

        (string name, JsonElement setting) = Setting(property);
        return setting.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? setting.GetBoolean()
            : throw new JsonException($"the setting '{name}' of {_description} is {setting.GetRawText()}, and must be true or false.");
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

    private static bool IsInteger(JsonElement value, out int number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out number);
    }

    private (string Name, JsonElement Value) Setting(string property)
    {
        string name = LayerSettingsWriter.InFile(property);
        _known.Add(name);
        return _layer.TryGetProperty(name, out JsonElement setting)
            ? (name, setting)
            : throw new JsonException($"{_description} has no setting '{name}'.");
    }
}
