using System.Collections;
using System.Management.Automation;

namespace Cnn.PowerShell;

/// <summary>Accepts the table of New-CnnSweep as people write it: <c>@{ LearningRate = 0.001, 0.003 }</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SweepValuesAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        inputData.Unwrap() switch
        {
            SweepValues values => values,
            IDictionary table => new SweepValues(table),
            _ => throw new ArgumentTransformationMetadataException(
                $"'{LanguagePrimitives.ConvertTo<string>(inputData)}' is not a table of values: write @{{ LearningRate = 0.001, 0.003; BatchSize = 32, 64 }}."),
        };
}
