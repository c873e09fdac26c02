using System.Management.Automation;

namespace Cnn.PowerShell;

/// <summary>The format of a file, and the settings that belong to it.</summary>
internal static class ModelFormats
{
    /// <summary>The format by the extension of a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The format; safetensors for any other extension.</returns>
    public static ModelFormat OfPath(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".ONNX" => ModelFormat.Onnx,
        ".NPZ" => ModelFormat.Npz,
        _ => ModelFormat.Safetensors,
    };

    /// <summary>Checks that settings of ONNX graphs are given only for ONNX graphs.</summary>
    /// <param name="cmdlet">The cmdlet.</param>
    /// <param name="format">The format.</param>
    /// <param name="settings">The names of the parameters.</param>
    /// <exception cref="CnnException"><c>ModelFormatSetting</c>: one is given for another format.</exception>
    public static void RequireOnnx(PSCmdlet cmdlet, ModelFormat format, params string[] settings)
    {
        if (format != ModelFormat.Onnx && settings.FirstOrDefault(cmdlet.MyInvocation.BoundParameters.ContainsKey) is { } setting)
        {
            throw new CnnException(
                "ModelFormatSetting",
                CnnErrorKind.InvalidArgument,
                $"-{setting} is a setting of ONNX graphs, but the format is {format}: leave it out, use the extension .onnx, or add -Format Onnx.")
            { Target = format };
        }
    }
}
