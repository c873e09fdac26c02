using System.Globalization;
using Cnn.Devices;

namespace Cnn.PowerShell.Formatting;

/// <summary>The view of a device at the prompt: a list whose sentences are broken between words, so that text to be copied stays intact.</summary>
public static class DeviceView
{
    /// <summary>Writes the list. Advice and peak speeds are included only if there are any.</summary>
    /// <param name="device">The device.</param>
    /// <param name="width">The width in cells.</param>
    /// <returns>The lines, as one text.</returns>
    public static string Text(Device device, int width)
    {
        var list = new ItemList(width);
        list.Append("Kernels", device.Kernels ?? "none");
        list.Append("Reason", device.Reason);
        list.Append("Advice", device.Advice);
        list.Append("Processor", device.Processor);
        list.Append("Features", device.Features.Count == 0 ? null : string.Join(", ", device.Features));
        list.Append("Threads", Format($"{device.DefaultThreads}, for {device.LogicalProcessors} logical processors"));
        list.Append("Runtime", $"{device.Runtime}, {device.Architecture}, {device.OperatingSystem}");
        if (device.ScalarCeiling is { } scalar)
        {
            string fused = device.FmaCeiling is { } fma ? Format($"{fma:N1} GFLOP/s on one core") : "not applicable: the runtime has no FMA here";
            list.Append("FMA ceiling", fused);
            list.Append("Scalar", Format($"{scalar:N1} GFLOP/s on one core at most"));
        }

        return list.ToString();
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.CurrentCulture);
}
