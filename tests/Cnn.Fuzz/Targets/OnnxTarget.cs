using Cnn.Fuzz.Mutation;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Onnx;

namespace Cnn.Fuzz.Targets;

/// <summary>ONNX files. What loads is measured on images.</summary>
internal sealed class OnnxTarget : FuzzTarget
{
    /// <summary>What a small network may need to run, and the values that a graph may make of nothing.</summary>
    private const long Running = 512L << 20;

    /// <inheritdoc/>
    public override byte[] Mutate(Random random, byte[] seed, byte[] other) => ProtobufMutator.Mutate(random, seed, other);

    /// <inheritdoc/>
    public override bool Accepts(byte[] input)
    {
        SmallNetworks.Measure(OnnxFile.Load(AsFile(input)));
        return true;
    }

    /// <inheritdoc/>
    public override long MemoryLimit(byte[] input) => Running + base.MemoryLimit(input);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, byte[] Bytes)> MakeSeeds()
    {
        string path = Path.Combine(Folder, "model");
        OnnxFile.Save(Model.Create(SmallNetworks.ImageShape, SmallNetworks.Layers, 1), path, overwrite: true);
        yield return ("layers.onnx", File.ReadAllBytes(path));
        OnnxFile.Save(Model.Create(new Shape(3, 9, 7), SmallNetworks.OtherLayers, 2), path, overwrite: true, new OnnxExportOptions(OnnxExportOptions.NewestOpset, OnnxInputType.UInt8));
        yield return ("other-layers.onnx", File.ReadAllBytes(path));
        OnnxFile.Save(Model.Create(new Shape(3, 9, 7), SmallNetworks.BranchLayers, 3), path, overwrite: true);
        yield return ("branches.onnx", File.ReadAllBytes(path));
        OnnxFile.Save(Model.Create(new Shape(3, 9, 7), SmallNetworks.UnevenLayers, 4), path, overwrite: true);
        yield return ("uneven-layers.onnx", File.ReadAllBytes(path));
        OnnxFile.Save(Model.Create(new Shape(3, 9, 7), SmallNetworks.BareLayers, 5), path, overwrite: true);
        yield return ("no-biases.onnx", File.ReadAllBytes(path));
        yield return ("foreign.onnx", Foreign());
    }

    /// <summary>A graph with what other programs write: dimensions that are worked out, padding by a node, the channels last, a clip.</summary>
    private static byte[] Foreign()
    {
        OnnxGraphWriter graph = new();
        string image = graph.Add("Transpose", "image", ["input"], OnnxGraphWriter.Integers("perm", 0, 3, 1, 2));
        string padded = graph.Add("Pad", "padded", [image, graph.Constant("pads", 0, 0, 1, 0, 0, 0, 0, 2)]);
        string convolved = graph.Add("Conv", "convolved", [padded, graph.Constant("kernel", [2, 1, 2, 2], 1, -1, 0.5f, 2, -2, 1, 1, 0)], OnnxGraphWriter.Integers("strides", 2, 2));
        string biased = graph.Add("Add", "biased", [convolved, graph.Constant("bias", [1, 2, 1, 1], 0.1f, -0.2f)]);
        string clipped = graph.Add("Clip", "clipped", [biased, graph.Constant("zero", [], 0f), graph.Constant("six", [], 6f)]);
        string joined = graph.Add("Add", "joined", [graph.Add("Sigmoid", "branch", [clipped]), clipped]);
        string last = graph.Add("Transpose", "last", [joined], OnnxGraphWriter.Integers("perm", 0, 2, 3, 1));
        string images = graph.Add("Gather", "images", [graph.Add("Shape", "shape", [last]), graph.Constant("first", 0L)]);
        string wanted = graph.Add("Concat", "wanted", [images, graph.Constant("rest", -1L)], OnnxGraphWriter.Integer("axis", 0));
        string flat = graph.Add("Reshape", "flat", [last, wanted]);
        string product = graph.Add("MatMul", "product", [flat, graph.Constant("matrix", [40, 3], [.. Enumerable.Range(0, 120).Select(i => (i % 7) - 3f)])]);
        graph.Add("Softmax", "output", [graph.Add("Mul", "scaled", [product, graph.Constant("tenth", [], 0.1f)])], OnnxGraphWriter.Integer("axis", 1));

        ProtobufMessage opset = new();
        opset.Add(OnnxFormat.Opset.Version, 13L);
        ProtobufMessage message = new();
        message.Add(OnnxFormat.Model.OpsetImport, opset);
        message.Add(
            OnnxFormat.Model.Graph,
            graph.ToMessage("foreign", OnnxGraphWriter.Value("input", OnnxFormat.Tensor.Float32, 8, 8, 1), OnnxGraphWriter.Value("output", OnnxFormat.Tensor.Float32, 3)));
        using MemoryStream stream = new();
        message.WriteTo(stream);
        return stream.ToArray();
    }
}
