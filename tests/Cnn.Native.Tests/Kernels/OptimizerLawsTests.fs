/// Laws of the optimizers' kernels, against their definitions in double precision.
module Cnn.Native.Tests.OptimizerLawsTests

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
open Cnn.Native.Tests.OptimizerOperations

let private isWithin (tolerance: float) (expected: float) (actual: float32) =
    // The negation counts a NaN as too far.
    if not (abs (expected - float actual) <= tolerance) then
        failwith $"{actual:R} is not {expected:R} ± {tolerance:G3}"

let private steps = 150

/// So many steps of a kernel on drawn parameters and gradients, and the same in double precision: `inDouble` takes the gradients of one
/// parameter and its start, and gives where it ends and how far roundings in single precision can carry it.
let private goesWhere (set: string) memories (drawStep: Data -> int -> 'step) kernel (inDouble: 'step[] -> float[] -> float -> float * float) =
    check 40 (Prop.forAll vectors (fun s ->
        let data = Data s.Seed
        let settings = Array.map (drawStep data) [| 1..steps |]
        let start = Array.init s.Count (fun _ -> data.Fraction())
        let gradients = [| for _ in settings -> Array.init s.Count (fun _ -> data.Fraction()) |]

        let training =
            case
                [ yield updates "parameters" Exact start
                  for memory in memories do
                      yield updates memory Exact (Array.zeroCreate s.Count)
                  yield reads "gradients" (Floats(Array.concat gradients)) ]
                (fun kernels at ->
                    settings
                    |> Array.iteri (fun t step ->
                        let gradient = NativeInterop.NativePtr.add (at.Floats "gradients") (t * s.Count)
                        kernel (kernels: KernelSet) (at: Pointers) s.Count gradient step))

        match run Aligned nanf (named set) training with
        | Floats parameters :: _ ->
            for i in 0 .. s.Count - 1 do
                let expected, error = inDouble settings (gradients |> Array.map (fun g -> float g[i])) (float start[i])
                isWithin error expected parameters[i]
        | _ -> failwith "an optimizer updates the parameters"))

/// Adam as in the paper: in step t the moments are off by a few ε for each step so far, relative to the sums of absolute values in them.
let private adamInDouble (steps: AdamStep[]) (gradients: float[]) (parameter: float) =
    let mutable theta, m, v, absoluteM, error = parameter, 0.0, 0.0, 0.0, 0.0

    for t in 1 .. steps.Length do
        let step = steps[t - 1]
        let g = gradients[t - 1] + float step.WeightDecay * theta
        let beta1, beta2 = float step.Beta1, float step.Beta2
        m <- beta1 * m + (1.0 - beta1) * g
        v <- beta2 * v + (1.0 - beta2) * g * g
        absoluteM <- beta1 * absoluteM + (1.0 - beta1) * (abs gradients[t - 1] + float step.WeightDecay * abs theta)
        let scale = float step.LearningRate / (sqrt (v / float step.Correction2) + float step.Epsilon) / float step.Correction1
        theta <- float step.Keep * theta - scale * m
        // With decay through the gradient, the error so far comes back in it.
        error <- error * (1.0 + 4.0 * scale * float step.WeightDecay) + epsilon * (float (3 * t + 8) * scale * absoluteM + 2.0 * abs theta)

    theta, error

[<Theory; ForEachKernelSet>]
let ``Many steps of Adam go where the papers' algorithms go in double precision`` (set: string) =
    goesWhere
        set
        [ "firstMoment"; "secondMoment" ]
        adamStep
        (fun kernels at count gradient step ->
            kernels.Adam(count, at.Floats "parameters", gradient, at.Floats "firstMoment", at.Floats "secondMoment", &step))
        adamInDouble

/// The velocity is off by a few ε for each step so far, relative to the sum of absolute values in it; with decay the error comes back.
let private sgdInDouble (steps: SgdStep[]) (gradients: float[]) (parameter: float) =
    let mutable theta, velocity, absolute, error = parameter, 0.0, 0.0, 0.0

    for t in 1 .. steps.Length do
        let step = steps[t - 1]
        let momentum, decay, rate = float step.Momentum, float step.WeightDecay, float step.LearningRate
        let g = gradients[t - 1] + decay * theta
        velocity <- momentum * velocity + g
        absolute <- momentum * absolute + abs gradients[t - 1] + decay * abs theta
        theta <- theta - rate * (if step.Nesterov then g + momentum * velocity else velocity)
        error <- error * (1.0 + 20.0 * rate * decay) + epsilon * (float (3 * t + 8) * rate * 2.0 * absolute + abs theta)

    theta, error

[<Theory; ForEachKernelSet>]
let ``Many steps of gradient descent go where its definition goes in double precision`` (set: string) =
    goesWhere
        set
        [ "velocity" ]
        (fun data -> let step = sgdStep data in fun _ -> step)
        (fun kernels at count gradient step -> kernels.Sgd(count, at.Floats "parameters", gradient, at.Floats "velocity", &step))
        sgdInDouble

let private rmsPropInDouble (steps: RmsPropStep[]) (gradients: float[]) (parameter: float) =
    let mutable theta, square, velocity, absolute, error = parameter, 0.0, 0.0, 0.0, 0.0

    for t in 1 .. steps.Length do
        let step = steps[t - 1]
        let keep, momentum, decay, rate = float step.Smoothing, float step.Momentum, float step.WeightDecay, float step.LearningRate
        let g = gradients[t - 1] + decay * theta
        square <- keep * square + (1.0 - keep) * g * g
        let root = sqrt square + float step.Epsilon
        velocity <- momentum * velocity + g / root
        absolute <- momentum * absolute + (abs gradients[t - 1] + decay * abs theta) / root
        theta <- theta - rate * velocity
        error <- error * (1.0 + 40.0 * rate * decay / root) + epsilon * (float (3 * t + 8) * rate * absolute + abs theta)

    theta, error

[<Theory; ForEachKernelSet>]
let ``Many steps of RMSprop go where its definition goes in double precision`` (set: string) =
    goesWhere
        set
        [ "meanSquare"; "velocity" ]
        (fun data -> let step = rmsPropStep data in fun _ -> step)
        (fun kernels at count gradient step ->
            kernels.RmsProp(count, at.Floats "parameters", gradient, at.Floats "meanSquare", at.Floats "velocity", &step))
        rmsPropInDouble

let private after kernels operation =
    run Aligned nanf kernels operation

[<Theory; ForEachKernelSet>]
let ``Smoothed labels are the mean over all labels, in the parts of the smoothing`` (set: string) =
    let kernels = named set

    check 100 (Prop.forAll classes (fun s ->
        // The loss is linear in the target: 1 − ε of the label's own, and ε of the mean of the losses of all labels.
        let s = { s with Magnitude = min s.Magnitude 30f; Images = max 1 s.Images }
        let smoothed = softmaxCrossEntropy false 0.1f s

        let withLabels (label: int option) =
            let plain = softmaxCrossEntropy false 0f s

            let relabelled =
                plain.Buffers
                |> List.map (fun buffer ->
                    match label, buffer.Content with
                    | Some label, Ints labels -> { buffer with Content = Ints(Array.create labels.Length label) }
                    | _ -> buffer)

            match after kernels { plain with Buffers = relabelled } with
            | [ _; Floats losses; _; Floats gradients ] -> Array.map float losses, Array.map float gradients
            | _ -> failwith "softmax cross-entropy has two results"

        let mean (values: float[][]) = Array.init values[0].Length (fun i -> values |> Array.averageBy (fun all -> all[i]))
        let ownLosses, ownGradients = withLabels None
        let losses, gradients = Array.unzip [| for label in 0 .. s.Classes - 1 -> withLabels (Some label) |]
        let expected own (all: float[][]) = Array.map2 (fun own mean -> 0.9 * own + 0.1 * mean) own (mean all)

        match after kernels smoothed with
        | [ _; Floats actualLosses; _; Floats actualGradients ] ->
            let tolerance = 4.0 * float (s.Classes + 16) * epsilon
            Array.iter2 (fun loss actual -> isWithin (tolerance * max 1.0 loss) loss actual) (expected ownLosses losses) actualLosses
            Array.iter2 (isWithin tolerance) (expected ownGradients gradients) actualGradients
        | _ -> failwith "softmax cross-entropy has two results"))
