namespace Cnn.Onnx;

/// <summary>How a model is written as an ONNX graph.</summary>
/// <param name="Opset">The version of the operators, from <see cref="OldestOpset"/> to <see cref="NewestOpset"/>.</param>
/// <param name="InputType">The type of the pixels.</param>
/// <param name="InputRange">The value of a pixel that is 255 in an image set: 255, or 1 for pixels that were divided by 255.</param>
public sealed record OnnxExportOptions(int Opset = OnnxExportOptions.UsualOpset, OnnxInputType InputType = OnnxInputType.Float32, double InputRange = 255)
{
    /// <summary>The oldest version of the operators: it has everything that a graph needs.</summary>
    public const int OldestOpset = 9;

    /// <summary>The default version. The runtime that is part of Windows supports it.</summary>
    public const int UsualOpset = 12;

    /// <summary>The newest version of the operators.</summary>
    public const int NewestOpset = 25;

    /// <summary>The version of the operators, from <see cref="OldestOpset"/> to <see cref="NewestOpset"/>.</summary>
    public int Opset { get; } = Opset;

    /// <summary>The type of the pixels.</summary>
    public OnnxInputType InputType { get; } = InputType;

    /// <summary>The value of a pixel that is 255 in an image set: 255, or 1 for pixels that were divided by 255.</summary>
    public double InputRange { get; } = InputRange;

    /// <summary>Checks the settings.</summary>
    /// <exception cref="CnnException">
    /// <c>OnnxOpset</c>: the version does not exist, or is not supported. <c>OnnxInputRange</c>: it is not positive, or bytes have another range.
    /// </exception>
    internal void Check()
    {
        if (Opset is < OldestOpset or > NewestOpset)
        {
            throw new CnnException(
                "OnnxOpset",
                CnnErrorKind.InvalidArgument,
                $"The opset is {Opset}. It must be {OldestOpset} to {NewestOpset}: most runtimes take {UsualOpset}.")
            { Target = Opset };
        }

        if (!(InputRange > 0 && (float)InputRange is > 0 and < float.PositiveInfinity))
        {
            throw new CnnException(
                "OnnxInputRange",
                CnnErrorKind.InvalidArgument,
                $"The range of the input is {InputRange}. It must be the value of the lightest pixel: 255, or 1 for pixels that were divided by 255.")
            { Target = InputRange };
        }

        if (InputType == OnnxInputType.UInt8 && InputRange != 255)
        {
            throw new CnnException(
                "OnnxInputRange",
                CnnErrorKind.InvalidArgument,
                $"The range of the input is {InputRange}, but bytes range from 0 to 255: omit the range, or use Float32 as the type of the input.")
            { Target = InputRange };
        }
    }
}
