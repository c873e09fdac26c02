namespace Cnn.Onnx;

/// <summary>
/// The order in which nodes become layers. A graph may be written in any order in which each node comes after those that it reads. Layers are a list in which one branch
/// follows the other, so each branch is followed to its end: first everything that the first input of a node needs, then what the second one needs, then the node.
/// </summary>
internal static class OnnxOrder
{
    /// <summary>Orders the nodes that the outputs need. The others are left out, since nothing depends on them.</summary>
    /// <param name="graph">The graph.</param>
    /// <returns>The nodes. In a graph with a cycle, a node comes before one that it reads; whoever reads the nodes reports that.</returns>
    public static IReadOnlyList<OnnxNode> Of(OnnxGraph graph)
    {
        Dictionary<string, OnnxNode> makers = new(StringComparer.Ordinal);
        foreach (OnnxNode node in graph.Nodes)
        {
            // An output that is left out has no name.
            foreach (string output in node.Outputs.Where(output => output.Length > 0))
            {
                makers.TryAdd(output, node);
            }
        }

        List<OnnxNode> ordered = [];
        HashSet<OnnxNode> seen = new(ReferenceEqualityComparer.Instance);
        Stack<(OnnxNode Node, int Next)> open = [];
        foreach (string output in graph.Outputs)
        {
            Open(output);
            while (open.TryPop(out (OnnxNode Node, int Next) top))
            {
                if (top.Next < top.Node.Inputs.Count)
                {
                    open.Push((top.Node, top.Next + 1));
                    Open(top.Node.Inputs[top.Next]);
                }
                else
                {
                    ordered.Add(top.Node);
                }
            }
        }

        return ordered;

        void Open(string value)
        {
            if (makers.TryGetValue(value, out OnnxNode? node) && seen.Add(node))
            {
                open.Push((node, 0));
            }
        }
    }
}
