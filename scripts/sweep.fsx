// Sweeps over learning rate and batch size on MNIST, shows a table, the best trial first, and draws it:
// the same as Invoke-Sweep.ps1, from F#. If it is stopped and run again, it continues.
//
//     dotnet build -c Release
//     dotnet fsi scripts/sweep.fsx [epochs] [seeds]

#r "../lib/Cnn.Native.dll"
#r "../lib/Imaging/Cnn.Imaging.dll"

open System
open System.Threading
open Cnn
open Cnn.Data
open Cnn.Plots
open Cnn.Presets
open Cnn.Sweeps
open Cnn.Training

let epochs, seeds =
    match fsi.CommandLineArgs |> Array.toList |> List.tail with
    | [] -> 1, 1
    | [ epochs ] -> int epochs, 1
    | epochs :: seeds :: _ -> int epochs, int seeds

let resultsPath = "mnist-sweep.jsonl"
let plotPath = "mnist-sweep.png"

/// The training images except for 5,000, of each class as many as its share, and these, on which the trials are compared.
let load () =
    let images =
        DatasetLoader().Load(Dataset.Mnist, DataSubset.Train, progress = fun download -> eprintfn $"{download.File}: {download.Bytes} bytes")

    StratifiedSplit.ByCount(images, 5000, 1UL)

/// All that makes a trial what it is stands in its values: the identifiers are made from them, and are those of New-CnnSweep.
let space =
    SearchSpace.Empty
        .With("Preset", [ box "Baseline" ])
        .With("Epochs", [ box epochs ])
        .With("LearningRate", [ box 0.0003; 0.001; 0.003; 0.01 ])
        .With("BatchSize", [ box 16; 32; 64; 128 ])
        .With("Seed", [ for seed in 1..seeds -> box seed ])

/// What the names of a trial mean.
let setup (trial: Trial) =
    let preset = Preset.Find(trial.Text "Preset")

    TrialSetup(
        preset.CreateModel(uint64 (trial.Integer "Seed")),
        TrainingOptions(preset.Training, Epochs = trial.Integer "Epochs", BatchSize = trial.Integer "BatchSize", LearningRate = trial.Number "LearningRate")
    )

/// A line every two seconds, on standard error: the output stays what the job is for.
let showProgress =
    let mutable shown = DateTime.UtcNow

    fun (now: SweepProgress) ->
        if DateTime.UtcNow - shown > TimeSpan.FromSeconds 2.0 then
            shown <- DateTime.UtcNow
            let left = if now.Remaining.HasValue then $", %.0f{now.Remaining.Value.TotalSeconds} s left" else ""
            eprintfn $"{now.Finished} of {now.Trials} trials{left}"

let run struct (images: ImageSet, validation: ImageSet) (trials: Trial seq) =
    use stop = new CancellationTokenSource()
    Console.CancelKeyPress.Add(fun key ->
        key.Cancel <- true
        stop.Cancel())

    use file = ResultsFile.Open(resultsPath, images, validation)
    let results = ResizeArray<SweepResult>()
    SweepRunner(images, validation, setup).Run(trials, file, (fun result -> results.Add result), showProgress, stop.Token)
    List.ofSeq results

let rate (result: SweepResult) = result.Trial.Number "LearningRate"
let batch (result: SweepResult) = result.Trial.Integer "BatchSize"

let show (results: SweepResult list) =
    printfn "Accuracy    Loss  Images/s  Rate     Batch  Seed"

    for result in results |> List.sortByDescending (fun result -> result.Accuracy.GetValueOrDefault -1.0) do
        let settings = sprintf "%-8g %5d %5d" (rate result) (batch result) (result.Trial.Integer "Seed")

        if isNull result.Error then
            printfn $"%6.2f{100.0 * result.Accuracy.Value} %% %7.4f{result.Loss.GetValueOrDefault nan} %9.0f{result.ImagesPerSecond.Value}  {settings}"
        else
            printfn $"{result.ErrorId, -26}  {settings}"

    results

let draw (results: SweepResult list) =
    SweepPlot.Of(results, [| "LearningRate"; "BatchSize" |]).Save(plotPath, overwrite = true)

try
    space.Grid() |> run (load ()) |> show |> draw
    printfn $"The results are in {resultsPath}, and drawn in {plotPath}"
with
| :? CnnException as error ->
    eprintfn $"{error.ErrorId}: {error.Message}"
    exit 1
| :? OperationCanceledException ->
    eprintfn $"Stopped: run it again to continue; the finished trials are in {resultsPath}"
    exit 130
