using System.Management.Automation;

namespace Cnn.PowerShell;

/// <summary>Which format a file has, and which settings belong to it.</summary>
internal static class ModelFormats
{
    /// <summary>The format that the ending of a file says.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The format; safetensors where the ending says nothing.</returns>
    public static ModelFormat OfPath(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".ONNX" => ModelFormat.Onnx,
        ".NPZ" => ModelFormat.Npz,
        _ => ModelFormat.Safetensors,
    };

    /// <summary>Checks that settings of ONNX graphs are given for ONNX graphs only.</summary>
    /// <param name="cmdlet">The cmdlet.</param>
    /// <param name="format">The format.</param>
    /// <param name="settings">The names of the parameters.</param>
    /// <exception cref="CnnException"><c>ModelFormatSetting</c>: one is given, and the format is another one.</exception>
    public static void RequireOnnx(PSCmdlet cmdlet, ModelFormat format, params string[] settings)
    {
        if (format != ModelFormat.Onnx && settings.FirstOrDefault(cmdlet.MyInvocation.BoundParameters.ContainsKey) is { } setting)
        {
            throw new CnnException(
                "ModelFormatSetting",
                CnnErrorKind.InvalidArgument,
                $"-{setting} is a setting of ONNX graphs, and the format is {format}: leave it out, let the file end in .onnx, or add -Format Onnx.")
            { Target = format };
        }
    }
}
