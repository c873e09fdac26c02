/// Sweeps of trainings so small that dozens take a second.
module Cnn.Native.Tests.SweepRunnerTests

open System
open System.Collections.Concurrent
open System.IO
open System.Threading
open Xunit
open Cnn
open Cnn.Sweeps
open Cnn.Training
open Cnn.Native.Tests.SmallModels
open Cnn.Native.Tests.TemporaryFolder
open Cnn.Native.Tests.TrialTests

let private images = makeImages 60 1
let private validation = makeImages 30 2

let private space =
    SearchSpace.Empty.With("LearningRate", [ box 0.001; 0.01; 0.05 ]).With("BatchSize", [ box 4; 8 ]).With("Seed", [ box 1; 2 ])

let private setup (trial: Trial) =
    TrialSetup(
        newModel (uint64 (trial.Integer "Seed")),
        TrainingOptions(Epochs = 2, BatchSize = trial.Integer "BatchSize", LearningRate = trial.Number "LearningRate")
    )

/// Runs trials, and gives the results in the order in which they came.
let private runWith throttle (setup: Trial -> TrialSetup) (file: ResultsFile) trials =
    let results = ResizeArray<SweepResult>()
    SweepRunner(images, validation, setup, ThrottleLimit = throttle).Run(trials, file, (fun result -> results.Add result))
    List.ofSeq results

let private figures (results: SweepResult list) =
    let bits = Option.ofNullable >> Option.map BitConverter.DoubleToInt64Bits
    results |> List.map (fun result -> result.Id, bits result.Accuracy, bits result.Loss, bits result.TrainingLoss, result.ErrorId) |> List.sort

let private same (expected: 'a list) (actual: 'a list) = Assert.Equal<'a>(expected, actual)

[<Fact>]
let ``a trial gives what training it alone gives`` () =
    let trial = space.Grid() |> Seq.head
    let result = runWith 1 setup null [ trial ] |> List.exactlyOne
    let struct (model, options) = let setup = setup trial in struct (setup.Model, setup.Options)
    let alone = Trainer.Train(model, images, options, validation)
    Assert.Equal(Nullable alone.Validation.Accuracy, result.Accuracy)
    Assert.Equal(Nullable alone.Validation.Loss, result.Loss)
    Assert.Equal(Nullable alone.History.Epochs[1].Loss, result.TrainingLoss)
    Assert.True(result.Duration.Value > TimeSpan.Zero && result.ImagesPerSecond.Value > 0.0)
    Assert.False result.IsFromFile

[<Theory; InlineData(2); InlineData(5); InlineData(0)>]
let ``trials side by side give the same as one after the other`` (throttle: int) =
    let trials = space.Grid() |> Seq.toArray
    let one = runWith 1 setup null trials
    Assert.Equal<string>(trials |> Seq.map _.Id, one |> Seq.map _.Id)
    same (figures one) (figures (runWith throttle setup null trials))

[<Fact>]
let ``no more trials run at once than are allowed, and they share the processors`` () =
    let running, most, threads = ref 0, ref 0, ConcurrentBag<int>()

    let counted trial =
        lock running (fun () ->
            running.Value <- running.Value + 1
            most.Value <- max most.Value running.Value)
        // Long enough for the others to begin.
        Thread.Sleep 20
        let result = setup trial
        lock running (fun () -> running.Value <- running.Value - 1)
        result

    runWith 3 counted null (space.Grid()) |> ignore
    Assert.InRange(most.Value, 2, 3)

    let asked = SweepRunner(images, validation, (fun trial -> let s = setup trial in TrialSetup(s.Model, s.Options)), ThrottleLimit = 1, Threads = 3)
    asked.Run(space.Grid() |> Seq.truncate 1, null, (fun _ -> ()), (fun progress -> threads.Add progress.Trials))
    Assert.Contains(1, threads)

[<Fact>]
let ``a trial that fails is a result, in the file too, and the others go on`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "results.jsonl"
    let good = space.Grid() |> Seq.toList
    let diverging = good[0].With("LearningRate", 1e30)
    let unknown = good[1].With("Seed", "none")
    let trials = [ good[0]; diverging; good[1]; unknown; good[2] ]

    let results =
        use file = ResultsFile.Open(path, images, validation)
        runWith 2 setup file trials

    let errors = results |> List.filter (fun result -> result.Error <> null) |> List.map (fun result -> result.Id, result.ErrorId) |> Set.ofList
    Assert.Equal<Set<_>>(set [ diverging.Id, "TrainingDiverged"; unknown.Id, "SweepValue" ], errors)
    Assert.Equal(5, results.Length)
    same (figures results) (figures (List.ofSeq (ResultsFile.Read path)))

    // Run again, they are told from the file.
    use file = ResultsFile.Open(path, images, validation)
    let again = runWith 2 (fun _ -> failwith "nothing is to be run") file trials
    same (figures results) (figures again)
    Assert.All(again, fun result -> Assert.True result.IsFromFile)

[<Theory; InlineData(1); InlineData(2)>]
let ``a sweep that is stopped goes on with the rest, and ends as if it had never been stopped`` (throttle: int) =
    use folder = new TemporaryFolder()
    let path = folder.File "results.jsonl"
    let trials = space.Grid() |> Seq.toArray
    let whole = runWith 1 setup null trials
    use stop = new CancellationTokenSource()
    let finished = ref 0

    do
        use file = ResultsFile.Open(path, images, validation)
        let count (_: SweepResult) =
            finished.Value <- finished.Value + 1
            if finished.Value = 3 then stop.Cancel()
        Assert.ThrowsAny<OperationCanceledException>(fun () ->
            SweepRunner(images, validation, setup, ThrottleLimit = throttle).Run(trials, file, count, null, stop.Token))
        |> ignore

    let kept = ResultsFile.Read(path) |> Seq.map _.Id |> Set.ofSeq
    Assert.InRange(kept.Count, 3, trials.Length - 1)
    // A crash in the middle of the next line.
    File.AppendAllText(path, "{\"id\":\"")
    let run = ConcurrentBag<string>()

    let results =
        use file = ResultsFile.Open(path, images, validation)
        runWith throttle (fun trial -> run.Add trial.Id; setup trial) file trials

    Assert.Equal<Set<string>>(Set.difference (trials |> Seq.map _.Id |> Set.ofSeq) kept, Set.ofSeq run)
    Assert.Equal(trials.Length - kept.Count, run.Count)
    same (figures whole) (figures results)
    Assert.Equal<Set<string>>(kept, results |> Seq.filter _.IsFromFile |> Seq.map _.Id |> Set.ofSeq)
    Assert.Equal(trials.Length, (ResultsFile.Read path).Count)

[<Fact>]
let ``whoever has had enough of the results ends the sweep`` () =
    let enough (_: SweepResult) = raise (InvalidOperationException "enough")
    let started = ref 0
    let counted trial = Interlocked.Increment started |> ignore; setup trial
    let runner = SweepRunner(images, validation, counted, ThrottleLimit = 1)
    Assert.Throws<InvalidOperationException>(fun () -> runner.Run(space.Grid(), null, enough)) |> ignore
    let soFar = started.Value
    Thread.Sleep 100
    Assert.Equal(soFar, started.Value)

[<Fact>]
let ``a trial that is there twice is run once`` () =
    let trial = space.Grid() |> Seq.head
    let other = trialOf [ for value in Seq.rev trial.Values -> value.Key, value.Value ]
    Assert.Single(runWith 2 setup null [ trial; other ]) |> ignore

[<Fact>]
let ``progress tells trials, failures, the best and what is running`` () =
    let told = ResizeArray<SweepProgress>()
    let trials = [ yield! space.Grid(); (space.Grid() |> Seq.head).With("LearningRate", 1e30) ]
    let results = ResizeArray<SweepResult>()
    SweepRunner(images, validation, setup, ThrottleLimit = 2).Run(trials, null, (fun result -> results.Add result), (fun now -> told.Add now))
    let last = told[told.Count - 1]
    Assert.Equal((trials.Length, trials.Length, 1), (last.Trials, last.Finished, last.Failed))
    Assert.Equal(1.0, last.Fraction)
    Assert.Equal(Nullable(results |> Seq.filter (fun result -> isNull result.Error) |> Seq.map _.Accuracy.Value |> Seq.max), last.BestAccuracy)

    for now in told do
        Assert.True(now.Finished + now.Running.Count <= now.Trials && now.Running.Count <= 2)
        Assert.InRange(now.Fraction, 0.0, 1.0)
        Assert.Equal(now.Running.Count, now.Running |> Seq.distinctBy _.Slot |> Seq.length)

[<Theory; InlineData(-1, 0); InlineData(0, 1025)>]
let ``limits out of their range are refused`` (throttle: int) (threads: int) =
    let runner = SweepRunner(images, validation, setup, ThrottleLimit = throttle, Threads = threads)
    Assert.Equal("SweepThrottle", (failureOf (fun () -> runner.Run([], null, (fun _ -> ())))).ErrorId)
