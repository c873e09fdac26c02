/// The whole way once, on the real thing.
module Cnn.Native.Tests.MnistTests

open Xunit
open Cnn.Data
open Cnn.Evaluation
open Cnn.Models
open Cnn.Presets
open Cnn.Training

[<Fact>]
let ``A fifth of MNIST makes a network that reads 97 of 100 digits it has never seen`` () =
    let loader = DatasetLoader()
    let images = loader.Load(Dataset.Mnist, DataSubset.Train).Slice(0, 12_000)
    let test = loader.Load(Dataset.Mnist, DataSubset.Test)
    let model = (Preset.Find "Baseline").CreateModel 1UL
    let untrained = Evaluator.Measure(model, test.Slice(0, 1000))
    Assert.InRange(untrained.Accuracy, 0.0, 0.3)

    let result = Trainer.Train(model, images, TrainingOptions(Epochs = 2))

    let report = Evaluator.Measure(model, test)
    Assert.Equal(10_000, report.Count)
    Assert.True(report.Accuracy >= 0.97, string report)
    Assert.True(report.Loss < 0.12, string report)
    Assert.All(report.Classes, fun digit -> Assert.True(digit.Recall > 0.9, $"{digit}"))
    Assert.Equal(2, result.History.Epochs.Count)
    Assert.True(result.History.Epochs[1].Loss < result.History.Epochs[0].Loss)
