namespace Cnn.Onnx;

/// <summary>The type of the pixels that an exported graph takes.</summary>
public enum OnnxInputType
{
    /// <summary>32-bit floating point.</summary>
    Float32,

    /// <summary>Bytes from 0 to 255, as in pictures.</summary>
    UInt8,
}
