/// A training keeps its checkpoints in a folder, and goes on from any of them to the same bits.
module Cnn.Native.Tests.CheckpointFolderTests

open System
open System.IO
open Cnn
open Cnn.Models
open Cnn.Layers
open Cnn.Training
open Cnn.Native.Tests.SmallModels
open Cnn.Native.Tests.Stopping
open Cnn.Native.Tests.TemporaryFolder
open Xunit

let private images = makeImages 22 1
let private validation = makeImages 9 2
let private options = TrainingOptions(Epochs = 3, BatchSize = 5, LearningRate = 0.01, Seed = 99UL, Threads = 1)
let private names (folder: string) = Directory.GetFiles folder |> Array.map Path.GetFileName |> Array.sort

let private outcomeOf (result: TrainingResult) =
    {| Model = contentOf result.Model
       Outcome = result.Outcome
       Losses = bitsOf result.History.Losses
       Epochs = [ for epoch in result.History.Epochs -> epoch.Epoch, epoch.Loss, epoch.ValidationLoss ] |}

let private uninterrupted (options: TrainingOptions) =
    outcomeOf (Trainer.Train(newModel 5UL, images, options, validation))

/// Trains with checkpoints, and stops after a number of batches; 0 trains to the end.
let private keep (folder: CheckpointFolder) batches (trainer: Trainer) =
    trainer.Checkpoints <- folder
    runFor (if batches = 0 then -1 else batches) trainer

let private begin' (folder: CheckpointFolder) batches =
    folder.Clear false
    use trainer = new Trainer(newModel 5UL, images, options, validation)
    keep folder batches trainer

[<Fact>]
let ``The beginning and the end of each epoch are kept`` () =
    use temporary = new TemporaryFolder()
    let folder = CheckpointFolder(temporary.File "run")
    Assert.Empty folder.Epochs
    Assert.Null folder.Newest
    let result = begin' folder 0
    Assert.Equal<string>([ for epoch in 0..3 -> $"epoch-000{epoch}.safetensors" ], names folder.Path)
    Assert.Equal<int>([ 0..3 ], folder.Epochs)
    Assert.Equal(folder.OfEpoch 3, folder.Newest)
    Assert.Equal(uninterrupted options, outcomeOf result)

    for epoch in 0..3 do
        use trainer = Trainer.Resume(folder.OfEpoch epoch, images, validation)
        Assert.Equal(epoch, trainer.History.Epochs.Count)
        Assert.Equal(uninterrupted options, outcomeOf (trainer.Run()))

[<Theory>]
[<InlineData(1, "epoch-0001.batch-000001")>]
[<InlineData(4, "epoch-0001.batch-000004")>]
[<InlineData(5, "epoch-0001.batch-000005")>]
[<InlineData(7, "epoch-0002.batch-000002")>]
[<InlineData(14, "epoch-0003.batch-000004")>]
let ``Where a training is stopped, it is kept, and goes on from there`` stop name =
    use temporary = new TemporaryFolder()
    let folder = CheckpointFolder(temporary.File "run")
    let result = begin' folder stop
    Assert.Equal(TrainingOutcome.Stopped, result.Outcome)
    Assert.Equal(name + ".safetensors", Path.GetFileName folder.Newest)
    use trainer = Trainer.Resume(folder.Newest, images, validation)
    Assert.Equal(stop, trainer.History.Losses.Count)
    Assert.Equal(uninterrupted options, outcomeOf (keep folder 0 trainer))
    // What was kept within an epoch has no use after its end.
    Assert.Equal<string>([ for epoch in 0..3 -> $"epoch-000{epoch}.safetensors" ], names folder.Path)

[<Fact>]
let ``An interval keeps the newest checkpoint within an epoch`` () =
    use temporary = new TemporaryFolder()
    let folder = CheckpointFolder(temporary.File "run", 2)
    folder.Clear false
    use trainer = new Trainer(newModel 5UL, images, options, validation)
    trainer.Checkpoints <- folder
    let seen = ResizeArray()

    let result =
        trainer.Run(fun progress -> seen.Add(progress.Epoch, progress.Batch, Path.GetFileNameWithoutExtension folder.Newest))

    // Progress comes before the checkpoint of its batch.
    for epoch, batch, newest in seen do
        let expected =
            if batch <= 2 then
                $"epoch-000{epoch - 1}"
            else
                $"epoch-000{epoch}.batch-00000{(batch - 1) / 2 * 2}"

        Assert.Equal(expected, newest)

    Assert.Equal(uninterrupted options, outcomeOf result)
    Assert.Equal(4, (names folder.Path).Length)

[<Fact>]
let ``A kill at any moment leaves a checkpoint to go on from`` () =
    use temporary = new TemporaryFolder()
    let folder = CheckpointFolder(temporary.File "run", 1)
    folder.Clear false

    for batch in 0..14 do
        let killed =
            use trainer =
                match folder.Newest with
                | null -> new Trainer(newModel 5UL, images, options, validation)
                | newest -> Trainer.Resume(newest, images, validation, 1)

            trainer.Checkpoints <- folder

            // What a callback throws unwinds like a kill: nothing is saved any more, and the batch before is what is found.
            let mutable batches = 0

            let die (_: TrainingProgress) =
                batches <- batches + 1

                if batches = 2 then
                    invalidOp "killed"

            try
                trainer.Run die |> ignore
                Assert.True(batch >= 14)
            with :? InvalidOperationException ->
                ()

        killed

    use trainer = Trainer.Resume(folder.Newest, images, validation)
    Assert.Equal(uninterrupted options, outcomeOf (trainer.Run()))

[<Fact>]
let ``More epochs extend a training, as if it had been asked for them at once`` () =
    use temporary = new TemporaryFolder()
    let folder = CheckpointFolder(temporary.File "run")
    begin' folder 0 |> ignore
    let longer = TrainingOptions(Epochs = 5, BatchSize = 5, LearningRate = 0.01, Seed = 99UL, Threads = 2)
    use trainer = Trainer.Resume(folder.Newest, images, validation, settings = fun _ -> longer)
    Assert.Equal(uninterrupted longer, outcomeOf (keep folder 0 trainer))
    Assert.Equal<int>([ 0..5 ], folder.Epochs)

[<Fact>]
let ``A model that is given becomes the one of the checkpoint`` () =
    use temporary = new TemporaryFolder()
    let folder = CheckpointFolder(temporary.File "run")
    begin' folder 7 |> ignore
    let model = newModel 12UL
    use trainer = Trainer.Resume(folder.Newest, images, validation, model = model)
    Assert.Same(model, trainer.Model)
    Assert.Equal(uninterrupted options, outcomeOf (trainer.Run()))

let private mismatch (folder: CheckpointFolder) (says: string) (resume: string -> Trainer) =
    let path = folder.Newest
    let error = failureOf (fun () -> resume path)
    Assert.Equal(("CheckpointMismatch", CnnErrorKind.InvalidData), (error.ErrorId, error.Kind))
    Assert.Contains(path, error.Message)
    Assert.Contains(says, error.Message)

[<Fact>]
let ``Another model, other settings, too few epochs and other validation images are refused by name, and the model stays as it is`` () =
    use temporary = new TemporaryFolder()
    let folder = CheckpointFolder(temporary.File "run")
    begin' folder 7 |> ignore
    let settings change path = Trainer.Resume(path, images, validation, settings = Func<TrainingOptions, TrainingOptions> change)
    mismatch folder "BatchSize 5, but 6 was given" (settings (fun _ -> TrainingOptions(Epochs = 3, BatchSize = 6, LearningRate = 0.01, Seed = 99UL)))
    mismatch folder "LearningRate 0.01, but 0.02 was given" (settings (fun _ -> TrainingOptions(Epochs = 3, BatchSize = 5, LearningRate = 0.02, Seed = 99UL)))
    mismatch folder "Seed 99, but 98 was given" (settings (fun _ -> TrainingOptions(Epochs = 3, BatchSize = 5, LearningRate = 0.01, Seed = 98UL)))
    mismatch folder "batch 2 of epoch 2, but Epochs 1 was given" (settings (fun _ -> TrainingOptions(Epochs = 1, BatchSize = 5, LearningRate = 0.01, Seed = 99UL)))
    mismatch folder "measures on 9 images" (fun path -> Trainer.Resume(path, images, makeImages 9 3))
    mismatch folder "measures on 9 images" (fun path -> Trainer.Resume(path, images, makeImages 8 2))

    let others: (string * Model) list =
        [ "has 7 layers|with 7 layers", Model.Create(inputShape, layers[..5] @ [ Dense 4; Dense 3 ], 1UL)
          "layer 4", Model.Create(inputShape, layers[..3] @ [ Dense 5; Relu(); Dense 3 ], 1UL)
          "images of 2×6×5", Model.Create(Memory.Shape(1, 6, 5), layers, 1UL) ]

    for says, model in others do
        let before = contentOf model
        mismatch folder (says.Split('|') |> Array.last) (fun path -> Trainer.Resume(path, images, validation, model = model))
        Assert.Equal(before, contentOf model)

    // Without validation images it goes on all the same.
    use trainer = Trainer.Resume(folder.Newest, images)
    Assert.Equal((uninterrupted options).Model, contentOf (trainer.Run().Model))

[<Fact>]
let ``Checkpoints of another training are neither mixed with nor removed unasked`` () =
    use temporary = new TemporaryFolder()
    let folder = CheckpointFolder(temporary.File "run")
    begin' folder 7 |> ignore
    File.WriteAllText(Path.Combine(folder.Path, "notes.txt"), "mine")
    File.WriteAllText(Path.Combine(folder.Path, "epoch-1.safetensors"), "mine")
    let before = names folder.Path
    let error = failureOf (fun () -> folder.Clear false)
    Assert.Equal(("CheckpointExists", CnnErrorKind.AlreadyExists), (error.ErrorId, error.Kind))
    Assert.Equal<string>(before, names folder.Path)
    folder.Clear true
    Assert.Equal<string>([ "epoch-1.safetensors"; "notes.txt" ], names folder.Path)

[<Fact>]
let ``What cannot be a folder of checkpoints is an error before the first batch`` () =
    use temporary = new TemporaryFolder()
    File.WriteAllText(temporary.File "file", "")
    let clear path = (failureOf (fun () -> CheckpointFolder(path).Clear false)).ErrorId
    Assert.Equal("CheckpointFolder", clear (temporary.File "file"))
    Assert.Equal("FolderNotFound", clear (Path.Combine(temporary.Path, "no", "run")))
    Assert.Equal("TrainingOption", (failureOf (fun () -> CheckpointFolder(temporary.Path, -1))).ErrorId)
    let missing = failureOf (fun () -> CheckpointFolder(temporary.Path).OfEpoch 2)
    Assert.Equal(("CheckpointNotFound", CnnErrorKind.NotFound), (missing.ErrorId, missing.Kind))
    let folder = CheckpointFolder(temporary.File "gone")
    use trainer = new Trainer(newModel 5UL, images, options)
    trainer.Checkpoints <- folder
    Assert.Equal("FolderNotFound", (failureOf (fun () -> trainer.Run())).ErrorId)
    Assert.Empty trainer.History.Losses
