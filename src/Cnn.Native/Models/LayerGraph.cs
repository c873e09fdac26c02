using Cnn.Layers;

namespace Cnn.Models;

/// <summary>
/// How values flow from layer to layer. Value 0 is the image, and value i + 1 is the output of layer i. A layer reads the output of the layer before it, except the first
/// layer of a shortcut, which reads the input of its block. A residual layer adds a second value to the one that it reads.
/// </summary>
internal sealed class LayerGraph
{
    private readonly int[] _read;
    private readonly int[] _added;
    private readonly int[][] _laterReaders;

    private LayerGraph(int[] read, int[] added)
    {
        (_read, _added) = (read, added);
        List<int>[] readers = [.. Enumerable.Range(0, read.Length + 1).Select(_ => new List<int>())];
        for (int layer = 0; layer < read.Length; layer++)
        {
            if (read[layer] != layer)
            {
                readers[read[layer]].Add(layer);
            }

            if (added[layer] >= 0)
            {
                readers[added[layer]].Add(layer);
            }
        }

        _laterReaders = [.. readers.Select(layers => layers.ToArray())];
    }

    /// <summary>Works out what the layers of a list read.</summary>
    /// <param name="layers">The layers, from the image to the logits.</param>
    /// <returns>The graph.</returns>
    /// <exception cref="CnnException">
    /// <c>LayerSetting</c>, <c>LayerShape</c> or <c>LayerPlace</c>: a residual layer has a setting out of range, skips more layers than there are before it, or has a shortcut that cannot begin where it
    /// does. Shapes are not checked.
    /// </exception>
    public static LayerGraph Of(IReadOnlyList<Layer> layers)
    {
        // Where shortcuts begin, and the first layers of their blocks.
        Dictionary<int, int> shortcuts = [];
        for (int index = 0; index < layers.Count; index++)
        {
            if (layers[index] is Residual residual)
            {
                residual.CheckPlace(index, layers, shortcuts);
            }
        }

        int[] read = new int[layers.Count];
        int[] added = new int[layers.Count];
        for (int index = 0; index < layers.Count; index++)
        {
            read[index] = shortcuts.TryGetValue(index, out int block) ? read[block] : index;
            added[index] = layers[index] is not Residual residual ? -1
                : residual.Shortcut > 0 ? index - residual.Shortcut
                : read[index - residual.Span];
        }

        return new LayerGraph(read, added);
    }

    /// <summary>The value that a layer reads.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>The value.</returns>
    public int Read(int layer) => _read[layer];

    /// <summary>The value that a residual layer adds.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>The value; −1 for other layers.</returns>
    public int Added(int layer) => _added[layer];

    /// <summary>Whether a layer is the first of a shortcut, and so does not read the output of the layer before it.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>Whether it is.</returns>
    public bool BeginsShortcut(int layer) => _read[layer] != layer;

    /// <summary>The layers, other than the next one, that read or add a value, so that the value must be kept for them.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Their indices, in order.</returns>
    public ReadOnlySpan<int> LaterReaders(int value) => _laterReaders[value];
}
