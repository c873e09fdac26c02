using System.Text.Json.Serialization;
using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Numerics;

namespace Cnn.Data;

/// <summary>
/// How images are distorted while a model is trained, differently in each epoch. By default all strengths are 0, which leaves the images unchanged.
/// <see cref="Border"/> says what fills the area from outside the picture.
/// </summary>
/// <remarks>
/// The distortion of an image depends only on the seed, the epoch and the position of the image in its set. The picture is mirrored, scaled, sheared, rotated
/// about its middle and shifted, and each pixel is displaced elastically; all this is a single lookup between four pixels. Brightness, contrast and saturation are changed before that, and a rectangle is erased after it.
/// </remarks>
public sealed record Augmentation
{
    /// <summary>The smallest share of a picture that is erased (Zhong et al.).</summary>
    internal const double LeastErased = 0.02;

    /// <summary>The largest number of values of an image: the kernels need a border and several rows of scratch, and count in 32 bits.</summary>
    private const int MostValues = 1 << 24;

    /// <summary>Shifts by up to this number of whole pixels in both directions, all equally likely. Fractions of a pixel would blur.</summary>
    public int Shift { get; init; }

    /// <summary>Rotates by up to this number of degrees, either way; 0 to 180.</summary>
    public double Rotation { get; init; }

    /// <summary>Makes the width, and independently the height, larger or smaller by up to this share; 0 to 0.5.</summary>
    public double Scale { get; init; }

    /// <summary>Slants vertical lines by up to this number of degrees, either way; 0 to 45.</summary>
    public double Shear { get; init; }

    /// <summary>
    /// α of the elastic distortion (Simard, Steinkraus and Platt, "Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis",
    /// 2003): each pixel is displaced by uniform noise from −1 to 1 that was smoothed with a Gaussian and multiplied by α; 0 for none. They used 34 with a
    /// smoothness of 4. The average displacement is then <see cref="ElasticDisplacement"/> pixels.
    /// </summary>
    public double ElasticStrength { get; init; }

    /// <summary>σ of that Gaussian, in pixels; at least 1. A larger value is smoother and weaker.</summary>
    public double ElasticSmoothness { get; init; } = 4;

    /// <summary>The probability that a rectangle of a picture is erased (Zhong, Zheng, Kang, Li and Yang, "Random Erasing Data Augmentation", 2017); 0 to 1.</summary>
    public double EraseProbability { get; init; }

    /// <summary>
    /// The largest share of a picture that is erased; greater than 0, up to 0.5. The share is at least 0.02, unless this is less; the ratio of the sides of
    /// the rectangle is 0.3 to 3.3. The rectangle becomes black.
    /// </summary>
    public double EraseArea { get; init; } = 0.4;

    /// <summary>
    /// Changes the brightness by a factor from 1 − this to 1 + this; 0 to 1. Brightness, contrast and saturation are those of torchvision's
    /// <c>ColorJitter</c>: brightness multiplies all values.
    /// </summary>
    public double Brightness { get; init; }

    /// <summary>Changes the contrast by a factor from 1 − this to 1 + this; 0 to 1. It is the distance of the values from the mean grey value of the image.</summary>
    public double Contrast { get; init; }

    /// <summary>Changes the saturation by a factor from 1 − this to 1 + this; 0 to 1. It is the distance of the values from the grey value of their pixel.</summary>
    public double Saturation { get; init; }

    /// <summary>
    /// Whether pictures are mirrored, left to right: a random half in the first epoch, the others in the second, and so on in turn. So a model sees both
    /// sides of each picture in two epochs; with an independent draw in each epoch, half of the pictures would look the same in both (Jordan, "94% on
    /// CIFAR-10 in 3.29 Seconds on a Single GPU", 2024). Good for clothes; a mirrored digit is not a digit.
    /// </summary>
    public bool Mirror { get; init; }

    /// <summary>What fills the area from outside the picture when it is moved: black, its edge, or its reflection.</summary>
    public Border Border { get; init; }

    /// <summary>Whether brightness, contrast or saturation change.</summary>
    internal bool ChangesColours => Brightness > 0 || Contrast > 0 || Saturation > 0;

    /// <summary>The elastic displacement in pixels, in x and in y: its root mean square, α / (σ √(12 π)).</summary>
    [JsonIgnore]
    public double ElasticDisplacement => ElasticStrength / (ElasticSmoothness * Math.Sqrt(12 * Math.PI));

    /// <summary>Checks every setting.</summary>
    /// <exception cref="CnnException"><c>AugmentationOption</c>: a setting is out of range.</exception>
    public void Check()
    {
        Require(Shift >= 0, nameof(Shift), Shift, "It must be a number of pixels, 0 or more; 2 is a good start for digits.");
        Require(Rotation is >= 0 and <= 180, nameof(Rotation), Rotation, "It must be 0 to 180 degrees; 10 is a good start for digits.");
        Require(
            Scale is >= 0 and <= 0.5, nameof(Scale), Scale, "It must be 0 to 0.5, for sizes from half to one and a half: more would leave nothing to see. 0.1 is a good start.");
        Require(Shear is >= 0 and <= 45, nameof(Shear), Shear, "It must be 0 to 45 degrees: more would move the picture out of its frame. 10 is a good start for digits.");
        Require(ElasticStrength >= 0 && double.IsFinite(ElasticStrength), nameof(ElasticStrength), ElasticStrength, "It must be finite and 0 or more; 34 is a good start, with a smoothness of 4.");
        Require(ElasticSmoothness is >= 1 and <= 1000, nameof(ElasticSmoothness), ElasticSmoothness, "It must be 1 to 1000 pixels; 4 is a good start.");
        Require(EraseProbability is >= 0 and <= 1, nameof(EraseProbability), EraseProbability, "It must be 0 to 1; 0.5 is usual.");
        foreach ((string name, double strength) in new[] { (nameof(Brightness), Brightness), (nameof(Contrast), Contrast), (nameof(Saturation), Saturation) })
        {
            Require(strength is >= 0 and <= 1, name, strength, "It must be 0 to 1, the largest change of the factor 1; 0.2 is a good start for photographs.");
        }

        Require(Enum.IsDefined(Border), nameof(Border), Border, $"It must be one of {string.Join(", ", Enum.GetNames<Border>())}.");
        Require(
            EraseArea is > 0 and <= 0.5, nameof(EraseArea), EraseArea, "It must be greater than 0 and at most 0.5: more would leave nothing to see. 0.4 is usual.");
    }

    /// <summary>Checks every setting, and that images of a shape stay within their frame.</summary>
    /// <param name="shape">The shape of an image.</param>
    /// <exception cref="CnnException"><c>AugmentationOption</c>, or <c>AugmentationOutside</c>: the middle of a picture would be moved outside.</exception>
    public void CheckFor(Shape shape)
    {
        Check();
        if (shape.ValueCount > MostValues || shape.Channels < 1 || shape.Height < 1 || shape.Width < 1)
        {
            throw new CnnException(
                "AugmentationShape",
                CnnErrorKind.InvalidArgument,
                $"Images of {shape.Channels}×{shape.Height}×{shape.Width} (channels×height×width) cannot be distorted: all three must be at least 1, and the limit is {MostValues} values. "
                + "Make the images smaller.")
            { Target = shape };
        }

        if (Saturation > 0 && shape.Channels != 3)
        {
            throw new CnnException(
                "AugmentationShape",
                CnnErrorKind.InvalidArgument,
                FormattableString.Invariant($"Saturation is {Saturation}, and images of {shape} (channels×height×width) have no colours: it needs three channels. Leave it out."))
            { Target = shape };
        }

        int side = Math.Min(shape.Height, shape.Width);
        if (2L * Shift >= side && Shift > 0)
        {
            throw Outside(
                nameof(Shift), Shift, $"moves the middle of an image {shape} out of it. Shift by less than half of its shorter side, at most by {(side - 1) / 2}.");
        }

        if (4 * ElasticDisplacement > side)
        {
            double most = Math.Floor(ElasticStrength * side / (4 * ElasticDisplacement));
            throw Outside(
                nameof(ElasticStrength),
                ElasticStrength,
                FormattableString.Invariant($"displaces the pixels of an image {shape} by {ElasticDisplacement:0.#} on average, which leaves nothing in its place. ")
                + FormattableString.Invariant($"With a smoothness of {ElasticSmoothness} the strength must be at most {most}; 34 with 4 is usual."));
        }
    }

    /// <summary>
    /// Distorts images and returns them as images, to show what a model sees. The same seed gives the same images as in the first epoch of a training with
    /// that seed.
    /// </summary>
    /// <param name="images">The images.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="count">The number of versions of each image; they stand side by side. The second version is that of the second epoch, and so on.</param>
    /// <param name="kernels">The kernels to run; by default those of the process.</param>
    /// <returns>The distorted images, with the labels and names of the given ones.</returns>
    /// <exception cref="CnnException">
    /// A setting is out of range for these images; <c>AugmentationCount</c>: the count is less than 1, or results in too many images.
    /// </exception>
    public unsafe ImageSet Apply(ImageSet images, ulong seed, int count = 1, KernelSet? kernels = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        Augmentation own = this with { };
        own.CheckFor(images.ImageShape);
        int length = images.ImageShape.Length;
        if (count < 1 || (Int128)images.Count * count > Array.MaxLength)
        {
            throw new CnnException(
                "AugmentationCount",
                CnnErrorKind.InvalidArgument,
                $"Cannot make {count} versions of each of {images}: there is at least 1, and a set has at most {Array.MaxLength} images. "
                + "Use a smaller count, or fewer images.")
            { Target = count };
        }

        ImageSet.CheckSize((long)images.Count * count, images.ImageShape, images.Name);
        PixelMemory pixels = PixelMemory.Allocate((long)images.Count * count * length);
        int[] labels = GC.AllocateUninitializedArray<int>(images.Count * count, pinned: true);
        using Augmenter augmenter = new(own, images.ImageShape, kernels ?? KernelSelection.Current);
        using NativeBuffer<float> distorted = new(length);
        using NativeBuffer<float> one = new(images.ImageShape.Channels);
        using NativeBuffer<float> zero = new(images.ImageShape.Channels);
        one.Span(0, images.ImageShape.Channels).Fill(1);
        zero.Span(0, images.ImageShape.Channels).Clear();
        int target = 0;
        for (int index = 0; index < images.Count; index++)
        {
            for (int version = 0; version < count; version++, target++)
            {
                augmenter.Load(
                    images.PixelPointer + ((nint)index * length), NumbersOf(seed, version, index), own.IsMirrored(seed, version, index), one.Pointer, zero.Pointer, distorted.Pointer);
                Span<byte> bytes = pixels.Slice((long)target * length, length);
                for (int i = 0; i < length; i++)
                {
                    bytes[i] = (byte)MathF.Round(distorted.Pointer[i]);
                }

                labels[target] = images.Label(index);
            }
        }

        GC.KeepAlive(images);
        return ImageSet.FromPinned(pixels, 0, labels, 0, labels.Length, images.ImageShape, images.ClassNames, $"{images.Name}, augmented", images.Conversion);
    }

    /// <summary>Reads an augmentation from a text in the form of <see cref="ToString"/>, so that a table or a results file can contain one.</summary>
    /// <param name="text">Settings separated by commas: <c>shift 2, rotation 10°, elastic 34/4, mirror</c>, or <c>none</c>.</param>
    /// <returns>The augmentation.</returns>
    /// <exception cref="CnnException"><c>AugmentationText</c>: the text is invalid. <c>AugmentationOption</c>: a setting is out of range.</exception>
    public static Augmentation Parse(string text) => AugmentationText.Parse(text);

    /// <summary>The settings that have an effect: <c>shift 2, rotation 10°, elastic 34/4</c>; <see cref="Parse"/> reads it again.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => AugmentationText.Write(this);

    /// <summary>
    /// The random numbers of one image in one epoch. They use the upper half of the seed's streams; shuffling and weights use the lower half.
    /// </summary>
    /// <param name="seed">The seed.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="index">The position of the image in its set.</param>
    /// <returns>The numbers.</returns>
    internal static RandomStream NumbersOf(ulong seed, int epoch, int index) => new(seed, (1UL << 63) | ((ulong)(uint)epoch << 31) | (uint)index);

    /// <summary>Whether an image is mirrored in an epoch: if <see cref="Mirror"/> is set, in every second epoch, starting with the first or the second.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="index">The position of the image in its set.</param>
    /// <returns>Whether it is.</returns>
    internal bool IsMirrored(ulong seed, int epoch, int index)
    {
        if (!Mirror)
        {
            return false;
        }

        // No epoch has the number −1, so nothing else uses these numbers.
        int first = NumbersOf(seed, -1, index).NextInt32(2);
        return ((first + epoch) & 1) == 1;
    }

    private static CnnException Outside(string name, object value, string does) =>
        new("AugmentationOutside", CnnErrorKind.InvalidArgument, FormattableString.Invariant($"{name} is {value}, and {does}")) { Target = value };

    private static void Require(bool holds, string name, object value, string needs)
    {
        if (!holds)
        {
            throw new CnnException(
                "AugmentationOption", CnnErrorKind.InvalidArgument, FormattableString.Invariant($"{name} is {value}. {needs}"))
            { Target = value };
        }
    }
}
