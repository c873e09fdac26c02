/// A call of a kernel with all its buffers, and what it takes to run it anywhere in memory and to judge the results.
module Cnn.Native.Tests.KernelCases

open System
open System.Runtime.InteropServices
open System.Text.RegularExpressions
open Microsoft.FSharp.NativeInterop
open FsCheck
open FsCheck.FSharp
open Cnn.Kernels
open Cnn.Native.Tests.GuardedMemory

/// How far a result may be from the specification's.
type Tolerance =
    /// Equal as numbers (so −0 is 0); NaN for NaN.
    | Exact
    /// A sum of so many products, in any order and with or without fused rounding: the bound of Higham,
    /// "Accuracy and Stability of Numerical Algorithms", section 3.1, n·u·Σ|a||b| for either side.
    /// Σ|a||b| is what the specification makes of the absolute values of all inputs.
    | Sum of terms: int
    /// Such a sum that is made together with its neighbours' and shares their rounding errors: the bound of the largest of them.
    | SumAmong of terms: int
    /// The larger of an absolute and a relative distance.
    | Within of absolute: float * relative: float

type Role =
    | Read
    /// Overwritten whatever it held.
    | Written of Tolerance
    /// Holds something that the result depends on, or that has to stay.
    | Updated of Tolerance

type Content =
    | Floats of float32[]
    | Ints of int[]
    | Bytes of byte[]

type Buffer =
    { Name: string
      Role: Role
      Content: Content }

/// Pointers to the buffers of a case, by name.
type Pointers(addressOf: string -> nativeint) =
    member _.Floats name : nativeptr<float32> = NativePtr.ofNativeInt (addressOf name)
    member _.Ints name : nativeptr<int> = NativePtr.ofNativeInt (addressOf name)
    member _.Bytes name : nativeptr<byte> = NativePtr.ofNativeInt (addressOf name)

    /// What a kernel may write anything to.
    member here.Scratch = here.Floats "scratch"

type Case =
    { Buffers: Buffer list
      /// How many floats of scratch a set of kernels asks for.
      Scratch: KernelSet -> int
      Call: KernelSet -> Pointers -> unit
      /// The call that adds up absolute values where the call itself would subtract them.
      Magnitudes: KernelSet -> Pointers -> unit
      /// The sizes it was made from, on one line.
      Shape: Lazy<string> }

/// A kernel and the cases it is tried on.
type Operation =
    { Name: string
      /// Holds a law to so many generated cases; a failure names the smallest shape that breaks it.
      ForAll: int -> (Case -> unit) -> unit }

/// Checks a property so many times; a failure is an exception with the shrunk counterexample.
let check (times: int) property =
    Check.One(Config.QuickThrowOnFailure.WithMaxTest(times).WithQuietOnSuccess true, property)

let private oneLine shape =
    Regex.Replace($"{shape}", @"\s*\n\s*", "; ")

let operation name (shapes: Arbitrary<'shape>) (toCase: 'shape -> Case) =
    { Name = name
      ForAll =
        fun times law ->
            let law shape = law { toCase shape with Shape = lazy (oneLine shape) }
            check times (Prop.forAll shapes law) }

let case buffers call =
    { Buffers = buffers
      Scratch = fun _ -> 0
      Call = call
      Magnitudes = call
      Shape = lazy "" }

let reads name content = { Name = name; Role = Read; Content = content }

let writes name tolerance length =
    { Name = name
      Role = Written tolerance
      Content = Floats(Array.zeroCreate length) }

let writesInts name length =
    { Name = name
      Role = Written Exact
      Content = Ints(Array.zeroCreate length) }

let updates name tolerance values =
    { Name = name
      Role = Updated tolerance
      Content = Floats values }

let private bytesOf content =
    match content with
    | Floats values -> MemoryMarshal.AsBytes(ReadOnlySpan values).ToArray()
    | Ints values -> MemoryMarshal.AsBytes(ReadOnlySpan values).ToArray()
    | Bytes values -> Array.copy values

let private ofBytes content (bytes: byte[]) =
    match content with
    | Floats _ -> Floats(MemoryMarshal.Cast<byte, float32>(ReadOnlySpan bytes).ToArray())
    | Ints _ -> Ints(MemoryMarshal.Cast<byte, int>(ReadOnlySpan bytes).ToArray())
    | Bytes _ -> Bytes bytes

/// What lies in a buffer before the call: garbage where the kernel has to overwrite it.
let private before (garbage: float32) buffer =
    match buffer.Role, buffer.Content with
    | Written _, Floats values -> Floats(Array.create values.Length garbage)
    | Written _, Ints values -> Ints(Array.create values.Length (BitConverter.SingleToInt32Bits garbage))
    | _, content -> content

/// Runs a call on memory of the given placement, with NaN in all scratch; returns what the buffers hold after it.
let private runCall placement garbage (kernels: KernelSet) case call =
    let scratch =
        { Name = "scratch"
          Role = Read
          Content = Floats(Array.create (case.Scratch kernels) nanf) }

    let memories =
        [ for buffer in scratch :: case.Buffers do
              let bytes = bytesOf (before garbage buffer)
              let memory = allocate placement bytes.Length
              Marshal.Copy(bytes, 0, memory.Address, bytes.Length)
              buffer, bytes, memory ]

    try
        let addresses = dict [ for buffer, _, memory in memories -> buffer.Name, memory.Address ]
        call kernels (Pointers(fun name -> addresses[name]))

        [ for buffer, bytes, memory in List.tail memories do
              let after: byte[] = Array.zeroCreate bytes.Length
              Marshal.Copy(memory.Address, after, 0, after.Length)

              if buffer.Role = Read && after <> bytes then
                  failwith $"{kernels.Name} wrote to its input '{buffer.Name}'"

              ofBytes buffer.Content after ]
    finally
        for _, _, memory in memories do
            memory.Free()

/// Runs a case on memory of the given placement; returns what the buffers hold after it.
let run placement garbage kernels case =
    runCall placement garbage kernels case case.Call

let private specification: KernelSet = ScalarKernels()

/// For each buffer, the sums of the absolute values of all that its elements are sums of.
let private magnitudes case =
    let absolute buffer =
        match buffer.Content with
        | Floats values -> { buffer with Content = Floats(Array.map abs values) }
        | _ -> buffer

    let case = { case with Buffers = List.map absolute case.Buffers }
    runCall Aligned nanf specification case case.Magnitudes

/// 2⁻²³, the distance from 1 to the next float: twice the largest error of one rounding.
let epsilon = 1.1920929e-7

let private allowed tolerance (expected: float32) magnitude =
    match tolerance with
    | Exact -> 0.0
    // Two sums, each off by (n + 2)·ε/2 at most: n additions, the product, and the conversion of the bound itself.
    // Nothing near the smallest floats is held against a kernel.
    | Sum terms -> float (terms + 2) * epsilon * float magnitude + 1e-37
    | Within(absolute, relative) -> max absolute (relative * abs (float expected))
    | SumAmong _ -> invalidArg (nameof tolerance) "It is a matter of all values, not of one."

let private compareFloats name tolerance (expected: float32[]) (actual: float32[]) (magnitudes: float32[]) =
    let largest = lazy (Array.fold max 0f magnitudes)

    for i in 0 .. expected.Length - 1 do
        let isSame = expected[i] = actual[i] || (Single.IsNaN expected[i] && Single.IsNaN actual[i])

        let bound =
            match tolerance with
            | SumAmong terms -> allowed (Sum terms) expected[i] largest.Value
            | own -> allowed own expected[i] magnitudes[i]

        // The negation counts a NaN as too far.
        if not isSame && not (abs (float expected[i] - float actual[i]) <= bound) then
            failwith $"{name}[{i}] of {expected.Length} is {actual[i]:R}, the specification says {expected[i]:R} (± {bound:G3})"

let private compareInts name (expected: int[]) (actual: int[]) =
    for i in 0 .. expected.Length - 1 do
        if expected[i] <> actual[i] then
            failwith $"{name}[{i}] of {expected.Length} is {actual[i]}, the specification says {expected[i]}"

/// Fails where the results of a case are not those of the specification. What has to be overwritten held other garbage
/// when the specification ran, so that it too has to overwrite it.
let mustEqualSpecification case (results: Content list) =
    let expected = run Aligned 7.5f specification case

    (magnitudes case, List.zip3 case.Buffers expected results)
    ||> List.iter2 (fun magnitudes (buffer, expected, actual) ->
        match buffer.Role, expected, actual, magnitudes with
        | Read, _, _, _ -> ()
        | (Written tolerance | Updated tolerance), Floats expected, Floats actual, Floats magnitudes ->
            compareFloats buffer.Name tolerance expected actual magnitudes
        | _, Ints expected, Ints actual, _ -> compareInts buffer.Name expected actual
        | _ -> failwith $"nobody knows how to compare '{buffer.Name}'")

/// Fails where two results differ in a single bit. Only a NaN may be another NaN: which of two operands it comes from, and with it its sign,
/// is left open by IEEE 754, and the JIT compiler changes its mind about it when it compiles a loop again.
let mustEqualBitForBit case (first: Content list) (second: Content list) =
    for buffer, first, second in List.zip3 case.Buffers first second do
        match first, second with
        | Floats first, Floats second ->
            for i in 0 .. first.Length - 1 do
                let isSame = BitConverter.SingleToInt32Bits first[i] = BitConverter.SingleToInt32Bits second[i]

                if not isSame && not (Single.IsNaN first[i] && Single.IsNaN second[i]) then
                    failwith $"{buffer.Name}[{i}] of {first.Length} is {first[i]:R} and then {second[i]:R}: not the same, bit for bit"
        | _ ->
            if bytesOf first <> bytesOf second then
                failwith $"'{buffer.Name}' is not the same, bit for bit"
