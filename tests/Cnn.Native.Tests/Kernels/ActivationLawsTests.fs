/// Laws of the activations and of dropout, of each set of kernels by itself.
module Cnn.Native.Tests.ActivationLawsTests

open System
open FSharp.NativeInterop
open Xunit
open Cnn.Kernels
open Cnn.Memory
open Cnn.Native.Tests.KernelSets

/// A function over many values, from the smallest floats there are to the largest.
let private mapped (call: int * nativeptr<float32> * nativeptr<float32> -> unit) (values: float32[]) =
    use input = new NativeBuffer<float32>(values.Length)
    use output = new NativeBuffer<float32>(values.Length)
    values.CopyTo(input.Span(0, values.Length))
    call (values.Length, input.Pointer, output.Pointer)
    output.Span(0, values.Length).ToArray()

let private everywhere =
    [| for magnitude in [ 0.0; 1e-40; 1e-20; 1e-6; 1e-3 ] @ [ 0.01 .. 0.01 .. 12.0 ] @ [ 20.0; 43.0; 86.9; 87.1; 88.8; 104.0; 1e4; 1e20; 3e38 ] do
           float32 magnitude
           float32 -magnitude |]

/// erf by its series, for the sizes at which single precision sees anything of it.
let private normalDistribution x =
    let rec series term sum n =
        if abs term < 1e-18 then sum else series (term * x * x / (n + 2.0)) (sum + term) (n + 2.0)

    if x < -7.0 then 0.0
    elif x > 7.0 then 1.0
    else 0.5 + exp (-x * x / 2.0) / sqrt (2.0 * Math.PI) * series x 0.0 1.0

let private isNear expected tolerance x (actual: float32) =
    // The negation counts a NaN as too far.
    if not (abs (expected x - float actual) <= tolerance x) then
        failwith $"at {x:R} it is {actual:R} and not {expected x:R}"

let private each (call: KernelSet -> int * nativeptr<float32> * nativeptr<float32> -> unit) (set: string) expected tolerance =
    Array.iter2 (fun (x: float32) actual -> isNear expected tolerance (float x) actual) everywhere (mapped (call (named set)) everywhere)

[<Theory; ForEachKernelSet>]
let ``GELU is x times the normal distribution, to within 5e-7 x`` (set: string) =
    each (fun kernels -> kernels.GeluForward) set (fun x -> x * normalDistribution x) (fun x -> 5e-7 * abs x + 1e-38)

[<Theory; ForEachKernelSet>]
let ``tanh is right in all its digits but the last few`` (set: string) =
    each (fun kernels -> kernels.TanhForward) set tanh (fun x -> 5e-7 * abs (tanh x))

[<Theory; ForEachKernelSet>]
let ``The logistic function is right in all its digits but the last few`` (set: string) =
    let logistic x = 1.0 / (1.0 + exp -x)
    each (fun kernels -> kernels.SigmoidForward) set logistic (fun x -> 5e-7 * logistic x + 1e-37)

[<Theory; ForEachKernelSet>]
let ``The gradient of GELU is a central difference of it`` (set: string) =
    let points = everywhere |> Array.filter (fun x -> abs x < 20f)

    let gradient =
        use input = new NativeBuffer<float32>(points.Length)
        use ones = new NativeBuffer<float32>(points.Length)
        points.CopyTo(input.Span(0, points.Length))
        ones.Span(0, points.Length).Fill 1f
        (named set).GeluBackward(points.Length, input.Pointer, ones.Pointer, ones.Pointer)
        ones.Span(0, points.Length).ToArray()

    let gelu x = x * normalDistribution x
    Array.iter2 (fun (x: float32) -> isNear (fun x -> (gelu (x + 1e-5) - gelu (x - 1e-5)) / 2e-5) (fun _ -> 2e-6) (float x)) points gradient

let private dropped (set: string) key (rate: float) count =
    let kernels = named set
    mapped (fun (count, source, target) -> kernels.Dropout(count, key, uint32 (rate * 16777216.0), 1f, source, target)) (Array.create count 1f)

[<Theory; ForEachKernelSet>]
let ``Dropout drops the share it is asked to, and the values of another key are others`` (set: string) =
    for rate in [ 0.0; 0.1; 0.5; 0.9 ] do
        let count = 100_000
        // Six standard deviations of a binomial distribution.
        let most = 6.0 * sqrt (rate * (1.0 - rate) * float count)

        for key in [ 0UL; 1UL; 1UL <<< 32; 0x0123456789ABCDEFUL ] do
            let values = dropped set key rate count
            Assert.All(values, fun value -> Assert.True((value = 0f || value = 1f)))
            Assert.InRange(float count * rate - float (values |> Seq.filter ((=) 0f) |> Seq.length), -most, most)

            // Of two keys, and of neighbours, as many agree as of independent ones.
            for other in [ dropped set (key + 1UL) rate count; dropped set (key + (1UL <<< 32)) rate count; Array.append values[1..] [| 0f |] ] do
                let agreeing = rate * rate + (1.0 - rate) * (1.0 - rate)
                let agree = Seq.map2 (=) values other |> Seq.filter id |> Seq.length
                let most = 6.0 * sqrt (agreeing * (1.0 - agreeing) * float count) + 1.0
                Assert.InRange(float count * agreeing - float agree, -most, most)
