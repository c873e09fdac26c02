// Trains a convolutional neural network on MNIST, measures it on the 10,000 test images and saves it:
// the same as Train-Mnist.ps1, from F#.
//
//     dotnet build -c Release
//     dotnet fsi scripts/train.fsx [epochs] [seed]

#r "../lib/Cnn.Native.dll"

open System
open Cnn
open Cnn.Data
open Cnn.Evaluation
open Cnn.Presets
open Cnn.Serialization
open Cnn.Training

let epochs, seed =
    match fsi.CommandLineArgs |> Array.toList |> List.tail with
    | [] -> 2, 1UL
    | [ epochs ] -> int epochs, 1UL
    | epochs :: seed :: _ -> int epochs, uint64 seed

let preset = Preset.Find "Baseline"
let output = "mnist-baseline.safetensors"

let load subset =
    DatasetLoader().Load(Dataset.Mnist, subset, progress = fun download -> eprintfn $"{download.File}: {download.Bytes} bytes")

/// A line a second, on standard error: the output stays what the job is for.
let showProgress =
    let mutable shown = DateTime.MinValue

    fun (now: TrainingProgress) ->
        if DateTime.UtcNow - shown > TimeSpan.FromSeconds 1.0 then
            shown <- DateTime.UtcNow

            eprintfn
                $"epoch {now.Epoch}/{now.Epochs}, batch {now.Batch}/{now.Batches}, loss %.4f{now.Loss}, %.0f{now.ImagesPerSecond} images/s, %.0f{now.Remaining.TotalSeconds} s left"

let train options images model =
    Trainer.Train(model, images, options, progress = showProgress)

let save path (result: TrainingResult) =
    ModelFile.Save(result.Model, path, overwrite = true)
    printfn $"Saved {result.Model} to {path}"
    result

let tellHow (result: TrainingResult) =
    printfn
        $"Trained for %.1f{result.Duration.TotalSeconds} s, %.0f{result.ImagesPerSecond} images/s, with the {result.Kernels} kernels on {result.Threads} threads"

    result

let measure images (result: TrainingResult) = Evaluator.Measure(result.Model, images)

let show (report: AccuracyReport) =
    printfn $"Accuracy %.2f{100.0 * report.Accuracy} %%, loss %.4f{report.Loss}"

    report.Classes
    |> Seq.map (fun c -> c.Name, c.Recall, String('#', int (round (20.0 * c.Recall))))
    |> Seq.iter (fun (name, recall, bar) -> printfn $"{name}  %5.1f{100.0 * recall} %%  {bar}")

try
    preset.CreateModel seed
    |> train (TrainingOptions(preset.Training, Epochs = epochs)) (load DataSubset.Train)
    |> tellHow
    |> save output
    |> measure (load DataSubset.Test)
    |> show
with :? CnnException as error ->
    eprintfn $"{error.ErrorId}: {error.Message}"
    exit 1
