/// Models and images small enough to be trained, saved and broken thousands of times.
module Cnn.Native.Tests.SmallModels

open System
open Cnn.Data
open Cnn.Layers
open Cnn.Memory
open Cnn.Models

let inputShape = Shape(2, 6, 5)

let layers: Layer list =
    [ Convolution(3, 3, 2, 1, 1); Relu(); MaxPooling 2; Flatten(); Dense 4; Relu(); Dense 3 ]

let newModel (seed: uint64) = Model.Create(inputShape, layers, seed)

/// Made-up images in which each class has a bright corner of its own, so that there is something to learn.
let makeImages count (seed: int) =
    let random = Random seed
    let labels = Array.init count (fun _ -> byte (random.Next 3))

    let pixels =
        [| for label in labels do
               for position in 0 .. inputShape.Length - 1 do
                   let bright = if position % 3 = int label then 100 else 0
                   byte (bright + random.Next 100) |]

    ImageSet(pixels, labels, inputShape, [| "zero"; "één"; "\"zwei\"" |], $"made up {seed}")

let bitsOf (values: float32 seq) =
    values |> Seq.map BitConverter.SingleToInt32Bits |> Seq.toArray

/// All that a model is, as values that can be compared.
let contentOf (model: Model) =
    {| Name = model.Name
       InputShape = model.InputShape
       Layers = List.ofSeq model.Layers
       Seed = model.Seed
       IsTrained = model.IsTrained
       Mean = bitsOf model.Normalization.Mean
       StandardDeviation = bitsOf model.Normalization.StandardDeviation
       ClassNames = List.ofSeq model.ClassNames
       Parameters = [ for parameter in model.Parameters -> parameter.Name, bitsOf (model.Values(parameter).ToArray()) ] |}
