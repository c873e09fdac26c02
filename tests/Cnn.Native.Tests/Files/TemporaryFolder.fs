module Cnn.Native.Tests.TemporaryFolder

open System
open System.Diagnostics
open System.IO
open System.Net.Sockets
open Cnn
open Xunit

/// A folder of its own for a test, which goes with it.
type TemporaryFolder() =
    let path = Directory.CreateTempSubdirectory("cnn-test-").FullName

    member _.Path = path

    /// The path of a file in it.
    member _.File(name: string) = Path.Combine(path, name)

    /// The names of all files in it.
    member _.Files = Directory.GetFiles path |> Array.map Path.GetFileName |> Array.sort

    interface IDisposable with
        member _.Dispose() = Directory.Delete(path, true)

/// A pipe and a socket in a folder, as Unix has them.
type SpecialFiles(folder: TemporaryFolder) =
    let socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)

    do
        socket.Bind(UnixDomainSocketEndPoint(folder.File "socket"))
        use mkfifo = Process.Start("mkfifo", folder.File "pipe")
        mkfifo.WaitForExit()
        Assert.Equal(0, mkfifo.ExitCode)

    interface IDisposable with
        member _.Dispose() = socket.Dispose()

/// The error that an action ends with; anything but a CnnException fails the test.
let failureOf (action: unit -> 'a) =
    Assert.Throws<CnnException>(fun () -> action () |> ignore)

/// The identifier and the kind of the error that an action ends with, which names the file, in the message and as the target.
let fileError (path: string) (action: unit -> 'a) =
    let error = failureOf action
    Assert.Equal(path, string error.Target)
    Assert.Contains(path, error.Message)
    error.ErrorId, error.Kind
