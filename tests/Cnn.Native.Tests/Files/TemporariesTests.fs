/// What a killed process left goes, what a living one writes stays, and so does whatever is a user's.
module Cnn.Native.Tests.TemporariesTests

open System
open System.IO
open System.Threading
open System.Threading.Tasks
open Cnn.Files
open Cnn.Native.Tests.TemporaryFolder
open Xunit

let private newName () = $".cnn-{Guid.NewGuid():N}.tmp"

/// What a process leaves that is killed while it writes a folder.
let private leaveFolder (folder: TemporaryFolder) entries =
    let path = folder.File(newName ())
    Directory.CreateDirectory path |> ignore

    for entry: string in entries do
        Directory.CreateDirectory(Path.Combine(path, entry, "..")) |> ignore
        File.WriteAllText(Path.Combine(path, entry), "")

    path

let private entriesOf (folder: TemporaryFolder) = Directory.GetFileSystemEntries folder.Path |> Array.map Path.GetFileName |> Array.sort

[<Fact>]
let ``what nobody holds a lock on is removed, file or folder, from the moment it was made`` () =
    use folder = new TemporaryFolder()
    File.WriteAllText(folder.File(newName ()), "half")
    File.WriteAllText(folder.File(newName ()), "")
    leaveFolder folder [] |> ignore
    leaveFolder folder [ "lock" ] |> ignore
    leaveFolder folder [ "lock"; "content/3/00001.png" ] |> ignore
    File.WriteAllText(folder.File "model.safetensors", "mine")
    Temporaries.RemoveAbandoned folder.Path
    Assert.Equal<string>([ "model.safetensors" ], entriesOf folder)

[<Fact>]
let ``what is being written stays, however old it is`` () =
    use folder = new TemporaryFolder()
    use file = Temporaries.Create(folder.Path, Func<string, FileStream>(Temporaries.Own))
    use scratch = ScratchFolder.Create folder.Path
    file.Write(ReadOnlySpan [| 1uy |])
    File.WriteAllText(Path.Combine(scratch.Content, "a"), "1")
    let before = entriesOf folder

    for entry in before do
        Directory.SetLastWriteTimeUtc(folder.File entry, DateTime.UtcNow.AddDays -2.0)

    Temporaries.RemoveAbandoned folder.Path
    Assert.Equal(2, before.Length)
    Assert.Equal<string>(before, entriesOf folder)
    Assert.True(File.Exists(Path.Combine(scratch.Content, "a")))

[<Fact>]
let ``whatever else there is stays, however alike it is called`` () =
    use folder = new TemporaryFolder()
    let unique = Guid.NewGuid()

    for name in
        [ $"cnn-{unique:N}.tmp"
          $".cnn-{unique:D}.tmp"
          $".cnn-{unique:N}.tmp2"
          $".cnn-{unique:N}"
          $".cnn-{String('A', 32)}.tmp"
          ".cnn-.tmp"
          "a.tmp" ] do
        File.WriteAllText(folder.File name, "mine")

    leaveFolder folder [ "lock"; "content/a"; "mine" ] |> ignore
    let before = entriesOf folder
    Temporaries.RemoveAbandoned folder.Path
    Assert.Equal<string>(before, entriesOf folder)

[<Fact>]
let ``a link of such a name stays, and so does what it points to`` () =
    if not (OperatingSystem.IsWindows()) then
        use folder = new TemporaryFolder()
        Directory.CreateDirectory(folder.File "content") |> ignore
        File.WriteAllText(folder.File "a", "mine")
        File.CreateSymbolicLink(folder.File(newName ()), folder.File "a") |> ignore
        Directory.CreateSymbolicLink(folder.File(newName ()), folder.Path) |> ignore
        let before = entriesOf folder
        Temporaries.RemoveAbandoned folder.Path
        Assert.Equal<string>(before, entriesOf folder)

[<Fact>]
let ``where everybody may write, folders stay, and files go`` () =
    if not (OperatingSystem.IsWindows()) then
        use folder = new TemporaryFolder()
        File.SetUnixFileMode(folder.Path, File.GetUnixFileMode folder.Path ||| UnixFileMode.OtherWrite)
        File.WriteAllText(folder.File(newName ()), "half")
        let kept = leaveFolder folder [ "lock"; "content/a" ]
        Temporaries.RemoveAbandoned folder.Path
        Assert.Equal<string>([ Path.GetFileName kept ], entriesOf folder)

[<Fact>]
let ``a folder that is not there has nothing to remove`` () =
    use folder = new TemporaryFolder()
    Temporaries.RemoveAbandoned(folder.File "missing")
    Assert.Empty(entriesOf folder)

[<Fact>]
let ``a folder that has nothing but what a killed process left is empty`` () =
    use folder = new TemporaryFolder()
    leaveFolder folder [ "lock"; "content/3/00001.png" ] |> ignore
    AtomicFolder.Write(folder.Path, false, fun path -> File.WriteAllText(Path.Combine(path, "a"), "1"))
    Assert.Equal<string>([ "a" ], entriesOf folder)

/// Whoever cleans up may see a file between its making and its locking.
[<Fact>]
let ``many that write and clean up in one folder do not hurt each other`` () =
    use folder = new TemporaryFolder()
    use stop = new CancellationTokenSource()

    let cleaners =
        [| for _ in 1..2 ->
               Task.Factory.StartNew(
                   (fun () ->
                       while not stop.IsCancellationRequested do
                           Temporaries.RemoveAbandoned folder.Path),
                   TaskCreationOptions.LongRunning
               ) |]

    let writers =
        [| for writer in 1..4 ->
               Task.Factory.StartNew(
                   (fun () ->
                       for number in 1..40 do
                           AtomicFile.Write(folder.File $"{writer}", true, fun stream -> stream.Write(ReadOnlySpan(BitConverter.GetBytes(number: int))))
                           AtomicFolder.Write(folder.File $"{writer}-{number}", false, fun path -> File.WriteAllText(Path.Combine(path, "a"), $"{number}"))),
                   TaskCreationOptions.LongRunning
               ) |]

    // Cleaners that went on after a failure would disturb other tests.
    try
        Task.WaitAll writers
    finally
        stop.Cancel()
        Task.WaitAll cleaners

    for writer in 1..4 do
        Assert.Equal(40, BitConverter.ToInt32(File.ReadAllBytes(folder.File $"{writer}")))

        for number in 1..40 do
            Assert.Equal($"{number}", File.ReadAllText(Path.Combine(folder.File $"{writer}-{number}", "a")))

    Assert.Equal(4 * 41, (entriesOf folder).Length)
