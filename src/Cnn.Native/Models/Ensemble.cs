using System.Collections.ObjectModel;
using Cnn.Data;
using Cnn.Memory;
using Cnn.Pictures;

namespace Cnn.Models;

/// <summary>
/// Several models whose predictions are averaged: the probability of a class is the mean of theirs (Hansen and Salamon, "Neural Network Ensembles", 1990).
/// Each keeps its own normalisation. An ensemble refers to the models themselves, not to copies: further training of a model changes the ensemble.
/// </summary>
public sealed class Ensemble : IClassifier
{
    /// <summary>Combines models. Their classes may be in different orders: the order is that of the first model, and the others are matched by name.</summary>
    /// <param name="models">The models; all take images of one shape and have the same classes.</param>
    /// <exception cref="CnnException">
    /// <c>EnsembleEmpty</c>: there are none. <c>EnsembleMismatch</c>: one has another shape or other classes. <c>EnsembleDuplicate</c>: one occurs twice.
    /// </exception>
    public Ensemble(IEnumerable<Model> models)
    {
        Models = models.ToList().AsReadOnly();
        if (Models.Count == 0)
        {
            throw new CnnException("EnsembleEmpty", CnnErrorKind.InvalidArgument, "There are no models: an ensemble needs at least one, and is useful from two on.");
        }

        for (int index = 1; index < Models.Count; index++)
        {
            CheckMember(index);
        }
    }

    /// <summary>The file that the ensemble was loaded from; null if it was not loaded from a file.</summary>
    public string? Path { get; internal init; }

    /// <summary>The models.</summary>
    public ReadOnlyCollection<Model> Models { get; }

    /// <summary>The names of the models with their numbers: <c>Baseline ×3 + LeNet5</c>.</summary>
    public string Name => string.Join(
        " + ", Models.GroupBy(model => model.Name).Select(group => group.Count() == 1 ? group.Key : $"{group.Key} ×{group.Count()}"));

    /// <inheritdoc/>
    public Shape InputShape => Models[0].InputShape;

    /// <inheritdoc/>
    public int ClassCount => Models[0].ClassCount;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => Models[0].ClassNames;

    /// <inheritdoc/>
    public PictureConversion? Conversion => Models.Select(model => model.Conversion).OfType<PictureConversion>().Distinct().ToArray() is [var one] ? one : null;

    /// <summary>Number of trained values of all models.</summary>
    public int ParameterCount => Models.Sum(model => model.ParameterCount);

    /// <inheritdoc/>
    IReadOnlyList<Model> IClassifier.Members => Models;

    /// <inheritdoc/>
    ClassMatch IClassifier.Match(ImageSet images) => Models[0].Match(images);

    /// <inheritdoc/>
    public void CheckImages(ImageSet images) => Models[0].CheckImages(images);

    /// <inheritdoc/>
    public void CheckShape(ImageSet images) => Models[0].CheckShape(images);

    /// <summary>The number of models, their names, the shape and the number of classes.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"Ensemble of {Models.Count}: {Name}, {InputShape} to {ClassCount} classes";

    private void CheckMember(int index)
    {
        Model first = Models[0];
        Model model = Models[index];
        int same = Models.IndexOf(model);
        if (same < index)
        {
            throw new CnnException(
                "EnsembleDuplicate",
                CnnErrorKind.InvalidArgument,
                $"Models {same + 1} and {index + 1} are the same object, '{model.Name}'. A training changes its model in place: make a new model for each training, "
                + "or save it and load it again.")
            { Target = model };
        }

        if (model.InputShape != first.InputShape)
        {
            throw Mismatch(index, $"takes images {model.InputShape} (channels×height×width), and model 1 takes {first.InputShape}");
        }

        if (ClassMatch.Order(model.ClassNames, first.ClassNames) == null)
        {
            throw Mismatch(index, $"has the classes {string.Join(", ", model.ClassNames)}, and model 1 has {string.Join(", ", first.ClassNames)}");
        }
    }

    private CnnException Mismatch(int index, string does) => new(
        "EnsembleMismatch",
        CnnErrorKind.InvalidArgument,
        $"Model {index + 1}, '{Models[index].Name}', {does}. The models of an ensemble must take images of the same shape and have classes with the same names: leave this one out.")
    { Target = Models[index] };
}
