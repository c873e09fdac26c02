using System.Text.Json.Serialization;

namespace Cnn.Training;

/// <summary>Which images an epoch draws.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Sampling>))]
public enum Sampling
{
    /// <summary>Each image once, in random order.</summary>
    Shuffled,

    /// <summary>
    /// Each class equally often, and as many images in total as the set has (class-balanced sampling: Kang et al., "Decoupling representation and classifier
    /// for long-tailed recognition", 2020). Images of small classes occur several times, and of large classes only some images occur.
    /// </summary>
    Balanced,
}
