using Cnn.Data;
using Cnn.Memory;

namespace Cnn.Fuzz.Targets;

/// <summary>Augmentations as texts. One that is read is written and read again, and distorts images.</summary>
internal sealed class AugmentationTarget : TextTarget
{
    private readonly ImageSet _images = SmallNetworks.Images(2, new Shape(3, 8, 8), 2);

    /// <inheritdoc/>
    protected override bool Accepts(string text)
    {
        Augmentation augmentation = Augmentation.Parse(text);
        Augmentation again = Augmentation.Parse(augmentation.ToString());
        if (again != augmentation)
        {
            throw new InvalidOperationException($"'{augmentation}' was read again as '{again}'.");
        }

        return augmentation.Apply(_images, seed: 1, count: 3).Count == 3 * _images.Count;
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Texts() =>
    [
        "shift 2, rotation 10, scale 0.1, shear 5, elastic 34/4, erase 0.5/0.4, mirror",
        "rotation 10°, erase 1/0.02",
        "shift 1",
        "shift 2, mirror, border reflect",
        "none",
        "brightness 0.2, contrast 0.3, saturation 1",
    ];
}
