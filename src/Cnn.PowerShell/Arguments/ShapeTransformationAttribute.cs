using System.Globalization;
using System.Management.Automation;
using Cnn.Memory;

namespace Cnn.PowerShell;

/// <summary>Accepts a shape as people write it: <c>1,28,28</c>, <c>'1x28x28'</c>, or that of an image set.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ShapeTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData.Unwrap();
        return value switch
        {
            Shape shape => shape,
            string text => FromNumbers(text.Split(['x', 'X', '×', ',']), inputData),
            object[] numbers => FromNumbers([.. numbers.Select(number => $"{number}")], inputData),
            int[] numbers => FromNumbers([.. numbers.Select(number => $"{number}")], inputData),
            _ => throw NotAShape(inputData),
        };
    }

    private static Shape FromNumbers(string[] texts, object inputData)
    {
        int[] numbers = [.. texts.Select(text => int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) ? number : throw NotAShape(inputData))];
        return numbers.Length == 3 ? new Shape(numbers[0], numbers[1], numbers[2]) : throw NotAShape(inputData);
    }

    private static ArgumentTransformationMetadataException NotAShape(object inputData) => new(
        $"'{LanguagePrimitives.ConvertTo<string>(inputData)}' is not a shape: write channels, height and width, for instance 1,28,28 or '1x28x28', "
        + "or pass the ImageShape of an image set.");
}
