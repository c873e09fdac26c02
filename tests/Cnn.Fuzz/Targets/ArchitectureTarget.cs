using System.Text.Json;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Serialization;
using Cnn.Training;

namespace Cnn.Fuzz.Targets;

/// <summary>Architectures as they stand in the metadata of a model file. What makes a small network is trained for a batch and measured.</summary>
internal sealed class ArchitectureTarget : TextTarget
{
    private const int ImageCount = 4;
    private const long MostParameters = 1 << 20;
    private const long Running = 512L << 20;

    /// <inheritdoc/>
    public override long MemoryLimit(byte[] input) => Running + base.MemoryLimit(input);

    /// <inheritdoc/>
    protected override bool Accepts(string text)
    {
        Shape shape;
        IReadOnlyList<Layer> layers;
        try
        {
            (shape, layers) = ArchitectureJson.Read(text);
        }
        catch (JsonException)
        {
            return false;
        }

        if (ModelLayout.Of(shape, layers).Length > MostParameters)
        {
            return true;
        }

        Model model = Model.Create(shape, layers, 1);
        if (!SmallNetworks.IsSmall(model))
        {
            return true;
        }

        TrainingOptions options = new() { Epochs = 1, BatchSize = ImageCount, Threads = 1, Seed = 1, LearningRate = 1e-6 };
        using (Trainer trainer = new(model, SmallNetworks.Images(ImageCount, shape, model.ClassCount), options))
        {
            SmallNetworks.TakeStep(trainer);
        }

        SmallNetworks.Measure(model);
        return true;
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Texts() =>
    [
        ArchitectureJson.Write(SmallNetworks.ImageShape, SmallNetworks.Layers),
        ArchitectureJson.Write(new Shape(3, 9, 7), SmallNetworks.OtherLayers),
        ArchitectureJson.Write(new Shape(3, 9, 7), [new Whitening(), new Scaling(0.5), .. SmallNetworks.OtherLayers]),
        ArchitectureJson.Write(new Shape(3, 9, 7), SmallNetworks.BranchLayers),
        ArchitectureJson.Write(new Shape(3, 9, 7), SmallNetworks.UnevenLayers),
        ArchitectureJson.Write(new Shape(3, 9, 7), SmallNetworks.BareLayers),
    ];
}
