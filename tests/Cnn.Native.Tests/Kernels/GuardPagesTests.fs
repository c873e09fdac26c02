/// Law 2: a kernel reads and writes only what its sizes say. An access one element beyond ends the whole test process:
/// the runtime's report of an access violation then names the kernel.
module Cnn.Native.Tests.GuardPagesTests

open Xunit
open Cnn.Native.Tests.GuardedMemory
open Cnn.Native.Tests.KernelCases
open Cnn.Native.Tests.KernelSets

[<Theory; ForEachOperation>]
let ``An operation stays inside buffers that end at a closed page or begin behind one`` (set: string) (operation: string) =
    (operationNamed operation).ForAll 250 (fun case ->
        let atEnd = run EndsAtPage nanf (named set) case
        let atBegin = run BeginsAfterPage nanf (named set) case
        mustEqualSpecification case atEnd
        // One seed gives the same training on any day: no result may hang on where the buffers happen to lie.
        mustEqualBitForBit case atEnd atBegin)
