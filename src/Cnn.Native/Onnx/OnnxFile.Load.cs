using System.Globalization;
using System.Text;
using System.Text.Json;
using Cnn.Files;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Serialization;

namespace Cnn.Onnx;

// Models of other programs.
public static partial class OnnxFile
{
    /// <summary>
    /// Loads a network that another program has written, as a model that can be measured and trained further. Its nodes have to be a chain of layers that
    /// exist here; an Add may end a residual block. Arithmetic with constants becomes part of the layers, or of the normalisation at the beginning.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Properties of its images that the graph does not contain; null for none.</param>
    /// <returns>The model. Its class names come from the metadata, if there is a JSON list <c>class_names</c> with the right number.</returns>
    /// <exception cref="CnnException">
    /// <c>FileNotFound</c>, <c>SourceNotFile</c> or <c>ReadFailed</c>; <c>OnnxFileFormat</c> for a file that is not valid, <c>OnnxFileExternal</c> for a file
    /// whose weights are in another file, <c>OnnxFileOpset</c> for a version of the operators that is not supported, <c>OnnxFileInput</c> for a file whose
    /// input is not an image of a known shape, <c>OnnxFileNode</c> for a node without a matching layer, <c>OnnxFileModel</c> for layers that do not form a
    /// valid model; <c>OnnxInputRange</c> or <c>Normalization</c> for an option.
    /// </exception>
    public static Model Load(string path, OnnxImportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        SafetensorsFormat.RequireLittleEndian();
        options ??= new OnnxImportOptions();
        options.Check();
        byte[] content = ReadContent(path);
        try
        {
            return Load(new OnnxGraph(content), path, content.Length, options);
        }
        catch (InvalidDataException e)
        {
            throw Refused("OnnxFileFormat", path, $"is not a sound ONNX file: {e.Message} It is another kind of file, or was damaged or cut: copy, download or save it again.", e);
        }
        catch (ExternalDataException e)
        {
            throw Refused(
                "OnnxFileExternal",
                path,
                $"cannot be imported: the values of '{OnnxNode.Printable(e.Message)}' are in another file. In Python, onnx.save(onnx.load('model.onnx'), 'one.onnx') writes all into one.",
                e);
        }
    }

    private static Model Load(OnnxGraph graph, string path, int length, OnnxImportOptions options)
    {
        if (graph.Opset is < OnnxExportOptions.OldestOpset or > OnnxExportOptions.NewestOpset)
        {
            throw Refused(
                "OnnxFileOpset",
                path,
                $"cannot be imported: it uses opset {graph.Opset}. Export it again with an opset from {OnnxExportOptions.OldestOpset} to {OnnxExportOptions.NewestOpset}.");
        }

        OnnxInput input = InputOf(graph, path, options);
        OnnxChain chain = new(input.Shape, length);
        try
        {
            OnnxNetworkReader.Read(graph, chain, input.Name, input.Form, input.Images);
        }
        catch (OnnxUnsupportedException e)
        {
            throw Refused("OnnxFileNode", path, $"cannot be imported: {e.Message}", e);
        }

        try
        {
            Model model = chain.MakeModel(NameOf(graph), Path.GetFullPath(path));
            model.Describe(NormalizationOf(graph, chain, input, options), ClassNamesOf(graph, model));
            return model;
        }
        catch (CnnException e)
        {
            throw Refused("OnnxFileModel", path, $"cannot be imported: its layers do not form a valid model. {e.Message}", e);
        }
    }

    private static OnnxInput InputOf(OnnxGraph graph, string path, OnnxImportOptions options)
    {
        if (graph.Inputs is not [(string name, List<long?> { Count: 4 } dimensions, int type)] || type is not (OnnxFormat.Tensor.Float32 or OnnxFormat.Tensor.UInt8))
        {
            throw Refused(
                "OnnxFileInput",
                path,
                $"cannot be imported: it has the inputs {string.Join(", ", graph.Inputs.Select(one => $"'{OnnxNode.Printable(one.Name)}'"))}, but it must have one input: images as 32-bit floats or bytes, with four dimensions.");
        }

        // Keras has its channels last, and the programs that export its networks put a Transpose before every node that works on rows and columns.
        OnnxNode? first = graph.Nodes.FirstOrDefault(node => node.Operator is "Transpose" or "Conv" or "MaxPool" or "AveragePool" or "Flatten" or "Reshape");
        bool isLast = first is { Operator: "Transpose" } && first.Integers("perm") is [0, 3, 1, 2];
        long?[] sides = isLast ? [dimensions[3], dimensions[1], dimensions[2]] : [dimensions[1], dimensions[2], dimensions[3]];
        Shape shape = options.InputShape ?? (sides.All(side => side is > 0 and <= int.MaxValue)
            ? new Shape((int)sides[0]!.Value, (int)sides[1]!.Value, (int)sides[2]!.Value)
            : throw Refused(
                "OnnxFileInput",
                path,
                $"cannot be imported: its input leaves the channels, the height or the width open ({string.Join("×", sides.Select(side => side?.ToString(CultureInfo.InvariantCulture) ?? "?"))}). Pass the shape of its images as -InputShape."));
        if (sides.Zip([shape.Channels, shape.Height, shape.Width], (side, given) => side != null && side != given).Any(differs => differs)
            || shape.Channels is < 1 or > 65536 || shape.Height < 1 || shape.Width < 1 || shape.ValueCount > ModelLayout.MostValues)
        {
            throw Refused(
                "OnnxFileInput",
                path,
                $"cannot be imported: its images are {string.Join("×", sides.Select(side => side?.ToString(CultureInfo.InvariantCulture) ?? "?"))} (channels×height×width), but -InputShape is {shape.Channels}×{shape.Height}×{shape.Width}, or the shape is too large.");
        }

        double range = options.InputRange
            ?? (graph.Metadata.TryGetValue(OnnxFormat.InputRangeName, out string? text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double said) && said > 0 ? said
                : type == OnnxFormat.Tensor.UInt8 ? 255 : 1);
        return new OnnxInput(name, shape, isLast ? ActivationForm.ImageLast : ActivationForm.Image, dimensions[0], range);
    }

    /// <summary>The input of a graph.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Shape">The shape of an image.</param>
    /// <param name="Form">How an image is laid out.</param>
    /// <param name="Images">The number of images that it takes, if that is fixed.</param>
    /// <param name="Range">The value of the lightest pixel.</param>
    private sealed record OnnxInput(string Name, Shape Shape, ActivationForm Form, long? Images, double Range);

    /// <summary>The transformation of a byte up to the first layer: the preprocessing before the graph, and the first operations of the graph.</summary>
    private static Normalization NormalizationOf(OnnxGraph graph, OnnxChain chain, OnnxInput input, OnnxImportOptions options)
    {
        int channels = input.Shape.Channels;
        IReadOnlyList<float> mean = options.Mean ?? [.. Enumerable.Repeat(0f, channels)];
        IReadOnlyList<float> deviation = options.StandardDeviation ?? [.. Enumerable.Repeat(1f, channels)];
        if (mean.Count != channels || deviation.Count != channels)
        {
            throw new CnnException(
                "Normalization", CnnErrorKind.InvalidArgument, $"There are {mean.Count} means and {deviation.Count} standard deviations, and images have {channels} channels: pass one of each for each.");
        }

        // pixel · scale + offset
        double[] scale = new double[channels];
        double[] offset = new double[channels];
        for (int channel = 0; channel < channels; channel++)
        {
            scale[channel] = input.Range / (255.0 * deviation[channel]) * chain.InputScale[channel];
            offset[channel] = (-input.Range * mean[channel] / deviation[channel] * chain.InputScale[channel]) + chain.InputOffset[channel];
        }

        float[] ownMean = [.. scale.Zip(offset, (factor, term) => (float)(-term / (255 * factor)))];
        float[] ownDeviation = [.. scale.Select(factor => (float)(1 / (255 * factor)))];

        // A file of this product contains it exactly.
        return WrittenNormalization(graph) is { } written && AreNear(written.Mean, ownMean) && AreNear(written.StandardDeviation, ownDeviation)
            ? written
            : new Normalization(ownMean, ownDeviation);
    }

    private static bool AreNear(IReadOnlyList<float>? written, float[] own) =>
        written?.Count == own.Length && written.Zip(own, (one, other) => Math.Abs(one - other) <= 1e-5f * Math.Max(1, Math.Abs(other))).All(isNear => isNear);

    private static Normalization? WrittenNormalization(OnnxGraph graph) => Read<Normalization>(graph, CnnFile.Prefix + "normalization");

    private static IReadOnlyList<string> ClassNamesOf(OnnxGraph graph, Model model)
    {
        string[]? names = Read<string[]>(graph, OnnxFormat.ClassNamesName);
        return names?.Length == model.ClassCount && !names.Any(string.IsNullOrWhiteSpace) && names.Distinct(StringComparer.Ordinal).Count() == names.Length ? names : model.ClassNames;
    }

    private static T? Read<T>(OnnxGraph graph, string name)
        where T : class
    {
        try
        {
            return graph.Metadata.TryGetValue(name, out string? text) ? StrictJson.Read<T>(text) : null;
        }
        catch (JsonException)
        {
            // Another program's metadata of the same name.
            return null;
        }
    }

    /// <summary>The name that this product wrote; networks of other programs have none.</summary>
    private static string NameOf(OnnxGraph graph)
    {
        string? name = graph.Metadata.GetValueOrDefault(CnnFile.Prefix + "name");
        return string.IsNullOrWhiteSpace(name) || name.EnumerateRunes().Any(rune => Rune.IsControl(rune) || rune == Rune.ReplacementChar) ? "Custom" : name;
    }

    private static byte[] ReadContent(string path)
    {
        try
        {
            using FileStream stream = PlainFile.OpenRead(path, FileShare.Read | FileShare.Delete);
            if (stream.Length > OnnxFormat.MostBytes)
            {
                throw Refused("OnnxFileFormat", path, $"is not a sound ONNX file: it has {stream.Length} bytes, and a file of this format has at most {OnnxFormat.MostBytes}.");
            }

            byte[] content = new byte[Math.Min(stream.Length, Array.MaxLength)];
            stream.ReadExactly(content);
            return content;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CnnException("FileNotFound", CnnErrorKind.NotFound, $"There is no file '{Path.GetFullPath(path)}'. Check the path.", e) { Target = path };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new CnnException(
                "ReadFailed", CnnErrorKind.ReadFailed, $"'{path}' cannot be read: {e.Message}{(Directory.Exists(path) ? " It is a folder: pass the file in it." : "")} Check the path and the permissions.", e)
            { Target = path };
        }
    }

    private static CnnException Refused(string errorId, string path, string wrong, Exception? inner = null) =>
        new(errorId, CnnErrorKind.InvalidData, $"'{path}' {wrong}", inner) { Target = path };
}
