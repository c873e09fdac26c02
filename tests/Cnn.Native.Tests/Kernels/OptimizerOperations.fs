/// The operations of the optimizers in the table of kernels.
module Cnn.Native.Tests.OptimizerOperations

open System
open Cnn.Kernels
open Cnn.Native.Tests.KernelCases
open Cnn.Native.Tests.KernelData
open Cnn.Native.Tests.KernelShapes

let private fractions (data: Data) count = Array.init count (fun _ -> data.Fraction())

/// A weight decay that is felt, or none.
let private decay (data: Data) = if data.Chance 50 then 0.1f else 0f

/// Settings of Adam for the given step: the usual ones, and some in which ε is felt and the moments forget sooner; with weight decay
/// through the gradient, past it, or not at all.
let adamStep (data: Data) =
    let beta1, beta2 = if data.Chance 50 then 0.9f, 0.999f else 0.5f, 0.9f
    let epsilon = [| 1e-8f; 1e-3f; 1f |][data.Below 3]
    let weightDecay, keep = [| 0f, 1f; 0.1f, 1f; 0f, 0.99f |][data.Below 3]
    let correction (beta: float32) time = float32 (1.0 - Math.Pow(float beta, float time))
    fun (time: int) -> AdamStep(0.01f, beta1, beta2, epsilon, correction beta1 time, correction beta2 time, weightDecay, keep)

let sgdStep (data: Data) =
    SgdStep(0.01f, [| 0f; 0.5f; 0.9f |][data.Below 3], data.Chance 50, decay data)

let rmsPropStep (data: Data) =
    RmsPropStep(0.01f, [| 0.5f; 0.99f |][data.Below 2], [| 1e-8f; 1e-3f; 1f |][data.Below 3], [| 0f; 0.9f |][data.Below 2], decay data)

let private adam (s: VectorShape) =
    let data = Data s.Seed
    let step = adamStep data (1 + data.Below 2000)

    let call (step: AdamStep) (kernels: KernelSet) (at: Pointers) =
        kernels.Adam(
            s.Count, at.Floats "parameters", at.Floats "gradient", at.Floats "firstMoment", at.Floats "secondMoment", &step)

    // Thirteen roundings on the longest way to a parameter, each half of ε.
    { case
          [ updates "parameters" (Sum 20) (fractions data s.Count)
            reads "gradient" (Floats(fractions data s.Count))
            updates "firstMoment" (Sum 6) (fractions data s.Count)
            updates "secondMoment" (Sum 10) (fractions data s.Count |> Array.map abs) ]
          (call step) with
        // The step is subtracted: a negative rate adds its absolute value.
        Magnitudes =
            call (
                AdamStep(
                    -step.LearningRate, step.Beta1, step.Beta2, step.Epsilon, step.Correction1, step.Correction2, step.WeightDecay, step.Keep)) }

let private sgd (s: VectorShape) =
    let data = Data s.Seed
    let step = sgdStep data

    let call (step: SgdStep) (kernels: KernelSet) (at: Pointers) =
        kernels.Sgd(s.Count, at.Floats "parameters", at.Floats "gradient", at.Floats "velocity", &step)

    { case
          [ updates "parameters" (Sum 8) (fractions data s.Count)
            reads "gradient" (Floats(fractions data s.Count))
            updates "velocity" (Sum 4) (fractions data s.Count) ]
          (call step) with
        Magnitudes = call (SgdStep(-step.LearningRate, step.Momentum, step.Nesterov, step.WeightDecay)) }

let private rmsProp (s: VectorShape) =
    let data = Data s.Seed
    let step = rmsPropStep data
    let parameters, gradient = fractions data s.Count, fractions data s.Count
    let square, velocity = fractions data s.Count |> Array.map abs, fractions data s.Count

    let call (step: RmsPropStep) (kernels: KernelSet) (at: Pointers) =
        kernels.RmsProp(
            s.Count, at.Floats "parameters", at.Floats "gradient", at.Floats "meanSquare", at.Floats "velocity", &step)

    // With absolute values the mean of the squares is no smaller than it is, and what is divided by its root would be no bound:
    // the tolerance is that of quotients of at most 1 / √(1 − ρ) ≤ 10, some of them by a root that is hardly more than the rounding of g.
    let quotient = Within(3e-5, 3e-5)

    case
        [ updates "parameters" quotient parameters
          reads "gradient" (Floats gradient)
          updates "meanSquare" (Sum 10) square
          updates "velocity" quotient velocity ]
        (call step)

let private sumOfSquares (s: VectorShape) =
    let data = Data s.Seed

    case
        [ reads "values" (Floats(data.Numbers s.Count)); writes "sum" (data.SumOf s.Count) 1 ]
        (fun kernels at -> kernels.SumOfSquares(s.Count, at.Floats "values", at.Floats "sum"))

let private scale (s: VectorShape) =
    let data = Data s.Seed
    let factor = data.Fraction()

    case
        [ updates "values" Exact (data.Values s.Values s.Count) ]
        (fun kernels at -> kernels.Scale(s.Count, factor, at.Floats "values"))

let private movingAverage (s: VectorShape) =
    let data = Data s.Seed
    let keep = [| 0f; 0.5f; 0.999f |][data.Below 3]

    case
        [ reads "values" (Floats(fractions data s.Count)); updates "average" (Sum 3) (fractions data s.Count) ]
        (fun kernels at -> kernels.MovingAverage(s.Count, keep, at.Floats "values", at.Floats "average"))

/// Their part of the table. Each name begins with that of the kernel.
let optimizerOperations =
    [ operation "Adam" vectors adam
      operation "Sgd" vectors sgd
      operation "RmsProp" vectors rmsProp
      operation "SumOfSquares" vectors sumOfSquares
      operation "Scale" vectors scale
      operation "MovingAverage" vectors movingAverage ]
