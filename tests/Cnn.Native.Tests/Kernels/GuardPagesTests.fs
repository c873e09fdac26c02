/// Law 2: a kernel reads and writes only what its sizes say. An access one element beyond ends the process that the cases run in
/// (GuardedProcess.fs), and the test of the operation tells the shape and the side.
module Cnn.Native.Tests.GuardPagesTests

open Xunit
open Cnn.Native.Tests.KernelOperations
open Cnn.Native.Tests.KernelSets

/// A process for each set of kernels, when the first of its operations is asked for.
let private outcomes =
    dict [ for kernels in available -> kernels.Name, lazy (GuardedProcess.outcomes kernels.Name [ for operation in operations -> operation.Name ] |> dict) ]

[<Theory; ForEachOperation>]
let ``An operation stays inside buffers that end at a closed page or begin after one`` (set: string) (operation: string) =
    outcomes[set].Value[operation] |> Option.iter (fun failure -> Assert.Fail failure)

// Else the law above would prove nothing.
[<Fact>]
let ``An operation that leaves its buffers is reported by name, kernels, shape and side, and the others are held to the law all the same`` () =
    let names =
        [ "ReluForward"
          "Reads one float beyond the end"
          "Add"
          "Reads one float before the beginning"
          "Writes one float beyond the end"
          "ReluBackward" ]

    let outcomes = dict (GuardedProcess.outcomes "scalar" names)

    for operation in [ "ReluForward"; "Add"; "ReluBackward" ] do
        Assert.Equal(None, outcomes[operation])

    for operation, side in
        [ "Reads one float beyond the end", "beyond the end of a buffer"
          "Reads one float before the beginning", "before the beginning of a buffer"
          "Writes one float beyond the end", "beyond the end of a buffer" ] do
        let told = Option.get outcomes[operation]
        Assert.StartsWith($"{operation}, scalar, {{ Count = ", told)
        Assert.Contains(side, told)

[<Fact>]
let ``An operation with a wrong result on guarded buffers is reported by name, with the smallest shape that shows it`` () =
    match GuardedProcess.outcomes "scalar" [ "Writes nothing"; "Add" ] with
    | [ ("Writes nothing", Some told); ("Add", None) ] ->
        Assert.StartsWith("Writes nothing, scalar: ", told)
        Assert.Contains("Count = 1\n", told)
        Assert.Contains("the specification says", told)
    | other -> Assert.Fail $"{other}"
