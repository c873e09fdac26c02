using System.Globalization;
using System.Management.Automation;

namespace Cnn.PowerShell;

/// <summary>Accepts <c>-Seed 1..3</c> for seeds 1, 2 and 3: an argument without parentheses is a text.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SeedRangeAttribute : NumberAttribute
{
    private const int MostSeeds = 1_000_000;

    /// <summary>Seeds are numbers.</summary>
    public SeedRangeAttribute()
        : base(typeof(ulong))
    {
    }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData.Unwrap();
        if (value is not string text || text.Split("..") is not [var first, var last])
        {
            return base.Transform(engineIntrinsics, inputData);
        }

        return ulong.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out ulong least)
            && ulong.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out ulong most)
            && least <= most
            && most - least < MostSeeds
            ? Enumerable.Range(0, (int)(most - least) + 1).Select(index => least + (ulong)index).ToArray()
            : throw new ArgumentTransformationMetadataException($"'{text}' is not a range of seeds: write the first and the last one, for instance 1..3.");
    }
}
