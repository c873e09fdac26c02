/// Presets are data: networks with the settings of their training, which can be found, printed, copied and changed.
module Cnn.Native.Tests.PresetTests

open System
open Xunit
open Cnn.Data
open Cnn.Evaluation
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Presets
open Cnn.Training
open Cnn.Native.Tests.Networks

[<Fact>]
let ``Presets are found in whatever case, and made into models`` () =
    for preset in Preset.All do
        Assert.Same(preset, Preset.Find(preset.Name.ToUpperInvariant()))
        Assert.NotEmpty preset.Description
        Assert.NotEmpty preset.Purpose
        let model = preset.CreateModel 1UL
        Assert.Equal(preset.Name, model.Name)
        Assert.Equal<Layer>(preset.Layers, model.Layers)
        // The same layers by hand give the same model.
        sameBits (parametersOf model) (parametersOf (Model.Create(preset.InputShape, preset.Layers, 1UL, preset.Initialization)))
        differentBits (parametersOf model) (parametersOf (preset.CreateModel(1UL, Initialization.Article)))

    Assert.Equal(Preset.All.Count, Preset.All |> Seq.distinctBy (fun preset -> preset.Name.ToLowerInvariant()) |> Seq.length)
    Assert.Equal<Layer>(Convolution(8, 5), Convolution(8, 5, 5, 1, 0))

[<Fact>]
let ``A preset that does not exist is reported with those that do`` () =
    failsWith "PresetUnknown" [ "'Basline'"; "Baseline"; "LeNet5"; "Fast"; "Accurate"; "Thorough"; "ColourFast"; "ColourThorough" ] (fun () -> Preset.Find "Basline" |> ignore)

[<Fact>]
let ``The settings of a preset fit its images`` () =
    for preset in Preset.All do
        preset.Training.Check()

        if not (isNull preset.Training.Augmentation) then
            preset.Training.Augmentation.CheckFor preset.InputShape

        // Who runs a preset says on how many threads and with which seed, and what to validate on.
        Assert.Equal(0, preset.Training.Threads)
        Assert.False preset.Training.Seed.HasValue
        Assert.Equal(0, preset.Training.Patience)

[<Fact>]
let ``A model is trained as its preset says, and one of one's own as is usual`` () =
    Assert.Equal((Preset.Find "Fast").Training, Preset.TrainingOf "fast")
    Assert.Equal(TrainingOptions(), Preset.TrainingOf "Custom")

[<Fact>]
let ``Grey images and colour pictures are suggested a preset of their kind`` () =
    Assert.Equal("Fast", (Preset.SuggestedFor(Shape(1, 64, 48))).Name)
    Assert.Equal("ColourFast", (Preset.SuggestedFor(Shape(3, 64, 48))).Name)

[<Fact>]
let ``A preset is made for other images by its last layer alone`` () =
    for preset in Preset.All do
        let changed = preset.For(Shape(3, 32, 32), 5)
        Assert.Equal<Layer>(Seq.take (preset.Layers.Count - 1) preset.Layers, Seq.take (preset.Layers.Count - 1) changed.Layers)
        Assert.Equal(5, changed.ClassCount)
        Assert.Equal(preset.Training, changed.Training)
        let model = changed.CreateModel 1UL
        Assert.Equal(Shape(3, 32, 32), model.InputShape)
        Assert.Equal(5, model.ClassCount)

[<Fact>]
let ``A copy of settings has all of them, and changes the given ones`` () =
    // Each setting is another than the usual one: a setting that the copy left out would be found.
    let original =
        TrainingOptions(
            Epochs = 7, BatchSize = 9, AccumulationSteps = 3, Optimizer = Sgd(Momentum = 0.5), LearningRate = 0.3, LearningRateFactor = LearningRateFactors.Parse """{"Dense1":2}""", Schedule = CosineSchedule(), ClipNorm = 2.0,
            LabelSmoothing = 0.2, MixUp = 0.3, CutMix = 0.4, ClassWeight = ClassWeights.Parse """{"0":2}""", Sampling = Sampling.Balanced, WeightAveraging = 0.9, TrainFrom = "Dense1", Seed = 4UL, Augmentation = Augmentation(Shift = 1), Threads = 3, Patience = 2, TargetAccuracy = 0.5)

    for setting in typeof<TrainingOptions>.GetProperties() do
        Assert.NotEqual(setting.GetValue(TrainingOptions()), setting.GetValue original)

    Assert.Equal(original, TrainingOptions(original))
    let changed = TrainingOptions(original, Epochs = 8)
    Assert.Equal(8, changed.Epochs)
    Assert.Equal(original, TrainingOptions(changed, Epochs = 7))
    Assert.Equal(7, original.Epochs)

[<Theory>]
[<InlineData("Baseline", 2, 0.986)>]
[<InlineData("Fast", 6, 0.99)>]
let ``A preset reaches on MNIST what it promises`` (name: string) (epochs: int) (least: float) =
    let loader = DatasetLoader()
    let preset = Preset.Find name
    Assert.Equal(epochs, preset.Training.Epochs)
    let model = preset.CreateModel 1UL
    Trainer.Train(model, loader.Load(Dataset.Mnist, DataSubset.Train), preset.Training) |> ignore
    let report = Evaluator.Measure(model, loader.Load(Dataset.Mnist, DataSubset.Test))
    Assert.True(report.Accuracy >= least, string report)
