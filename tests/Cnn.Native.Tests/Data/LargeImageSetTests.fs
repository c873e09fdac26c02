/// Sets of more than 2 GB, which no array of bytes and no span holds. Of their memory only what the test touches is really there.
module Cnn.Native.Tests.LargeImageSetTests

open System
open System.IO
open System.Security.Cryptography
open Cnn
open Cnn.Data
open Cnn.Memory
open Cnn.Native.Tests.TemporaryFolder
open Cnn.Serialization
open Cnn.Training
open FSharp.NativeInterop
open Xunit

#nowarn "9" // Pointers are what is tested.

/// For machines that can promise 4 GB.
type LargeMemoryFactAttribute() as this =
    inherit FactAttribute()

    do
        if MemoryBudget.Available() < (4L <<< 30) then
            this.Skip <- "Needs 4 GB of memory that are free."

let private shape = Shape(3, 224, 224)

/// 20,000 pictures of 224 by 224 pixels in colours: 3 GB. Three of them have pixels, the middle one on both sides of 2 GB.
let private large () =
    let count = 20_000
    let pixels = PixelMemory.Allocate(int64 count * int64 shape.Length)

    for index, value in [ 0, 1uy; 14_266, 2uy; 19_999, 3uy ] do
        pixels.Slice(int64 index * int64 shape.Length, shape.Length).Fill value

    let labels = GC.AllocateUninitializedArray<int>(count, pinned = true)
    Array.fill labels 0 count 0
    labels[19_999] <- 1
    ImageSet.FromPinned(pixels, 0L, labels, 0, count, shape, [| "a"; "b" |], "large")

[<LargeMemoryFact>]
let ``a set of more than 2 GB has all of its images`` () =
    let set = large ()
    Assert.Equal(3_010_560_000L, set.ByteCount)
    let isFull value (pixels: byte[]) = pixels.Length = shape.Length && Array.forall ((=) value) pixels

    for index, value in [ 0, 1uy; 14_266, 2uy; 19_999, 3uy ] do
        Assert.True(set.GetImage index |> isFull value)
        Assert.True(set.Slice(index, 1).GetPixels() |> isFull value)
        Assert.True(set.ToPicture(index).Pixels |> isFull value)
        let image = NativePtr.add set.PixelPointer 0 |> NativePtr.toNativeInt |> fun start -> start + nativeint index * nativeint shape.Length
        let first: nativeptr<byte> = NativePtr.ofNativeInt image
        Assert.Equal((value, value), (NativePtr.read first, NativePtr.get first (shape.Length - 1)))

    Assert.Equal((0, 1), (set.Label 14_266, set.Label 19_999))
    let chosen = set.Select([| 19_999; 14_266; 0 |], "chosen")
    Assert.Equal<byte>([| 3uy; 2uy; 1uy |], [| for i in 0..2 -> chosen.GetImage(i)[0] |])
    let merged = ImageSetMerger.Merge([| set.Slice(14_266, 1); set.Slice(19_999, 1) |], "merged")
    Assert.Equal<byte>([| 2uy; 3uy |], [| for i in 0..1 -> merged.GetImage(i)[0] |])
    Assert.Equal(20_000, set.Runs() |> Seq.sumBy _.Count)

[<LargeMemoryFact>]
let ``what is one piece of more than 2 GB says how to have it otherwise`` () =
    let set = large ()

    for action in [ (fun () -> set.Pixels.Length); (fun () -> set.GetPixels().Length) ] do
        let error = failureOf action
        Assert.Equal(("ImageSetSize", CnnErrorKind.InvalidArgument), (error.ErrorId, error.Kind))
        Assert.Contains("Slice", error.Message)

/// Grey pictures of 1,024 by 1,024 pixels, 2.2 GB, of which three have pixels: the first, the one on both sides of 2 GB, and the last.
let private grey = Shape(1, 1024, 1024)

let private greyCount = 2_100
let private marks = [ 0, 1uy; 2_047, 2uy; greyCount - 1, 3uy ]

let private hasMarks (set: ImageSet) =
    Assert.Equal((greyCount, grey, 1), (set.Count, set.ImageShape, set.Label 2_047))

    for index, value in marks do
        let image = set.GetImage index
        Assert.Equal((value, value), (image[0], image[image.Length - 1]))

    Assert.Equal(0uy, set.GetImage(2_048)[5])

let private greyLabels () =
    let labels = GC.AllocateArray<int>(greyCount, pinned = true)
    labels[2_047] <- 1
    labels

[<LargeMemoryFact>]
let ``an IDX file of more than 2 GB is read`` () =
    use folder = new TemporaryFolder()
    let images, labels = folder.File "images", folder.File "labels"

    using (File.Create images) (fun file ->
        file.Write [| 0uy; 0uy; 8uy; 3uy; 0uy; 0uy; 8uy; 0x34uy; 0uy; 0uy; 4uy; 0uy; 0uy; 0uy; 4uy; 0uy |]
        // A file has holes where nothing was written: they take no room on the disk.
        file.SetLength(16L + int64 greyCount * int64 grey.Length)

        for index, value in marks do
            for at in [ 0; grey.Length - 1 ] do
                file.Position <- 16L + int64 index * int64 grey.Length + int64 at
                file.WriteByte value)

    File.WriteAllBytes(labels, Array.append [| 0uy; 0uy; 8uy; 1uy; 0uy; 0uy; 8uy; 0x34uy |] (Array.map byte (greyLabels ())))
    let file = IdxReader.ReadImages images
    IdxReader.Combine(file, images, IdxReader.ReadLabels labels, labels, [| "a"; "b" |], "large") |> hasMarks
    let error = failureOf (fun () -> file.Data.Length)
    Assert.Equal(("IdxSize", CnnErrorKind.InvalidArgument), (error.ErrorId, error.Kind))

[<LargeMemoryFact>]
let ``a set of more than 2 GB that was exported as compressed IDX files comes back`` () =
    use folder = new TemporaryFolder()

    let write () =
        let pixels = PixelMemory.Allocate(int64 greyCount * int64 grey.Length)
        pixels.Slice(2_048L * int64 grey.Length, grey.Length).Clear()

        for index, value in marks do
            pixels.Slice(int64 index * int64 grey.Length, grey.Length).Fill value

        IdxFolder.Write(ImageSet.FromPinned(pixels, 0L, greyLabels (), 0, greyCount, grey, [| "a"; "b" |], "large"), folder.File "set", compress = true)

    write ()
    IdxFolder.Read(folder.File "set") |> hasMarks

[<Fact>]
let ``runs of a set change nothing of what is made of them`` () =
    let images = 37
    let pixels = Array.zeroCreate (images * 5 * 4)
    Random(1).NextBytes pixels

    let results channels =
        let set = ImageSet(pixels, Array.init images (fun i -> byte (i % 3)), Shape(channels, 5, 4 / channels), [| "a"; "b"; "c" |], "set")
        use file = new MemoryStream()
        ImageSetFile.Write(set, file)
        use idx = new MemoryStream()
        if channels = 1 then IdxWriter.WriteImages(set, idx, compress = false)
        let statistics = ImageSet(pixels, set.GetLabels(), set.ImageShape, set.ClassNames, "set").Statistics()

        [ Convert.ToHexString(SHA256.HashData(file.ToArray()))
          Convert.ToHexString(SHA256.HashData(idx.ToArray()))
          ImagesFingerprint.Of(set).Sha256
          Convert.ToHexString(SHA256.HashData(ImageSetMerger.Merge([| set; set |], "both").GetPixels()))
          $"%A{Seq.toList statistics.Mean} %A{Seq.toList statistics.StandardDeviation}" ]

    for channels in [ 1; 2 ] do
        let whole = results channels
        let before = ImageSet.MostRunBytes

        for most in [ 1; 45; 10 * 20 ] do
            try
                ImageSet.MostRunBytes <- most
                Assert.Equal<string>(whole, results channels)
            finally
                ImageSet.MostRunBytes <- before

[<Fact>]
let ``more than a machine has is refused before it is asked for`` () =
    let refused count = (failureOf (fun () -> ImageSet.CheckSize(count, shape, "pictures"); 0)).ErrorId
    Assert.Equal("ImageSetSize", refused (1L <<< 50))
    // 128 GB, unless there is a machine that has them free.
    let most = PixelMemory.MostBytes / int64 shape.Length
    if MemoryBudget.Available() < PixelMemory.MostBytes then Assert.Equal("MemoryRequired", refused most)
    ImageSet.CheckSize(1L, shape, "pictures")
