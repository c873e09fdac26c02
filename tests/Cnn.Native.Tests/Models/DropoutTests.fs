/// Dropout in a model: when it drops, what it drops, and what that depends on.
module Cnn.Native.Tests.DropoutTests

open Xunit
open Cnn.Evaluation
open Cnn.Kernels
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.Networks

let private shape = Shape(3, 4, 5)

/// What a dropout layer makes of images that are all ones, forward or back.
let private pass (kernels: KernelSet) (layer: Dropout) isTraining noise first images isBackward =
    let length = images * shape.Length
    use ones = new NativeBuffer<float32>(length)
    use result = new NativeBuffer<float32>(length)
    ones.Span(0, length).Fill 1f

    let pass =
        LayerPass(
            Kernels = kernels, InputShape = shape, Images = images, IsTraining = isTraining, Noise = noise, FirstImage = first,
            Input = ones.Pointer, Output = result.Pointer, OutputGradient = ones.Pointer, InputGradient = result.Pointer)

    if isBackward then layer.Backward &pass else layer.Forward &pass
    result.Span(0, length).ToArray()

let private forAll law = List.iter law kernelSets

[<Fact>]
let ``Nothing is dropped where nothing is trained, and nothing at rate 0`` () =
    forAll (fun kernels ->
        let ones = Array.create (6 * shape.Length) 1f
        sameBits ones (pass kernels (Dropout 0.5) false 1UL 0 6 false)
        sameBits ones (pass kernels (Dropout 0.0) true 1UL 0 6 false))

[<Fact>]
let ``What stays is scaled, and the gradient goes back where the value came through`` () =
    forAll (fun kernels ->
        let forward = pass kernels (Dropout 0.75) true 7UL 3 40 false
        Assert.All(forward, fun value -> Assert.True((value = 0f || value = 4f)))
        Assert.InRange(Array.average forward, 0.8f, 1.2f)
        sameBits forward (pass kernels (Dropout 0.75) true 7UL 3 40 true))

[<Fact>]
let ``What is dropped hangs on the place of the image in the batch and not on the shard, and is the same with all kernels`` () =
    forAll (fun kernels ->
        let whole = pass kernels (Dropout 0.5) true 7UL 0 8 false
        sameBits whole (Array.concat [ for first in [ 0; 2; 4; 6 ] -> pass kernels (Dropout 0.5) true 7UL first 2 false ])
        sameBits whole (pass kernelSets.Head (Dropout 0.5) true 7UL 0 8 false)
        differentBits whole (pass kernels (Dropout 0.5) true 8UL 0 8 false)
        differentBits whole[.. shape.Length - 1] whole[shape.Length .. 2 * shape.Length - 1])

let private layers rate: Layer list =
    [ Convolution(5, 3); Relu(); Dropout rate; Flatten(); Dense 13; Tanh(); Dropout rate; Dense smallClasses ]

let private train rate (seed: uint64) threads =
    let model = Model.Create(smallShape, layers rate, 1UL)
    let options = TrainingOptions(Epochs = 2, BatchSize = 16, Threads = threads, Seed = System.Nullable seed, LearningRate = 0.01)
    Trainer.Train(model, noise 1 smallShape smallClasses 71, options)

[<Fact>]
let ``With dropout too one seed gives the same bits on any number of threads, and another seed others`` () =
    let alone = train 0.4 5UL 1

    for threads in [ 2; 3; 7 ] do
        sameBits (parametersOf alone.Model) (parametersOf (train 0.4 5UL threads).Model)

    differentBits (parametersOf alone.Model) (parametersOf (train 0.4 6UL 1).Model)
    differentBits (parametersOf alone.Model) (parametersOf (train 0.0 5UL 1).Model)

[<Fact>]
let ``A model that is measured drops nothing`` () =
    let model = (train 0.4 5UL 2).Model
    let without = Model.Create(smallShape, layers 0.0, 1UL)
    setParameters without (parametersOf model)
    without.Describe(model.Normalization, model.ClassNames)
    let images = noise 2 smallShape smallClasses 40
    Assert.Equal(Evaluator.Measure(without, images).Loss, Evaluator.Measure(model, images).Loss)

[<Theory; InlineData(1.0); InlineData(-0.1); InlineData(System.Double.NaN)>]
let ``A rate of 1 is an error at once that says what to change`` rate =
    let make () = Model(smallShape, layers rate) |> ignore
    failsWith "LayerSetting" [ "Layer 2"; "Rate"; "less than 1"; "0.5" ] make
