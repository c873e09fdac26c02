using System.Globalization;

namespace Cnn.Data;

/// <summary>An augmentation as a text that people read and tables contain: the settings that have an effect, separated by commas.</summary>
internal static class AugmentationText
{
    private const string None = "none";

    private static readonly Dictionary<string, Border> Borders = Enum.GetValues<Border>().ToDictionary(border => border.ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>Writes an augmentation.</summary>
    /// <param name="augmentation">The augmentation.</param>
    /// <returns>The text.</returns>
    public static string Write(Augmentation augmentation)
    {
        Augmentation a = augmentation;
        string[] parts =
        [
            .. new (bool IsOn, FormattableString Text)[]
            {
                (a.Shift != 0, $"shift {a.Shift}"),
                (a.Rotation != 0, $"rotation {a.Rotation}°"),
                (a.Scale != 0, $"scale {a.Scale}"),
                (a.Shear != 0, $"shear {a.Shear}°"),
                (a.ElasticStrength != 0, $"elastic {a.ElasticStrength}/{a.ElasticSmoothness}"),
                (a.EraseProbability != 0, $"erase {a.EraseProbability}/{a.EraseArea}"),
                (a.Brightness != 0, $"brightness {a.Brightness}"),
                (a.Contrast != 0, $"contrast {a.Contrast}"),
                (a.Saturation != 0, $"saturation {a.Saturation}"),
                (a.Mirror, $"mirror"),
                (a.Border != Border.Black, $"border {a.Border.ToString().ToLowerInvariant()}"),
            }.Where(part => part.IsOn).Select(part => part.Text.ToString(CultureInfo.InvariantCulture)),
        ];
        return parts.Length == 0 ? None : string.Join(", ", parts);
    }

    /// <summary>Reads an augmentation.</summary>
    /// <param name="text">The text, in any case; the degree sign may be omitted, and so may the number after a slash.</param>
    /// <returns>The augmentation.</returns>
    /// <exception cref="CnnException"><c>AugmentationText</c> or <c>AugmentationOption</c>.</exception>
    public static Augmentation Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var augmentation = new Augmentation();
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        foreach (string part in parts)
        {
            string[] words = part.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            string name = words.Length == 0 ? "" : words[0].ToLowerInvariant();
            double[] numbers = words.Length < 2 || name == "border" ? [] : Numbers(words[1], text);
            augmentation = (name, numbers) switch
            {
                (None, []) when parts.Length == 1 => augmentation,
                ("shift", [double pixels]) when pixels == (int)pixels => augmentation with { Shift = (int)pixels },
                ("rotation", [double degrees]) => augmentation with { Rotation = degrees },
                ("scale", [double share]) => augmentation with { Scale = share },
                ("shear", [double degrees]) => augmentation with { Shear = degrees },
                ("elastic", [double strength]) => augmentation with { ElasticStrength = strength },
                ("elastic", [double strength, double smoothness]) => augmentation with { ElasticStrength = strength, ElasticSmoothness = smoothness },
                ("erase", [double probability]) => augmentation with { EraseProbability = probability },
                ("erase", [double probability, double area]) => augmentation with { EraseProbability = probability, EraseArea = area },
                ("brightness", [double strength]) => augmentation with { Brightness = strength },
                ("contrast", [double strength]) => augmentation with { Contrast = strength },
                ("saturation", [double strength]) => augmentation with { Saturation = strength },
                ("mirror", []) => augmentation with { Mirror = true },
                ("border", []) when words.Length == 2 && Borders.TryGetValue(words[1], out Border border) => augmentation with { Border = border },
                _ => throw Unknown(text, part),
            };
            if (!names.Add(name))
            {
                throw Unknown(text, part);
            }
        }

        augmentation.Check();
        return WithoutUnusedNumbers(augmentation);
    }

    /// <summary>If a distortion is off, its second number has no effect and is not written: equal texts mean equal augmentations.</summary>
    private static Augmentation WithoutUnusedNumbers(Augmentation augmentation)
    {
        var usual = new Augmentation();
        return augmentation with
        {
            ElasticSmoothness = augmentation.ElasticStrength == 0 ? usual.ElasticSmoothness : augmentation.ElasticSmoothness,
            EraseArea = augmentation.EraseProbability == 0 ? usual.EraseArea : augmentation.EraseArea,
        };
    }

    private static double[] Numbers(string words, string text) =>
    [
        .. words.Split('/').Select(number => double.TryParse(number.TrimEnd('°'), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw Unknown(text, words)),
    ];

    private static CnnException Unknown(string text, string part) => new(
        "AugmentationText",
        CnnErrorKind.InvalidArgument,
        $"'{part}' in '{text}' is not a setting of an augmentation, or occurs twice. "
        + "Write each setting once, separated by commas, for instance 'shift 2, rotation 10, scale 0.1, shear 5, elastic 34/4, erase 0.5/0.4, brightness 0.2, contrast 0.2, saturation 0.2, mirror, border reflect', or 'none'.")
    { Target = text };
}
