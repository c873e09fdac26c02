using System.Globalization;
using System.Text;
using Cnn.Devices;

namespace Cnn.PowerShell.Formatting;

/// <summary>How the prompt shows a device: a list whose sentences are broken between words, so that what is to be copied stays whole.</summary>
public static class DeviceView
{
    private const int NameWidth = 12;

    /// <summary>Writes the list. Advice and ceilings stand there only where there are any.</summary>
    /// <param name="device">The device.</param>
    /// <param name="width">The cells of a line.</param>
    /// <returns>The lines, in one text.</returns>
    public static string Text(Device device, int width)
    {
        var text = new StringBuilder();
        Append(text, "Kernels", device.Kernels ?? "none", width);
        Append(text, "Reason", device.Reason, width);
        Append(text, "Advice", device.Advice, width);
        Append(text, "Processor", device.Processor, width);
        Append(text, "Features", device.Features.Count == 0 ? null : string.Join(", ", device.Features), width);
        Append(text, "Threads", Format($"{device.DefaultThreads}, for {device.LogicalProcessors} logical processors"), width);
        Append(text, "Runtime", $"{device.Runtime}, {device.Architecture}, {device.OperatingSystem}", width);
        if (device.ScalarCeiling is { } scalar)
        {
            string fused = device.FmaCeiling is { } fma ? Format($"{fma:N1} GFLOP/s on one core") : "not applicable: the runtime has no FMA here";
            Append(text, "FMA ceiling", fused, width);
            Append(text, "Scalar", Format($"{scalar:N1} GFLOP/s on one core at most"), width);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, string? value, int width)
    {
        if (value == null)
        {
            return;
        }

        string head = $"{name.PadRight(NameWidth)}: ";
        int used = 0;
        foreach (string word in value.Split(' '))
        {
            int cells = Cells.Count(word);
            if (used > 0 && used + 1 + cells > width)
            {
                text.AppendLine();
                head = new string(' ', NameWidth + 2);
                used = 0;
            }

            text.Append(used == 0 ? head : " ").Append(word);
            used += (used == 0 ? head.Length : 1) + cells;
        }

        text.AppendLine();
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.CurrentCulture);
}
