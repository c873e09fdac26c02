using Cnn.Data;
using Cnn.Evaluation;

namespace Cnn.PowerShell;

/// <summary>Reads the parameters of test-time augmentation of Measure-CnnAccuracy and Invoke-CnnPrediction.</summary>
internal static class TestTimeArgument
{
    /// <summary>Makes the test-time augmentation; null if each image is seen once.</summary>
    /// <exception cref="CnnException"><c>TestTimeAugmentationRequired</c>: a number of versions or their seed is given without an augmentation.</exception>
    public static TestTimeAugmentation? Of(Augmentation? augmentation, int? count, ulong? seed)
    {
        if (augmentation == null)
        {
            return count == null && seed == null
                ? null
                : throw new CnnException(
                    "TestTimeAugmentationRequired",
                    CnnErrorKind.InvalidArgument,
                    "The number of distorted versions and their seed belong to an augmentation, and there is none: add -TestTimeAugmentation, "
                    + "(New-CnnAugmentation -Shift 1) for instance.");
        }

        var testTime = new TestTimeAugmentation(augmentation);
        return testTime with { Count = count ?? testTime.Count, Seed = seed ?? testTime.Seed };
    }
}
