/// Batch normalisation and residual blocks in a model: what is remembered, what is shared, what is refused.
module Cnn.Native.Tests.BatchNormalizationTests

open System
open System.Threading
open Microsoft.FSharp.NativeInterop
open Xunit
open Cnn.Evaluation
open Cnn.Kernels
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.Networks

let private images = noise 1 smallShape smallClasses 70
let private newModel () = Model.Create(smallShape, blockLayers, 1UL)

let private trainLayers layers threads batchSize =
    let options = TrainingOptions(Epochs = 2, BatchSize = batchSize, Threads = threads, LearningRate = 0.01)
    Trainer.Train(Model.Create(smallShape, layers, 1UL), images, options, noise 2 smallShape smallClasses 20)

let private train = trainLayers blockLayers

[<Theory; InlineData(2); InlineData(5); InlineData(32); InlineData(70)>]
let ``One seed gives the same bits on any number of threads`` batchSize =
    for layers in [ blockLayers; shortcutLayers; bareLayers ] do
        let alone = trainLayers layers 1 batchSize

        for threads in [ 2; 3; 7 ] do
            let other = trainLayers layers threads batchSize
            sameBits (parametersOf alone.Model) (parametersOf other.Model)
            sameBits (Array.ofSeq alone.History.Losses) (Array.ofSeq other.History.Losses)
            Assert.Equal(alone.Validation.Loss, other.Validation.Loss)

let private tensor name (model: Model) =
    model.Values(model.Parameters |> Seq.find (fun parameter -> parameter.Name = name)).ToArray()

[<Fact>]
let ``At the start nothing is remembered, and a normalisation neither scales nor shifts`` () =
    let model = newModel ()
    let constant value name = Assert.All(tensor name model, fun actual -> Assert.Equal(value, actual))
    constant 1f "layers.1.weight"
    constant 0f "layers.1.bias"
    constant 0f "layers.1.running_mean"
    constant 1f "layers.1.running_var"
    let trained = model.Parameters |> Seq.filter _.IsTrained |> Seq.sumBy _.Length
    Assert.Equal(trained, model.ParameterCount)
    Assert.Equal<string list>([ "running_mean"; "running_var" ], [ for p in model.Parameters do if p.Layer = 1 && not p.IsTrained then p.Name.Substring 9 ])

[<Fact>]
let ``A batch replaces its share of what is remembered, the variance as the estimate for all images`` () =
    let images = noise 3 (Shape(2, 3, 4)) 3 9

    for kernels in kernelSets do
        for momentum in [ 1.0; 0.25 ] do
            let model = Model.Create(images.ImageShape, [ BatchNormalization(momentum) :> Layer; Flatten(); Dense 3 ], 1UL)
            // The images as they are, times a factor.
            model.Describe(Normalization([| 0f; 0f |], [| 1f / 255f; 0.5f / 255f |]), images.ClassNames)
            use step = new TrainingStep(model, ExecutionPlan model, TrainingOptions(Threads = 2), kernels, images.Count)
            step.Run(images, ReadOnlySpan [| 0 .. images.Count - 1 |], CancellationToken.None) |> ignore

            for channel, factor in [ 0, 1.0; 1, 2.0 ] do
                let values = images.Pixels.ToArray() |> Seq.indexed |> Seq.filter (fun (i, _) -> i % 2 = channel) |> Seq.map (fun (_, x) -> factor * float x) |> Seq.toArray
                let mean = Array.average values
                let variance = (values |> Array.sumBy (fun x -> (x - mean) * (x - mean))) / float (values.Length - 1)
                let remembered name = float (Array.item channel (tensor $"layers.0.{name}" model))
                Assert.Equal(momentum * mean, remembered "running_mean", 1e-5 * mean)
                Assert.Equal(1.0 - momentum + momentum * variance, remembered "running_var", 1e-5 * variance)

[<Fact>]
let ``The average of the weights is measured with the average of what is remembered`` () =
    let train keep =
        let options = TrainingOptions(Epochs = 4, BatchSize = 20, WeightAveraging = keep)
        Trainer.Train(newModel (), bands 1 smallShape smallClasses 400, options, bands 2 smallShape smallClasses 100)

    let averaged = train 0.5
    Assert.Equal((train 0.0).Validation.Accuracy, averaged.Validation.Accuracy, 0.2)
    Assert.All(tensor "layers.1.running_var" averaged.Model, fun variance -> Assert.InRange(variance, 1e-6f, 1e6f))
    differentBits (tensor "layers.1.running_mean" (train 0.0).Model) (tensor "layers.1.running_mean" averaged.Model)

[<Fact>]
let ``A batch that is given up leaves the model as it was, and what it remembers`` () =
    let model = newModel ()
    model.Describe(Normalization.Of images, images.ClassNames)
    let before = parametersOf model
    use step = new TrainingStep(model, ExecutionPlan model, TrainingOptions(Threads = 2), kernelSets.Head, images.Count)
    Assert.False(step.Run(images, ReadOnlySpan [| 0..69 |], CancellationToken true).HasValue)
    sameBits before (parametersOf model)
    Assert.True(step.Run(images, ReadOnlySpan [| 0..69 |], CancellationToken.None).HasValue)
    differentBits before (parametersOf model)

[<Fact>]
let ``An image is measured alone as it is among others`` () =
    // What is remembered is used there, and not what the images beside it are like.
    let model = (train 2 16).Model
    let correct (set: Cnn.Data.ImageSet) = Evaluator.Measure(model, set).Correct
    let loss (set: Cnn.Data.ImageSet) = Evaluator.Measure(model, set).Loss
    let alone = [ for index in 0..19 -> images.Slice(index, 1) ]
    Assert.Equal(correct (images.Slice(0, 20)), List.sumBy correct alone)
    Assert.Equal(loss (images.Slice(0, 20)), List.averageBy loss alone, 1e-12)

let private trainOn count batchSize layers =
    let model = Model.Create(smallShape, layers, 1UL)
    Trainer.Train(model, images.Slice(0, count), TrainingOptions(Epochs = 1, BatchSize = batchSize)) |> ignore

[<Fact>]
let ``A batch of one image is an error at once that says what to change`` () =
    failsWith "BatchOfOne" [ "layer 1"; "batch size of 2" ] (fun () -> trainOn 61 1 blockLayers)
    failsWith "BatchOfOne" [ "layer 1" ] (fun () -> trainOn 1 32 blockLayers)
    // The 61st image is alone in the last batch, and has one value a channel after the dense layer.
    failsWith "BatchOfOne" [ "61 images"; "batches of 10"; "layer 15"; "another batch size" ] (fun () -> trainOn 61 10 blockLayers)
    // Before a dense layer it has many.
    trainOn 61 10 [ Convolution(3, 3); BatchNormalization(); Flatten(); Dense smallClasses ]
    trainOn 70 10 blockLayers

[<Theory; InlineData(0.0, 1e-5, "Momentum"); InlineData(1.5, 1e-5, "Momentum"); InlineData(Double.NaN, 1e-5, "Momentum"); InlineData(0.1, 0.0, "Epsilon")>]
let ``Settings out of their range are errors at once`` momentum epsilon (told: string) =
    failsWith "LayerSetting" [ "Layer 0"; told ] (fun () -> Model(smallShape, [ BatchNormalization(momentum, epsilon) :> Layer; Flatten(); Dense 4 ]) |> ignore)

[<Fact>]
let ``A residual layer that adds what is not there or of another shape is an error at once`` () =
    let make layers () = Model(smallShape, layers @ [ Flatten() :> Layer; Dense 4 ]) |> ignore
    failsWith "LayerShape" [ "Layer 1"; "1×10×10"; "padding" ] (make [ Convolution(1, 3); Residual 1 ])
    failsWith "LayerShape" [ "Layer 1"; "as many filters" ] (make [ Convolution(2, 1); Residual 1 ])
    failsWith "LayerShape" [ "Layer 1"; "skips 2 layers"; "1 before it" ] (make [ Convolution(1, 1); Residual 2 ])
    failsWith "LayerSetting" [ "Layer 1"; "Span"; "at least 1" ] (make [ Convolution(1, 1); Residual 0 ])
    failsWith "LayerSetting" [ "Layer 1"; "Shortcut"; "0 or more" ] (make [ Convolution(1, 1); Residual(1, -1) ])
    failsWith "LayerShape" [ "Layer 2"; "skips 1 layer and has a shortcut of 2 layers"; "2 before it" ] (make [ Convolution(2, 1); Convolution(2, 1); Residual(1, 2) ])
    failsWith "LayerShape" [ "Layer 1"; "skips 2147483647 layers and has a shortcut of 2147483647 layers" ] (make [ Convolution(2, 1); Residual(Int32.MaxValue, Int32.MaxValue) ])
    failsWith "LayerShape" [ "Layer 2"; "3×10×10"; "2×10×10"; "its shortcut" ] (make [ Convolution(2, 1); Convolution(3, 1); Residual(1, 1) ])
    failsWith "LayerShape" [ "Layer 1"; "is 1×10×10" ] (make [ Convolution(2, 1); Convolution(3, 1, 1, Groups = 3); Residual(1, 1) ])
    failsWith "LayerPlace" [ "Layer 4"; "layer 2"; "another layer" ] (make [ Convolution(1, 1); Convolution(1, 1); Residual 1; Convolution(1, 1); Residual(1, 2) ])
    failsWith "LayerPlace" [ "Layer 4"; "layer 2"; "another block" ] (make [ Convolution(1, 1); Convolution(1, 1); Convolution(1, 1); Residual(1, 1); Residual(2, 2) ])

[<Fact>]
let ``A residual block adds what its shortcut makes of what came in to what its layers make of it`` () =
    // 5·x by the layers and 3·x by the shortcut.
    let layers: Layer list = [ Dropout 0.0; Convolution(1, 1); Convolution(1, 1); Residual(1, 1); Flatten(); Dense 4 ]
    let model = Model.Create(Shape(1, 2, 2), layers, 1UL)
    let plain = Model.Create(Shape(1, 2, 2), [ Flatten() :> Layer; Dense 4 ], 1UL)
    let dense = parametersOf model |> Array.skip 4
    setParameters model (Array.append [| 5f; 0f; 3f; 0f |] dense)
    setParameters plain (Array.mapi (fun i x -> if i < 16 then 8f * x else x) dense)
    let images = noise 5 (Shape(1, 2, 2)) 4 30

    for model in [ model; plain ] do
        model.Describe(Normalization.Of images, images.ClassNames)

    Assert.Equal(Evaluator.Measure(plain, images).Loss, Evaluator.Measure(model, images).Loss, 1e-5)

[<Fact>]
let ``A residual block of layers that do nothing doubles its input`` () =
    // Layers in place over and over, with the image itself and what was made in place among what is added.
    let layers: Layer list = [ Dropout 0.0; Residual 1; Dropout 0.0; Dropout 0.0; Residual 2; Flatten(); Dropout 0.0; Residual 1; Dense 4 ]
    let model = Model.Create(Shape(1, 2, 2), layers, 1UL)
    let plain = Model.Create(Shape(1, 2, 2), [ Flatten() :> Layer; Dense 4 ], 1UL)
    setParameters plain (Array.map (fun x -> 8f * x) (parametersOf model))
    let images = noise 5 (Shape(1, 2, 2)) 4 30

    for model in [ model; plain ] do
        model.Describe(Normalization.Of images, images.ClassNames)

    Assert.Equal(Evaluator.Measure(plain, images).Loss, Evaluator.Measure(model, images).Loss, 1e-5)

[<Fact>]
let ``A deep normalised network learns what anybody can learn`` () =
    let images = bands 1 smallShape smallClasses 400
    let model = newModel ()
    let result = Trainer.Train(model, images, TrainingOptions(Epochs = 8, BatchSize = 20, LearningRate = 0.01), bands 2 smallShape smallClasses 100)
    Assert.InRange(result.Validation.Accuracy, 0.95, 1.0)

/// The layers one by one, as they are.
let private logitsOf (kernels: KernelSet) (model: Model) =
    let plan = ExecutionPlan model
    use packed = new PackedWeights(model, kernels, plan, false)

    for piece in 0 .. packed.Pieces - 1 do
        packed.Pack piece

    use workspace = new Workspace(model, kernels, plan, images.Count, packed, null, null)

    for index in 0 .. images.Count - 1 do
        use pixels = fixed images.Image(index).ToArray()
        workspace.LoadImage(pixels, workspace.Input(0, index, 0))

    ReadOnlySpan<float32>(NativePtr.toVoidPtr (workspace.Forward(images.Count, 0)), images.Count * smallClasses).ToArray()
    |> Array.map float

/// Layers and how many of them are left when normalisations are folded.
let private foldings: (string * Layer list * int) list =
    [ "after a convolution and a dense layer",
      [ Convolution(6, 3); BatchNormalization(); Relu(); Flatten(); Dense 7; BatchNormalization(); Dense smallClasses ],
      5
      "after layers without biases, which get some", bareLayers, bareLayers.Length - 3
      "in a block, whose span shrinks",
      [ Convolution(5, 3, 3, Padding = 1); BatchNormalization(); Convolution(5, 3, 3, Padding = 1); BatchNormalization(0.1, 1e-3); Relu(); Residual 3; Flatten(); Dense smallClasses ],
      6
      "in a block and its shortcut, which both shrink",
      shortcutLayers, shortcutLayers.Length - 4
      "not where a shortcut begins",
      [ Convolution(5, 3); Convolution(5, 1); BatchNormalization(); Residual(1, 1); Flatten(); Dense smallClasses ],
      6
      "not after a pooling", blockLayers, blockLayers.Length - 3
      "not where a block adds its input",
      [ Convolution(5, 3); BatchNormalization(); Relu(); Residual 2; Flatten(); Dense smallClasses ],
      6 ]

[<Fact>]
let ``In evaluation a normalisation is part of the layer before it where that has weights, and the logits stay`` () =
    for name, layers, count in foldings do
        let model = Model.Create(smallShape, layers, 1UL)
        drawParameters 3 model
        let folded = FoldedNormalization.Fold(model.Copy())
        Assert.Equal(count, folded.Layers.Count)

        for kernels in kernelSets do
            close 1e-4 $"the logits, {name}, {kernels.Name}" (logitsOf kernels model) (logitsOf kernels folded)
