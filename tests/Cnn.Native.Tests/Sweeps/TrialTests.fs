/// A trial is known by its values alone.
module Cnn.Native.Tests.TrialTests

open System
open System.Collections.Generic
open System.Globalization
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Cnn
open Cnn.Models
open Cnn.Sweeps
open Cnn.Native.Tests.TemporaryFolder

let trialOf (values: (string * obj) seq) =
    Trial(values |> Seq.map (fun (name, value) -> KeyValuePair(name, value)))

/// Values of every kind, under names that differ.
type Values = Values of (string * obj) list

/// Without halves of characters, which are refused.
let private whole (text: string) =
    String.Join("", text.EnumerateRunes() |> Seq.filter (fun rune -> rune <> Text.Rune.ReplacementChar) |> Seq.map string)

type TrialValues =
    static member Values() =
        let value: Gen<obj> =
            Gen.oneof
                [ ArbMap.defaults |> ArbMap.generate<int64> |> Gen.map box
                  ArbMap.defaults |> ArbMap.generate<NormalFloat> |> Gen.map (fun (NormalFloat number) -> box number)
                  ArbMap.defaults |> ArbMap.generate<bool> |> Gen.map box
                  ArbMap.defaults |> ArbMap.generate<UnicodeString> |> Gen.map (fun (UnicodeString text) -> box (whole text)) ]

        Gen.listOf value
        |> Gen.map (List.mapi (fun index value -> $"Parameter{index}", value) >> Values)
        |> Arb.fromGen

[<Property(Arbitrary = [| typeof<TrialValues> |])>]
let ``the identifier does not depend on the order`` (Values values) (seed: int) =
    let shuffled = values |> List.sortBy (fun (name, _) -> HashCode.Combine(seed, name))
    Assert.Equal((trialOf values).Id, (trialOf shuffled).Id)
    Assert.Matches("^[0-9a-f]{12}$", (trialOf values).Id)

[<Property(Arbitrary = [| typeof<TrialValues> |])>]
let ``another value makes another identifier`` (Values values) =
    for name, _ in values do
        let trial = trialOf values
        let changed = trial.With(name, "no text that was drawn: \u2603\u2603")
        Assert.NotEqual<string>(trial.Id, changed.Id)
        Assert.Equal<string>(trial.Values |> Seq.map _.Key, changed.Values |> Seq.map _.Key)

[<Fact>]
let ``identifiers are for ever: files are full of them`` () =
    let values: (string * obj) list = [ "LearningRate", 0.001; "BatchSize", 32; "Preset", "Baseline"; "Seed", 1UL ]
    // printf '{"BatchSize":32,"LearningRate":0.001,"Preset":"Baseline","Seed":1}' | sha256sum
    Assert.Equal("c20e5ff23b66", (trialOf values).Id)
    // printf '{"Name":"😀\\n"}' | sha256sum
    Assert.Equal("56adc3d9924f", (trialOf [ "Name", "😀\n" ]).Id)
    // printf '{}' | sha256sum
    Assert.Equal("44136fa355b3", (trialOf []).Id)

[<Fact>]
let ``one number is one value, whatever its type`` () =
    let ids (values: obj list) = values |> List.map (fun value -> (trialOf [ "A", value ]).Id) |> List.distinct
    Assert.Single(ids [ 1; 1L; 1uy; 1UL; 1.0; 1.0f; 1M ]) |> ignore
    Assert.Single(ids [ 0.1; 0.1f; 0.1M ]) |> ignore
    Assert.Single(ids [ 0.0; -0.0; 0 ]) |> ignore
    Assert.Single(ids [ Initialization.Article; "Article" ]) |> ignore
    Assert.Equal(4, (ids [ 1; 1.5; "1"; true ]).Length)
    Assert.Equal(2, (ids [ UInt64.MaxValue; Int64.MaxValue ]).Length)

[<Fact>]
let ``identifiers do not depend on the culture`` () =
    let values: (string * obj) list = [ "LearningRate", 0.00025; "Iterations", -12345; "Ä", "Straße \u0001\"\\" ]
    let before = (trialOf values).Id
    let culture = CultureInfo.CurrentCulture

    try
        // Globalization is invariant in this project, and a culture by name is no other: so its signs are changed by hand.
        let other = CultureInfo.InvariantCulture.Clone() :?> CultureInfo
        other.NumberFormat.NumberDecimalSeparator <- ","
        other.NumberFormat.NegativeSign <- "minus "
        CultureInfo.CurrentCulture <- other
        Assert.Equal(before, (trialOf values).Id)
        Assert.Equal("A=0.5", string (trialOf [ "A", 0.5 ]))
    finally
        CultureInfo.CurrentCulture <- culture

[<Fact>]
let ``values are read by name and type`` () =
    let trial = trialOf [ "Rate", 0.5; "Size", 32; "Name", "x"; "Half", 2.0 ]
    Assert.Equal(0.5, trial.Number "rate")
    Assert.Equal(32.0, trial.Number "Size")
    Assert.Equal(32, trial.Integer "SIZE")
    Assert.Equal(2, trial.Integer "Half")
    Assert.Equal("x", trial.Text "Name")
    Assert.True(trial.Has "name" && not (trial.Has "Nam"))

    for wrong in [ (fun () -> trial.Number "Name" |> ignore); (fun () -> trial.Integer "Rate" |> ignore); (fun () -> trial.Text "Size" |> ignore); (fun () -> trial.Number "Nothing" |> ignore) ] do
        let error = failureOf wrong
        Assert.Equal(("SweepValue", CnnErrorKind.InvalidArgument), (error.ErrorId, error.Kind))

[<Fact>]
let ``what is no value of a trial is refused`` () =
    let half = string (char 0xD83D)

    let values: obj list =
        [ nan; infinity; Single.NaN; null; [ 1 ]; DateTime.MinValue; half; "a" + half; half + half; half + "a" ]

    for value in values do
        Assert.Equal("SweepValue", (failureOf (fun () -> trialOf [ "A", value ])).ErrorId)

    for names in [ [ "A"; "a" ]; [ "" ]; [ " " ]; [ "A" + half ] ] do
        Assert.Equal("SweepParameter", (failureOf (fun () -> trialOf [ for name in names -> name, box 1 ])).ErrorId)
