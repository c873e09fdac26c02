using Cnn.Fuzz.Mutation;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Serialization;

namespace Cnn.Fuzz.Targets;

/// <summary>Files of models and ensembles, with and without a checksum. What loads is measured on images.</summary>
internal sealed class ModelTarget : FuzzTarget
{
    /// <summary>What a small network may need to run, beside its parameters.</summary>
    private const long Running = 512L << 20;

    /// <inheritdoc/>
    public override byte[] Mutate(Random random, byte[] seed, byte[] other) => SafetensorsMutator.Mutate(random, seed, other);

    /// <inheritdoc/>
    public override bool Accepts(byte[] input)
    {
        SmallNetworks.Measure(ModelFile.LoadClassifier(AsFile(input)));
        return true;
    }

    /// <inheritdoc/>
    public override long MemoryLimit(byte[] input) => Running + base.MemoryLimit(input);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, byte[] Bytes)> MakeSeeds()
    {
        Model[] models =
        [
            Model.Create(SmallNetworks.ImageShape, SmallNetworks.Layers, 1),
            Model.Create(new Shape(3, 9, 7), SmallNetworks.OtherLayers, 2),
        ];
        foreach (Model model in models)
        {
            string path = Path.Combine(Folder, "model");
            ModelFile.Save(model, path, overwrite: true);
            byte[] file = File.ReadAllBytes(path);
            yield return ($"{model.ClassCount}-classes.safetensors", file);
            yield return ($"{model.ClassCount}-classes-without-checksum.safetensors", SafetensorsMutator.WithoutChecksum(file));
        }

        string ensemble = Path.Combine(Folder, "ensemble");
        ModelFile.Save(new Ensemble([models[0], Model.Create(SmallNetworks.ImageShape, SmallNetworks.Layers, 3)]), ensemble, overwrite: true);
        yield return ("ensemble-without-checksum.safetensors", SafetensorsMutator.WithoutChecksum(File.ReadAllBytes(ensemble)));
    }
}
