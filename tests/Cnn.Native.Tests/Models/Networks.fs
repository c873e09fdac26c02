/// Small networks, made-up images and the comparisons that the tests of models, training and evaluation share.
module Cnn.Native.Tests.Networks

open System
open Xunit
open Cnn
open Cnn.Data
open Cnn.Kernels
open Cnn.Layers
open Cnn.Memory
open Cnn.Models

/// All kernels that run on this processor: what holds for the specification must hold for the fast ones.
let kernelSets: KernelSet list = List.ofSeq KernelSelection.Supported

let classNames count = [| for c in 1..count -> $"class {c}" |]

/// Images in which there is nothing to be learned.
let noise seed (shape: Shape) classes count =
    let random = Random(seed: int)
    let pixels = Array.zeroCreate<byte> (count * shape.Length)
    random.NextBytes pixels
    let labels = Array.init count (fun _ -> byte (random.Next classes))
    ImageSet(pixels, labels, shape, classNames classes, "noise")

/// Images that anybody can learn: of each class another band of rows is bright, under some noise.
let bands seed (shape: Shape) classes count =
    let random = Random(seed: int)
    let labels = Array.init count (fun _ -> byte (random.Next classes))
    let rowLength = shape.Width * shape.Channels

    let pixels =
        [| for label in labels do
               for i in 0 .. shape.Length - 1 do
                   let bright = i / rowLength * classes / shape.Height = int label
                   byte (random.Next 80 + if bright then 150 else 0) |]

    ImageSet(pixels, labels, shape, classNames classes, "bands")

let smallShape = Shape(1, 10, 10)
let smallClasses = 4

/// One of each layer, and a dense layer more.
let smallLayers: Layer list =
    [ Convolution(5, 3); Relu(); MaxPooling 2; Flatten(); Dense 13; Relu(); Dense smallClasses ]

/// Blocks with connections that skip them, normalised over the batch, and dropout.
let blockLayers: Layer list =
    [ Convolution(5, 3); BatchNormalization(); Relu()
      Convolution(5, 3, 3, Padding = 1); BatchNormalization(); Gelu(); Dropout 0.1; Residual 4
      MaxPooling 2; BatchNormalization(); Convolution(5, 1); Tanh(); Residual 3
      GlobalAveragePooling(); Dense 13; BatchNormalization(); LeakyRelu(); Dense smallClasses ]

/// Blocks that change the shape or not, whose connections have layers of their own; ReLU after a sum, and a block within a connection.
let shortcutLayers: Layer list =
    [ Convolution(4, 3); BatchNormalization(); Relu()
      // What skips these has a convolution of one pixel and a normalisation, as in ResNet.
      Convolution(6, 3, 3, 2, 1); BatchNormalization(); Relu(); Convolution(6, 3, 3, 1, 1); BatchNormalization()
      Convolution(6, 1, 1, 2); BatchNormalization(); Residual(5, 2); Relu()
      Convolution(5, 3, 3, 1, 1); Tanh()
      Convolution(5, 1); Gelu(); Dropout 0.1; Residual 2; Residual(2, 4)
      GlobalAveragePooling(); Dense smallClasses ]

/// Convolutions and dense layers without biases, before normalisations and alone, and one with.
let bareLayers: Layer list =
    [ Convolution(5, 3, 3, HasBias = false); BatchNormalization(); Relu()
      Convolution(5, 3, 3, Padding = 1, Groups = 5, HasBias = false); BatchNormalization(); Residual 2
      Convolution(6, 3, 3, Stride = 2, HasBias = false); Tanh(); Flatten()
      Dense(13, false); BatchNormalization(); LeakyRelu(); Dense 9; Tanh(); Dense(smallClasses, false) ]

let smallModel seed =
    Model.Create(smallShape, smallLayers, seed)

/// The values of all tensors, one after the other.
let parametersOf (model: Model) =
    [| for parameter in model.Parameters do
           yield! model.Values(parameter).ToArray() |]

let setParameters (model: Model) (values: float32[]) =
    let mutable start = 0

    for parameter in model.Parameters do
        values.AsSpan(start, parameter.Length).CopyTo(model.Values parameter)
        start <- start + parameter.Length

/// Draws the weights as for a training, and biases that are not zero, for zeros hide errors.
let drawParameters seed (model: Model) =
    model.Initialize(uint64 seed)
    let random = Random(seed: int)

    for parameter in model.Parameters do
        if parameter.FanIn = 0 then
            [| for _ in 1 .. parameter.Length -> parameter.Start + float32 (random.NextDouble() - 0.5) |].CopyTo(model.Values parameter)

/// Equality to the last bit; NaN equals the same NaN.
let sameBits (expected: float32[]) (actual: float32[]) =
    Assert.Equal<int[]>(Array.map BitConverter.SingleToInt32Bits expected, Array.map BitConverter.SingleToInt32Bits actual)

let differentBits (expected: float32[]) (actual: float32[]) =
    Assert.NotEqual<int[]>(Array.map BitConverter.SingleToInt32Bits expected, Array.map BitConverter.SingleToInt32Bits actual)

/// Equality within a share of the value itself and of the largest value around it, for what adds up many values.
let close (share: float) what (expected: float[]) (actual: float[]) =
    Assert.Equal(expected.Length, actual.Length)
    let largest = expected |> Seq.map abs |> Seq.fold max 0.0

    for i in 0 .. expected.Length - 1 do
        let tolerance = share * (abs expected[i] + 0.1 * largest) + 1e-7

        if not (abs (expected[i] - actual[i]) <= tolerance) then
            Assert.Fail $"{what}: value {i} of {expected.Length} is {actual[i]} instead of {expected[i]}."

let errorOf (action: unit -> unit) =
    Assert.Throws<CnnException>(Action action)

/// The action fails with this error, and the message says each of these.
let failsWith errorId (told: string list) action =
    let error = errorOf action
    Assert.Equal(errorId, error.ErrorId)

    for text in told do
        Assert.Contains(text, error.Message)
