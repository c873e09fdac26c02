using Cnn.Data;
using Cnn.Fuzz.Mutation;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.Fuzz.Targets;

/// <summary>Checkpoints, with and without a checksum. A training that opens goes on for a batch.</summary>
internal sealed class CheckpointTarget : FuzzTarget
{
    private const long Running = 512L << 20;

    private readonly ImageSet _images = SmallNetworks.Images(40, SmallNetworks.ImageShape, 3);

    /// <inheritdoc/>
    public override byte[] Mutate(Random random, byte[] seed, byte[] other) => SafetensorsMutator.Mutate(random, seed, other);

    /// <inheritdoc/>
    public override bool Accepts(byte[] input)
    {
        string path = AsFile(input);
        using (CheckpointFile file = CheckpointFile.Open(path))
        {
            if (!SmallNetworks.IsSmall(file.Model))
            {
                return true;
            }
        }

        using Trainer trainer = Trainer.Resume(path, _images, _images, threads: 1);
        SmallNetworks.TakeStep(trainer);
        return true;
    }

    /// <inheritdoc/>
    public override long MemoryLimit(byte[] input) => Running + base.MemoryLimit(input);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, byte[] Bytes)> MakeSeeds()
    {
        TrainingOptions[] settings =
        [
            new() { Epochs = 3, BatchSize = 8, Threads = 1, Seed = 1, WeightAveraging = 0.9, Patience = 2, Optimizer = new AdamW() },
            new() { Epochs = 4, BatchSize = 16, Threads = 1, Seed = 2, Optimizer = new Sgd(), Schedule = new CosineSchedule(), Augmentation = Augmentation.Parse("shift 1, rotation 5") },
        ];
        foreach (TrainingOptions options in settings)
        {
            Model model = Model.Create(SmallNetworks.ImageShape, SmallNetworks.Layers, 1);
            using Trainer trainer = new(model, _images, options, _images);
            using CancellationTokenSource stop = new();
            trainer.Run(
                progress =>
                {
                    if (progress.Epoch == 2 && progress.Batch == 2)
                    {
                        stop.Cancel();
                    }
                },
                stop.Token);
            string path = Path.Combine(Folder, "checkpoint");
            trainer.SaveCheckpoint(path);
            byte[] file = File.ReadAllBytes(path);
            yield return ($"{options.Optimizer.Kind}.safetensors".ToLowerInvariant(), file);
            yield return ($"{options.Optimizer.Kind}-without-checksum.safetensors".ToLowerInvariant(), SafetensorsMutator.WithoutChecksum(file));
        }
    }
}
