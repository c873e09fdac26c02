using System.Text;
using Cnn.Data;
using Cnn.Sweeps;

namespace Cnn.Fuzz.Targets;

/// <summary>Results files of sweeps. One that is read is then opened as by a sweep that goes on, and has the same results after it.</summary>
internal sealed class ResultsTarget : TextTarget
{
    private readonly ImageSet _images = SmallNetworks.Images(4, SmallNetworks.ImageShape, 3);

    /// <inheritdoc/>
    public override bool Accepts(byte[] input)
    {
        string path = AsFile(input);
        int count = ResultsFile.Read(path).Count;
        using (ResultsFile file = ResultsFile.Open(path, _images, _images))
        {
            if (file.Results.Count != count)
            {
                throw new InvalidOperationException($"{count} results were read, and {file.Results.Count} when the file was opened.");
            }
        }

        int after = ResultsFile.Read(path).Count;
        return after == count ? true : throw new InvalidOperationException($"{count} results were read, and {after} when the file had been opened.");
    }

    /// <inheritdoc/>
    protected override bool Accepts(string text) => Accepts(Encoding.UTF8.GetBytes(text));

    /// <inheritdoc/>
    protected override IEnumerable<string> Texts()
    {
        string path = Path.Combine(Folder, "results.jsonl");
        using (ResultsFile file = ResultsFile.Open(path, _images, _images))
        {
            for (int index = 0; index < 3; index++)
            {
                Trial trial = new(new Dictionary<string, object> { ["LearningRate"] = 0.001 * (index + 1), ["BatchSize"] = 32, ["Preset"] = "Baseline", ["Seed"] = index });
                file.Append(new SweepResult { Trial = trial, Accuracy = 0.9, Loss = 0.1, TrainingLoss = 0.2, Duration = TimeSpan.FromSeconds(1), ImagesPerSecond = 1000 });
            }

            file.Append(new SweepResult { Trial = new Trial(new Dictionary<string, object> { ["LearningRate"] = 5.0 }), Error = "It did not converge.", ErrorId = "TrainingDiverged" });
        }

        return [File.ReadAllText(path)];
    }
}
