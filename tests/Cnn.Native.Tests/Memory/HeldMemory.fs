/// In a child process: makes and gives up many buffers, and looks at the memory that the process holds of the system's.
module Cnn.Native.Tests.HeldMemory

open System
open System.Diagnostics
open System.Runtime.CompilerServices
open Cnn.Memory

/// The command of Program.fs.
[<Literal>]
let Command = "memory"

let private buffers = 40
let private bytes = 16 <<< 20
let private most = 200L <<< 20

/// Not inlined, so that no register of the caller keeps a buffer alive.
[<MethodImpl(MethodImplOptions.NoInlining)>]
let private makeOne isDisposed =
    let buffer = new NativeBuffer<byte>(int64 bytes)
    buffer.Span(0L, bytes).Fill 1uy

    if isDisposed then
        buffer.Dispose()

let private held () =
    use here = Process.GetCurrentProcess()
    here.WorkingSet64

/// Ends at once where too much is held: a leak must not take the memory of the whole machine.
let run isDisposed =
    let leaks =
        seq { 1..buffers }
        |> Seq.tryFind (fun _ ->
            makeOne isDisposed

            if not isDisposed then
                GC.Collect()
                GC.WaitForPendingFinalizers()

            held () > most)

    match leaks with
    | Some made ->
        printfn $"after {made} buffers of {bytes >>> 20} MiB, none of them in use, the process holds {held () >>> 20} MiB"
        1
    | None ->
        printfn $"{buffers} buffers of {bytes >>> 20} MiB were made, and the process holds {held () >>> 20} MiB"
        0
