/// Runs operations on guarded buffers in a child process. An overrun ends that process and not the tests, and the case that was running is
/// written down outside it, so the test of the operation can say what happened. The operations after it go on in another child.
module Cnn.Native.Tests.GuardedProcess

open System
open System.IO
open System.Text
open Microsoft.FSharp.NativeInterop
open Cnn.Native.Tests.GuardedMemory
open Cnn.Native.Tests.KernelCases
open Cnn.Native.Tests.KernelData
open Cnn.Native.Tests.KernelOperations
open Cnn.Native.Tests.KernelSets
open Cnn.Native.Tests.KernelShapes
open Cnn.Native.Tests.TemporaryFolder

let private reading name index =
    operation name vectors (fun s ->
        case
            [ reads "input" (Floats(Data(s.Seed).Values s.Values s.Count)); writes "output" Exact 1 ]
            (fun _ at -> NativePtr.set (at.Floats "output") 0 (NativePtr.get (at.Floats "input") (index s))))

/// Operations that break the law, to see that it is noticed and told.
let wrongOperations =
    [ reading "Reads one float beyond the end" _.Count
      reading "Reads one float before the beginning" (fun _ -> -1)
      operation "Writes one float beyond the end" vectors (fun s ->
          case [ writes "output" Exact s.Count ] (fun _ at -> NativePtr.set (at.Floats "output") s.Count 1f))
      operation "Writes nothing" vectors (fun s -> case [ writes "output" Exact s.Count ] (fun _ _ -> ())) ]

/// The command of Program.fs.
[<Literal>]
let Command = "guarded"

/// The exit code of a child that found a wrong result and touched no closed page.
[<Literal>]
let private WrongResult = 1

let private held (names: string list) =
    $"{names.Length} operations stay inside their buffers"

/// In the child: holds some operations of a set of kernels to the law, and writes each case to the journal before it runs.
/// What is written without a buffer is the system's at once, whatever becomes of this process.
let runHere set (journal: string) (names: string list) =
    use journal = File.OpenHandle(journal, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)

    let note (name: string) (side: string) (case: Case) =
        let line = String.Join('\t', name, side, case.Shape.Value) + "\n"
        RandomAccess.Write(journal, ReadOnlySpan(Encoding.UTF8.GetBytes line), 0L)

    let hold name =
        (operations @ wrongOperations |> List.find (fun operation -> operation.Name = name)).ForAll 250 (fun case ->
            note name "beyond the end" case
            let atEnd = run EndsAtPage nanf (named set) case
            note name "before the beginning" case
            let atBegin = run BeginsAfterPage nanf (named set) case
            mustEqualSpecification case atEnd
            // One seed gives the same training on any day: no result may hang on where the buffers happen to lie.
            mustEqualBitForBit case atEnd atBegin)

    try
        List.iter hold names
        printfn $"{held names}"
        0
    with error ->
        printfn $"{error.Message}"
        WrongResult

/// For each operation what is wrong with it, if something is.
let rec outcomes set (names: string list) : (string * string option) list =
    if names.IsEmpty then
        []
    else
        use folder = new TemporaryFolder()
        let journal = folder.File "journal"
        File.WriteAllText(journal, "")
        let exitCode, printed = ChildProcess.run 1800 [] (Command :: set :: journal :: names)

        match exitCode, (File.ReadAllLines journal |> Array.tryHead |> Option.defaultValue "").Split '\t' with
        | 0, _ when printed.EndsWith(held names) -> [ for name in names -> name, None ]
        | code, [| name; side; shape |] when code <> 0 && List.contains name names ->
            let at = List.findIndex ((=) name) names

            let failure =
                if code = WrongResult then
                    $"{name}, {set}: {printed}"
                else
                    let trace = printed.Split '\n' |> Array.truncate 6 |> String.concat "\n"
                    $"{name}, {set}, {shape}: the process ended with code {code}, probably reading or writing {side} of a buffer.\n{trace}"

            [ for passed in List.take at names -> passed, None ]
            @ (name, Some failure) :: outcomes set (List.skip (at + 1) names)
        | _ -> failwith $"the child process for {set} ended with code {exitCode} and left no case behind:\n{printed}"
