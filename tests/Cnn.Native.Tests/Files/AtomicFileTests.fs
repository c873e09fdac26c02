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
let ``what a killed process left of the same file is removed after a day, and nothing else`` () =
    use folder = new TemporaryFolder()
    let unique = Guid.NewGuid()
    let kept = [ "a.tmp"; "a.old.tmp"; $"b.{unique:N}.tmp"; $"a.{unique:N}.txt"; $"a.{unique:D}.tmp" ]

    for name in $"a.{unique:N}.tmp" :: kept do
        File.WriteAllText(folder.File name, "")
        File.SetLastWriteTimeUtc(folder.File name, DateTime.UtcNow.AddHours -25.0)

    let young = $"a.{Guid.NewGuid():N}.tmp"
    File.WriteAllText(folder.File young, "")
    write (folder.File "a") true "new"
    Assert.Equal<string>(List.sortWith (fun x y -> String.CompareOrdinal(x, y)) ("a" :: young :: kept), folder.Files)

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
