/// What layers make of images, and Grad-CAM, held to the definitions.
module Cnn.Native.Tests.ClassActivationTests

open System
open Xunit
open Cnn.Data
open Cnn.Evaluation
open Cnn.Kernels
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.ReferenceNetwork

/// A model with parameters and running statistics of its own.
let private trained layers =
    let images = bands 3 smallShape smallClasses 24
    let model = Model.Create(smallShape, layers, 5UL)
    Trainer.Train(model, images, TrainingOptions(Epochs = 2, BatchSize = 8, LearningRate = 0.003)) |> ignore
    model

let private models = lazy [ trained smallLayers; trained blockLayers; trained shortcutLayers ]
let private images = noise 4 smallShape smallClasses 3

let private parametersInDouble model = Array.map float (parametersOf model)

[<Fact>]
let ``The activations of each layer are those of the definition, in the order image, channel, row, column`` () =
    for model in models.Value do
        for layer in model.Summary do
            let actual = model.GetActivations(layer.Name.ToUpperInvariant(), images)
            let dimensions = [ for d in 0 .. actual.Rank - 1 -> actual.GetLength d ]
            let shape = layer.OutputShape
            Assert.Equal<int list>((if shape.IsVector then [ 3; shape.Channels ] else [ 3; shape.Channels; shape.Height; shape.Width ]), dimensions)

            let expected =
                [| for index in 0..2 do
                       yield! (outputs model (parametersInDouble model) (normalized model images index))[layer.Index] |]

            close 1e-4 $"{model} {layer.Name}" expected (actual |> Seq.cast<float32> |> Seq.map float |> Array.ofSeq)

[<Fact>]
let ``The weight of a map is the mean gradient of the logit, whatever comes after the layer`` () =
    let step = 1e-6
    let mutable compared = 0
    let mutable left = 0

    for model, kernels in List.allPairs models.Value kernelSets do
        let parameters = parametersInDouble model

        for layer in model.Summary |> Seq.filter (fun layer -> not layer.OutputShape.IsVector && layer.Index > 0) do
            let area = layer.OutputShape.Height * layer.OutputShape.Width
            let input = normalized model images 1
            let output = (outputs model parameters input)[layer.Index]
            let label = 2

            // What the logit gains where a whole map grows: the sum of the gradient over the map.
            let slope channel =
                let moved by =
                    let decisions = Decisions()
                    let changed = output |> Array.mapi (fun i value -> if i / area = channel then value + by else value)
                    (logitsFrom model parameters input layer.Index changed decisions)[label], decisions.Taken.ToArray()

                let after, decisionsAfter = moved step
                let before, decisionsBefore = moved -step
                if decisionsAfter = decisionsBefore then Some((after - before) / (2.0 * step)) else None

            let slopes = [| for channel in 0 .. layer.OutputShape.Channels - 1 -> slope channel |]

            // Where a ReLU or a maximum lies on the edge there is no gradient to compare with.
            if not (Array.forall Option.isSome slopes) then
                left <- left + 1
            else
                compared <- compared + 1
                let expected =
                    Array.init area (fun place ->
                        slopes |> Seq.mapi (fun channel slope -> slope.Value / float area * output[channel * area + place]) |> Seq.sum |> max 0.0)

                let found = ClassActivation.Of(model, images, 1, model.ClassNames[label], layer.Name, kernels)
                Assert.Equal((model.ClassNames[label], layer.Name, 1), (found.ClassName, found.Layer, found.Index))
                close 2e-3 $"{model} {layer.Name} {kernels.Name}" expected (found.Map |> Seq.cast<float32> |> Seq.map float |> Array.ofSeq)

    Assert.True(compared > left, $"{left} of {compared + left} layers lie on an edge.")

[<Fact>]
let ``After global average pooling and a dense layer the weight of a map is that of its mean`` () =
    let smooth = trained [ Convolution(4, 3) :> Layer; Tanh(); Convolution(3, 3); Gelu(); GlobalAveragePooling(); Dense smallClasses ]
    let parameters = parametersInDouble smooth
    let input = normalized smooth images 0
    let relevant = (outputs smooth parameters input)[3]
    let area = 36
    let weights = smooth.GetWeights "Dense1"

    for label in 0 .. smallClasses - 1 do
        // Grad-CAM is there the class activation mapping of Zhou and others, 2016 (Selvaraju et al., section 3.1).
        let expected =
            Array.init area (fun place ->
                Seq.init 3 (fun channel -> float (weights.GetValue(label, channel) :?> float32) / float area * relevant[channel * area + place]) |> Seq.sum |> max 0.0)

        let found = ClassActivation.Of(smooth, images, 0, smooth.ClassNames[label])
        Assert.Equal("Gelu1", found.Layer)
        close 1e-4 $"class {label}" expected (found.Map |> Seq.cast<float32> |> Seq.map float |> Array.ofSeq)

[<Fact>]
let ``Without a class it is the prediction, with its probability`` () =
    for model in models.Value do
        use predictor = new Predictor(model)

        for index, prediction in Seq.indexed (predictor.Predict images) do
            let found = ClassActivation.Of(model, images, index)
            Assert.Equal(prediction.Prediction, found.ClassName)
            Assert.Equal(prediction.Probability, found.Probability, 1e-5)
            Assert.Equal((ClassActivation.DefaultLayer model).Name, found.Layer)

[<Fact>]
let ``The layer that is looked at by itself is the last convolution with what follows in its size`` () =
    let layerOf layers = (ClassActivation.DefaultLayer(Model.Create(smallShape, layers, 1UL))).Name
    Assert.Equal("Relu1", layerOf smallLayers)
    Assert.Equal("Residual2", layerOf blockLayers)
    Assert.Equal("Convolution2", layerOf [ Convolution(2, 3) :> Layer; Relu(); Convolution(2, 3); MaxPooling 2; Flatten(); Dense 4 ])

[<Fact>]
let ``What cannot be looked at is refused, and the error says what can`` () =
    let model = models.Value[0]
    failsWith "LayerWithoutMaps" [ "Dense1"; "Convolution1, Relu1, MaxPooling1" ] (fun () -> ClassActivation.Of(model, images, 0, null, "Dense1") |> ignore)
    failsWith "LayerUnknown" [ "Convolution7" ] (fun () -> ClassActivation.Of(model, images, 0, null, "Convolution7") |> ignore)
    failsWith "ClassUnknown" [ "class 9"; "class 1" ] (fun () -> ClassActivation.Of(model, images, 0, "class 9") |> ignore)
    failsWith "ImageSetIndex" [ "0 to 2" ] (fun () -> ClassActivation.Of(model, images, 3) |> ignore)
    failsWith "ImageShape" [ "1×10×10" ] (fun () -> ClassActivation.Of(model, noise 1 (Shape(1, 4, 4)) 4 1, 0) |> ignore)
    let dense = Model.Create(smallShape, [ Flatten() :> Layer; Dense 4 ], 1UL)
    failsWith "LayerWithoutMaps" [ "no convolution" ] (fun () -> ClassActivation.Of(dense, images, 0) |> ignore)
    failsWith "LayerUnknown" [ "Nothing" ] (fun () -> model.GetActivations("Nothing", images) |> ignore)
    failsWith "EmptyImageSet" [] (fun () -> model.GetActivations("Dense1", images.Slice(0, 0)) |> ignore)
