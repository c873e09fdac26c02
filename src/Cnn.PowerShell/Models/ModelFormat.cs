namespace Cnn.PowerShell;

/// <summary>How a model is written.</summary>
public enum ModelFormat
{
    /// <summary>One safetensors file with all that is needed to use the model here.</summary>
    Safetensors,

    /// <summary>An ONNX graph, which other programs run.</summary>
    Onnx,

    /// <summary>The weights alone, as an archive of NumPy arrays.</summary>
    Npz,
}
