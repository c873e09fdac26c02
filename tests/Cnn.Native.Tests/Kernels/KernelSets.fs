/// The sets of kernels that run on this machine, and theories over them.
module Cnn.Native.Tests.KernelSets

open Xunit
open Xunit.Sdk
open Cnn.Kernels
open Cnn.Native.Tests.KernelOperations

/// All sets that this processor can run, whichever of them the environment asks for.
let available: KernelSet list = List.ofSeq KernelSelection.Supported

let named name =
    available |> List.find (fun kernels -> kernels.Name = name)

/// Marks a law of kernels. The child process that runs without AVX2 finds the laws by this.
[<AbstractClass>]
type KernelLawAttribute() =
    inherit DataAttribute()

/// Holds a law to every set of kernels.
type ForEachKernelSetAttribute() =
    inherit KernelLawAttribute()
    override _.GetData _ = seq { for kernels in available -> [| box kernels.Name |] }

/// Holds a law to every operation of every set of kernels.
type ForEachOperationAttribute() =
    inherit KernelLawAttribute()

    override _.GetData _ =
        seq {
            for kernels in available do
                for operation in operations -> [| box kernels.Name; box operation.Name |]
        }

/// A fact that is reported as skipped, with the reason, where the processor has no AVX2.
type FactWithAvx2Attribute() as fact =
    inherit FactAttribute()

    do
        if not KernelSelection.IsAvx2Supported then
            fact.Skip <- "This processor has no AVX2 with FMA: only the scalar kernels were held to the laws."

let operationNamed name =
    operations |> List.find (fun operation -> operation.Name = name)
