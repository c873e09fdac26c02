using Cnn.Layers;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.Presets;

/// <summary>A named network with its training settings: data that can be printed, copied and changed.</summary>
/// <param name="Name">The name.</param>
/// <param name="Description">What it is and where it comes from.</param>
/// <param name="InputShape">The shape of an image.</param>
/// <param name="Layers">The layers, from the image to the logits.</param>
/// <param name="Training">Its training settings, which apply by default.</param>
public sealed partial record Preset(string Name, string Description, Shape InputShape, IReadOnlyList<Layer> Layers, TrainingOptions Training)
{
    /// <summary>The name.</summary>
    public string Name { get; internal init; } = Name;

    /// <summary>What it is and where it comes from.</summary>
    public string Description { get; internal init; } = Description;

    /// <summary>The images that it is made for, in words.</summary>
    public string Purpose { get; internal init; } = "";

    /// <summary>What it reached, and how long that took; docs/accuracy.md says how it was measured. Empty where nothing was measured.</summary>
    public string Reached { get; internal init; } = "";

    /// <summary>How the weights of a new model are drawn by default.</summary>
    public Initialization Initialization { get; internal init; }

    /// <summary>The shape of an image.</summary>
    public Shape InputShape { get; internal init; } = InputShape;

    /// <summary>The layers, from the image to the logits.</summary>
    public IReadOnlyList<Layer> Layers { get; internal init; } = Layers.ToList().AsReadOnly();

    /// <summary>Its training settings, which apply by default.</summary>
    /// <remarks>A copy: changing it does not change the preset.</remarks>
    public TrainingOptions Training => _training.Copy();

    private readonly TrainingOptions _training = Training;

    /// <summary>The number of classes of the last layer.</summary>
    public int ClassCount => ((Dense)Layers[^1]).Outputs;

    /// <summary>Finds a preset by its name.</summary>
    /// <param name="name">The name; case does not matter.</param>
    /// <returns>The preset.</returns>
    /// <exception cref="CnnException"><c>PresetUnknown</c>: there is no preset of that name.</exception>
    public static Preset Find(string name) =>
        Named(name)
        ?? throw new CnnException(
            "PresetUnknown",
            CnnErrorKind.InvalidArgument,
            $"There is no preset '{name}'. The presets are {string.Join(", ", All.Select(preset => preset.Name))}.")
        { Target = name };

    /// <summary>The preset to begin with for images of a shape.</summary>
    /// <param name="imageShape">The shape of an image.</param>
    /// <returns>A preset for colour pictures if there are several channels, otherwise one for grey pictures.</returns>
    public static Preset SuggestedFor(Shape imageShape) => Find(imageShape.Channels > 1 ? "ColourFast" : "Fast");

    /// <summary>The settings that a model is trained with by default: those of the preset that it was made from, otherwise the engine's defaults.</summary>
    /// <param name="modelName">The model's name.</param>
    /// <returns>The settings.</returns>
    public static TrainingOptions TrainingOf(string modelName) => Named(modelName)?.Training ?? new TrainingOptions();

    /// <summary>Whether a preset has a name: a model with that name is trained with the preset's settings.</summary>
    /// <param name="name">The name; case does not matter.</param>
    /// <returns>Whether there is such a preset.</returns>
    public static bool IsKnown(string name) => Named(name) != null;

    /// <summary>The same network for other images: its layers are the same, except for the number of outputs of the last one.</summary>
    /// <param name="inputShape">The shape of an image.</param>
    /// <param name="classCount">The number of classes.</param>
    /// <returns>The changed preset; making a model from it checks whether the layers fit the shape.</returns>
    public Preset For(Shape inputShape, int classCount) =>
        this with { InputShape = inputShape, Layers = Layers.SkipLast(1).Append(new Dense(classCount)).ToList().AsReadOnly() };

    /// <summary>Makes a model and draws its parameters.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="initialization">How the weights are drawn; null for the preset's own setting.</param>
    /// <returns>The model, which has the preset's name.</returns>
    /// <exception cref="CnnException">A layer does not fit after the one before it.</exception>
    public Model CreateModel(ulong seed, Initialization? initialization = null)
    {
        Model model = new(InputShape, Layers) { Name = Name };
        model.Initialize(seed, initialization ?? Initialization);
        return model;
    }

    private static Preset? Named(string name) => All.FirstOrDefault(preset => preset.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
