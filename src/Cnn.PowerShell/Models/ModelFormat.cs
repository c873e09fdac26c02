namespace Cnn.PowerShell;

/// <summary>The format of a model file.</summary>
public enum ModelFormat
{
    /// <summary>One safetensors file with everything that is needed to use the model.</summary>
    Safetensors,

    /// <summary>An ONNX graph, which other programs can run.</summary>
    Onnx,

    /// <summary>Only the weights, as an archive of NumPy arrays.</summary>
    Npz,
}
