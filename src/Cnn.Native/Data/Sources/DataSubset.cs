namespace Cnn.Data;

/// <summary>The two parts in which a data set is published.</summary>
public enum DataSubset
{
    /// <summary>What a model is trained on.</summary>
    Train,

    /// <summary>The images for measuring.</summary>
    Test,
}
