module Cnn.Native.Tests.IdxTests

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression
open System.Text
open Cnn
open Cnn.Data
open Cnn.Memory
open Cnn.Native.Tests.ImageSetTests
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit

/// An IDX file as the format defines it: magic number, sizes, values.
let idx (magic: uint32) (sizes: uint32 list) (values: byte[]) =
    let header = Array.zeroCreate<byte> (4 + 4 * sizes.Length)
    BinaryPrimitives.WriteUInt32BigEndian(Span header, magic)
    sizes |> List.iteri (fun i size -> BinaryPrimitives.WriteUInt32BigEndian(Span(header, 4 + 4 * i, 4), size))
    Array.append header values

let imageMagic = 0x803u
let labelMagic = 0x801u

let imageFile (images: Images) =
    idx imageMagic [ uint32 images.Labels.Length; uint32 images.Shape.Height; uint32 images.Shape.Width ] images.Pixels

let labelFile (images: Images) =
    idx labelMagic [ uint32 images.Labels.Length ] (Array.map byte images.Labels)

/// Compressed with a name in the header, as the gzip program writes it: those bytes mean nothing to the data.
let gzip (bytes: byte[]) =
    use target = new MemoryStream()

    (use compressor = new GZipStream(target, CompressionLevel.Optimal, true)
     compressor.Write(bytes, 0, bytes.Length))

    let plain = target.ToArray()
    plain[3] <- 8uy
    Array.concat [ plain[..9]; Encoding.ASCII.GetBytes "some-name\000"; plain[10..] ]

/// A folder of the test's own, gone after it.
type Folder() =
    let path = Directory.CreateTempSubdirectory("cnn-test-").FullName
    member _.Path = path
    member _.File name = Path.Combine(path, name)

    member this.Write(name, bytes: byte[]) =
        Directory.CreateDirectory(Path.GetDirectoryName(this.File name)) |> ignore
        File.WriteAllBytes(this.File name, bytes)
        this.File name

    interface IDisposable with
        member _.Dispose() = Directory.Delete(path, true)

type GreyGenerators =
    static member Images() =
        gen {
            let! height = Gen.choose (1, 9)
            let! width = Gen.choose (1, 9)
            let! count = Gen.choose (0, 40)
            let! classes = Gen.choose (1, 12)
            let! seed = Gen.choose (0, Int32.MaxValue)
            return makeImages (Shape(1, height, width)) count classes seed
        }
        |> Arb.fromGen

let private decode content (bytes: byte[]) =
    use stream = new MemoryStream(bytes)
    IdxDecoder.Read(stream, Nullable(int64 bytes.Length), "made-up", content, null, Threading.CancellationToken.None)

[<Property(Arbitrary = [| typeof<GreyGenerators> |])>]
let ``what was written is read back, plain and compressed, whatever the file is called`` (images: Images) (zipImages: bool) (zipLabels: bool) =
    use folder = new Folder()
    let pack zipped bytes = if zipped then gzip bytes else bytes
    let imagesPath = folder.Write("images.dat", pack zipImages (imageFile images))
    let labelsPath = folder.Write("labels.gz", pack zipLabels (labelFile images))
    let set = IdxReader.Read(imagesPath, labelsPath, images.ClassNames, "made up")

    set.ImageShape = images.Shape
    && set.Pixels.ToArray() = images.Pixels
    && set.Labels.ToArray() = images.Labels
    && List.ofSeq set.ClassNames = List.ofArray images.ClassNames
    && set.Name = "made up"

[<Fact>]
let ``the two files can be read alone`` () =
    use folder = new Folder()
    let images = makeImages (Shape(1, 3, 5)) 4 10 1
    let read = IdxReader.ReadImages(folder.Write("images", imageFile images))
    Assert.Equal<int>([ 4; 3; 5 ], read.Dimensions)
    Assert.Equal<byte>(images.Pixels, read.Data.ToArray())
    let labels = IdxReader.ReadLabels(folder.Write("labels", labelFile images))
    Assert.Equal<int>([ 4 ], labels.Dimensions)
    Assert.Equal<byte>(Array.map byte images.Labels, labels.Data.ToArray())

[<Fact>]
let ``without class names classes are called by their label`` () =
    use folder = new Folder()
    let imagesPath = folder.Write("images", idx imageMagic [ 3u; 1u; 1u ] [| 1uy; 2uy; 3uy |])
    let labelsPath = folder.Write("labels", idx labelMagic [ 3u ] [| 0uy; 3uy; 1uy |])
    let set = IdxReader.Read(imagesPath, labelsPath, null, "mine")
    Assert.Equal<string>([ "0"; "1"; "2"; "3" ], set.ClassNames)

/// Reads a file that may be damaged: good data, or the one kind of error there is. Any other exception fails the test.
let private tryDecode bytes =
    try
        Ok((decode IdxContent.Images bytes).Data.ToArray())
    with :? CnnException as error ->
        Error error.ErrorId

[<Fact>]
let ``no flipped bit in a compressed file ever gives other data`` () =
    let images = makeImages (Shape(1, 7, 5)) 20 10 4
    let good = gzip (imageFile images)
    let mutable unharmed = 0

    for position in 0 .. good.Length - 1 do
        for bit in 0..7 do
            let bad = Array.copy good
            bad[position] <- bad[position] ^^^ (1uy <<< bit)

            match tryDecode bad with
            | Ok data ->
                Assert.Equal<byte>(images.Pixels, data)
                unharmed <- unharmed + 1
            | Error _ -> ()

    // Time, system and name in the header are nobody's business; nearly everything else is.
    Assert.InRange(unharmed, 1, 8 * good.Length / 4)

[<Fact>]
let ``a compressed file that is cut anywhere is an error`` () =
    let good = gzip (imageFile (makeImages (Shape(1, 7, 5)) 20 10 5))

    for length in 0 .. good.Length - 1 do
        match tryDecode good[.. length - 1] with
        | Ok _ -> failwith $"cut after {length} of {good.Length} bytes, and read"
        | Error id -> Assert.Contains(id, [ "IdxTruncated"; "IdxCorrupt" ])

[<Property(Arbitrary = [| typeof<GreyGenerators> |])>]
let ``a plain file that is cut anywhere is an error`` (images: Images) (cut: PositiveInt) =
    let good = imageFile images
    let length = good.Length - 1 - cut.Get % good.Length
    tryDecode good[.. length - 1] = Error "IdxTruncated"

[<Property(Arbitrary = [| typeof<GreyGenerators> |])>]
let ``bytes after the data are an error`` (images: Images) (NonEmptyArray(extra: byte[])) =
    let good = imageFile images

    tryDecode (Array.append good extra) = Error "IdxTrailingData"
    && tryDecode (gzip (Array.append good extra)) = Error "IdxTrailingData"
    && tryDecode (Array.append (gzip good) (Array.append extra [| 1uy |])) = Error "IdxCorrupt"

[<Fact>]
let ``much after the end of a compressed file is an error too, and zeros are padding`` () =
    let images = makeImages (Shape(1, 2, 2)) 3 2 6
    let good = gzip (imageFile images)
    Assert.Equal(Error "IdxCorrupt", tryDecode (Array.append good (Array.create 100_000 7uy)))
    Assert.Equal(Error "IdxCorrupt", tryDecode (Array.concat [ good; Array.zeroCreate 100_000; [| 7uy |] ]))

    for zeros in [ 1; 2; 3; 4; 7; 8; 9; 511; 100_000 ] do
        Assert.Equal(Ok images.Pixels, tryDecode (Array.append good (Array.zeroCreate zeros)))

[<Theory>]
[<InlineData(1)>]
[<InlineData(20)>]
[<InlineData(400)>]
let ``a compressed file may have several members, and is an error wherever it is cut`` (first: int) =
    let images = makeImages (Shape(1, 7, 5)) 20 10 5
    let plain = imageFile images
    let pack members = members |> List.map gzip |> Array.concat
    let file = pack [ plain[.. first - 1]; plain[first .. plain.Length - 12]; plain[plain.Length - 11 ..] ]
    Assert.Equal(Ok images.Pixels, tryDecode file)
    Assert.Equal(Ok images.Pixels, tryDecode (Array.append file (Array.zeroCreate 300)))
    // bgzip ends a file with a member without content.
    Assert.Equal(Ok images.Pixels, tryDecode (Array.append file (Convert.FromHexString "1f8b08040000000000ff0600424302001b0003000000000000000000")))
    Assert.Equal(Error "IdxTrailingData", tryDecode (Array.append file (gzip [| 1uy |])))

    for length in 0 .. file.Length - 1 do
        match tryDecode file[.. length - 1], tryDecode (Array.append file[.. length - 1] [| 9uy; 0uy |]) with
        | Error _, Error _ -> ()
        | _ -> failwith $"cut after {length} of {file.Length} bytes, and read"

[<Property>]
let ``bytes at random are an error and nothing else`` (bytes: byte[]) =
    match tryDecode bytes, tryDecode (Array.append [| 0x1fuy; 0x8buy |] bytes) with
    | Error _, Error _ -> true
    | _ -> false

let private wrongHeaders: (string * byte[]) list =
    [ "IdxMagicNumber", idx labelMagic [ 3u ] [| 0uy; 1uy; 2uy |]
      "IdxMagicNumber", idx 0xA03u [ 1u; 1u; 1u ] [| 0uy; 0uy; 0uy; 0uy |] // no type
      "IdxMagicNumber", Encoding.ASCII.GetBytes "<!DOCTYPE html><html></html>"
      "IdxSize", idx imageMagic [ 1u; 0u; 28u ] [||]
      "IdxSize", idx imageMagic [ 1u; 28u; 0u ] [||]
      "IdxSize", idx imageMagic [ 0xFFFFFFFFu; 0xFFFFFFFFu; 0xFFFFFFFFu ] [||]
      "IdxSize", idx imageMagic [ 0u; 0xFFFFFFFFu; 0xFFFFFFFFu ] [||]
      "IdxTruncated", idx imageMagic [ 2_000_000u; 32u; 32u ] [| 1uy |]
      "IdxTruncated", [||]
      "IdxTruncated", [| 0uy; 0uy |]
      "IdxTruncated", idx imageMagic [ 1u ] [||] ]

[<Fact>]
let ``a header that cannot be true is refused before memory is asked for`` () =
    let before = GC.GetAllocatedBytesForCurrentThread()

    for id, bytes in wrongHeaders do
        Assert.Equal(Error id, tryDecode bytes)

        if bytes.Length > 0 then
            Assert.Equal(Error id, tryDecode (gzip bytes))

    Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0L, 10_000_000L)

[<Fact>]
let ``swapped files are recognised`` () =
    let error = errorOf (fun () -> decode IdxContent.Images (idx labelMagic [ 1u ] [| 1uy |]))
    Assert.Contains("0x00000801", error.Message)
    Assert.Contains("0x00000803", error.Message)
    Assert.Contains("swapped", error.Message)

[<Fact>]
let ``different numbers of images and labels are an error that says both`` () =
    use folder = new Folder()
    let imagesPath = folder.Write("images", idx imageMagic [ 2u; 1u; 1u ] [| 1uy; 2uy |])
    let labelsPath = folder.Write("labels", idx labelMagic [ 3u ] [| 0uy; 1uy; 1uy |])
    let error = errorOf (fun () -> IdxReader.Read(imagesPath, labelsPath, [| "a"; "b" |], "wrong"))
    Assert.Equal("IdxCountMismatch", error.ErrorId)

    for part in [ "2 images"; "3 labels"; imagesPath; labelsPath ] do
        Assert.Contains(part, error.Message)

[<Fact>]
let ``a label over the number of classes is an error that says which`` () =
    use folder = new Folder()
    let imagesPath = folder.Write("images", idx imageMagic [ 3u; 1u; 1u ] [| 1uy; 2uy; 3uy |])
    let labelsPath = folder.Write("labels", idx labelMagic [ 3u ] [| 0uy; 7uy; 1uy |])
    let error = errorOf (fun () -> IdxReader.Read(imagesPath, labelsPath, [| "a"; "b" |], "wrong"))
    Assert.Equal("IdxLabelOutOfRange", error.ErrorId)
    Assert.Equal(labelsPath, string error.Target)
    Assert.Contains("Label 1", error.Message)
    Assert.Contains("is 7", error.Message)

[<Fact>]
let ``a file that is not there, or cannot be read, is an error that names it`` () =
    use folder = new Folder()
    let missing = errorOf (fun () -> IdxReader.ReadImages(folder.File "nothing"))
    Assert.Equal(("FileNotFound", CnnErrorKind.NotFound), (missing.ErrorId, missing.Kind))
    Assert.Contains(folder.File "nothing", missing.Message)
    let inFolder = errorOf (fun () -> IdxReader.ReadImages(folder.File "no-folder/nothing"))
    Assert.Equal("FileNotFound", inFolder.ErrorId)
    let aFolder = errorOf (fun () -> IdxReader.ReadImages folder.Path)
    Assert.Equal(("IdxReadFailed", CnnErrorKind.ReadFailed), (aFolder.ErrorId, aFolder.Kind))
    Assert.Equal("IdxReadFailed", (errorOf (fun () -> IdxReader.ReadImages "")).ErrorId)
