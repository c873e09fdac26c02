/// Grids are whole, draws keep within their bounds and come again from their seed.
module Cnn.Native.Tests.SearchSpaceTests

open System
open Xunit
open FsCheck
open FsCheck.Xunit
open Cnn
open Cnn.Sweeps
open Cnn.Native.Tests.NetworkShapes
open Cnn.Native.Tests.TemporaryFolder

let private choices (sizes: int list) =
    sizes
    |> List.indexed
    |> List.fold (fun (space: SearchSpace) (index, size) -> space.With($"P{index}", [ for value in 1..size -> box value ])) SearchSpace.Empty

let private drawn name distribution count seed =
    SearchSpace.Empty.With(name, (distribution: Distribution)).Draw(count, seed) |> Seq.map (fun trial -> trial.Number name) |> Seq.toArray

[<Property>]
let ``a grid has every combination once, the last parameter changing fastest`` (sizes: PositiveInt list) =
    let sizes = sizes |> List.truncate 4 |> List.map (fun (PositiveInt size) -> size % 5 + 1)
    let trials = (choices sizes).Grid() |> Seq.toArray
    Assert.Equal(List.fold (*) 1 sizes, trials.Length)
    Assert.Equal(trials.Length, trials |> Seq.distinctBy _.Id |> Seq.length)
    let tuples = [ for trial in trials -> [ for value in trial.Values -> value.Value :?> int64 ] ]
    Assert.Equal<int64 list>(List.sort tuples, tuples)

[<Property>]
let ``random trials differ, and a finite space is emptied to its last`` (Size 4 first) (Size 5 second) (seed: uint64) =
    let space = choices [ first; second ]
    let trials = space.Draw(first * second, seed) |> Seq.map _.Id |> Seq.toArray
    Assert.Equal<string>(space.Grid() |> Seq.map _.Id |> Seq.sort, Seq.sort trials)
    Assert.Equal("SweepCount", (failureOf (fun () -> space.Draw(first * second + 1, seed))).ErrorId)

let private space =
    SearchSpace.Empty.With("Rate", LogUniform(1e-5, 1e-1)).With("Beta", Uniform(0.8, 0.99)).With("Batch", LogUniform(8, 512, true))

[<Property>]
let ``a seed draws the same trials again; more trials go on where fewer ended`` (seed: uint64) (Size 20 count) =
    let ids count seed = space.Draw(count, seed) |> Seq.map _.Id |> Seq.toArray
    Assert.Equal<string>(ids count seed, ids count seed)
    Assert.Equal<string>(ids count seed, (ids (count + 7) seed)[.. count - 1])
    Assert.NotEqual<string seq>(ids count seed, ids count (seed + 1UL))

[<Property>]
let ``a parameter draws the same, whatever others there are and in what order`` (seed: uint64) =
    let rates (space: SearchSpace) = [ for trial in space.Draw(5, seed) -> trial.Number "Rate" ]
    let alone = SearchSpace.Empty.With("Rate", LogUniform(1e-5, 1e-1))
    let last = SearchSpace.Empty.With("Batch", LogUniform(8, 512, true)).With("rate", LogUniform(1e-5, 1e-1))
    Assert.Equal<float>(rates alone, rates space)
    Assert.Equal<float>(rates alone, rates last)

[<Property>]
let ``draws are within their bounds`` (NormalFloat a) (NormalFloat b) (seed: uint64) =
    let low, high = min a b, max a b

    if Double.IsFinite(high - low) then
        let wanted = if low = high then 1 else 5
        Assert.All(drawn "U" (Uniform(low, high)) wanted seed, fun value -> Assert.InRange(value, low, high))

    let low, high = min (abs a) (abs b), max (abs a) (abs b)

    if low > 0.0 then
        let wanted = if low = high then 1 else 5
        Assert.All(drawn "L" (LogUniform(low, high)) wanted seed, fun value -> Assert.InRange(value, low, high))

[<Property>]
let ``whole numbers are whole and within their bounds, which both come`` (a: int16) (Size 6 range) (seed: uint64) =
    let low = int64 a
    let values distribution = drawn "N" distribution range seed |> Array.sort
    let all = [| for value in low .. low + int64 range - 1L -> float value |]
    Assert.Equal<float>(all, values (Uniform(float low, float low + float range - 1.0, true)))

    if low > 0L && low < 20L then
        Assert.Equal<float>(all, values (LogUniform(float low, float low + float range - 1.0, true)))

/// Whether values of [0, 1) fill it evenly: the statistic has a mean of n − 1 and a variance of 2(n − 1).
let private assertEven (shares: float[]) =
    let bins = 20
    let counts = Array.zeroCreate<float> bins
    shares |> Array.iter (fun share -> counts[min (bins - 1) (int (share * float bins))] <- counts[min (bins - 1) (int (share * float bins))] + 1.0)
    let expected = float shares.Length / float bins
    let statistic = counts |> Array.sumBy (fun count -> (count - expected) ** 2.0 / expected)
    Assert.InRange(statistic, 19.0 - 4.0 * sqrt 38.0, 19.0 + 5.0 * sqrt 38.0)

[<Fact>]
let ``uniform draws are even, and log-uniform draws are even in the logarithm`` () =
    assertEven (drawn "U" (Uniform(-3.0, 5.0)) 20_000 11UL |> Array.map (fun value -> (value + 3.0) / 8.0))
    assertEven (drawn "L" (LogUniform(1e-4, 1e-2)) 20_000 12UL |> Array.map (fun value -> Math.Log10(value / 1e-4) / 2.0))

[<Fact>]
let ``whole numbers are drawn as often as they should be`` () =
    let count (distribution: Distribution) number =
        let mutable random = Cnn.Numerics.RandomStream(13UL, 0UL)
        let mutable found = 0

        for _ in 1..60_000 do
            if unbox<int64> (distribution.Draw &random) = number then found <- found + 1

        float found / 60_000.0

    Assert.Equal(1.0 / 6.0, count (Uniform(1.0, 6.0, true)) 6L, 0.01)
    Assert.Equal(log 2.0 / log 9.0, count (LogUniform(1.0, 8.0, true)) 1L, 0.01)
    Assert.Equal(log (9.0 / 8.0) / log 9.0, count (LogUniform(1.0, 8.0, true)) 8L, 0.01)

[<Fact>]
let ``drawn numbers can be read and typed`` () =
    for value in drawn "Rate" (LogUniform(1e-5, 1e-1)) 100 3UL do
        Assert.Equal(value, Double.Parse(value.ToString "E5"))

    for value in drawn "Beta" (Uniform(0.8, 0.99)) 100 3UL do
        Assert.Equal(value, Math.Round(value, 6))

[<Fact>]
let ``the draws of a seed are for ever`` () =
    let trials = [ "Rate=0.00333399 Beta=0.910533 Batch=59"; "Rate=0.0961487 Beta=0.865733 Batch=246"; "Rate=0.000256476 Beta=0.867123 Batch=51" ]
    Assert.Equal<string>(trials, space.Draw(3, 1UL) |> Seq.map string)

[<Fact>]
let ``bounds that are none are refused`` () =
    let wrong: (unit -> Distribution) list =
        [ fun () -> Uniform(2.0, 1.0)
          fun () -> Uniform(nan, 1.0)
          fun () -> Uniform(0.0, infinity)
          fun () -> Uniform(-1e308, 1e308)
          fun () -> Uniform(0.5, 2.0, true)
          fun () -> Uniform(0.0, 1e300, true)
          fun () -> LogUniform(0.0, 1.0)
          fun () -> LogUniform(-1.0, 1.0)
          fun () -> LogUniform(1.0, 0.5)
          fun () -> Choice []
          fun () -> Choice [ box 1; box 1.0 ] ]

    for make in wrong do
        Assert.Equal("SweepDistribution", (failureOf make).ErrorId)

[<Fact>]
let ``a grid of a range, no trial at all and a name twice are refused`` () =
    let error = failureOf (fun () -> space.Grid() |> Seq.length)
    Assert.Equal("SweepCount", error.ErrorId)
    Assert.Contains("Rate", error.Message)
    Assert.Equal("SweepCount", (failureOf (fun () -> space.Draw(0, 1UL))).ErrorId)
    Assert.Equal("SweepParameter", (failureOf (fun () -> space.With("RATE", Uniform(0.0, 1.0)))).ErrorId)

[<Fact>]
let ``ranges that are too narrow for so many trials are told, and the trials that there are come first`` () =
    let trials = SearchSpace.Empty.With("A", LogUniform(1.0, 1.0 + 1e-15)).Draw(100, 1UL)
    Assert.Equal("SweepCount", (failureOf (fun () -> trials |> Seq.length)).ErrorId)
    Assert.Equal(1, trials |> Seq.truncate 1 |> Seq.length)
