namespace Cnn.Data;

/// <summary>The type of the values in an IDX file; the third byte of the file.</summary>
public enum IdxType
{
    /// <summary>Unsigned bytes, as MNIST has them.</summary>
    UnsignedByte = 0x08,

    /// <summary>Signed bytes.</summary>
    SignedByte = 0x09,

    /// <summary>Signed integers of 16 bits.</summary>
    Int16 = 0x0B,

    /// <summary>Signed integers of 32 bits, as in the labels of QMNIST.</summary>
    Int32 = 0x0C,

    /// <summary>Floating point numbers of 32 bits.</summary>
    Float32 = 0x0D,

    /// <summary>Floating point numbers of 64 bits.</summary>
    Float64 = 0x0E,
}
