module Cnn.Native.Tests.ImageSetTests

#nowarn "3391" // array to span, as a caller in C# has it

open System
open Cnn
open Cnn.Data
open Cnn.Memory
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit

/// A made-up set, as arrays.
type Images =
    { Shape: Shape
      Pixels: byte[]
      Labels: int[]
      Classes: int }

    member this.ClassNames = [| for i in 1 .. this.Classes -> $"class {i}" |]
    member this.ToSet() = ImageSet(this.Pixels, this.Labels, this.Shape, this.ClassNames, "made up")

/// Images with a good share of zeros, as pictures on an empty ground have; always the same for the same seed.
let makeImages (shape: Shape) count classes seed =
    let random = Random(seed: int)

    { Shape = shape
      Pixels = Array.init (count * shape.Length) (fun _ -> if random.Next 3 = 0 then byte (random.Next 256) else 0uy)
      Labels = Array.init count (fun _ -> random.Next classes)
      Classes = classes }

type Generators =
    static member Images() =
        gen {
            let! channels = Gen.choose (1, 4)
            let! height = Gen.choose (1, 9)
            let! width = Gen.choose (1, 9)
            let! count = Gen.choose (0, 40)
            let! classes = Gen.choose (1, 12)
            let! seed = Gen.choose (0, Int32.MaxValue)
            return makeImages (Shape(channels, height, width)) count classes seed
        }
        |> Arb.fromGen

/// The identifier of the error that an action ends with; anything but a CnnException fails the test.
let errorOf (action: unit -> 'a) =
    Assert.Throws<CnnException>(fun () -> action () |> ignore)

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``a set gives back what it was made of`` (images: Images) =
    let set = images.ToSet()
    let length = images.Shape.Length

    set.Count = images.Labels.Length
    && set.ImageShape = images.Shape
    && set.Pixels.ToArray() = images.Pixels
    && set.Labels.ToArray() = images.Labels
    && List.ofSeq set.ClassNames = List.ofArray images.ClassNames
    && Seq.forall
        (fun i ->
            set.Image(i).ToArray() = images.Pixels[i * length .. (i + 1) * length - 1]
            && set.Label i = images.Labels[i])
        (seq { 0 .. set.Count - 1 })

[<Fact>]
let ``a set does not change with the arrays it was made of`` () =
    let images = makeImages (Shape(1, 2, 2)) 3 2 1
    let set = images.ToSet()
    let before = set.Pixels.ToArray()
    Array.fill images.Pixels 0 images.Pixels.Length 77uy
    Assert.Equal<byte>(before, set.Pixels.ToArray())

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``a slice is a run of the same images, and a slice of a slice too`` (images: Images) (a: NonNegativeInt) (b: NonNegativeInt) =
    let set = images.ToSet()
    let skip = a.Get % (set.Count + 1)
    let count = b.Get % (set.Count - skip + 1)
    let slice = set.Slice(skip, count)
    let length = images.Shape.Length
    let rest = slice.Slice(count / 2, count - count / 2)

    slice.Count = count
    && slice.Pixels.ToArray() = images.Pixels[skip * length .. (skip + count) * length - 1]
    && slice.Labels.ToArray() = images.Labels[skip .. skip + count - 1]
    && rest.Pixels.ToArray() = slice.Pixels.Slice(count / 2 * length).ToArray()

[<Fact>]
let ``the pointers of a slice point to its first image, and stay there`` () =
    let images = makeImages (Shape(3, 4, 5)) 10 4 2
    let slice = images.ToSet().Slice(7, 2)
    let before = NativeInterop.NativePtr.toNativeInt slice.PixelPointer
    GC.Collect(2, GCCollectionMode.Forced, true, true)
    Assert.Equal(before, NativeInterop.NativePtr.toNativeInt slice.PixelPointer)
    let pixels = Array.init (2 * 60) (fun i -> NativeInterop.NativePtr.get slice.PixelPointer i)
    let labels = Array.init 2 (fun i -> NativeInterop.NativePtr.get slice.LabelPointer i)
    Assert.Equal<byte>(slice.Pixels.ToArray(), pixels)
    Assert.Equal<int>(slice.Labels.ToArray(), labels)
    GC.KeepAlive slice

[<Theory>]
[<InlineData(-1, 1)>]
[<InlineData(0, -1)>]
[<InlineData(0, 6)>]
[<InlineData(5, 1)>]
[<InlineData(Int32.MaxValue, Int32.MaxValue)>]
let ``a slice beyond the set is an error`` (skip: int) (count: int) =
    let set = (makeImages (Shape(1, 1, 1)) 5 2 3).ToSet()
    Assert.Equal("ImageSetSlice", (errorOf (fun () -> set.Slice(skip, count))).ErrorId)

[<Theory>]
[<InlineData(-1)>]
[<InlineData(5)>]
let ``an image that is not there is an error`` (index: int) =
    let set = (makeImages (Shape(1, 1, 1)) 5 2 3).ToSet()
    Assert.Equal("ImageSetIndex", (errorOf (fun () -> set.Image(index).ToArray())).ErrorId)
    Assert.Equal("ImageSetIndex", (errorOf (fun () -> set.Label index)).ErrorId)

/// Mean and standard deviation straight from their definitions.
let naiveStatistics (pixels: byte[]) channels channel =
    let values = [| for i in channel..channels .. pixels.Length - 1 -> float pixels[i] / 255.0 |]
    let mean = Array.average values
    mean, sqrt (values |> Array.averageBy (fun value -> (value - mean) ** 2.0))

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``the statistics are mean and standard deviation of each channel`` (images: Images) =
    images.Labels.Length > 0
    ==> lazy
        (let statistics = images.ToSet().Statistics()

         Seq.forall
             (fun channel ->
                 let mean, deviation = naiveStatistics images.Pixels images.Shape.Channels channel

                 abs (float statistics.Mean[channel] - mean) < 1e-6
                 && abs (float statistics.StandardDeviation[channel] - deviation) < 1e-6)
             (seq { 0 .. images.Shape.Channels - 1 }))

[<Fact>]
let ``the statistics of white images do not overflow`` () =
    // More than the vectors of one block, and a tail.
    let shape = Shape(1, 1000, 1001)
    let set = ImageSet(Array.create (3 * shape.Length) 255uy, [| 0uy; 0uy; 0uy |], shape, [| "white" |], "white")
    Assert.Equal(1.0f, set.Statistics().Mean[0])
    Assert.Equal(0.0f, set.Statistics().StandardDeviation[0])

[<Fact>]
let ``the statistics of a slice are its own`` () =
    let set = ImageSet([| 0uy; 255uy; 255uy |], [| 0uy; 0uy; 0uy |], Shape(1, 1, 1), [| "a" |], "three")
    Assert.Equal(2.0f / 3.0f, set.Statistics().Mean[0])
    Assert.Equal(1.0f, set.Slice(1, 2).Statistics().Mean[0])

[<Fact>]
let ``an empty set can be made, and has no statistics`` () =
    let set = ImageSet([||], Array.empty<int>, Shape(1, 28, 28), [| "a"; "b" |], "nothing")
    Assert.Equal(0, set.Count)
    Assert.Equal("nothing: 0 images 1×28×28, 2 classes", string set)
    Assert.Equal("ImageSetEmpty", (errorOf set.Statistics).ErrorId)

[<Fact>]
let ``a set is written as people write it`` () =
    let set = ImageSet(Array.zeroCreate 784, [| 0uy |], Shape(1, 28, 28), [| "zero" |], "mine")
    Assert.Equal("mine: 1 image 1×28×28, 1 class", string set)

let private refused =
    [ "ImageSetPixelCount", 7, 2, Shape(1, 2, 2), [ "a" ]
      "ImageSetLabelCount", 8, 1, Shape(1, 2, 2), [ "a" ]
      "ImageSetLabelCount", 8, 3, Shape(1, 2, 2), [ "a" ]
      "ImageSetShape", 0, 0, Shape(0, 2, 2), [ "a" ]
      "ImageSetShape", 0, 0, Shape(1, -2, 2), [ "a" ]
      "ImageSetShape", 0, 0, Shape(70_000, 70_000, 70_000), [ "a" ]
      "ImageSetClassNames", 4, 1, Shape(1, 2, 2), []
      "ClassCountLimit", 4, 1, Shape(1, 2, 2), [ for c in 0 .. ImageSet.MostClasses -> $"{c}" ]
      "ImageSetClassNames", 4, 1, Shape(1, 2, 2), [ "a"; "" ]
      "ImageSetClassNames", 4, 1, Shape(1, 2, 2), [ "a"; null ]
      "ImageSetClassNames", 4, 1, Shape(1, 2, 2), [ "a"; "b"; "a" ] ]

[<Fact>]
let ``arrays that do not fit together are refused`` () =
    for id, pixels, labels, shape, names in refused do
        let error =
            errorOf (fun () -> ImageSet(Array.zeroCreate pixels, Array.zeroCreate<int> labels, shape, List.toArray names, "wrong"))

        Assert.Equal(id, error.ErrorId)

[<Fact>]
let ``labels may be given as bytes, as files have them`` () =
    let set = ImageSet([| 1uy; 2uy |], [| 1uy; 0uy |], Shape(1, 1, 1), [| "a"; "b" |], "two")
    Assert.Equal<int>([| 1; 0 |], set.Labels.ToArray())
    Assert.Equal<int>([| 1; 0 |], set.GetLabels())

[<Fact>]
let ``a label without a class is named`` () =
    let error =
        errorOf (fun () -> ImageSet(Array.zeroCreate 3, [| 0uy; 1uy; 9uy |], Shape(1, 1, 1), [| "a"; "b" |], "wrong"))

    Assert.Equal("ImageSetLabelOutOfRange", error.ErrorId)
    Assert.Contains("Label 9 of image 2", error.Message)
