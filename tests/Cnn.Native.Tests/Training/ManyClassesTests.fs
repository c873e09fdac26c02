/// More classes than a byte tells apart.
module Cnn.Native.Tests.ManyClassesTests

open System.IO
open Cnn.Data
open Cnn.Evaluation
open Cnn.Serialization
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Onnx
open Cnn.Training
open Cnn.Native.Tests.IdxTests
open Cnn.Native.Tests.Networks
open Xunit

let private classes = 300

/// Of each class another pixel is bright.
let private images =
    let labels = [| for i in 0 .. 2 * classes - 1 -> i % classes |]
    let pixels = [| for label in labels do for pixel in 0 .. classes - 1 -> if pixel = label then 255uy else 0uy |]
    ImageSet(pixels, labels, Shape(1, 1, classes), classNames classes, "spots")

let private options = TrainingOptions(Epochs = 8, BatchSize = 20, LearningRate = 0.01, Seed = 1UL)

let private trained =
    lazy
        let model = Model.Create(images.ImageShape, [ Flatten() :> Layer; Dense classes ], 1UL)
        Trainer.Train(model, images, options) |> ignore
        model

let private isSame (read: ImageSet) =
    Assert.Equal<int>(images.GetLabels(), read.GetLabels())
    Assert.Equal<byte>(images.GetPixels(), read.GetPixels())
    Assert.Equal<string>(images.ClassNames, read.ClassNames)

[<Fact>]
let ``three hundred classes are learned, and told apart`` () =
    let report = Evaluator.Measure(trained.Value, images)
    Assert.Equal(1.0, report.Accuracy)
    Assert.Equal(2, report.ConfusionMatrix[299, 299])
    Assert.Equal(classes, report.Classes.Count)
    use predictor = new Predictor(trained.Value)
    Assert.Equal("class 272", (predictor.Predict(images.Slice(271, 1)) |> Seq.exactlyOne).Prediction)

[<Fact>]
let ``model files and ONNX graphs keep them`` () =
    use folder = new Folder()
    ModelFile.Save(trained.Value, folder.File "m.safetensors")
    let read = ModelFile.Load(folder.File "m.safetensors")
    Assert.Equal<string>(images.ClassNames, read.ClassNames)
    Assert.Equal(1.0, Evaluator.Measure(read, images).Accuracy)
    OnnxFile.Save(trained.Value, folder.File "m.onnx")
    Assert.Equal(1.0, Evaluator.Measure(OnnxFile.Load(folder.File "m.onnx"), images).Accuracy)

[<Fact>]
let ``files of images keep their labels`` () =
    use folder = new Folder()

    (use stream = File.Create(folder.File "set.safetensors")
     ImageSetFile.Write(images, stream))

    isSame (ImageSetFile.Read(folder.File "set.safetensors"))
    IdxFolder.Write(images, folder.File "idx", true)
    isSame (IdxFolder.Read(folder.File "idx"))

[<Fact>]
let ``a split, a choice and another order keep them`` () =
    let struct (remaining, heldOut) = StratifiedSplit.ByCount(images, classes, 1UL)
    Assert.Equal<int>([| 0 .. classes - 1 |], Array.sort (heldOut.GetLabels()))
    Assert.Equal<int>([| 0 .. classes - 1 |], Array.sort (remaining.GetLabels()))
    Assert.Equal<int>([ 299; 599 ], images.IndicesOf [| "class 300" |])
    let turned = images.Relabel(Array.rev (Seq.toArray images.ClassNames), [| for label in 0 .. classes - 1 -> classes - 1 - label |])
    Assert.Equal(0, turned.Label 299)

[<Fact>]
let ``a training goes on from a checkpoint`` () =
    use folder = new Folder()
    let start () = Model.Create(images.ImageShape, [ Flatten() :> Layer; Dense classes ], 1UL)
    use whole = new Trainer(start (), images, options)
    let mutable step = 0

    let save (_: TrainingProgress) =
        step <- step + 1
        if step = 40 then whole.SaveCheckpoint(folder.File "checkpoint")

    whole.Run save |> ignore
    use resumed = Trainer.Resume(folder.File "checkpoint", images)
    resumed.Run() |> ignore
    Assert.Equal<float32>(parametersOf whole.Model, parametersOf resumed.Model)
    // The low bytes of these labels are the same.
    let labels = images.GetLabels() |> Array.map (fun label -> if label = 256 then 0 elif label = 0 then 256 else label)
    let others = ImageSet(images.GetPixels(), labels, images.ImageShape, images.ClassNames, "others")
    Assert.Equal("CheckpointMismatch", (ImageSetTests.errorOf (fun () -> Trainer.Resume(folder.File "checkpoint", others))).ErrorId)
