using Cnn.Data;
using Cnn.Sweeps;

namespace Cnn.Fuzz.Targets;

/// <summary>The trials in the folder of a sweep. What is read is looked for in the results, and its networks are made.</summary>
internal sealed class TrialsTarget : TextTarget
{
    private const string TrialsName = "trials.jsonl";

    /// <inheritdoc/>
    protected override bool Accepts(string text)
    {
        string path = Exported();
        File.WriteAllText(Path.Combine(path, TrialsName), text);
        SweepFolder folder = SweepFolder.Open(path);
        foreach (PlannedTrial trial in folder.Trials)
        {
            if (folder.TrialOf(trial.Task).Trial.Id != trial.Trial.Id || folder.ResultOf(trial.Trial) != null)
            {
                throw new InvalidOperationException($"Task {trial.Task} is not itself, or has a result.");
            }

            _ = trial.Network?.Id;
        }

        return true;
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Texts() => [File.ReadAllText(Path.Combine(Exported(), TrialsName))];

    private string Exported()
    {
        string path = Path.Combine(Folder, "sweep");
        if (!SweepFolder.IsSweep(path))
        {
            ImageSet images = SmallNetworks.Images(4, SmallNetworks.ImageShape, 3);
            Network network = new("Custom", SmallNetworks.ImageShape, SmallNetworks.Layers);
            SweepFolder.Write(
                path,
                [
                    (new Trial(new Dictionary<string, object> { ["Preset"] = "Baseline", ["LearningRate"] = 0.001, ["Seed"] = 1 }), null),
                    (new Trial(new Dictionary<string, object> { ["Architecture"] = network.Id, ["BatchSize"] = 32, ["DecayAll"] = true, ["Seed"] = 2 }), network),
                ],
                images,
                images);
        }

        return path;
    }
}
