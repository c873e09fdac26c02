using Cnn.Memory;

namespace Cnn.Onnx;

/// <summary>Properties of the images of an ONNX graph that the graph does not contain.</summary>
/// <param name="InputShape">The shape of an image, if the graph leaves its height or width open.</param>
/// <param name="InputRange">
/// The value of the lightest pixel that the graph was made for: 255, or 1. Null for the value in the file, or 1 if the file has none and takes floats.
/// </param>
/// <param name="Mean">The mean that was subtracted from pixel / 255 before the graph, one value for each channel; null for none.</param>
/// <param name="StandardDeviation">The standard deviation by which the difference was divided, one value for each channel; null for 1.</param>
public sealed record OnnxImportOptions(
    Shape? InputShape = null, double? InputRange = null, IReadOnlyList<float>? Mean = null, IReadOnlyList<float>? StandardDeviation = null)
{
    /// <summary>The shape of an image, if the graph leaves its height or width open.</summary>
    public Shape? InputShape { get; } = InputShape;

    /// <summary>The value of the lightest pixel that the graph was made for; null for the value in the file.</summary>
    public double? InputRange { get; } = InputRange;

    /// <summary>The mean that was subtracted from pixel / 255 before the graph, one value for each channel; null for none.</summary>
    public IReadOnlyList<float>? Mean { get; } = Mean?.ToList().AsReadOnly();

    /// <summary>The standard deviation by which the difference was divided, one value for each channel; null for 1.</summary>
    public IReadOnlyList<float>? StandardDeviation { get; } = StandardDeviation?.ToList().AsReadOnly();

    /// <summary>Checks the settings that do not depend on the graph.</summary>
    /// <exception cref="CnnException"><c>OnnxInputRange</c> or <c>Normalization</c>: a number is out of range.</exception>
    internal void Check()
    {
        if (InputRange is { } range && !(range > 0 && (float)range is > 0 and < float.PositiveInfinity))
        {
            throw new CnnException(
                "OnnxInputRange",
                CnnErrorKind.InvalidArgument,
                $"The range of the input is {range}. It must be the value of the lightest pixel: 255, or 1 for pixels that were divided by 255.")
            { Target = range };
        }

        if (Mean?.All(float.IsFinite) == false || StandardDeviation?.All(deviation => float.IsFinite(deviation) && deviation > 0) == false)
        {
            throw new CnnException(
                "Normalization", CnnErrorKind.InvalidArgument, "A mean is not finite, or a standard deviation is not positive: pass one of each for each channel, for pixels from 0 to 1.");
        }
    }
}
