module Cnn.Native.Tests.AtomicFileTests

open System
open System.IO
open System.Threading.Tasks
open Cnn
open Cnn.Files
open Cnn.Native.Tests.TemporaryFolder
open Xunit

let private bytes (text: string) = Text.Encoding.UTF8.GetBytes text

let private write path overwrite (text: string) =
    AtomicFile.Write(path, overwrite, fun stream -> stream.Write(bytes text, 0, text.Length))

[<Fact>]
let ``a file is written, and nothing stays beside it`` () =
    use folder = new TemporaryFolder()
    write (folder.File "a") false "new"
    Assert.Equal("new", File.ReadAllText(folder.File "a"))
    Assert.Equal<string>([ "a" ], folder.Files)

[<Fact>]
let ``a file that exists is replaced only where that is allowed`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    write path false "old"
    let mutable asked = false
    let refused () = AtomicFile.Write(path, false, fun _ -> asked <- true)
    Assert.Equal(("FileExists", CnnErrorKind.AlreadyExists), fileError path refused)
    Assert.False(asked, "nothing should be written for nothing")
    Assert.Equal("old", File.ReadAllText path)
    write path true "new"
    Assert.Equal("new", File.ReadAllText path)
    Assert.Equal<string>([ "a" ], folder.Files)

[<Fact>]
let ``a file that comes into being meanwhile is not replaced`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    let overtaken () = AtomicFile.Write(path, false, fun _ -> File.WriteAllText(path, "other"))
    Assert.Equal(("FileExists", CnnErrorKind.AlreadyExists), fileError path overtaken)
    Assert.Equal("other", File.ReadAllText path)
    Assert.Equal<string>([ "a" ], folder.Files)

[<Fact>]
let ``of many that write the same new file one succeeds`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"

    let attempt number =
        Task.Run(fun () ->
            try
                write path false $"{number}"
                Some $"{number}"
            with :? CnnException as error when error.ErrorId = "FileExists" ->
                None)

    let winners = (Task.WhenAll [ for number in 1..16 -> attempt number ]).Result |> Array.choose id
    Assert.Equal(File.ReadAllText path, Assert.Single winners)
    Assert.Equal<string>([ "a" ], folder.Files)

/// A new file that tells what reaches the disk.
type private WatchedFile(path: string, note: string -> unit) =
    inherit FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read)

    override file.Flush(toDisk: bool) =
        base.Flush toDisk

        if toDisk then
            note $"the disk has {FileInfo(path).Length} bytes"

[<Fact>]
let ``the last byte is on the disk before the file is renamed, and then its name is`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    write path false "old"
    let events = ResizeArray()
    let note event = events.Add $"{event}, the file says {File.ReadAllText path}"

    AtomicFile.WriteThrough(
        path,
        true,
        (fun stream -> stream.Write(bytes "newer", 0, 5)),
        (fun temporary -> new WatchedFile(temporary, note)),
        (fun flushed -> note $"the disk has the names in {Path.GetRelativePath(folder.Path, flushed)}")
    )

    Assert.Equal<string>([ "the disk has 5 bytes, the file says old"; "the disk has the names in ., the file says newer" ], events)

[<Fact>]
let ``the names in a folder are flushed where the system has a call for it`` () =
    use folder = new TemporaryFolder()
    write (folder.File "a") false "new"
    Assert.Equal(not (OperatingSystem.IsWindows()), ParentFolder.Flush folder.Path)
    Assert.False(ParentFolder.Flush(folder.File "missing"))

// What a kill leaves at any of these moments is what the folder holds then.
[<Fact>]
let ``until the last byte is written the old file is there, whole`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    write path false "old"

    AtomicFile.Write(
        path,
        true,
        fun stream ->
            for part in [ "n"; "e"; "w" ] do
                stream.Write(bytes part, 0, 1)
                stream.Flush()
                Assert.Equal("old", File.ReadAllText path)
    )

    Assert.Equal("new", File.ReadAllText path)

[<Theory; InlineData(0); InlineData(5000)>]
let ``a disk that is full in the middle leaves the old file and nothing else`` (before: int) =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    write path false "old"

    let full (stream: Stream) =
        stream.Write(Array.zeroCreate before, 0, before)
        raise (IOException "No space left on device")

    Assert.Equal(("WriteFailed", CnnErrorKind.WriteFailed), fileError path (fun () -> AtomicFile.Write(path, true, full)))
    Assert.Equal("old", File.ReadAllText path)
    Assert.Equal<string>([ "a" ], folder.Files)

[<Fact>]
let ``an error of the writer's own goes through, and leaves the old file and nothing else`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    write path false "old"
    Assert.Throws<InvalidOperationException>(fun () -> AtomicFile.Write(path, true, fun _ -> invalidOp "")) |> ignore
    Assert.Equal("old", File.ReadAllText path)
    Assert.Equal<string>([ "a" ], folder.Files)

[<Fact>]
let ``what a killed process left is gone before the first byte is written`` () =
    use folder = new TemporaryFolder()
    let leftover = folder.File $".cnn-{Guid.NewGuid():N}.tmp"
    File.WriteAllText(leftover, "half of a file")
    let mutable stays = true
    AtomicFile.Write(folder.File "a", false, fun _ -> stays <- File.Exists leftover)
    Assert.False(stays, "It may have taken the room that is needed.")
    Assert.Equal<string>([ "a" ], folder.Files)

[<Fact>]
let ``a name may be as long as the file system has it`` () =
    use folder = new TemporaryFolder()
    let name = String('n', 255)
    write (folder.File name) false "new"
    write (folder.File name) true "newer"
    Assert.Equal("newer", File.ReadAllText(folder.File name))

[<Fact>]
let ``a file can be read by others as soon as it has its name`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    write path false "0"
    use stop = new Threading.CancellationTokenSource()

    let reader =
        Task.Run(fun () ->
            while not stop.IsCancellationRequested do
                use stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read ||| FileShare.Delete)
                Assert.NotEqual(0L, stream.Length))

    for number in 1..100 do
        write path true $"{number}"

    stop.Cancel()
    reader.Wait()

[<Fact>]
let ``a folder that is not there is named`` () =
    use folder = new TemporaryFolder()
    let missing = folder.File "missing"
    let path = Path.Combine(missing, "a")
    let error = failureOf (fun () -> write path true "new")
    Assert.Equal(("FolderNotFound", CnnErrorKind.NotFound), (error.ErrorId, error.Kind))
    Assert.Contains($"'{missing}'", error.Message)
    Assert.False(Directory.Exists missing)

[<Theory; InlineData(true); InlineData(false)>]
let ``a folder is no file`` (overwrite: bool) =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    Directory.CreateDirectory path |> ignore
    Assert.Equal(("WriteFailed", CnnErrorKind.WriteFailed), fileError path (fun () -> write path overwrite "new"))
    Assert.Empty folder.Files

[<Fact>]
let ``no path is no file`` () =
    Assert.Equal(("WriteFailed", CnnErrorKind.WriteFailed), fileError "" (fun () -> write "" true "new"))

[<Fact>]
let ``a symbolic link stays, and what it points to is replaced`` () =
    if not (OperatingSystem.IsWindows()) then
        use folder = new TemporaryFolder()
        write (folder.File "a") false "old"
        File.CreateSymbolicLink(folder.File "link", folder.File "a") |> ignore
        write (folder.File "link") true "new"
        Assert.Equal("new", File.ReadAllText(folder.File "a"))
        Assert.NotNull(FileInfo(folder.File "link").LinkTarget)

[<Fact>]
let ``through a link to nothing yet the file is made that it points to`` () =
    if not (OperatingSystem.IsWindows()) then
        use folder = new TemporaryFolder()
        File.CreateSymbolicLink(folder.File "second", folder.File "first") |> ignore
        File.CreateSymbolicLink(folder.File "first", "a") |> ignore
        write (folder.File "second") false "new"
        Assert.Equal("new", File.ReadAllText(folder.File "a"))
        Assert.NotNull(FileInfo(folder.File "first").LinkTarget)
        Assert.Equal(("FileExists", CnnErrorKind.AlreadyExists), fileError (folder.File "second") (fun () -> write (folder.File "second") false "no"))

[<Fact>]
let ``what is no plain file is not replaced, and nothing is written for it`` () =
    if not (OperatingSystem.IsWindows()) then
        use folder = new TemporaryFolder()
        use socket = new SpecialFiles(folder)
        Directory.CreateDirectory(folder.File "folder") |> ignore
        File.CreateSymbolicLink(folder.File "to folder", folder.File "folder") |> ignore
        File.CreateSymbolicLink(folder.File "to pipe", folder.File "pipe") |> ignore
        let before = Directory.GetFileSystemEntries folder.Path

        for name in [ "pipe"; "socket"; "to folder"; "to pipe" ] do
            for overwrite in [ true; false ] do
                let refused () = AtomicFile.Write(folder.File name, overwrite, fun _ -> invalidOp "asked")
                Assert.Equal(("TargetNotFile", CnnErrorKind.InvalidArgument), fileError (folder.File name) refused)

        Assert.Equal<string>(Array.sort before, Directory.GetFileSystemEntries folder.Path |> Array.sort)
        Assert.True(PlainFile.IsSpecial(folder.File "pipe") && PlainFile.IsSpecial(folder.File "socket"))

[<Fact>]
let ``links in a circle are an error of the file`` () =
    if not (OperatingSystem.IsWindows()) then
        use folder = new TemporaryFolder()
        File.CreateSymbolicLink(folder.File "a", folder.File "a") |> ignore
        Assert.Equal(("WriteFailed", CnnErrorKind.WriteFailed), fileError (folder.File "a") (fun () -> write (folder.File "a") true "new"))
