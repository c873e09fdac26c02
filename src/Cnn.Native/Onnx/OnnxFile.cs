using System.Globalization;
using Cnn.Files;
using Cnn.Models;
using Cnn.Serialization;

namespace Cnn.Onnx;

/// <summary>
/// Models as ONNX graphs, which other programs can run: from the pixels of images, N C H W, to <c>probabilities</c> and <c>logits</c>, N classes each. The
/// normalisation is part of the graph. Class names are in the metadata.
/// </summary>
public static partial class OnnxFile
{
    private const string InputName = "input";
    private const string LogitsName = "logits";
    private const string ProbabilitiesName = "probabilities";

    /// <summary>
    /// Saves a model, or an ensemble as one graph, completely or not at all. The probabilities of an ensemble are the mean of those of its models, and its
    /// logits are the logarithms of that mean.
    /// </summary>
    /// <param name="model">The model; if it is being trained, it is saved as it is between two steps.</param>
    /// <param name="path">The file, usually <c>.onnx</c>.</param>
    /// <param name="overwrite">Whether an existing file may be replaced.</param>
    /// <param name="options">The version of the operators and the input; null for the defaults.</param>
    /// <exception cref="CnnException">
    /// <c>FileExists</c>, <c>FolderNotFound</c> or <c>WriteFailed</c>; <c>OnnxOpset</c> or <c>OnnxInputRange</c> for a setting; <c>OnnxSize</c> for a model
    /// of more than 2 GB, which the format does not support.
    /// </exception>
    public static void Save(IClassifier model, string path, bool overwrite = false, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(path);
        SafetensorsFormat.RequireLittleEndian();
        options ??= new OnnxExportOptions();
        options.Check();
        Model[] members = [.. model.Members.Select(member => member.Copy())];
        ProtobufMessage message = MessageOf(model.Name, members, options);
        if (message.Length > OnnxFormat.MostBytes)
        {
            throw new CnnException(
                "OnnxSize",
                CnnErrorKind.InvalidArgument,
                $"'{path}' would have {message.Length} bytes, and an ONNX file has at most {OnnxFormat.MostBytes}: export the models of an ensemble one by one, or use the safetensors format.")
            { Target = path };
        }

        AtomicFile.Write(path, overwrite, message.WriteTo);
    }

    private static ProtobufMessage MessageOf(string name, Model[] members, OnnxExportOptions options)
    {
        ProtobufMessage opset = new();
        opset.Add(OnnxFormat.Opset.Domain, "");
        opset.Add(OnnxFormat.Opset.Version, (long)options.Opset);
        ProtobufMessage message = new();
        message.Add(OnnxFormat.Model.IrVersion, (long)OnnxFormat.IrVersionOf[options.Opset]);
        message.Add(OnnxFormat.Model.ProducerName, "Cnn");
        message.Add(OnnxFormat.Model.ProducerVersion, typeof(OnnxFile).Assembly.GetName().Version!.ToString(fieldCount: 3));
        message.Add(OnnxFormat.Model.OpsetImport, opset);
        message.Add(OnnxFormat.Model.Graph, GraphOf(name, members, options));
        foreach ((string key, string value) in TextsOf(members, options))
        {
            ProtobufMessage entry = new();
            entry.Add(OnnxFormat.Entry.Key, key);
            entry.Add(OnnxFormat.Entry.Value, value);
            message.Add(OnnxFormat.Model.Metadata, entry);
        }

        return message;
    }

    private static ProtobufMessage GraphOf(string name, Model[] members, OnnxExportOptions options)
    {
        OnnxGraphWriter graph = new();
        bool isByte = options.InputType == OnnxInputType.UInt8;
        string pixels = isByte
            ? graph.Add("Cast", "pixels", [InputName], OnnxGraphWriter.Integer("to", OnnxFormat.Tensor.Float32))
            : InputName;
        if (members.Length == 1)
        {
            graph.Rename(OnnxNetworkWriter.Write(graph, members[0], "", pixels, options), LogitsName);
            graph.Add("Softmax", ProbabilitiesName, [LogitsName], OnnxGraphWriter.Integer("axis", 1));
        }
        else
        {
            string[] probabilities =
            [
                .. members.Select((member, index) =>
                {
                    string prefix = ModelFile.MemberPrefix(index);
                    string logits = OnnxNetworkWriter.Write(graph, member, prefix, pixels, options);
                    return graph.Add("Softmax", prefix + ProbabilitiesName, [logits], OnnxGraphWriter.Integer("axis", 1));
                }),
            ];
            graph.Add("Mean", ProbabilitiesName, probabilities);

            // Avoids the logarithm of a probability that was rounded to zero.
            string bounded = graph.Add("Max", "bounded", [ProbabilitiesName, graph.Constant("smallest", [], MathF.ScaleB(1, -126))]);
            graph.Add("Log", LogitsName, [bounded]);
        }

        Memory.Shape shape = members[0].InputShape;
        int classes = members[0].ClassCount;
        return graph.ToMessage(
            name,
            OnnxGraphWriter.Value(InputName, isByte ? OnnxFormat.Tensor.UInt8 : OnnxFormat.Tensor.Float32, shape.Channels, shape.Height, shape.Width),
            OnnxGraphWriter.Value(ProbabilitiesName, OnnxFormat.Tensor.Float32, classes),
            OnnxGraphWriter.Value(LogitsName, OnnxFormat.Tensor.Float32, classes));
    }

    /// <summary>The metadata of this product's model files, and the class names as a JSON list for any program.</summary>
    private static IEnumerable<KeyValuePair<string, string>> TextsOf(Model[] members, OnnxExportOptions options)
    {
        yield return new(OnnxFormat.ClassNamesName, StrictJson.Write(members[0].ClassNames));
        yield return new(OnnxFormat.InputRangeName, options.InputRange.ToString("R", CultureInfo.InvariantCulture));
        for (int index = 0; index < members.Length; index++)
        {
            foreach (KeyValuePair<string, string> text in ModelDescription.Write(members[index], members.Length == 1 ? "" : ModelFile.MemberPrefix(index)))
            {
                yield return text;
            }
        }
    }
}
