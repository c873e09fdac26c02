using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Cnn.Layers;
using Cnn.Models;

namespace Cnn.Serialization;

/// <summary>Tensors of other programs in safetensors files, for example a PyTorch <c>state_dict</c>, as the parameters of a network that is described here.</summary>
public static partial class WeightsFile
{
    /// <summary>A counter that PyTorch stores in a batch normalisation, and that is not needed here.</summary>
    private const string BatchCountName = "num_batches_tracked";

    private const int MostRows = 40;

    /// <summary>
    /// Loads the tensors of a file into a copy of a network. If all names are those of the network (<c>layers.0.weight</c>, or <c>0.weight</c> as in a
    /// PyTorch Sequential), tensors are matched by name. Otherwise the convolutions of the file are matched to those of the network in their order, and so
    /// are the batch normalisations and the dense layers. As safetensors files do not preserve the order of a program, the order is that of the names, with
    /// numbers in them compared as numbers. A bias that is missing in the file is 0.
    /// </summary>
    /// <param name="path">The file. Values of 16, 32 and 64 bits are read.</param>
    /// <param name="network">The network, which does not change.</param>
    /// <param name="normalization">The normalisation of the pixels that the tensors were trained with; null for the network's.</param>
    /// <returns>The model.</returns>
    /// <exception cref="CnnException">
    /// The errors of a safetensors file: <c>FileNotFound</c>, <c>ReadFailed</c>, <c>SafetensorsHeader</c> and so on; <c>WeightsMismatch</c> if it does not
    /// fit the network: the error lists both side by side. <c>Normalization</c>: the number of means is not that of the channels.
    /// </exception>
    public static Model Load(string path, Model network, Normalization? normalization = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(network);
        Model model = network.Copy(System.IO.Path.GetFullPath(path));
        model.Describe(normalization ?? model.Normalization, model.ClassNames);
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        List<Module> modules =
        [
            .. reader.Tensors.Where(tensor => !tensor.Name.EndsWith(BatchCountName, StringComparison.Ordinal))
                .GroupBy(tensor => tensor.Name[..Math.Max(tensor.Name.LastIndexOf('.'), 0)], StringComparer.Ordinal)
                .Select(group => new Module(group.Key, group.ToDictionary(tensor => tensor.Name[(tensor.Name.LastIndexOf('.') + 1)..], StringComparer.Ordinal)))
                .OrderBy(module => NumberPattern().Replace(module.Name, number => number.Value.PadLeft(10, '0')), StringComparer.Ordinal),
        ];
        List<(LayerSummary? Layer, Module? Module)> pairs = ByName(model, modules) ?? ByOrder(model, modules);
        if (!pairs.All(pair => Fits(model, pair.Layer, pair.Module)))
        {
            throw Mismatch(path, model, pairs);
        }

        foreach ((LayerSummary? layer, Module? module) in pairs)
        {
            foreach (ModelParameter parameter in ParametersOf(model, layer!))
            {
                Read(reader, module!, parameter, model.Values(parameter));
            }
        }

        return model;
    }

    /// <summary>A group of tensors in a file: their names differ only after the last point.</summary>
    /// <param name="Name">The part before the last point.</param>
    /// <param name="Tensors">The tensors, by the part after it.</param>
    private sealed record Module(string Name, Dictionary<string, SafetensorsTensor> Tensors)
    {
        /// <summary>The kind of layer that it belongs to.</summary>
        public Type? Kind => Tensors.ContainsKey("running_mean") ? typeof(BatchNormalization)
            : Tensors.GetValueOrDefault("weight")?.Dimensions.Count switch
            {
                4 => typeof(Convolution),
                2 => typeof(Dense),
                _ => null,
            };
    }

    [GeneratedRegex("[0-9]{1,9}")]
    private static partial Regex NumberPattern();

    private static IEnumerable<LayerSummary> LayersOf(Model model) => model.Summary.Where(layer => ParametersOf(model, layer).Any());

    private static IEnumerable<ModelParameter> ParametersOf(Model model, LayerSummary layer) => model.Parameters.Where(parameter => parameter.Layer == layer.Index);

    private static List<(LayerSummary? Layer, Module? Module)>? ByName(Model model, List<Module> modules)
    {
        List<(LayerSummary? Layer, Module? Module)> pairs =
        [
            .. LayersOf(model).Select(layer => ((LayerSummary?)layer, modules.Find(module =>
                module.Name == FormattableString.Invariant($"layers.{layer.Index}") || module.Name == layer.Index.ToString(CultureInfo.InvariantCulture)))),
        ];
        return pairs.Count == modules.Count && pairs.TrueForAll(pair => pair.Module != null) ? pairs : null;
    }

    /// <summary>The layers with their groups in the file, followed by the groups that are left over.</summary>
    private static List<(LayerSummary? Layer, Module? Module)> ByOrder(Model model, List<Module> modules)
    {
        List<Module> left = [.. modules];
        List<(LayerSummary? Layer, Module? Module)> pairs = [];
        foreach (LayerSummary layer in LayersOf(model))
        {
            Module? module = left.Find(module => module.Kind == model.Layers[layer.Index].GetType());
            left.Remove(module!);
            pairs.Add((layer, module));
        }

        pairs.AddRange(left.Select(module => ((LayerSummary?)null, (Module?)module)));
        return pairs;
    }

    private static bool Fits(Model model, LayerSummary? layer, Module? module)
    {
        if (layer == null || module == null)
        {
            return false;
        }

        List<ModelParameter> parameters = [.. ParametersOf(model, layer)];
        return module.Tensors.Keys.All(name => parameters.Exists(parameter => NameOf(parameter) == name))
            && parameters.TrueForAll(parameter => module.Tensors.TryGetValue(NameOf(parameter), out SafetensorsTensor? tensor)
                ? IsRead(tensor.Type) && tensor.Dimensions.SequenceEqual(parameter.Dimensions.Select(dimension => (long)dimension))
                : parameter.FanIn == 0);
    }

    private static string NameOf(ModelParameter parameter) => parameter.Name[(parameter.Name.LastIndexOf('.') + 1)..];

    private static bool IsRead(string type) => type is SafetensorsFormat.Float32 or "F16" or "BF16" or "F64";

    private static void Read(SafetensorsReader reader, Module module, ModelParameter parameter, Span<float> values)
    {
        if (!module.Tensors.TryGetValue(NameOf(parameter), out SafetensorsTensor? tensor))
        {
            values.Fill(parameter.Start);
            return;
        }

        if (tensor.Type == SafetensorsFormat.Float32)
        {
            reader.Read(tensor, values);
            return;
        }

        byte[] bytes = new byte[tensor.ByteLength];
        reader.ReadBytes(tensor, 0, bytes);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = tensor.Type switch
            {
                "F16" => (float)MemoryMarshal.Cast<byte, Half>(bytes)[i],
                "F64" => (float)MemoryMarshal.Cast<byte, double>(bytes)[i],

                // The upper half of 32 bits.
                _ => BitConverter.UInt32BitsToSingle((uint)MemoryMarshal.Cast<byte, ushort>(bytes)[i] << 16),
            };
        }
    }

    private static CnnException Mismatch(string path, Model model, List<(LayerSummary? Layer, Module? Module)> pairs)
    {
        List<(string Network, string File, bool Fits)> rows =
        [
            .. pairs.Take(MostRows).Select(pair => (
                pair.Layer == null ? "" : $"{pair.Layer.Name}: {string.Join(", ", ParametersOf(model, pair.Layer).Select(parameter => $"{NameOf(parameter)} [{string.Join(", ", parameter.Dimensions)}]"))}",
                pair.Module == null ? "" : $"{pair.Module.Name}: {string.Join(", ", pair.Module.Tensors.OrderByDescending(tensor => tensor.Key == "weight").Select(tensor => $"{tensor.Key} {(IsRead(tensor.Value.Type) ? "" : tensor.Value.Type + " ")}[{string.Join(", ", tensor.Value.Dimensions)}]"))}",
                Fits(model, pair.Layer, pair.Module))),
        ];
        int width = rows.Max(row => row.Network.Length);
        StringBuilder table = new();
        foreach ((string network, string file, bool fits) in rows)
        {
            table.AppendLine().Append(fits ? "    " : "  ≠ ").Append(network.PadRight(width)).Append(" | ").Append(file);
        }

        return new CnnException(
            "WeightsMismatch",
            CnnErrorKind.InvalidData,
            $"'{path}' does not fit the network {model.Name}: describe the network that the tensors come from, with as many filters and outputs. Layer by layer, the network and the file have{table}")
        { Target = path };
    }
}
