/// What this assembly does as a program: the child process of KernelFallbackTests. Test runners do not come by here.
module Cnn.Native.Tests.Program

open System
open System.Reflection
open Microsoft.FSharp.NativeInterop
open Cnn
open Cnn.Kernels
open Cnn.Native.Tests.GuardedMemory
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

/// Reads one float of a guarded buffer's neighbourhood. Nobody gets to see the result.
let private readAt placement index =
    let memory = allocate placement 12
    printfn "survived, and read %f" (NativePtr.get<float32> (NativePtr.ofNativeInt memory.Address) index)
    0

[<EntryPoint>]
let main arguments =
    match arguments with
    | [| "selection" |] -> selection ()
    | [| "device" |] -> device ()
    | [| "laws" |] -> laws ()
    | [| "overrun" |] -> readAt EndsAtPage 3
    | [| "underrun" |] -> readAt BeginsAfterPage -1
    | _ ->
        eprintfn "These are tests: run them with dotnet test."
        2
