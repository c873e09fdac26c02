using System.Collections;
using System.Management.Automation;

namespace Cnn.PowerShell;

/// <summary>
/// Reads the number or the numbers of a parameter strictly, as <see cref="NumberArgument"/> says. Every numeric parameter has this attribute or one that
/// reads numbers in the same way.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public class NumberAttribute : ArgumentTransformationAttribute
{
    private readonly Type _type;

    /// <summary>Names the type of a number.</summary>
    /// <param name="type">The type of the parameter, or of its elements; not nullable.</param>
    public NumberAttribute(Type type) => _type = type;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData.Unwrap();
        return value switch
        {
            // Null is left to PowerShell: the parameter counts as not given, where that is allowed.
            null => null,

            // Pixels come in millions, so this must be fast.
            Array array when array.GetType().GetElementType() == _type => array,
            IEnumerable list and not string => list.Cast<object?>().Select(element => Read(element.Unwrap())).ToArray(),
            _ => Read(value),
        };
    }

    private object Read(object? value) =>
        NumberArgument.Read(_type, value, out object number) is { } problem ? throw new ArgumentTransformationMetadataException(problem) : number;
}
