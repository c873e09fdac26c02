/// Every operation of a KernelSet as a table: which buffers it has, what is in them, and how it is called.
/// The laws run over this table, and each new kernel is held to all of them by one entry here.
module Cnn.Native.Tests.KernelOperations

open System
open Microsoft.FSharp.NativeInterop
open Cnn.Kernels
open Cnn.Native.Tests.ExtremeShapes
open Cnn.Native.Tests.KernelCases
open Cnn.Native.Tests.KernelData
open Cnn.Native.Tests.KernelShapes
open Cnn.Native.Tests.LayerOperations
open Cnn.Native.Tests.OptimizerOperations
open Cnn.Native.Tests.WarpOperations

let private gemm (s: GemmShape) =
    let data = Data s.Seed
    // Of the two strides of an operand the one is that between neighbours, the other that between whole lines of them.
    let strides transposed rows columns step gap =
        if transposed then step, rows * step + gap else columns * step + gap, step

    let aRow, aColumn = strides s.ATransposed s.M s.K s.AStep s.AGap
    let bRow, bColumn = strides s.BTransposed s.K s.N 1 s.BGap
    let cRow = s.N + s.CGap

    // From the first element to the last, with NaN in the gaps, where nobody has any business.
    let matrix rows columns row column isFilled =
        let values = Array.create ((rows - 1) * row + (columns - 1) * column + 1) nanf

        if isFilled then
            for i in 0 .. rows - 1 do
                for j in 0 .. columns - 1 do
                    values[i * row + j * column] <- data.Number()

        values

    case
        [ reads "a" (Floats(matrix s.M s.K aRow aColumn true))
          reads "b" (Floats(matrix s.K s.N bRow bColumn true))
          updates "c" (data.SumOf(s.K + 1)) (matrix s.M s.N cRow 1 s.Accumulate) ]
        (fun kernels at ->
            kernels.Gemm(s.M, s.N, s.K, at.Floats "a", aRow, aColumn, at.Floats "b", bRow, bColumn, at.Floats "c", cRow, s.Accumulate))

/// Some output rows of a convolution, anywhere in it.
let private someRows (data: Data) (s: ConvolutionShape) =
    let firstRow = data.Below s.Geometry.OutputHeight
    firstRow, 1 + data.Below(s.Geometry.OutputHeight - firstRow)

let private col2Im (s: ConvolutionShape) =
    let data, g = Data s.Seed, s.Geometry
    let firstRow, rows = someRows data s

    case
        [ reads "columns" (Floats(data.Numbers(rows * g.OutputWidth * g.PatchLength)))
          updates "image" (data.SumOf(g.KernelHeight * g.KernelWidth + 1)) (data.Numbers g.InputLength) ]
        (fun kernels at -> kernels.Col2Im(&g, at.Floats "columns", firstRow, rows, at.Floats "image"))

/// Scratch in which packed weights or sums stand before what a pass asks for itself.
let private withPacked (packedLength: KernelSet -> int) (g: ConvolutionGeometry) (kernels: KernelSet) =
    packedLength kernels + kernels.ConvolutionScratch &g

/// What is packed has a form of each set's own, so only the pages at its ends judge it here; the passes that read it judge the values.
let private packForwardWeights (s: ConvolutionShape) =
    let data, g = Data s.Seed, s.Geometry

    { case
          [ reads "weight" (Floats(data.Numbers g.WeightLength)); reads "bias" (Floats(data.Numbers s.Filters)) ]
          (fun kernels at -> kernels.PackForwardWeights(&g, at.Floats "weight", at.Floats "bias", at.Scratch)) with
        Scratch = fun kernels -> kernels.ForwardWeightsLength &g }

let private packBackwardWeights (s: ConvolutionShape) =
    let data, g = Data s.Seed, s.Geometry

    { case
          [ reads "weight" (Floats(data.Numbers g.WeightLength)) ]
          (fun kernels at -> kernels.PackBackwardWeights(&g, at.Floats "weight", at.Scratch)) with
        Scratch = fun kernels -> kernels.BackwardWeightsLength &g }

/// The tolerance of a convolution's sums of so many products. By squares, each is made of the products at the 36 places of a transformed square,
/// however few terms it has itself.
let private sumOf (data: Data) (s: ConvolutionShape) terms =
    if isBySquares s then SumAmong(max terms 36) else data.SumOf terms

let convolutionForward (s: ConvolutionShape) =
    let data, g = Data s.Seed, s.Geometry

    { case
          [ reads "input" (Floats(data.Numbers(s.Images * g.InputLength)))
            reads "weight" (Floats(data.Numbers g.WeightLength))
            reads "bias" (Floats(data.Numbers s.Filters))
            writes "output" (sumOf data s (g.PatchLength + 1)) (s.Images * g.OutputLength) ]
          (fun kernels at ->
              kernels.PackForwardWeights(&g, at.Floats "weight", at.Floats "bias", at.Scratch)
              let scratch = NativePtr.add at.Scratch (kernels.ForwardWeightsLength &g)
              kernels.ConvolutionForward(&g, s.Images, at.Floats "input", at.Scratch, at.Floats "output", scratch)) with
        Scratch = withPacked (fun kernels -> kernels.ForwardWeightsLength &g) g }

let private outputGradient (data: Data) (s: ConvolutionShape) =
    data.Gradient(s.Zeros, s.Images, s.Geometry.OutputHeight, s.Geometry.OutputWidth, s.Filters)

let convolutionInputGradient (s: ConvolutionShape) =
    let data, g = Data s.Seed, s.Geometry

    { case
          [ reads "outputGradient" (Floats(outputGradient data s))
            reads "weight" (Floats(data.Numbers g.WeightLength))
            writes "inputGradient" (sumOf data s (s.Filters * g.KernelHeight * g.KernelWidth)) (s.Images * g.InputLength) ]
          (fun kernels at ->
              kernels.PackBackwardWeights(&g, at.Floats "weight", at.Scratch)
              let scratch = NativePtr.add at.Scratch (kernels.BackwardWeightsLength &g)
              kernels.ConvolutionInputGradient(&g, s.Images, at.Floats "outputGradient", at.Scratch, at.Floats "inputGradient", scratch)) with
        Scratch = withPacked (fun kernels -> kernels.BackwardWeightsLength &g) g }

let convolutionWeightGradient (s: ConvolutionShape) =
    let data, g = Data s.Seed, s.Geometry
    let sum = sumOf data s (s.Images * g.OutputPixels)

    { case
          [ reads "input" (Floats(data.Numbers(s.Images * g.InputLength)))
            reads "outputGradient" (Floats(outputGradient data s))
            writes "weightGradient" sum g.WeightLength
            writes "biasGradient" (data.SumOf(s.Images * g.OutputPixels)) s.Filters ]
          (fun kernels at ->
              let scratch = NativePtr.add at.Scratch (kernels.WeightSumsLength &g)
              kernels.ConvolutionWeightGradient(
                  &g, s.Images, at.Floats "input", at.Floats "outputGradient", at.Scratch, at.Floats "biasGradient", scratch)
              kernels.UnpackWeightSums(&g, at.Scratch, at.Floats "weightGradient")) with
        Scratch = withPacked (fun kernels -> kernels.WeightSumsLength &g) g }

let maxPoolingForward (s: PoolingShape) =
    let data, g = Data s.Seed, s.Geometry

    case
        [ reads "input" (Floats(data.Values s.Values (s.Images * g.InputLength)))
          writes "output" Exact (s.Images * g.OutputLength)
          writesInts "index" (s.Images * g.OutputLength) ]
        (fun kernels at -> kernels.MaxPoolingForward(&g, s.Images, at.Floats "input", at.Floats "output", at.Ints "index"))

let private maxPoolingBackward (s: PoolingShape) =
    let data, g = Data s.Seed, s.Geometry

    // Anywhere in the window of each output.
    let index =
        [| for _ in 1 .. s.Images do
               for row in 0 .. g.OutputHeight - 1 do
                   for column in 0 .. g.OutputWidth - 1 do
                       for channel in 0 .. s.Channels - 1 do
                           let struct (top, bottom) = g.Rows row
                           let struct (left, right) = g.Columns column
                           ((top + data.Below(bottom - top)) * s.Width + left + data.Below(right - left)) * s.Channels + channel |]

    case
        [ reads "outputGradient" (Floats(data.Numbers(s.Images * g.OutputLength)))
          reads "index" (Ints index)
          writes "inputGradient" (data.SumOf(s.WindowHeight * s.WindowWidth)) (s.Images * g.InputLength) ]
        (fun kernels at ->
            kernels.MaxPoolingBackward(&g, s.Images, at.Floats "outputGradient", at.Ints "index", at.Floats "inputGradient"))

let denseForward (s: DenseShape) =
    let data = Data s.Seed

    case
        [ reads "input" (Floats(data.Numbers(s.Images * s.Inputs)))
          reads "weight" (Floats(data.Numbers(s.Outputs * s.Inputs)))
          reads "bias" (Floats(data.Numbers s.Outputs))
          writes "output" (data.SumOf(s.Inputs + 1)) (s.Images * s.Outputs) ]
        (fun kernels at ->
            kernels.DenseForward(s.Images, s.Inputs, s.Outputs, at.Floats "input", at.Floats "weight", at.Floats "bias", at.Floats "output"))

let denseInputGradient (s: DenseShape) =
    let data = Data s.Seed

    case
        [ reads "outputGradient" (Floats(data.Gradient(s.Zeros, s.Images, 1, 1, s.Outputs)))
          reads "weight" (Floats(data.Numbers(s.Outputs * s.Inputs)))
          writes "inputGradient" (data.SumOf s.Outputs) (s.Images * s.Inputs) ]
        (fun kernels at ->
            kernels.DenseInputGradient(
                s.Images, s.Inputs, s.Outputs, at.Floats "outputGradient", at.Floats "weight", at.Floats "inputGradient"))

let denseWeightGradient (s: DenseShape) =
    let data = Data s.Seed

    case
        [ reads "input" (Floats(data.Numbers(s.Images * s.Inputs)))
          reads "outputGradient" (Floats(data.Gradient(s.Zeros, s.Images, 1, 1, s.Outputs)))
          writes "weightGradient" (data.SumOf s.Images) (s.OutputCount * s.Inputs)
          writes "biasGradient" (data.SumOf s.Images) s.OutputCount ]
        (fun kernels at ->
            kernels.DenseWeightGradient(
                s.Images,
                s.Inputs,
                s.Outputs,
                s.FirstOutput,
                s.OutputCount,
                at.Floats "input",
                at.Floats "outputGradient",
                at.Floats "weightGradient",
                at.Floats "biasGradient"
            ))

let reluForward (s: VectorShape) =
    case
        [ reads "input" (Floats(Data(s.Seed).Values s.Values s.Count)); writes "output" Exact s.Count ]
        (fun kernels at -> kernels.ReluForward(s.Count, at.Floats "input", at.Floats "output"))

let reluForwardInPlace (s: VectorShape) =
    case
        [ updates "values" Exact (Data(s.Seed).Values s.Values s.Count) ]
        (fun kernels at -> kernels.ReluForward(s.Count, at.Floats "values", at.Floats "values"))

let reluBackward (s: VectorShape) =
    let data = Data s.Seed

    case
        [ reads "output" (Floats(data.Values s.Values s.Count))
          reads "outputGradient" (Floats(data.Values s.Values s.Count))
          writes "inputGradient" Exact s.Count ]
        (fun kernels at -> kernels.ReluBackward(s.Count, at.Floats "output", at.Floats "outputGradient", at.Floats "inputGradient"))

let reluBackwardInPlace (s: VectorShape) =
    let data = Data s.Seed

    case
        [ reads "output" (Floats(data.Values s.Values s.Count)); updates "gradient" Exact (data.Values s.Values s.Count) ]
        (fun kernels at -> kernels.ReluBackward(s.Count, at.Floats "output", at.Floats "gradient", at.Floats "gradient"))

/// Exponentials are good to a few roundings and their sum to one for each class; of a result near 0 only the distance counts.
let private probability (s: ClassesShape) =
    let roundings = float (s.Classes + 16) * epsilon
    Within(0.01 * roundings, roundings)

let private logits (data: Data) (s: ClassesShape) =
    Array.init (s.Images * s.Classes) (fun _ -> s.Center + data.Fraction() * s.Magnitude)

let softmax (s: ClassesShape) =
    case
        [ reads "logits" (Floats(logits (Data s.Seed) s)); writes "probabilities" (probability s) (s.Images * s.Classes) ]
        (fun kernels at -> kernels.Softmax(s.Images, s.Classes, at.Floats "logits", at.Floats "probabilities"))

let softmaxInPlace (s: ClassesShape) =
    case
        [ updates "logits" (probability s) (logits (Data s.Seed) s) ]
        (fun kernels at -> kernels.Softmax(s.Images, s.Classes, at.Floats "logits", at.Floats "logits"))

let softmaxCrossEntropy isInPlace smoothing (s: ClassesShape) =
    let data = Data s.Seed
    let scale = 0.25f
    let roundings = float (s.Classes + 16) * epsilon
    let values = logits data s

    let logitBuffers =
        if isInPlace then
            [ updates "logits" (Within(roundings, 0.0)) values ]
        else
            [ reads "logits" (Floats values); writes "logitGradient" (Within(roundings, 0.0)) values.Length ]

    case
        (reads "labels" (Ints(Array.init s.Images (fun _ -> data.Below s.Classes)))
         :: writes "loss" (Within(roundings, roundings)) s.Images
         :: logitBuffers)
        (fun kernels at ->
            let gradient = if isInPlace then "logits" else "logitGradient"

            kernels.SoftmaxCrossEntropy(
                s.Images, s.Classes, at.Floats "logits", at.Ints "labels", smoothing, scale, at.Floats "loss", at.Floats gradient))

let private add (s: VectorShape) =
    let data = Data s.Seed

    case
        [ reads "source" (Floats(data.Values s.Values s.Count)); updates "target" Exact (data.Values s.Values s.Count) ]
        (fun kernels at -> kernels.Add(s.Count, at.Floats "source", at.Floats "target"))

let private normalize (s: PixelsShape) =
    let data = Data s.Seed
    let fractions count = Floats(Array.init count (fun _ -> data.Fraction()))

    case
        [ reads "bytes" (Bytes(Array.init (s.Pixels * s.Channels) (fun _ -> byte (data.Below 256))))
          reads "scale" (fractions s.Channels)
          reads "offset" (fractions s.Channels)
          writes "output" Exact (s.Pixels * s.Channels) ]
        (fun kernels at ->
            kernels.Normalize(s.Pixels, s.Channels, at.Bytes "bytes", at.Floats "scale", at.Floats "offset", at.Floats "output"))

let private reordered call (s: PixelsShape) =
    let length = s.Images * s.Pixels * s.Channels

    case
        [ reads "input" (Floats(Array.init length float32)); writes "output" Exact length ]
        (fun (kernels: KernelSet) at -> call kernels (s.Images, s.Pixels, s.Channels, at.Floats "input", at.Floats "output"))

/// The same without biases: the kernel gets null in their place, and in that of their gradient.
let private withoutBiases (toCase: 'shape -> Case) (shape: 'shape) =
    let case = toCase shape
    let isBias name = name = "bias" || name = "biasGradient"
    let call kernels (at: Pointers) = case.Call kernels (Pointers(fun name -> if isBias name then 0n else NativePtr.toNativeInt (at.Bytes name)))
    { case with Buffers = case.Buffers |> List.filter (fun buffer -> not (isBias buffer.Name)); Call = call; Magnitudes = call }

/// The table. Each name begins with that of the kernel.
let operations =
    [ operation "Gemm" gemms gemm
      operation "Col2Im" convolutions col2Im
      operation "PackForwardWeights" convolutions packForwardWeights
      operation "PackBackwardWeights" convolutions packBackwardWeights
      operation "PackForwardWeights with dilation and groups" groupedConvolutions packForwardWeights
      operation "PackBackwardWeights with dilation and groups" groupedConvolutions packBackwardWeights
      operation "ConvolutionForward" convolutions convolutionForward
      operation "ConvolutionInputGradient" convolutions convolutionInputGradient
      operation "ConvolutionWeightGradient" convolutions convolutionWeightGradient
      operation "ConvolutionForward with dilation and groups" groupedConvolutions convolutionForward
      operation "ConvolutionInputGradient with dilation and groups" groupedConvolutions convolutionInputGradient
      operation "ConvolutionWeightGradient with dilation and groups" groupedConvolutions convolutionWeightGradient
      operation "PackForwardWeights without biases" convolutions (withoutBiases packForwardWeights)
      operation "ConvolutionForward without biases" convolutions (withoutBiases convolutionForward)
      operation "ConvolutionForward without biases, with dilation and groups" groupedConvolutions (withoutBiases convolutionForward)
      operation "ConvolutionWeightGradient without biases" convolutions (withoutBiases convolutionWeightGradient)
      operation "ConvolutionWeightGradient without biases, with dilation and groups" groupedConvolutions (withoutBiases convolutionWeightGradient)
      operation "Col2Im of extreme sizes" extremePlainConvolutions col2Im
      operation "ConvolutionForward of extreme sizes" extremeConvolutions convolutionForward
      operation "ConvolutionInputGradient of extreme sizes" extremeConvolutions convolutionInputGradient
      operation "ConvolutionWeightGradient of extreme sizes" extremeConvolutions convolutionWeightGradient
      operation "MaxPoolingForward" poolings maxPoolingForward
      operation "MaxPoolingBackward" poolings maxPoolingBackward
      operation "MaxPoolingForward of extreme sizes" extremePoolings maxPoolingForward
      operation "MaxPoolingBackward of extreme sizes" extremePoolings maxPoolingBackward
      operation "DenseForward" denses denseForward
      operation "DenseInputGradient" denses denseInputGradient
      operation "DenseWeightGradient" denses denseWeightGradient
      operation "DenseForward without biases" denses (withoutBiases denseForward)
      operation "DenseWeightGradient without biases" denses (withoutBiases denseWeightGradient)
      operation "ReluForward" vectors reluForward
      operation "ReluForward in place" vectors reluForwardInPlace
      operation "ReluBackward" vectors reluBackward
      operation "ReluBackward in place" vectors reluBackwardInPlace
      operation "Softmax" classes softmax
      operation "Softmax over its logits" classes softmaxInPlace
      operation "SoftmaxCrossEntropy" classes (softmaxCrossEntropy false 0f)
      operation "SoftmaxCrossEntropy over its logits" classes (softmaxCrossEntropy true 0f)
      operation "SoftmaxCrossEntropy with smoothed labels" classes (softmaxCrossEntropy false 0.1f)
      operation "Add" vectors add
      operation "Normalize" pixels normalize
      operation "ChannelsFirst" pixels (reordered (fun kernels -> kernels.ChannelsFirst))
      operation "ChannelsLast" pixels (reordered (fun kernels -> kernels.ChannelsLast)) ]
    @ layerOperations
    @ optimizerOperations
    @ warpOperations
