using System.Text.Json.Nodes;
using Cnn.Serialization;

namespace Cnn.Training;

/// <summary>
/// The state in checkpoints that were written when Adam was the only optimizer and the learning rate never changed: Adam's settings were among the others,
/// and the epochs had no rate. The tensors had the same names as now.
/// </summary>
internal static class EarlierCheckpoint
{
    /// <summary>Converts the state to the current form; leaves the current form and invalid states unchanged.</summary>
    /// <param name="state">The state as JSON.</param>
    /// <returns>The state as JSON.</returns>
    /// <exception cref="System.Text.Json.JsonException">It is not JSON.</exception>
    public static string Upgrade(string state) => StrictJson.Guard(() => UpgradeRoot(state));

    private static string UpgradeRoot(string state)
    {
        // Names that occur twice are reported when the whole is read; here they must not be collapsed into one.
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
