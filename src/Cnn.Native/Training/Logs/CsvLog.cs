using System.Globalization;
using System.Text;

namespace Cnn.Training;

/// <summary>One row for each epoch, below a header with the property names. Numbers are in the invariant culture.</summary>
internal sealed class CsvLog : LogFormat
{
    private const string Head = "Epoch,Loss,ValidationAccuracy,ValidationLoss,LearningRate,Seconds,ImagesPerSecond\n";

    /// <inheritdoc/>
    public override bool IsOwn(ReadOnlySpan<byte> beginning) => beginning.StartsWith(Encoding.ASCII.GetBytes(Head));

    /// <inheritdoc/>
    public override void WriteHead(Stream stream) => stream.Write(Encoding.ASCII.GetBytes(Head));

    /// <inheritdoc/>
    public override void WriteEpoch(Stream stream, EpochRecord epoch) => stream.Write(Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"{epoch.Epoch},{epoch.Loss},{epoch.ValidationAccuracy},{epoch.ValidationLoss},{epoch.LearningRate},{epoch.Duration.TotalSeconds},{epoch.ImagesPerSecond}\n")));
}
