namespace Cnn.Evaluation;

/// <summary>A confidence interval that contains the true share in 95 of 100 measurements.</summary>
/// <param name="Lower">The lower end, at least 0.</param>
/// <param name="Upper">The upper end, at most 1.</param>
public sealed record ConfidenceInterval(double Lower, double Upper)
{
    /// <summary>How many of 100 intervals contain the true share.</summary>
    public const int Percent = 95;

    /// <summary>The 97.5 % quantile of the normal distribution: a twentieth lies outside plus and minus this value.</summary>
    private const double Deviations = 1.959963984540054;

    /// <summary>
    /// The score interval of Wilson ("Probable inference, the law of succession, and statistical inference", Journal of the American Statistical Association
    /// 22, 1927). Unlike the share plus or minus its standard error, it stays within 0 to 1 and remains accurate close to both, where accuracies usually are.
    /// </summary>
    /// <param name="hits">The number of hits.</param>
    /// <param name="count">The number of trials; 0 gives NaN.</param>
    /// <returns>The interval; it contains hits / count.</returns>
    public static ConfidenceInterval Wilson(int hits, int count)
    {
        double share = (double)hits / count;
        double correction = Deviations * Deviations / count;
        double middle = share + (correction / 2);
        double reach = Math.Sqrt(correction * ((share * (1 - share)) + (correction / 4)));

        // If there are no hits or only hits, one end is the share itself, except for rounding.
        return new ConfidenceInterval(
            Math.Clamp((middle - reach) / (1 + correction), 0, share), Math.Clamp((middle + reach) / (1 + correction), share, 1));
    }

    /// <summary>Both ends as percentages.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => FormattableString.Invariant($"{Lower:P2} to {Upper:P2}");
}
