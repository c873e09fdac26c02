using Cnn.Layers;
using Cnn.Memory;

namespace Cnn.Onnx;

/// <summary>The meaning of a name in a graph while the nodes are read in order.</summary>
internal abstract record OnnxValue;

/// <summary>A constant.</summary>
/// <param name="Tensor">Its values.</param>
internal sealed record ConstantValue(OnnxTensor Tensor) : OnnxValue;

/// <summary>Dimensions that the graph computes, before a Reshape.</summary>
/// <param name="Items">The numbers; null for the number of images.</param>
/// <param name="IsScalar">Whether it is a single number instead of a list.</param>
internal sealed record ShapeValue(IReadOnlyList<long?> Items, bool IsScalar) : OnnxValue;

/// <summary>The layout of a layer's output in the graph.</summary>
internal enum ActivationForm
{
    /// <summary>N C H W.</summary>
    Image,

    /// <summary>N H W C.</summary>
    ImageLast,

    /// <summary>N F.</summary>
    Vector,
}

/// <summary>The output of a layer.</summary>
/// <param name="Position">The number of layers before it; 0 for the image.</param>
/// <param name="Form">Its layout in the graph.</param>
/// <param name="Order">If a vector was made from N H W C: the shape of that image, whose order the features have in the graph. Null for the engine's order.</param>
internal sealed record Activation(int Position, ActivationForm Form, Shape? Order = null) : OnnxValue;

/// <summary>scale · x + offset, which becomes part of a neighbouring layer if possible.</summary>
/// <param name="Of">x.</param>
/// <param name="Scale">One number, or one for each channel.</param>
/// <param name="Offset">One number, or one for each channel.</param>
internal sealed record AffineValue(Activation Of, float[] Scale, float[] Offset) : OnnxValue;

/// <summary>x with zeros around it, which become the padding of the next convolution.</summary>
/// <param name="Of">x.</param>
/// <param name="Padding">How many.</param>
internal sealed record PaddedValue(Activation Of, OnnxPadding Padding) : OnnxValue;

/// <summary>scale · erf(x / √2) + offset, an intermediate result of a GELU.</summary>
/// <param name="Of">x.</param>
/// <param name="Scale">The factor.</param>
/// <param name="Offset">The values to add.</param>
internal sealed record ErfValue(Activation Of, float Scale, float Offset) : OnnxValue;

/// <summary>factor · x · (1 + erf(x / √2)), which is a GELU once the factor is ½.</summary>
/// <param name="Of">x.</param>
/// <param name="Factor">The factor.</param>
internal sealed record GeluValue(Activation Of, float Factor) : OnnxValue;

/// <summary>The softmax of logits, or its logarithm: the end of a network.</summary>
/// <param name="Of">The logits.</param>
internal sealed record ProbabilityValue(Activation Of) : OnnxValue;

/// <summary>Rows and columns around an image.</summary>
/// <param name="Top">Rows above.</param>
/// <param name="Left">Columns to the left.</param>
/// <param name="Bottom">Rows below.</param>
/// <param name="Right">Columns to the right.</param>
internal readonly record struct OnnxPadding(int Top, int Left, int Bottom, int Right)
{
    /// <summary>The largest number of rows or columns on one side that is accepted.</summary>
    public const int Most = 1024;

    /// <summary>The larger number of rows, and the larger number of columns.</summary>
    public PerAxis Largest => new(Math.Max(Top, Bottom), Math.Max(Left, Right));

    /// <summary>Whether opposite sides are the same, as in a layer.</summary>
    public bool IsEven => Top == Bottom && Left == Right;

    /// <summary>Whether the engine supports the numbers.</summary>
    public bool IsSound => Math.Min(Math.Min(Top, Bottom), Math.Min(Left, Right)) >= 0 && Math.Max(Largest.Height, Largest.Width) <= Most;

    /// <summary>Both.</summary>
    /// <param name="one">One.</param>
    /// <param name="other">The other.</param>
    /// <returns>The sum.</returns>
    public static OnnxPadding operator +(OnnxPadding one, OnnxPadding other) =>
        new(one.Top + other.Top, one.Left + other.Left, one.Bottom + other.Bottom, one.Right + other.Right);
}
