/// Data sets whose files are known as they are published: made-up ones of the true layouts, in zip, tar and gzip.
module Cnn.Native.Tests.PublishedDatasetTests

open System
open System.Formats.Tar
open System.IO
open System.IO.Compression
open System.Security.Cryptography
open Cnn
open Cnn.Data
open Cnn.Memory
open Cnn.Native.Tests.ImageSetTests
open Cnn.Native.Tests.IdxTests
open Cnn.Native.Tests.LoopbackServer
open Cnn.Native.Tests.MadeUpDataset
open Xunit

let private sha (bytes: byte[]) = Convert.ToHexStringLower(SHA256.HashData bytes)
let private known name (bytes: byte[]) = DatasetFile(name, int64 bytes.Length, sha bytes)
let private unknown name (bytes: byte[]) = DatasetFile(name, int64 bytes.Length, null)

let private tarGz (files: (string * byte[]) list) =
    use target = new MemoryStream()

    (use compressor = new GZipStream(target, CompressionLevel.Fastest, true)
     use tar = new TarWriter(compressor)

     for name, bytes in files do
         tar.WriteEntry(UstarTarEntry(TarEntryType.RegularFile, name, DataStream = new MemoryStream(bytes))))

    target.ToArray()

let private zip (files: (string * byte[]) list) =
    use target = new MemoryStream()

    (use archive = new ZipArchive(target, ZipArchiveMode.Create, true)

     for name, bytes in files do
         use entry = archive.CreateEntry(name).Open()
         entry.Write(bytes, 0, bytes.Length))

    target.ToArray()

let private loaderOf mirrors (cache: Folder) (description: PublishedDataset) =
    let served =
        PublishedDataset(
            description.Name,
            description.FolderName,
            description.ClassNames,
            List.toArray mirrors,
            description.Published,
            description.Train,
            description.Test,
            CreateReader = description.CreateReader
        )

    DatasetLoader((fun _ _ -> served), (fun name -> if name = "CNN_DATA" then cache.Path else null), TimeSpan.FromSeconds 20.0)

let private loadTrain (loader: DatasetLoader) =
    loader.Load(Dataset.Cifar10, DataSubset.Train)

/// Records of CIFAR: labels, then the planes of an image.
let private cifar (labelsOf: byte -> byte[]) (images: Images) =
    let set = images.ToSet()
    [| for i in 0 .. set.Count - 1 -> Array.append (labelsOf (byte images.Labels[i])) (set.GetImage(i, ImageLayout.ChannelsFirst)) |] |> Array.concat

let private colours = makeImages (Shape(3, 32, 32)) 30 3 5
let private part first count =
    { colours with
        Pixels = Array.sub colours.Pixels (first * 3072) (count * 3072)
        Labels = Array.sub colours.Labels first count }

let private batches = [ for i in 0..2 -> $"data_batch_{i + 1}.bin", cifar Array.singleton (part (10 * i) 10) ]
// The archive has its files in another order than the images, and others beside them.
let private cifarArchive =
    tarGz ([ "c/batches.meta.txt", "a\nb\nc\n"B ] @ [ for name, bytes in List.rev batches -> "c/" + name, bytes ] @ [ "c/test_batch.bin", cifar Array.singleton (part 0 4) ])

let private cifarDataset =
    PublishedDataset(
        "Made-up colours",
        "colours",
        [| "a"; "b"; "c" |],
        [||],
        [| known "colours.tar.gz" cifarArchive |],
        [| for name, bytes in batches -> known name bytes |],
        [| known "test_batch.bin" (cifar Array.singleton (part 0 4)) |],
        CreateReader = fun files -> CifarSubsetReader(files, 1, 0)
    )

let private isColours (set: ImageSet) =
    Assert.Equal("Made-up colours train", set.Name)
    Assert.Equal(Shape(3, 32, 32), set.ImageShape)
    Assert.Equal<byte>(colours.Pixels, set.Pixels.ToArray())
    Assert.Equal<int>(colours.Labels, set.Labels.ToArray())

[<Fact>]
let ``an archive is downloaded once, kept as it is published, and its images come in the order of its files`` () =
    use cache = new Folder()
    use server = new LoopbackServer(fun path -> if path = "colours.tar.gz" then Good cifarArchive else Status 404)
    let loader = loaderOf [ server.Address ] cache cifarDataset
    isColours (loadTrain loader)
    Assert.Equal(4, loader.Load(Dataset.Cifar10, DataSubset.Test).Count)
    Assert.Equal<string>([ "colours.tar.gz" ], server.Requests)
    Assert.Equal<string>([| "colours.tar.gz" |], filesIn cache)
    Assert.Equal<byte>(cifarArchive, File.ReadAllBytes(cache.File "colours/colours.tar.gz"))

[<Fact>]
let ``a mirror with another archive, a longer or a shorter one is passed over, and leaves nothing`` () =
    let changed = Array.copy cifarArchive
    changed[changed.Length / 2] <- changed[changed.Length / 2] ^^^ 1uy

    for bad in [ Good changed; Good(Array.append cifarArchive [| 0uy |]); Good cifarArchive[..1000]; Truncated cifarArchive; Status 404 ] do
        use cache = new Folder()
        use wrong = new LoopbackServer(fun _ -> bad)
        use right = new LoopbackServer(fun _ -> Good cifarArchive)
        isColours (loadTrain (loaderOf [ wrong.Address; right.Address ] cache cifarDataset))
        Assert.Equal<string>([| "colours.tar.gz" |], filesIn cache)
        use other = new Folder()
        let error = errorOf (fun () -> loadTrain (loaderOf [ wrong.Address ] other cifarDataset))
        Assert.Equal(("DatasetUnavailable", CnnErrorKind.Unavailable), (error.ErrorId, error.Kind))
        Assert.Contains("colours.tar.gz", error.Message)
        Assert.Empty(filesIn other)

[<Fact>]
let ``an archive that was damaged in the cache is downloaded again`` () =
    use cache = new Folder()
    use server = new LoopbackServer(fun _ -> Good cifarArchive)
    let loader = loaderOf [ server.Address ] cache cifarDataset
    loadTrain loader |> ignore
    File.WriteAllBytes(cache.File "colours/colours.tar.gz", Array.rev cifarArchive)
    isColours (loadTrain loader)
    Assert.Equal(2, server.Requests.Length)

[<Fact>]
let ``a folder may hold the archive or its files, plain or compressed`` () =
    use cache = new Folder()
    use server = new LoopbackServer(fun _ -> Status 404)
    let load (folder: Folder) =
        (loaderOf [ server.Address ] cache cifarDataset).Load(Dataset.Cifar10, DataSubset.Train, folder.Path)

    use archive = new Folder()
    archive.Write("colours.tar.gz", cifarArchive) |> ignore
    isColours (load archive)
    use files = new Folder()

    for name, bytes in batches do
        files.Write(name, bytes) |> ignore

    isColours (load files)
    use compressed = new Folder()

    for name, bytes in batches do
        compressed.Write(name + ".gz", gzip bytes) |> ignore

    isColours (load compressed)
    Assert.Empty server.Requests
    Assert.Empty(filesIn cache)

[<Fact>]
let ``a file of a folder must be the published one`` () =
    use cache = new Folder()
    use folder = new Folder()
    let load () = (loaderOf [] cache cifarDataset).Load(Dataset.Cifar10, DataSubset.Train, folder.Path)
    let write change =
        batches |> List.iteri (fun i (name, bytes) -> folder.Write(name, (if i = 1 then change bytes else bytes)) |> ignore)

    for change, errorId in
        [ (fun (bytes: byte[]) -> Array.append [| (bytes[0] + 1uy) % 3uy |] bytes[1..]), "DatasetChecksum"
          (fun bytes -> bytes[.. bytes.Length - 2]), "CifarFormat"
          (fun bytes -> Array.append bytes [| 0uy |]), "CifarFormat" ] do
        write change
        let error = errorOf load
        Assert.Equal((errorId, CnnErrorKind.InvalidData), (error.ErrorId, error.Kind))
        Assert.Contains("data_batch_2.bin", string error.Target)

    File.Delete(folder.File "data_batch_3.bin")
    write id
    File.Delete(folder.File "data_batch_3.bin")
    folder.Write("colours-python.tar.gz", [||]) |> ignore
    let error = errorOf load
    Assert.Equal("DatasetFileNotFound", error.ErrorId)
    Assert.Contains("binary version", error.Message)
    let nowhere = errorOf (fun () -> (loaderOf [] cache cifarDataset).Load(Dataset.Cifar10, DataSubset.Train, folder.File "none"))
    Assert.Equal("DatasetFolderNotFound", nowhere.ErrorId)

[<Fact>]
let ``of the two labels of CIFAR-100 the first is the group and the second the class`` () =
    use cache = new Folder()
    use folder = new Folder()
    let bytes = cifar (fun label -> [| label % 2uy; label |]) colours
    folder.Write("train.bin", bytes) |> ignore

    let load at =
        let dataset =
            PublishedDataset(
                "hundred", "hundred", [| "a"; "b"; "c" |], [||], [| known "h.tar.gz" [| 1uy |] |], [| known "train.bin" bytes |], [||],
                CreateReader = fun files -> CifarSubsetReader(files, 2, at))

        (loaderOf [] cache dataset).Load(Dataset.Cifar100, DataSubset.Train, folder.Path)

    Assert.Equal<int>(colours.Labels, (load 1).Labels.ToArray())
    Assert.Equal<int>(colours.Labels |> Array.map (fun label -> label % 2), (load 0).Labels.ToArray())
    Assert.Equal<byte>(colours.Pixels, (load 1).Pixels.ToArray())

[<Fact>]
let ``a label without a class is an error`` () =
    use cache = new Folder()
    use folder = new Folder()
    let bytes = cifar (fun label -> [| label + 1uy |]) colours
    folder.Write("train.bin", bytes) |> ignore

    let dataset =
        PublishedDataset(
            "m", "m", [| "a"; "b"; "c" |], [||], [| known "h.tar.gz" [| 1uy |] |], [| known "train.bin" bytes |], [||],
            CreateReader = fun files -> CifarSubsetReader(files, 1, 0))

    Assert.Equal("CifarLabelOutOfRange", (errorOf (fun () -> (loaderOf [] cache dataset).Load(Dataset.Cifar10, DataSubset.Train, folder.Path))).ErrorId)

// EMNIST

let private letters = makeImages (Shape(1, 4, 6)) 20 3 9
/// Stored column by column, which is an image of 6×4 whose transpose is meant.
let private stored =
    { letters with
        Shape = Shape(1, 4, 6)
        Pixels =
            [| for image in 0..19 do
                   for column in 0..5 do
                       for row in 0..3 -> letters.Pixels[image * 24 + row * 6 + column] |] }

let private emnistArchive =
    zip
        [ "gzip/", [||]
          "gzip/emnist-letters-mapping.txt", "1 65 97\n"B
          "gzip/emnist-letters-train-images-idx3-ubyte.gz", gzip (imageFile stored)
          "gzip/emnist-letters-train-labels-idx1-ubyte.gz", gzip (labelFile { letters with Labels = letters.Labels |> Array.map (fun label -> label + 1) }) ]

let private emnist =
    PublishedDataset(
        "letters",
        "emnist",
        [| "A"; "B"; "C" |],
        [||],
        [| known "gzip.zip" emnistArchive |],
        [| unknown "emnist-letters-train-images-idx3-ubyte" (imageFile stored); unknown "emnist-letters-train-labels-idx1-ubyte" (labelFile letters) |],
        [||],
        CreateReader = fun files -> IdxSubsetReader(files, true, 1)
    )

[<Fact>]
let ``images of EMNIST are turned upright, and the labels of its letters begin at 0`` () =
    use cache = new Folder()
    use server = new LoopbackServer(fun _ -> Good emnistArchive)
    let set = loadTrain (loaderOf [ server.Address ] cache emnist)
    Assert.Equal<int>(letters.Labels, set.Labels.ToArray())
    Assert.Equal<byte>(letters.Pixels, set.Pixels.ToArray())

[<Fact>]
let ``files out of an archive whose own sums nobody knows are held to their length`` () =
    use cache = new Folder()
    use folder = new Folder()
    folder.Write("emnist-letters-train-images-idx3-ubyte", imageFile stored) |> ignore
    let labels = labelFile { letters with Labels = letters.Labels |> Array.map (fun label -> label + 1) }
    folder.Write("emnist-letters-train-labels-idx1-ubyte", labels) |> ignore
    let load () = (loaderOf [] cache emnist).Load(Dataset.Emnist, DataSubset.Train, folder.Path)
    Assert.Equal<int>(letters.Labels, (load ()).Labels.ToArray())
    folder.Write("emnist-letters-train-labels-idx1-ubyte", labelFile letters) |> ignore
    Assert.Equal("IdxLabelOutOfRange", (errorOf load).ErrorId)
    folder.Write("emnist-letters-train-labels-idx1-ubyte", labelFile { letters with Labels = letters.Labels[1..] }) |> ignore
    Assert.Equal("IdxSize", (errorOf load).ErrorId)

[<Fact>]
let ``files that are published one by one are read as they are`` () =
    use cache = new Folder()
    let images, labels = gzip (imageFile train), gzip (labelFile train)
    let answers = dict [ "train-images-idx3-ubyte.gz", images; "train-labels-idx1-ubyte.gz", labels ]

    let dataset =
        PublishedDataset(
            "Made-up", "made-up", train.ClassNames, [||],
            [| for KeyValue(name, bytes) in answers -> known name bytes |],
            [| unknown "train-images-idx3-ubyte" (imageFile train); unknown "train-labels-idx1-ubyte" (labelFile train) |],
            [||])

    use server = new LoopbackServer(fun path -> Good answers[path])
    isTrain (loadTrain (loaderOf [ server.Address ] cache dataset))
    isTrain (loadTrain (loaderOf [] cache dataset))
    Assert.Equal<string>(Seq.sort answers.Keys, filesIn cache)

[<Fact>]
let ``a published file that lacks what it should hold, or is no archive, is an error`` () =
    for name, bytes, errorId in
        [ "x.zip", zip [ "other", [| 1uy |] ], "DatasetArchive"
          "x.zip", "no archive"B, "DatasetArchive"
          "x.tar.gz", tarGz [ "other", [| 1uy |] ], "DatasetArchive"
          "x.tar.gz", "no archive"B, "DatasetArchive" ] do
        use cache = new Folder()
        use folder = new Folder()
        folder.Write(name, bytes) |> ignore

        let dataset =
            PublishedDataset("m", "m", [| "a" |], [||], [| known name bytes |], [| unknown "a" [||]; unknown "b" [||] |], [||])

        Assert.Equal(errorId, (errorOf (fun () -> (loaderOf [] cache dataset).Load(Dataset.Kmnist, DataSubset.Train, folder.Path))).ErrorId)

// The catalog

[<Theory>]
[<InlineData(Dataset.Kmnist, null, 10, 60000, "o", "wo")>]
[<InlineData(Dataset.Emnist, null, 47, 112800, "0", "t")>]
[<InlineData(Dataset.Emnist, DatasetVariant.ByClass, 62, 697932, "0", "z")>]
[<InlineData(Dataset.Emnist, DatasetVariant.ByMerge, 47, 697932, "0", "t")>]
[<InlineData(Dataset.Emnist, DatasetVariant.Digits, 10, 240000, "0", "9")>]
[<InlineData(Dataset.Emnist, DatasetVariant.Letters, 26, 124800, "A", "Z")>]
[<InlineData(Dataset.Emnist, DatasetVariant.Mnist, 10, 60000, "0", "9")>]
[<InlineData(Dataset.Cifar10, null, 10, 50000, "airplane", "truck")>]
[<InlineData(Dataset.Cifar100, null, 100, 50000, "apple", "worm")>]
[<InlineData(Dataset.Cifar100, DatasetVariant.Fine, 100, 50000, "apple", "worm")>]
[<InlineData(Dataset.Cifar100, DatasetVariant.Coarse, 20, 50000, "aquatic_mammals", "vehicles_2")>]
let ``the known data sets have their classes and sizes`` (dataset: Dataset) (variant: Nullable<DatasetVariant>) classes images (first: string) (last: string) =
    let description = DatasetCatalog.Describe(dataset, variant) :?> PublishedDataset
    Assert.Equal(classes, description.ClassNames |> Seq.distinct |> Seq.length)
    Assert.Equal((first, last), (description.ClassNames[0], description.ClassNames[classes - 1]))

    let count (file: DatasetFile) =
        match dataset, file.Name with
        | Dataset.Cifar10, _ -> int file.Length / 3073
        | Dataset.Cifar100, _ -> int file.Length / 3074
        | _, name when name.Contains "labels" -> int file.Length - 8
        | _ -> 0

    Assert.Equal(images, description.Train |> Seq.sumBy count)
    Assert.All(description.Published, (fun file -> Assert.Equal(64, file.Sha256.Length)))

[<Fact>]
let ``a variant that a data set does not have is an error`` () =
    for dataset, variant in
        [ Dataset.Mnist, DatasetVariant.Mnist; Dataset.Emnist, DatasetVariant.Coarse; Dataset.Cifar100, DatasetVariant.Letters; Dataset.Cifar10, DatasetVariant.Fine ] do
        let error = errorOf (fun () -> DatasetCatalog.Describe(dataset, Nullable variant))
        Assert.Equal(("DatasetVariant", CnnErrorKind.InvalidArgument), (error.ErrorId, error.Kind))
