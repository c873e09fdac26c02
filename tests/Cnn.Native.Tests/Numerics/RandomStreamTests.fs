/// Random numbers that are the same for ever, and random enough.
module Cnn.Native.Tests.RandomStreamTests

open System
open FsCheck.Xunit
open Xunit
open Cnn.Numerics
open Cnn.Native.Tests.NetworkShapes

/// A stream that closures can draw from.
type private Stream(seed, number) =
    let mutable random = RandomStream(seed, number)
    member _.UInt64() = random.NextUInt64()
    member _.Double() = random.NextDouble()
    member _.Int32 bound = random.NextInt32 bound
    member _.Normal() = random.NextNormal()
    member _.Shuffle(values: int[]) = random.Shuffle<int>(Span values)

let private draw count (next: unit -> 'a) = Array.init count (fun _ -> next ())

let private outputs seed number count =
    let stream = Stream(seed, number)
    draw count stream.UInt64

/// SplitMix64 as its authors write it, once more and elsewhere: the finalizer, and the sequence from a state.
let private golden = 0x9E3779B97F4A7C15UL

let private mix z =
    let z = (z ^^^ (z >>> 30)) * 0xBF58476D1CE4E5B9UL
    let z = (z ^^^ (z >>> 27)) * 0x94D049BB133111EBUL
    z ^^^ (z >>> 31)

[<Fact>]
let ``A seed gives the numbers it has always given`` () =
    Assert.Equal<uint64>([| 0x268598DD193A9389UL; 0xE251E922AF47467AUL; 0xD0FA3DEBF3C1B714UL |], outputs 0UL 0UL 3)
    Assert.Equal<uint64>([| 0x861AF22A00649DB9UL; 0x8A26C94077CF2DFEUL; 0x9BADED5D11BF5502UL |], outputs 1UL 0UL 3)
    Assert.Equal<uint64>([| 0x67DAD501D2BD1631UL; 0xDC3ECDDA9455C101UL; 0x17781AE2EA007204UL |], outputs 1UL 1UL 3)
    Assert.Equal<uint64>([| 0xBB4EAC2DF462CE6EUL; 0xB17A5D51EC9B900FUL; 0xACACC8B1C3AFFD56UL |], outputs UInt64.MaxValue (1UL <<< 32) 3)

[<Property>]
let ``A stream is SplitMix64 from a state that mixes seed and number`` (seed: uint64) (number: uint64) =
    let state = mix (seed + golden) ^^^ mix (~~~(number * golden))
    Assert.Equal<uint64>([| for n in 1UL .. 20UL -> mix (state + n * golden) |], outputs seed number 20)

[<Property>]
let ``Streams and seeds have nothing in common`` (seed: uint64) (number: uint64) =
    let mine = outputs seed number 50
    Assert.Empty(Set.intersect (set mine) (set (outputs seed (number + 1UL) 50)))
    Assert.Empty(Set.intersect (set mine) (set (outputs (seed + 1UL) number 50)))
    Assert.Empty(Set.intersect (set mine) (set (outputs number seed 50)) |> Set.filter (fun _ -> number <> seed))

let private correlation (a: float[]) (b: float[]) =
    let centred (values: float[]) =
        let mean = Array.average values
        values |> Array.map (fun value -> value - mean)

    let a, b = centred a, centred b
    let dot = Array.fold2 (fun sum x y -> sum + x * y) 0.0
    dot a b / sqrt (dot a a * dot b b)

[<Fact>]
let ``Neighbouring streams and neighbouring seeds are not correlated`` () =
    let uniform seed number = draw 20_000 (Stream(seed, number).Double)

    for other in [ uniform 1UL 1UL; uniform 1UL 2UL; uniform 2UL 0UL; uniform 0UL 0UL ] do
        // The standard deviation of the correlation of 20,000 independent pairs is 0.007.
        Assert.Equal(0.0, correlation (uniform 1UL 0UL) other, 0.03)

/// Whether counts are as near to what is expected as chance makes them: the statistic has a mean of n − 1 and a variance of 2(n − 1).
let private looksEven (counts: int[]) =
    let expected = Array.averageBy float counts
    let statistic = counts |> Array.sumBy (fun count -> (float count - expected) ** 2.0 / expected)
    let freedom = float (counts.Length - 1)
    Assert.InRange(statistic, freedom - 4.0 * sqrt (2.0 * freedom), freedom + 5.0 * sqrt (2.0 * freedom))

[<Fact>]
let ``Uniform numbers fill [0, 1) evenly`` () =
    let values = draw 200_000 (Stream(3UL, 0UL).Double)
    Assert.All(values, fun value -> Assert.True(value >= 0.0 && value < 1.0))
    Assert.Equal(0.5, Array.average values, 0.003)
    values |> Array.countBy (fun value -> int (value * 256.0)) |> Array.map snd |> looksEven

[<Property>]
let ``Bounded integers stay within their bound`` seed (Size 1_000_000 bound) =
    let stream = Stream(seed, 0UL)
    Assert.All(draw 100 (fun () -> stream.Int32 bound), fun value -> Assert.InRange(value, 0, bound - 1))

[<Fact>]
let ``Bounded integers are even`` () =
    let stream = Stream(4UL, 0UL)
    draw 70_000 (fun () -> stream.Int32 7) |> Array.countBy id |> Array.map snd |> looksEven

[<Fact>]
let ``Normal numbers have the moments of the normal distribution`` () =
    let values = draw 200_000 (Stream(5UL, 0UL).Normal)
    let moment n = values |> Array.averageBy (fun value -> value ** float n)
    Assert.All(values, fun value -> Assert.True(Double.IsFinite value))
    Assert.Equal(0.0, moment 1, 0.01)
    Assert.Equal(1.0, moment 2, 0.015)
    Assert.Equal(0.0, moment 3, 0.04)
    Assert.Equal(3.0, moment 4, 0.15)
    Assert.Equal(0.0, correlation values[.. 199_998] values[1..], 0.01)

[<Property>]
let ``A shuffle is a permutation`` seed (values: int[]) =
    let shuffled = Array.copy values
    Stream(seed, 1UL).Shuffle shuffled
    Assert.Equal<int>(Array.sort values, Array.sort shuffled)

[<Fact>]
let ``A shuffle brings every value to every place equally often`` () =
    let size, rounds = 6, 12_000
    let stream = Stream(6UL, 0UL)
    let counts = Array2D.zeroCreate<int> size size

    for _ in 1..rounds do
        let values = [| 0 .. size - 1 |]
        stream.Shuffle values
        values |> Array.iteri (fun place value -> counts[value, place] <- counts[value, place] + 1)

    for value in 0 .. size - 1 do
        looksEven counts[value, *]

[<Fact>]
let ``A shuffle brings about every order equally often`` () =
    let stream = Stream(7UL, 0UL)

    let order () =
        let values = [| 0..3 |]
        stream.Shuffle values
        List.ofArray values

    let orders = draw 24_000 order |> Array.countBy id
    Assert.Equal(24, orders.Length)
    orders |> Array.map snd |> looksEven
