using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Serialization;

namespace Cnn.Sweeps;

/// <summary>A trial in the folder of a sweep.</summary>
/// <param name="Task">Its number in the folder, from 1; it never changes.</param>
/// <param name="Trial">The trial.</param>
/// <param name="Network">The network, if the trial does not name a preset.</param>
public sealed record PlannedTrial(int Task, Trial Trial, Network? Network)
{
    private const string TaskName = "task";
    private const string IdName = "id";
    private const string ValuesName = "values";
    private const string NetworkName = "network";
    private const string ArchitectureName = "architecture";
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 12 };
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Its number in the folder, from 1.</summary>
    public int Task { get; } = Task;

    /// <summary>The trial.</summary>
    public Trial Trial { get; } = Trial;

    /// <summary>The network, if the trial does not name a preset.</summary>
    public Network? Network { get; } = Network;

    /// <summary>Writes the trial as JSON of one line.</summary>
    /// <returns>The line, without its end.</returns>
    internal string ToLine()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Readable))
        {
            json.WriteStartObject();
            json.WriteNumber(TaskName, Task);
            json.WriteString(IdName, Trial.Id);
            json.WritePropertyName(ValuesName);
            json.WriteRawValue(CanonicalJson.Write(Trial.Values));
            if (Network != null)
            {
                json.WriteString(NetworkName, Network.Name);
                json.WritePropertyName(ArchitectureName);
                json.WriteRawValue(ArchitectureJson.Write(Network.InputShape, Network.Layers));
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="task">The number that the trial must have: that of the line.</param>
    /// <returns>The trial.</returns>
    /// <exception cref="JsonException">The line is not a trial.</exception>
    internal static PlannedTrial Of(string line, int task)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, Strict);
            JsonElement root = document.RootElement;
            int number = root.GetProperty(TaskName).GetInt32();
            Trial trial = new(root.GetProperty(ValuesName).EnumerateObject().Select(value => KeyValuePair.Create(value.Name, ResultLine.ValueOf(value))));
            string? id = root.GetProperty(IdName).GetString();
            if (number != task || id != trial.Id)
            {
                throw new JsonException($"it is task {number} with the id '{id}', but must be task {task} with the id '{trial.Id}' of its values");
            }

            return new PlannedTrial(task, trial, root.TryGetProperty(NetworkName, out JsonElement name) ? NetworkOf(name.GetString()!, root) : null);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException or CnnException)
        {
            throw new JsonException(e.Message, e);
        }
    }

    private static Network NetworkOf(string name, JsonElement root)
    {
        (Shape shape, IReadOnlyList<Layer> layers) = ArchitectureJson.Read(root.GetProperty(ArchitectureName).GetRawText());
        Network network = new(name, shape, layers);

        // Numbers that are not finite have no JSON, and so no identifier: this is reported here, and not when the trial begins.
        _ = network.Id;
        return network;
    }
}
