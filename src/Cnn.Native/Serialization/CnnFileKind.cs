namespace Cnn.Serialization;

/// <summary>A kind of file that this product writes.</summary>
/// <param name="Format">What the file calls itself.</param>
/// <param name="ErrorPrefix">What the identifiers of its errors begin with.</param>
/// <param name="Noun">What people call it, with its article.</param>
/// <param name="Advice">What to do with such a file, said to those who take it for one of another kind.</param>
internal sealed record CnnFileKind(string Format, string ErrorPrefix, string Noun, string Advice)
{
    /// <summary>A model.</summary>
    public static readonly CnnFileKind Model = new("cnn.model", "ModelFile", "a model", "It is a model: load it as one.");

    /// <summary>A training that can go on.</summary>
    public static readonly CnnFileKind Checkpoint = new(
        "cnn.checkpoint", "Checkpoint", "a checkpoint", "It is a checkpoint of a training: resume the training, or load it as a model.");

    /// <summary>Several models that decide together.</summary>
    public static readonly CnnFileKind Ensemble = new(
        "cnn.ensemble", "EnsembleFile", "an ensemble", "It is an ensemble of several models: load it as one.");

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<CnnFileKind> All { get; } = [Model, Checkpoint, Ensemble];
}
