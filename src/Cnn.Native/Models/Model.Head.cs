using Cnn.Data;
using Cnn.Layers;

namespace Cnn.Models;

// A model for new classes that keeps what this one has learned.
public sealed partial class Model
{
    /// <summary>
    /// Makes a model for new classes. It has the same layers and parameters up to the head, which is the last dense layer or convolution and the layers after
    /// it. The head gets an output for each class, and its parameters are drawn. The normalisation of the pixels is kept: the parameters were learned with
    /// it. This model does not change.
    /// </summary>
    /// <param name="classNames">The names of the classes by label, none empty and all different.</param>
    /// <param name="seed">The seed that draws the parameters of the head, and that the next training uses for shuffling.</param>
    /// <param name="initialization">How the weights of the head are drawn.</param>
    /// <returns>The new model.</returns>
    /// <exception cref="CnnException">
    /// <c>ClassCount</c>: there are not 2 to <see cref="ImageSet.MostClasses"/> names. <c>ClassNames</c>: one is empty, or occurs twice. <c>ModelHead</c>:
    /// the model has no layer that can be replaced, or the layers after it do not fit the new number of classes.
    /// </exception>
    public Model WithHead(IReadOnlyList<string> classNames, ulong seed, Initialization initialization = Initialization.He)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        if (classNames.Count is < 2 or > ImageSet.MostClasses)
        {
            throw new CnnException(
                "ClassCount", CnnErrorKind.InvalidArgument, $"There are {classNames.Count} class names, but a model has 2 to {ImageSet.MostClasses} classes. Pass one name for each.")
            { Target = classNames };
        }

        int head = Layers.ToList().FindLastIndex(layer => layer is Dense or Convolution);
        Model model = Headed(head, classNames.Count);
        model.NameClasses(classNames);
        model.Initialize(seed, initialization);
        lock (Gate)
        {
            foreach ((ModelParameter own, ModelParameter copy) in Parameters.Zip(model.Parameters).Where(pair => pair.First.Layer < head))
            {
                Values(own).CopyTo(model.Values(copy));
            }

            (model.Normalization, model.Conversion, model.IsTrained) = (Normalization, Conversion, IsTrained);
        }

        return model;
    }

    private Model Headed(int head, int classes)
    {
        if (head < 0)
        {
            throw NoHead("it has neither a dense layer nor a convolution");
        }

        List<Layer> layers = [.. Layers];
        layers[head] = layers[head] is Convolution old
            ? new Convolution(classes, old.KernelHeight, old.KernelWidth, old.Stride, old.Padding, old.Dilation, old.Groups, old.HasBias)
            : new Dense(classes, ((Dense)layers[head]).HasBias);
        try
        {
            var model = new Model(InputShape, layers) { Name = Name };
            return model.ClassCount == classes
                ? model
                : throw NoHead($"the layers from {Summary[head].Name} on have {model.ClassCount} outputs, and {classes} are needed");
        }
        catch (CnnException error) when (error.ErrorId is "LayerShape" or "LayerSetting" or "OutputShape")
        {
            throw NoHead($"with {classes} outputs of {Summary[head].Name} its layers do not fit together. {error.Message}", error);
        }
    }

    private CnnException NoHead(string problem, Exception? cause = null) => new(
        "ModelHead",
        CnnErrorKind.InvalidArgument,
        $"The last layers of the model {Name} cannot be replaced: {problem.TrimEnd('.')}. Make a model that ends in a dense layer with New-CnnModel, and give it the weights with SetWeights.",
        cause)
    { Target = this };
}
