/// Parts of image sets, sets put together, and folds.
module Cnn.Native.Tests.ImageSelectionTests

open System
open Cnn
open Cnn.Data
open Cnn.Memory
open Cnn.Pictures
open Xunit

let private shape = Shape(1, 1, 2)

/// Each image has its number as its first value.
let private setOf (names: string list) (labels: int list) =
    ImageSet([| for i in 0 .. labels.Length - 1 do byte i; byte labels[i] |], Array.ofList labels, shape, names, "set")

let private numbersOf (images: ImageSet) = [ for i in 0 .. images.Count - 1 -> int (images.Image(i)[0]) ]
let private animals = setOf [ "cat"; "dog"; "owl" ] [ for i in 0..29 -> if i % 10 < 5 then 0 elif i % 10 < 8 then 1 else 2 ]
let private errorOf (action: unit -> obj) = Assert.Throws<CnnException>(fun () -> action () |> ignore)

[<Fact>]
let ``A run of images is shared, others are copied`` () =
    let run = animals.Select([| 3..9 |], "run")
    Assert.Equal<int>([ 3..9 ], numbersOf run)
    Assert.Equal("run", run.Name)
    Assert.True(animals.Pixels.Overlaps run.Pixels)
    let others = animals.Select([| 3; 5; 4 |], "others")
    Assert.Equal<int>([ 3; 5; 4 ], numbersOf others)
    Assert.False(animals.Pixels.Overlaps others.Pixels)
    Assert.Equal("ImageSetIndex", (errorOf (fun () -> animals.Select([| 29; 30 |], "beyond"))).ErrorId)
    Assert.Equal("ImageSetIndex", (errorOf (fun () -> animals.Select([| -1; 0 |], "before"))).ErrorId)

[<Fact>]
let ``Classes are found by name, and by number where none has that name`` () =
    let images = setOf [ "1"; "Cat"; "cat"; "x" ] [ 0; 1; 2; 3 ]
    Assert.Equal<int>([ 0; 2; 1; 3 ], ImageSelection.LabelsOf(images, [| "1"; "cat"; "Cat"; "3"; "X" |]))
    Assert.Equal<int>([ 1 ], ImageSelection.LabelsOf(images, [| "CAT" |]))

    for unknown in [ "mouse"; "4"; "-1"; "+1"; "" ] do
        let error = errorOf (fun () -> ImageSelection.LabelsOf(images, [| unknown |]))
        Assert.Equal("ClassUnknown", error.ErrorId)
        Assert.Contains("1, Cat, cat, x", error.Message)

[<Fact>]
let ``A set of some classes has these alone, in their new order`` () =
    let some = ImageSelection.WithClasses(animals.Select([| 9; 0; 8 |], "some"), [| 2; 0 |])
    Assert.Equal<string>([ "owl"; "cat" ], some.ClassNames)
    Assert.Equal<int>([ 0; 1; 0 ], some.Labels.ToArray())
    Assert.Equal("ClassUnknown", (errorOf (fun () -> ImageSelection.WithClasses(animals, [| 2; 0 |]))).ErrorId)
    Assert.Equal("ClassUnknown", (errorOf (fun () -> ImageSelection.WithClasses(animals, [| 0; 99 |]))).ErrorId)

[<Fact>]
let ``So many of each class are drawn by the seed, in their order`` () =
    let draw count seed = ImageSelection.PerClass(animals, [| 29 .. -1 .. 0 |], count, seed) |> List.ofSeq
    let drawn = draw 7 1UL
    Assert.Equal<int>([ 7; 7; 6 ], [ for ofClass in (animals.Select(Array.ofList drawn, "drawn")).ClassCounts -> ofClass.Count ])
    Assert.Equal<int>(List.sortDescending drawn, drawn)
    Assert.Equal<int>(drawn, draw 7 1UL)
    Assert.NotEqual<int list>(drawn, draw 7 2UL)

[<Fact>]
let ``Merged sets have the classes of all by name`` () =
    let more = setOf [ "owl"; "eel"; "cat" ] [ 1; 2; 0 ]
    let all = ImageSetMerger.Merge([| animals; more |], "all")
    Assert.Equal<string>([ "cat"; "dog"; "owl"; "eel" ], all.ClassNames)
    Assert.Equal<int>([ 3; 0; 2 ], (all.Slice(30, 3)).Labels.ToArray())
    Assert.Equal<int>([ 0; 1; 2 ], numbersOf (all.Slice(30, 3)))
    Assert.Equal<int>([ 16; 9; 7; 1 ], [ for ofClass in all.ClassCounts -> ofClass.Count ])
    Assert.Equal("all", all.Name)

[<Fact>]
let ``Sets that do not belong together are not merged`` () =
    let refused id (message: string) (sets: ImageSet list) =
        let error = errorOf (fun () -> ImageSetMerger.Merge(Array.ofList sets, "all"))
        Assert.Equal(id, error.ErrorId)
        Assert.Contains(message, error.Message)

    refused "MergeEmpty" "at least one" []
    refused "MergeShape" "1×2×1" [ animals; ImageSet([| 0uy; 0uy |], [| 0 |], Shape(1, 2, 1), [| "cat" |], "high") ]
    refused "MergeClasses" "only numbers" [ animals; setOf [ "0"; "1" ] [ 0; 1 ] ]
    refused "MergeClasses" "only numbers" [ setOf [ "0"; "1" ] [ 0; 1 ]; animals ]

    let ofPictures inversion =
        let pixels = PixelMemory.Of(animals.GetPixels())
        ImageSet.FromPinned(pixels, 0, animals.Labels.ToArray(), 0, animals.Count, shape, animals.ClassNames, string inversion, PictureConversion(shape, inversion))

    refused "MergeConversion" "-Invert" [ animals; ofPictures PictureInversion.Never; ofPictures PictureInversion.Always ]
    let merged = ImageSetMerger.Merge([| animals; ofPictures PictureInversion.Never; ofPictures PictureInversion.Never |], "all")
    Assert.Equal(PictureConversion(shape, PictureInversion.Never), merged.Conversion)

[<Theory>]
[<InlineData(2)>]
[<InlineData(5)>]
[<InlineData(6)>]
let ``Each image is in one fold, and each fold has each class in proportion`` count =
    let folds = StratifiedFolds.Of(animals, count, 3UL)
    Assert.Equal(count, folds.Count)
    Assert.Equal<int>([ 0..29 ], [ for fold in folds do yield! numbersOf fold.Validation ] |> List.sort)

    for number, fold in Seq.indexed folds do
        Assert.Equal((number + 1, count), (fold.Fold, fold.FoldCount))
        Assert.Equal<int>([ 0..29 ], numbersOf fold.Training @ numbersOf fold.Validation |> List.sort)
        Assert.Equal<int>(List.sort (numbersOf fold.Validation), numbersOf fold.Validation)
        Assert.InRange(fold.Validation.Count, 30 / count, (29 + count) / count)
        Assert.All([ fold.Training; fold.Validation ], fun part -> Assert.All(Seq.indexed (numbersOf part), fun (i, image) -> Assert.Equal(animals.Label image, part.Label i)))

        for ofClass in fold.Validation.ClassCounts do
            let all = animals.ClassCounts[ofClass.Label].Count
            Assert.InRange(ofClass.Count, all / count, (all + count - 1) / count)

    // One copy of the images for all.
    Assert.True((folds[0].Training).Pixels.Overlaps (folds[1].Validation).Pixels)
    Assert.NotEqual<int list>(numbersOf folds[0].Validation, numbersOf (StratifiedFolds.Of(animals, count, 4UL)[0]).Validation)

[<Fact>]
let ``Folds that cannot be are refused`` () =
    for count in [ -1; 0; 1; 1001 ] do
        Assert.Equal("FoldCount", (errorOf (fun () -> StratifiedFolds.Of(animals, count, 1UL))).ErrorId)

    let error = errorOf (fun () -> StratifiedFolds.Of(animals, 7, 1UL))
    Assert.Equal("FoldClassTooSmall", error.ErrorId)
    Assert.Contains("'owl' of set has 6 images, and each of the 7 folds", error.Message)
    Assert.Equal("EmptyImageSet", (errorOf (fun () -> StratifiedFolds.Of(animals.Slice(0, 0), 2, 1UL))).ErrorId)
