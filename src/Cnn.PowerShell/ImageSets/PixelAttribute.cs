using System.Collections;
using System.Management.Automation;

namespace Cnn.PowerShell;

/// <summary>
/// Reads pixels: bytes, whole numbers from 0 to 255, and numbers with decimals either as fractions from 0 to 1, as in Python libraries, or as values up to
/// 255, depending on the largest of all.
/// </summary>
public sealed class PixelAttribute : NumberAttribute
{
    /// <summary>Makes the attribute for a parameter of bytes.</summary>
    public PixelAttribute()
        : base(typeof(byte))
    {
    }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is null or byte[])
        {
            return value;
        }

        if (value is string or not IEnumerable)
        {
            // A single pixel does not show its range.
            return base.Transform(engineIntrinsics, value);
        }

        return Bytes([.. ((IEnumerable)value).Cast<object?>().Select(element => element is PSObject inner ? inner.BaseObject : element)]);
    }

    private static byte[] Bytes(object?[] elements)
    {
        double[] numbers = [.. elements.Select((element, index) => Read(element, index))];

        // A whole number counts as a byte: 0 and 1 are nearly black. A list of floating-point numbers up to 1 contains fractions.
        bool areFractions = numbers.Length > 0 && numbers.Max() <= 1
            && (elements.Any(element => element is double or float or decimal or Half) || numbers.Any(number => !double.IsInteger(number)));
        return [.. numbers.Select(number => (byte)Math.Round(areFractions ? 255 * number : number, MidpointRounding.AwayFromZero))];
    }

    private static double Read(object? element, int index)
    {
        object? plain = element is Half half ? (float)half : element;
        if (NumberArgument.Read(typeof(double), plain, out object number) is { } problem)
        {
            throw new ArgumentTransformationMetadataException(problem);
        }

        return (double)number is >= 0 and <= 255 and double pixel
            ? pixel
            : throw new ArgumentTransformationMetadataException(
                FormattableString.Invariant($"Pixel {index} is {number}: pixels go from 0 to 255, or all of them from 0 to 1. ")
                + "Convert others first: each with { 255 * ($_ - $least) / ($most - $least) }, where $least and $most are the smallest and the largest value; for values from -1 to 1, with { ($_ + 1) / 2 }.");
    }
}
