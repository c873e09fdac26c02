/// A set that is written as PNG files, a folder a class, is read again value for value.
module Cnn.Imaging.Tests.PictureFolderTests

open System
open Cnn.Data
open Cnn.Memory
open Cnn.Native.Tests.TemporaryFolder
open Cnn.Pictures
open FsCheck.FSharp
open FsCheck.Xunit

/// A set whose classes come in the order of their names, and its images in the order of their classes, as they do from a folder.
let private sets =
    gen {
        let! channels = Gen.elements [ 1; 3 ]
        let! height = Gen.choose (1, 12)
        let! width = Gen.choose (1, 12)
        let! sizes = Gen.choose (1, 5) |> Gen.nonEmptyListOf |> Gen.map (List.truncate 6)
        let! seed = Gen.choose (0, Int32.MaxValue)
        let labels = sizes |> List.mapi (fun label size -> Array.replicate size (byte label)) |> Array.concat
        let pixels = Array.zeroCreate (labels.Length * channels * height * width)
        Random(seed).NextBytes pixels
        return ImageSet(pixels, labels, Shape(channels, height, width), [| for i in 1 .. sizes.Length -> $"class {i}/?" |], "made up")
    }

[<Property(MaxTest = 30)>]
let ``an image set comes back from PNG files value for value`` () =
    Prop.forAll (Arb.fromGen sets) (fun set ->
        use folder = new TemporaryFolder()
        let path = folder.File "set"
        PictureFolder.Write(set, path, (fun picture -> PictureWriter.Encode picture))
        let read shape = PictureFolder.Open(path).Read((fun file channels -> PictureReader.Read(file, channels)), PictureRequest(shape, PictureInversion.Never))

        [ read (Nullable set.ImageShape); read (Nullable()) ]
        |> List.forall (fun found ->
            // Colours that happen to be grey everywhere come back as grey where no shape says otherwise.
            (found.ImageShape = set.ImageShape || found.ImageShape.Channels = 1)
            && (found.ImageShape <> set.ImageShape || found.Pixels.ToArray() = set.Pixels.ToArray())
            && found.Labels.ToArray() = set.Labels.ToArray()
            && List.ofSeq found.ClassNames = List.ofSeq set.ClassNames))
