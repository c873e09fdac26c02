namespace Cnn.Serialization;

/// <summary>A kind of file that this product writes.</summary>
/// <param name="Format">The name of the format in the file.</param>
/// <param name="ErrorPrefix">The prefix of the identifiers of its errors.</param>
/// <param name="Noun">Its name in messages, with the article.</param>
/// <param name="Advice">The advice for users who pass such a file where another kind is expected.</param>
internal sealed record CnnFileKind(string Format, string ErrorPrefix, string Noun, string Advice)
{
    /// <summary>A model.</summary>
    public static readonly CnnFileKind Model = new("cnn.model", "ModelFile", "a model", "It is a model: load it as one.");

    /// <summary>A training that can be resumed.</summary>
    public static readonly CnnFileKind Checkpoint = new(
        "cnn.checkpoint", "Checkpoint", "a checkpoint", "It is a checkpoint of a training: resume the training, or load it as a model.");

    /// <summary>Several models whose predictions are averaged.</summary>
    public static readonly CnnFileKind Ensemble = new(
        "cnn.ensemble", "EnsembleFile", "an ensemble", "It is an ensemble of several models: load it as one.");

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<CnnFileKind> All { get; } = [Model, Checkpoint, Ensemble];
}
