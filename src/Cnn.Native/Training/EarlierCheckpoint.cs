using System.Text.Json.Nodes;
using Cnn.Serialization;

namespace Cnn.Training;

/// <summary>
/// The state in checkpoints that were written when Adam was the only optimizer, the learning rate never changed:
/// Adam's settings stood among the others, and the epochs named no rate. The tensors had the names they have.
/// </summary>
internal static class EarlierCheckpoint
{
    /// <summary>Brings the state into the form of today; leaves one that has it, and whatever is no state at all.</summary>
    /// <param name="state">The state as JSON.</param>
    /// <returns>The state as JSON.</returns>
    /// <exception cref="System.Text.Json.JsonException">It is no JSON.</exception>
    public static string Upgrade(string state) => StrictJson.Guard(() => UpgradeRoot(state));

    private static string UpgradeRoot(string state)
    {
        // Names that are there twice are found by whoever reads the whole; here they must not pass for one.
        if (JsonNode.Parse(state, documentOptions: new() { AllowDuplicateProperties = false }) is not JsonObject all
            || all["options"] is not JsonObject options
            || options.ContainsKey("optimizer"))
        {
            return state;
        }

        var adam = new JsonObject { ["kind"] = "adam" };
        foreach (string name in new[] { "beta1", "beta2", "epsilon" })
        {
            if (options.Remove(name, out JsonNode? value))
            {
                adam[name] = value;
            }
        }

        options["optimizer"] = adam;
        foreach (JsonObject epoch in (all["epochs"] as JsonArray ?? []).OfType<JsonObject>())
        {
            epoch.TryAdd("learning_rate", options["learning_rate"]?.DeepClone());
        }

        return all.ToJsonString();
    }
}
