/// What this assembly does as a program: what child processes of the tests run (ChildProcess.fs). Test runners do not come by here.
module Cnn.Native.Tests.Program

open System
open System.Reflection
open Cnn
open Cnn.Kernels
open Cnn.Native.Tests.KernelSets

/// Says which kernels this process would use, or why none.
let private selection () =
    try
        printfn "%s" KernelSelection.Current.Name
        0
    with :? CnnException as error ->
        printfn "%s" error.ErrorId
        1

/// Says which kernels this process would use, why, and what could be done about it.
let private device () =
    let device = Cnn.Devices.Device.Inspect true
    printfn "%s|%s|%s|%b" device.Kernels device.Reason device.Advice device.FmaCeiling.HasValue
    0

/// Runs every theory about kernels on all its data: the sets that are available in this process.
let private laws () =
    let calls =
        [ for test in Assembly.GetExecutingAssembly().GetTypes() |> Array.collect _.GetMethods() do
              for law in test.GetCustomAttributes<KernelLawAttribute>() do
                  for row in law.GetData test do
                      test, row ]

    let failure (test: MethodInfo, row: obj[]) =
        try
            test.Invoke(null, row) |> ignore
            None
        with :? TargetInvocationException as failure ->
            Some $"""{test.Name} ({String.Join(", ", row)}): {failure.InnerException}"""

    let failures = List.choose failure calls

    let sets = available |> List.map _.Name |> String.concat ", "
    List.iter (printfn "%s") failures
    printfn $"{calls.Length - failures.Length} of {calls.Length} laws hold for {sets}"
    if calls.IsEmpty || not failures.IsEmpty then 1 else 0

[<EntryPoint>]
let main arguments =
    match arguments with
    | [| "selection" |] -> selection ()
    | [| "device" |] -> device ()
    | [| "laws" |] -> laws ()
    | [| ExtremeSizesTests.Command; count; seed |] -> ExtremeSizesTests.runGuarded (int count) (int seed)
    | [| SweepFolderTests.Command; folder; task |] -> SweepFolderTests.claimHere folder (int task)
    | [| HeldMemory.Command; "disposed" |] -> HeldMemory.run true
    | [| HeldMemory.Command; "forgotten" |] -> HeldMemory.run false
    | _ when arguments.Length > 3 && arguments[0] = GuardedProcess.Command ->
        GuardedProcess.runHere arguments[1] arguments[2] (List.ofArray arguments[3..])
    | _ ->
        eprintfn "These are tests: run them with dotnet test."
        2
