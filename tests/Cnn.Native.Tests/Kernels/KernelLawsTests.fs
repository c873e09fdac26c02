/// Law 1: every operation of every set of kernels is the specification's, within the rounding of its sums.
module Cnn.Native.Tests.KernelLawsTests

open Xunit
open Cnn.Kernels
open Cnn.Native.Tests.GuardedMemory
open Cnn.Native.Tests.KernelCases
open Cnn.Native.Tests.KernelOperations
open Cnn.Native.Tests.KernelSets

[<Theory; ForEachOperation>]
let ``An operation does what the scalar specification says on any shape`` (set: string) (operation: string) =
    (operationNamed operation).ForAll 400 (fun case -> run Aligned nanf (named set) case |> mustEqualSpecification case)

[<Fact>]
let ``Every kernel of the contract has an entry in the table of operations`` () =
    for kernel in typeof<KernelSet>.GetMethods() do
        // What is left are the count of scratch floats and the name, which the table uses, and what every object has.
        if kernel.ReturnType = typeof<System.Void> then
            Assert.Contains(operations, fun operation -> (operation.Name + " ").StartsWith(kernel.Name + " "))

[<FactWithAvx2>]
let ``The AVX2 kernels are among those held to the laws`` () =
    Assert.Contains(available, fun kernels -> kernels.Name = "avx2")
