/// A split parts each class in the same proportion, loses nothing, and depends on its seed alone.
module Cnn.Native.Tests.StratifiedSplitTests

open System
open Cnn
open Cnn.Data
open Cnn.Memory
open Cnn.Native.Tests.ImageSetTests
open Xunit
open FsCheck.FSharp
open FsCheck.Xunit

/// A set in which every image is distinguished from all others by its pixels.
let numbered (labels: int[]) classes =
    let pixels = labels |> Array.mapi (fun i _ -> [| byte (i / 256); byte i |]) |> Array.concat
    ImageSet(pixels, labels, Shape(1, 1, 2), [| for c in 0 .. classes - 1 -> $"class {c}" |], "numbered")

let numbers (set: ImageSet) =
    [| for i in 0 .. set.Count - 1 -> let image = set.Image(i).ToArray() in 256 * int image[0] + int image[1] |]

/// Labels of which each that there is is there at least twice, in any order.
type Generators =
    static member Labels() =
        gen {
            let! classes = Gen.choose (1, 9)
            let! sizes = Gen.listOfLength classes (Gen.frequency [ 1, Gen.constant 0; 5, Gen.choose (2, 40) ])
            let sizes = if List.sum sizes = 0 then [ 5 ] else sizes
            let labels = sizes |> List.mapi (fun label size -> List.replicate size label) |> List.concat
            let! shuffled = Gen.shuffle labels
            return shuffled
        }
        |> Arb.fromGen

let private classCount = 9
let private sizeOf (set: ImageSet) label = set.Labels.ToArray() |> Seq.filter ((=) label) |> Seq.length

let private parts (struct (remaining: ImageSet, heldOut: ImageSet)) = remaining, heldOut

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``every image is on one side, in the order of the set, and each class on both in its proportion`` (labels: int[]) (thousandths: FsCheck.PositiveInt) (seed: uint64) =
    let set = numbered labels classCount
    let fraction = float (1 + thousandths.Get % 998) / 1000.0
    let remaining, heldOut = parts (StratifiedSplit.ByFraction(set, fraction, seed))
    let both = Array.append (numbers remaining) (numbers heldOut)
    let classes = labels |> Array.distinct
    let wanted = Math.Clamp(int (Math.Round(fraction * float labels.Length)), classes.Length, labels.Length - classes.Length)

    Array.sort both = [| 0 .. labels.Length - 1 |]
    && Array.sort (numbers remaining) = numbers remaining
    && Array.sort (numbers heldOut) = numbers heldOut
    && heldOut.Count = wanted
    && numbers heldOut |> Array.map (fun number -> labels[number]) = heldOut.Labels.ToArray()
    && List.ofSeq heldOut.ClassNames = List.ofSeq set.ClassNames
    && classes |> Array.forall (fun label ->
        let size, held = sizeOf set label, sizeOf heldOut label
        let exact = float wanted * float size / float labels.Length

        // Within one image of the exact share, where one image on each side allows it.
        held >= 1 && held <= size - 1 && (abs (float held - exact) < 1.0 + 1e-9 || classes.Length > 1))

[<Fact>]
let ``where all classes are large, no share is off by a whole image`` () =
    let labels = Array.init 1000 (fun i -> if i < 123 then 0 elif i < 457 then 1 else 2)

    for count in [ 3; 50; 100; 333; 997 ] do
        let _, heldOut = parts (StratifiedSplit.ByCount(numbered labels 3, count, 1UL))
        Assert.Equal(count, heldOut.Count)

        for label, size in [ 0, 123; 1, 334; 2, 543 ] do
            if count > 10 && count < 990 then
                Assert.True(abs (float (sizeOf heldOut label) - float (count * size) / 1000.0) < 1.0)

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``one seed holds out the same images, whatever the number of them another class has`` (labels: int[]) (seed: uint64) =
    let split () = StratifiedSplit.ByFraction(numbered labels classCount, 0.3, seed) |> parts |> snd |> numbers
    split () = split ()

[<Fact>]
let ``another seed holds out other images`` () =
    let set = numbered (Array.init 200 (fun i -> i % 4)) 4
    let heldOut seed = StratifiedSplit.ByCount(set, 40, seed) |> parts |> snd |> numbers
    Assert.NotEqual<int>(heldOut 1UL, heldOut 2UL)
    Assert.Equal<int>(heldOut 7UL, heldOut 7UL)

[<Fact>]
let ``over many seeds every image is held out about as often`` () =
    let set = numbered (Array.init 40 (fun i -> i % 2)) 2
    let times = Array.zeroCreate 40

    for seed in 1UL .. 2000UL do
        for number in StratifiedSplit.ByCount(set, 10, seed) |> parts |> snd |> numbers do
            times[number] <- times[number] + 1

    // 500 of 2000 on average, with a standard deviation of 19.
    Assert.All(times, (fun count -> Assert.InRange(count, 400, 600)))

[<Theory>]
[<InlineData(0.0)>]
[<InlineData(1.0)>]
[<InlineData(-0.1)>]
[<InlineData(Double.NaN)>]
let ``a share of nothing or of all is told`` (fraction: float) =
    Assert.Equal("SplitFraction", (errorOf (fun () -> StratifiedSplit.ByFraction(numbered [| 0; 0 |] 1, fraction, 1UL))).ErrorId)

[<Fact>]
let ``a class with one image is told by its name`` () =
    let set = numbered [| 0; 0; 0; 2; 2; 1 |] 3
    let error = errorOf (fun () -> StratifiedSplit.ByFraction(set, 0.5, 1UL))
    Assert.Equal(("SplitClassTooSmall", CnnErrorKind.InvalidData), (error.ErrorId, error.Kind))
    Assert.Contains("'class 1'", error.Message)

[<Theory>]
[<InlineData(-1)>]
[<InlineData(1)>]
[<InlineData(3)>]
[<InlineData(4)>]
let ``a number that leaves a class without an image is told`` (count: int) =
    Assert.Equal("SplitCount", (errorOf (fun () -> StratifiedSplit.ByCount(numbered [| 0; 0; 1; 1 |] 2, count, 1UL))).ErrorId)

[<Fact>]
let ``nothing cannot be split`` () =
    Assert.Equal("EmptyImageSet", (errorOf (fun () -> StratifiedSplit.ByFraction(numbered [||] 2, 0.5, 1UL))).ErrorId)
