using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cnn.Evaluation;

namespace Cnn.Sweeps;

/// <summary>A result as a line of a results file.</summary>
internal static class ResultLine
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 4 };
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes a result.</summary>
    /// <param name="result">The result.</param>
    /// <param name="images">The fingerprint of the images that it was trained and measured on.</param>
    /// <returns>The line in UTF-8, with the line feed at its end.</returns>
    public static byte[] Write(SweepResult result, string images)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Readable))
        {
            json.WriteStartObject();
            json.WriteString("id", result.Id);
            json.WritePropertyName("values");
            json.WriteRawValue(CanonicalJson.Write(result.Trial.Values));
            json.WriteString("images", images);
            if (result.Error == null)
            {
                WriteNumber(json, "accuracy", result.Accuracy);
                WriteNumber(json, "loss", result.Loss);
                WriteNumber(json, "training_loss", result.TrainingLoss);
                WriteNumber(json, "seconds", result.Duration?.TotalSeconds);
                WriteNumber(json, "images_per_second", result.ImagesPerSecond);
                json.WriteStartArray("epoch_accuracies");
                foreach (double accuracy in result.EpochAccuracies)
                {
                    json.WriteNumberValue(accuracy);
                }

                json.WriteEndArray();
                json.WriteBoolean("pruned", result.IsPruned);
                if (result.Kernels != null && result.ParameterChecksum != null)
                {
                    json.WriteString("kernels", result.Kernels);
                    json.WriteString("parameter_checksum", result.ParameterChecksum);
                }
            }
            else
            {
                json.WriteString("error_id", result.ErrorId);
                json.WriteString("error", result.Error);
            }

            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    /// <summary>Reads a result.</summary>
    /// <param name="line">The line, with or without its end.</param>
    /// <returns>The result and the fingerprint of its images.</returns>
    /// <exception cref="JsonException">The line is not a result.</exception>
    public static (SweepResult Result, string Images) Read(ReadOnlySpan<byte> line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(Utf8.GetString(line), Strict);
            JsonElement root = document.RootElement;
            Require(root.ValueKind == JsonValueKind.Object, "it is not an object");
            Trial trial = new(Property(root, "values", JsonValueKind.Object).EnumerateObject().Select(value => KeyValuePair.Create(value.Name, ValueOf(value))));
            string id = Property(root, "id", JsonValueKind.String).GetString()!;
            Require(id == trial.Id, $"its id is '{id}', but the id of its values is '{trial.Id}': one of them was changed");
            string images = Property(root, "images", JsonValueKind.String).GetString()!;
            return root.TryGetProperty("error", out _)
                ? (new SweepResult
                {
                    Trial = trial,
                    Error = Property(root, "error", JsonValueKind.String).GetString(),
                    ErrorId = Property(root, "error_id", JsonValueKind.String).GetString(),
                    IsFromFile = true,
                }, images)
                : (new SweepResult
                {
                    Trial = trial,
                    Accuracy = Number(root, "accuracy"),
                    Loss = Property(root, "loss").ValueKind == JsonValueKind.Null ? null : Number(root, "loss"),
                    // Files of the first version call it the cost.
                    TrainingLoss = Number(root, root.TryGetProperty("cost", out _) ? "cost" : "training_loss"),
                    // TimeSpan.FromSeconds truncates, so Math.Round is needed: otherwise a tick would be lost now and then.
                    Duration = TimeSpan.FromTicks(checked((long)Math.Round(Number(root, "seconds") * TimeSpan.TicksPerSecond))),
                    ImagesPerSecond = Number(root, "images_per_second"),
                    EpochAccuracies = new ReportList<double>(
                        root.TryGetProperty("epoch_accuracies", out _)
                            ? [.. Property(root, "epoch_accuracies", JsonValueKind.Array).EnumerateArray().Select(accuracy => accuracy.GetDouble())]
                            : []),
                    IsPruned = root.TryGetProperty("pruned", out JsonElement pruned) && pruned.GetBoolean(),
                    Kernels = TextOrNull(root, "kernels"),
                    ParameterChecksum = TextOrNull(root, "parameter_checksum"),
                    IsFromFile = true,
                }, images);
        }
        catch (Exception e) when (e is CnnException or ArgumentException or InvalidOperationException or OverflowException or FormatException)
        {
            // Bytes that are not UTF-8, incomplete characters, names that differ only in case, a time that is too long.
            throw new JsonException(e.Message, e);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>A value of a trial.</summary>
    /// <param name="property">The property with its name.</param>
    /// <returns>The value.</returns>
    /// <exception cref="JsonException">It is not a text, a Boolean or a number.</exception>
    internal static object ValueOf(JsonProperty property) => property.Value.ValueKind switch
    {
        JsonValueKind.String => property.Value.GetString()!,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when property.Value.TryGetInt64(out long number) => number,
        JsonValueKind.Number when property.Value.TryGetUInt64(out ulong number) => number,
        JsonValueKind.Number => property.Value.GetDouble(),
        _ => throw new JsonException($"the value '{property.Name}' is {property.Value.GetRawText()}, and must be a text, a Boolean or a number"),
    };

    private static double Number(JsonElement root, string name) => Property(root, name, JsonValueKind.Number).GetDouble();

    private static string? TextOrNull(JsonElement root, string name) =>
        root.TryGetProperty(name, out _) ? Property(root, name, JsonValueKind.String).GetString() : null;

    private static JsonElement Property(JsonElement root, string name, JsonValueKind? kind = null)
    {
        Require(root.TryGetProperty(name, out JsonElement value), $"it has no '{name}'");
        Require(kind == null || value.ValueKind == kind, $"its '{name}' is {value.GetRawText()}, and must be a {kind}");
        return value;
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new JsonException(otherwise);
        }
    }
}
