namespace Cnn.Models;

/// <summary>How the weights of a new model are drawn. Biases start at zero.</summary>
public enum Initialization
{
    /// <summary>
    /// Normal with variance 2 / fan-in, which keeps the variance through layers of ReLU
    /// (He, Zhang, Ren and Sun, "Delving Deep into Rectifiers", 2015, equation 10).
    /// </summary>
    He,

    /// <summary>
    /// As in the article "Convolutional Neural Networks from the ground up": normal with σ = 1 / √(number of weights in the
    /// filter bank) for filters and σ = 0.01 for dense layers.
    /// </summary>
    Article,

    /// <summary>
    /// <see cref="He"/>, except for the first filters of each convolution whose kernel has a middle: the n-th filter passes the n-th channel on, as far as there
    /// are channels. Information reaches the last layers of an untrained network that way
    /// (Zagoruyko and Komodakis, "DiracNets: Training Very Deep Neural Networks Without Skip-Connections", 2017; PyTorch's <c>dirac_</c>).
    /// </summary>
    Dirac,
}
