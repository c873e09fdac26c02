using System.Management.Automation;
using Cnn.Data;
using Cnn.Evaluation;

namespace Cnn.PowerShell;

/// <summary>The common base of the cmdlets that run images through a model: test-time augmentation, and the number of threads.</summary>
public abstract class ClassifyingCommand : CnnCommand
{
    /// <summary>The augmentation for the distorted versions of each image, in addition to the image itself.</summary>
    [Parameter]
    [TrialValue(typeof(Augmentation))]
    public Augmentation? TestTimeAugmentation { get; set; }

    /// <summary>The number of distorted versions.</summary>
    [Parameter]
    [Number(typeof(int))]
    public int? AugmentationCount { get; set; }

    /// <summary>The seed of the distorted versions.</summary>
    [Parameter]
    [Number(typeof(ulong))]
    public ulong? AugmentationSeed { get; set; }

    /// <summary>The number of threads; 0 for one on each processor.</summary>
    [Parameter]
    [Number(typeof(int))]
    public int Threads { get; set; }

    /// <summary>Makes the test-time augmentation; null if each image is seen once.</summary>
    /// <exception cref="CnnException"><c>TestTimeAugmentationRequired</c>: a number of versions or their seed is given without an augmentation.</exception>
    private protected TestTimeAugmentation? TestTime()
    {
        if (TestTimeAugmentation == null)
        {
            return AugmentationCount == null && AugmentationSeed == null
                ? null
                : throw new CnnException(
                    "TestTimeAugmentationRequired",
                    CnnErrorKind.InvalidArgument,
                    "The number of distorted versions and their seed belong to an augmentation, and there is none: add -TestTimeAugmentation, "
                    + "(New-CnnAugmentation -Shift 1) for instance.");
        }

        var testTime = new TestTimeAugmentation(TestTimeAugmentation);
        return testTime with { Count = AugmentationCount ?? testTime.Count, Seed = AugmentationSeed ?? testTime.Seed };
    }
}
