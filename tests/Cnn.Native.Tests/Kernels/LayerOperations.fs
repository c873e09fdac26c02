/// The part of the table of operations that serves one kind of layer each: activations, dropout, average pooling.
module Cnn.Native.Tests.LayerOperations

open Cnn.Kernels
open Cnn.Native.Tests.ExtremeShapes
open Cnn.Native.Tests.KernelCases
open Cnn.Native.Tests.KernelData
open Cnn.Native.Tests.KernelShapes

/// One value in, one value out, beside the input and over it.
let private functions name tolerance (call: KernelSet -> int * nativeptr<float32> * nativeptr<float32> -> unit) =
    [ operation name vectors (fun s ->
          case
              [ reads "input" (Floats(Data(s.Seed).Values s.Values s.Count)); writes "output" tolerance s.Count ]
              (fun kernels at -> call kernels (s.Count, at.Floats "input", at.Floats "output")))
      operation $"{name} in place" vectors (fun s ->
          case
              [ updates "values" tolerance (Data(s.Seed).Values s.Values s.Count) ]
              (fun kernels at -> call kernels (s.Count, at.Floats "values", at.Floats "values"))) ]

/// The gradient of a function, from what the forward pass had or made, beside the gradient and over it.
let private gradients name tolerance (call: KernelSet -> int * nativeptr<float32> * nativeptr<float32> * nativeptr<float32> -> unit) =
    let values (s: VectorShape) =
        let data = Data s.Seed
        reads "values" (Floats(data.Values s.Values s.Count)), data.Values s.Values s.Count

    [ operation name vectors (fun s ->
          let values, gradient = values s

          case
              [ values; reads "outputGradient" (Floats gradient); writes "inputGradient" tolerance s.Count ]
              (fun kernels at -> call kernels (s.Count, at.Floats "values", at.Floats "outputGradient", at.Floats "inputGradient")))
      operation $"{name} in place" vectors (fun s ->
          let values, gradient = values s

          case
              [ values; updates "gradient" tolerance gradient ]
              (fun kernels at -> call kernels (s.Count, at.Floats "values", at.Floats "gradient", at.Floats "gradient"))) ]

let private slope = 0.125f

/// A relative distance, and for what is nearly 0 an absolute one below anything that counts.
let private relative = Within(1e-36, 5e-7)

/// Φ to within 5·10⁻⁷, for x up to 8 in size and times a gradient as large.
let private distribution = Within(8.0 * 5e-7, 1e-6)

let private dropout isInPlace (s: VectorShape) =
    let data = Data s.Seed
    let key = uint64 (data.Below 1000000) * 0x9E3779B97F4A7C15UL
    let threshold = uint32 (data.Below 5) <<< 22
    let values = data.Values s.Values s.Count

    let buffers =
        if isInPlace then
            [ updates "values" Exact values ]
        else
            [ reads "source" (Floats values); writes "target" Exact s.Count ]

    case buffers (fun kernels at ->
        let source, target = if isInPlace then "values", "values" else "source", "target"
        kernels.Dropout(s.Count, key, threshold, 1.75f, at.Floats source, at.Floats target))

let private averagePoolingForward (s: PoolingShape) =
    let data, g = Data s.Seed, s.Geometry

    case
        [ reads "input" (Floats(data.Numbers(s.Images * g.InputLength)))
          writes "output" (data.SumOf(s.WindowHeight * s.WindowWidth)) (s.Images * g.OutputLength) ]
        (fun kernels at -> kernels.AveragePoolingForward(&g, s.Images, at.Floats "input", at.Floats "output"))

let private averagePoolingBackward (s: PoolingShape) =
    let data, g = Data s.Seed, s.Geometry

    case
        [ reads "outputGradient" (Floats(data.Numbers(s.Images * g.OutputLength)))
          writes "inputGradient" (Sum(s.WindowHeight * s.WindowWidth)) (s.Images * g.InputLength) ]
        (fun kernels at -> kernels.AveragePoolingBackward(&g, s.Images, at.Floats "outputGradient", at.Floats "inputGradient"))

/// Values with a mean that may be far from 0, of which the specification's sums in double precision lose nothing.
let private farFromZero (data: Data) count =
    let center = [| 0f; 0f; 100f |][data.Below 3]
    Array.init count (fun _ -> center + data.Fraction())

let private channelMoments (s: PixelsShape) =
    let pixels = s.Images * s.Pixels

    case
        [ reads "input" (Floats(farFromZero (Data s.Seed) (pixels * s.Channels)))
          writes "mean" (Within(1e-6, 1e-6)) s.Channels
          writes "squares" (Within(1e-5, 5e-5)) s.Channels ]
        (fun kernels at -> kernels.ChannelMoments(pixels, s.Channels, at.Floats "input", at.Floats "mean", at.Floats "squares"))

let private channelProducts (s: PixelsShape) =
    let data = Data s.Seed
    let pixels = s.Images * s.Pixels
    // Sums of whole numbers are exact; of up to 360 products of numbers from −1 to 1 less than that is lost.
    let tolerance = if data.SumOf 1 = Exact then Exact else Within(1e-4, 1e-5)

    case
        [ reads "input" (Floats(data.Numbers(pixels * s.Channels)))
          reads "mean" (Floats(data.Numbers s.Channels))
          reads "outputGradient" (Floats(data.Numbers(pixels * s.Channels)))
          writes "sum" tolerance s.Channels
          writes "product" tolerance s.Channels ]
        (fun kernels at ->
            kernels.ChannelProducts(
                pixels, s.Channels, at.Floats "input", at.Floats "mean", at.Floats "outputGradient", at.Floats "sum", at.Floats "product"))

let private batchNormalizationForward isInPlace (s: PixelsShape) =
    let data = Data s.Seed
    let pixels = s.Images * s.Pixels
    let values = data.Values Special (pixels * s.Channels)

    case
        [ if isInPlace then
              yield updates "values" Exact values
          else
              yield reads "input" (Floats values)
              yield writes "output" Exact values.Length
          for name in [ "mean"; "scale"; "shift" ] do yield reads name (Floats(data.Numbers s.Channels)) ]
        (fun kernels at ->
            let input, output = if isInPlace then "values", "values" else "input", "output"

            kernels.BatchNormalizationForward(
                pixels, s.Channels, at.Floats input, at.Floats "mean", at.Floats "scale", at.Floats "shift", at.Floats output))

let private batchNormalizationBackward isInPlace (s: PixelsShape) =
    let data = Data s.Seed
    let pixels = s.Images * s.Pixels
    let values = data.Values Special (pixels * s.Channels)

    case
        [ yield reads "input" (Floats(data.Values Special values.Length))
          if isInPlace then
              yield updates "gradient" Exact values
          else
              yield reads "outputGradient" (Floats values)
              yield writes "inputGradient" Exact values.Length
          for name in [ "mean"; "scale"; "slope"; "shift" ] do yield reads name (Floats(data.Numbers s.Channels)) ]
        (fun kernels at ->
            let outputGradient, inputGradient = if isInPlace then "gradient", "gradient" else "outputGradient", "inputGradient"

            kernels.BatchNormalizationBackward(
                pixels, s.Channels, at.Floats "input", at.Floats outputGradient, at.Floats "mean", at.Floats "scale", at.Floats "slope",
                at.Floats "shift", at.Floats inputGradient))

let layerOperations =
    [ yield! functions "LeakyReluForward" Exact (fun kernels (count, input, output) -> kernels.LeakyReluForward(count, slope, input, output))
      yield! gradients "LeakyReluBackward" Exact (fun kernels (count, values, gradient, target) ->
          kernels.LeakyReluBackward(count, slope, values, gradient, target))
      yield! functions "Relu6Forward" Exact (fun kernels -> kernels.Relu6Forward)
      yield! gradients "Relu6Backward" Exact (fun kernels -> kernels.Relu6Backward)
      yield! functions "GeluForward" distribution (fun kernels -> kernels.GeluForward)
      yield! gradients "GeluBackward" (Within(64.0 * 5e-7, 1e-6)) (fun kernels -> kernels.GeluBackward)
      yield! functions "TanhForward" relative (fun kernels -> kernels.TanhForward)
      yield! gradients "TanhBackward" Exact (fun kernels -> kernels.TanhBackward)
      yield! functions "SigmoidForward" relative (fun kernels -> kernels.SigmoidForward)
      yield! gradients "SigmoidBackward" Exact (fun kernels -> kernels.SigmoidBackward)
      operation "Dropout" vectors (dropout false)
      operation "Dropout in place" vectors (dropout true)
      operation "AveragePoolingForward" poolings averagePoolingForward
      operation "AveragePoolingBackward" poolings averagePoolingBackward
      operation "AveragePoolingForward of extreme sizes" extremePoolings averagePoolingForward
      operation "AveragePoolingBackward of extreme sizes" extremePoolings averagePoolingBackward
      operation "ChannelMoments" pixels channelMoments
      operation "ChannelProducts" pixels channelProducts
      operation "BatchNormalizationForward" pixels (batchNormalizationForward false)
      operation "BatchNormalizationForward in place" pixels (batchNormalizationForward true)
      operation "BatchNormalizationBackward" pixels (batchNormalizationBackward false)
      operation "BatchNormalizationBackward in place" pixels (batchNormalizationBackward true) ]
