/// Laws of the kernels that go value by value or row by row, against their definitions in double precision.
module Cnn.Native.Tests.PointwiseLawsTests

open System
open FsCheck.FSharp
open Xunit
open Cnn.Kernels
open Cnn.Native.Tests.GuardedMemory
open Cnn.Native.Tests.KernelCases
open Cnn.Native.Tests.KernelData
open Cnn.Native.Tests.KernelOperations
open Cnn.Native.Tests.KernelSets
open Cnn.Native.Tests.KernelShapes

let private times = 250

let private isWithin (tolerance: float) (expected: float) (actual: float32) =
    // The negation counts a NaN as too far.
    if not (abs (expected - float actual) <= tolerance) then
        failwith $"{actual:R} is not {expected:R} ± {tolerance:G3}"

let private results kernels case = run Aligned nanf kernels case

let private relu kernels values =
    match
        results
            kernels
            (case [ reads "input" (Floats values); writes "output" Exact values.Length ] (fun kernels at ->
                kernels.ReluForward(values.Length, at.Floats "input", at.Floats "output")))
    with
    | [ _; Floats output ] -> output
    | _ -> failwith "ReLU has one result"

let private reluGradient kernels output gradient =
    match
        results
            kernels
            (case
                [ reads "output" (Floats output); reads "outputGradient" (Floats gradient); writes "inputGradient" Exact output.Length ]
                (fun kernels at ->
                    kernels.ReluBackward(output.Length, at.Floats "output", at.Floats "outputGradient", at.Floats "inputGradient")))
    with
    | [ _; _; Floats inputGradient ] -> inputGradient
    | _ -> failwith "ReLU has one gradient"

[<Theory; ForEachKernelSet>]
let ``ReLU keeps what is positive and NaN, and nothing else`` (set: string) =
    check times (Prop.forAll vectors (fun s ->
        let input = Data(s.Seed).Values s.Values s.Count
        let expected = input |> Array.map (fun x -> if x > 0f || Single.IsNaN x then x else 0f)
        Assert.Equal<float32[]>(expected, relu (named set) input)))

[<Theory; ForEachKernelSet>]
let ``The gradient of ReLU is a central difference of it, and 0 at 0`` (set: string) =
    check times (Prop.forAll vectors (fun s ->
        let data, kernels = Data s.Seed, named set
        let input, gradient = data.Values Ties s.Count, data.Values Ties s.Count
        let difference = Array.map2 (-) (relu kernels (Array.map ((+) 0.5f) input)) (relu kernels (Array.map ((+) -0.5f) input))
        let expected = Array.map3 (fun x slope g -> if x = 0f then 0f else slope * g) input difference gradient
        Assert.Equal<float32[]>(expected, reluGradient kernels (relu kernels input) gradient)))

[<Theory; ForEachKernelSet>]
let ``ReLU6 keeps what lies between 0 and 6, and NaN, and its gradient is a central difference of it, and 0 at both ends`` (set: string) =
    let kernels = named set

    let pointwise (values: float32[]) call =
        match results kernels (case [ reads "input" (Floats values); writes "output" Exact values.Length ] call) with
        | [ _; Floats output ] -> output
        | _ -> failwith "ReLU6 has one result"

    let relu6 (values: float32[]) =
        pointwise values (fun kernels at -> kernels.Relu6Forward(values.Length, at.Floats "input", at.Floats "output"))

    let gradient (output: float32[]) =
        let ones = Array.create output.Length 1f

        match
            results
                kernels
                (case
                    [ reads "output" (Floats output); reads "outputGradient" (Floats ones); writes "inputGradient" Exact output.Length ]
                    (fun kernels at -> kernels.Relu6Backward(output.Length, at.Floats "output", at.Floats "outputGradient", at.Floats "inputGradient")))
        with
        | [ _; _; Floats inputGradient ] -> inputGradient
        | _ -> failwith "ReLU6 has one gradient"

    check times (Prop.forAll vectors (fun s ->
        let input = Data(s.Seed).Values s.Values s.Count
        let expected = input |> Array.map (fun x -> if Single.IsNaN x then x elif x <= 0f then 0f else min x 6f)
        Assert.Equal<float32[]>(expected, relu6 input)
        // Whole numbers from -8 to 9: both ends are among them.
        let whole = Array.init s.Count (fun i -> float32 ((i + s.Seed) % 18 - 8))
        let difference = Array.map2 (-) (relu6 (Array.map ((+) 0.5f) whole)) (relu6 (Array.map ((+) -0.5f) whole))
        let slopes = Array.map2 (fun x slope -> if x = 0f || x = 6f then 0f else slope) whole difference
        Assert.Equal<float32[]>(slopes, gradient (relu6 whole))))

let private softmaxInDouble (logits: float32[]) =
    let largest = float (Array.max logits)
    let exponentials = logits |> Array.map (fun x -> exp (float x - largest))
    let sum = Array.sum exponentials
    exponentials |> Array.map (fun e -> e / sum), largest + log sum

let private rowsOf (s: ClassesShape) (values: float32[]) =
    if s.Images = 0 then [||] else Array.chunkBySize s.Classes values

/// Roundings of exponentials and of their sum.
let private tolerance (s: ClassesShape) = float (s.Classes + 16) * epsilon

[<Theory; ForEachKernelSet>]
let ``Softmax is finite and each row adds up to 1, however large the logits`` (set: string) =
    check times (Prop.forAll classes (fun s ->
        // Up to the largest floats there are.
        for s in [ s; { s with Center = 0f; Magnitude = 3e38f } ] do
            match softmax s |> results (named set) with
            | [ Floats logits; Floats probabilities ] ->
                for logits, probabilities in Array.zip (rowsOf s logits) (rowsOf s probabilities) do
                    let expected, _ = softmaxInDouble logits
                    Array.iter2 (isWithin (tolerance s)) expected probabilities
                    isWithin (tolerance s) 1.0 (Array.sum probabilities)
            | _ -> failwith "softmax has one result"))

[<Theory; ForEachKernelSet>]
let ``The loss is what the label's probability says and its gradient softmax less one-hot, to the last few bits`` (set: string) =
    check times (Prop.forAll classes (fun s ->
        match softmaxCrossEntropy false 0f s |> results (named set) with
        | [ Ints labels; Floats losses; Floats logits; Floats gradients ] ->
            Array.zip (rowsOf s logits) (rowsOf s gradients)
            |> Array.iteri (fun image (logits, gradients) ->
                let label = int labels[image]
                let probabilities, logarithm = softmaxInDouble logits
                let loss = logarithm - float logits[label]
                // However large the logits are: it is their difference that counts, and that is one rounding.
                isWithin (tolerance s * max 1.0 loss) loss losses[image]

                gradients
                |> Array.iteri (fun c gradient ->
                    isWithin (tolerance s) ((probabilities[c] - if c = label then 1.0 else 0.0) * 0.25) gradient))
        | _ -> failwith "softmax cross-entropy has two results"))

[<Theory; ForEachKernelSet>]
let ``The gradient of softmax cross-entropy is a central difference of the loss`` (set: string) =
    check times (Prop.forAll classes (fun s ->
        let s = { s with Center = 0f; Magnitude = min s.Magnitude 2f; Images = max 1 s.Images }
        let forward = softmaxCrossEntropy false 0f s

        let outcome logits =
            let withLogits =
                forward.Buffers |> List.map (fun buffer -> if buffer.Name = "logits" then { buffer with Content = Floats logits } else buffer)

            match results (named set) { forward with Buffers = withLogits } with
            | [ _; Floats losses; _; Floats gradient ] -> losses, gradient
            | _ -> failwith "softmax cross-entropy has two results"

        let logits = match forward.Buffers |> List.find (fun b -> b.Name = "logits") with { Content = Floats values } -> values | _ -> [||]
        let at = Random(s.Seed).Next logits.Length
        let step = 1f / 16f

        let moved by =
            let losses, _ = outcome (Array.mapi (fun i x -> if i = at then x + by else x) logits)
            losses[at / s.Classes]

        let _, gradient = outcome logits
        let difference = (float (moved step) - float (moved -step)) / (2.0 * float step)

        // The third derivative of the loss is at most 0.1: that much over six, times the square of the step, is cut off;
        // the rest is the rounding of two losses of at most ln 256 + 4 < 10, and of the moved logits.
        let cutOff = 0.1 / 6.0 * float (step * step)
        let rounding = 10.0 * tolerance s / float step
        isWithin (0.25 * (cutOff + rounding)) (0.25 * difference) gradient[at]))

[<Theory; ForEachKernelSet>]
let ``What is computed in place is what is computed beside it, bit for bit`` (set: string) =
    let kernels = named set
    let last case = results kernels case |> List.last

    check times (Prop.forAll vectors (fun s ->
        Assert.Equal(last (reluForward s), last (reluForwardInPlace s))
        Assert.Equal(last (reluBackward s), last (reluBackwardInPlace s))))

    check times (Prop.forAll classes (fun s ->
        Assert.Equal(last (softmax s), last (softmaxInPlace s))
        Assert.Equal(last (softmaxCrossEntropy false 0f s), last (softmaxCrossEntropy true 0f s))))
