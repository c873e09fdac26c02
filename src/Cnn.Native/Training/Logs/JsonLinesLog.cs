using System.Text.Json;

namespace Cnn.Training;

/// <summary>One JSON object for each epoch, on a separate line; null for values that were not measured or are not finite.</summary>
internal sealed class JsonLinesLog : LogFormat
{
    private static ReadOnlySpan<byte> FirstName => "{\"epoch\":"u8;

    /// <inheritdoc/>
    public override bool IsOwn(ReadOnlySpan<byte> beginning) => beginning.IsEmpty || beginning.StartsWith(FirstName);

    /// <inheritdoc/>
    public override void WriteEpoch(Stream stream, EpochRecord epoch)
    {
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("epoch", epoch.Epoch);
            WriteNumber(json, "loss", epoch.Loss);
            WriteNumber(json, "validation_accuracy", epoch.ValidationAccuracy);
            WriteNumber(json, "validation_loss", epoch.ValidationLoss);
            WriteNumber(json, "learning_rate", epoch.LearningRate);
            WriteNumber(json, "seconds", epoch.Duration.TotalSeconds);
            WriteNumber(json, "images_per_second", epoch.ImagesPerSecond);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } value && double.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
