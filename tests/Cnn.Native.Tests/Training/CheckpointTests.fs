module Cnn.Native.Tests.CheckpointTests

open System
open System.IO
open Cnn
open Cnn.Data
open Cnn.Serialization
open Cnn.Layers
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.SmallModels
open Cnn.Native.Tests.Stopping
open Cnn.Native.Tests.TemporaryFolder
open Xunit

let private images = makeImages 22 1
let private validation = makeImages 9 2
let private batchesPerEpoch = 5
let private batches = 15
let private options threads = TrainingOptions(Epochs = 3, BatchSize = 5, LearningRate = 0.01, Seed = 99UL, Threads = threads)

let private bits (value: float) = BitConverter.DoubleToInt64Bits value
let private bitsOrNone (value: Nullable<float>) = if value.HasValue then Some(bits value.Value) else None

/// All that a training leaves except how long it took.
let private outcomeOf (result: TrainingResult) shown =
    {| Model = contentOf result.Model
       Losses = bitsOf result.History.Losses
       Epochs =
        [ for epoch in result.History.Epochs ->
              epoch.Epoch, bits epoch.Loss, bitsOrNone epoch.ValidationAccuracy, bitsOrNone epoch.ValidationLoss ]
       Shown = bits shown
       Validation =
        match result.Validation with
        | null -> None
        | report ->
            Some(
                report.Images,
                bits report.Loss,
                [ for count in Seq.cast<int> (report.ConfusionMatrix.ToArray()) -> count ],
                [ for top in report.TopAccuracies -> top ],
                bits report.CalibrationError
            ) |}

let private runToEnd trainer = runShowing -1 trainer
let private newTrainer threads (measured: ImageSet | null) = new Trainer(newModel 5UL, images, options threads, measured)

let private uninterrupted (measured: ImageSet | null) =
    use trainer = newTrainer 1 measured
    runToEnd trainer ||> outcomeOf

let stops: TheoryData<int, int, int, bool> =
    let data = TheoryData<int, int, int, bool>()

    for stop in 0..batches do
        for first, second in [ 1, 2; 2, 1 ] do
            for measured in [ true; false ] do
                data.Add(stop, first, second, measured)

    data

[<Theory; MemberData(nameof stops)>]
let ``a training goes on to the same bits, wherever it stopped`` (stop: int) (firstThreads: int) (thenThreads: int) (measured: bool) =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    let measured: ImageSet | null = if measured then validation else null

    let shownBefore =
        use trainer = newTrainer firstThreads measured
        let result, shown = runShowing stop trainer
        Assert.Equal(stop, result.History.Losses.Count)
        trainer.SaveCheckpoint path
        shown

    use trainer = Trainer.Resume(path, images, measured, thenThreads)
    Assert.Equal(thenThreads, trainer.Options.Threads)
    Assert.Equal(stop, trainer.History.Losses.Count)
    let result, shown = runToEnd trainer
    Assert.False result.IsStopped
    Assert.True trainer.IsComplete
    let shown = if stop = batches then shownBefore else shown
    Assert.Equal(uninterrupted measured, outcomeOf result shown)

[<Fact>]
let ``a training that stops after each batch comes to the same bits`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"

    let begin' =
        use trainer = newTrainer 2 validation
        trainer.SaveCheckpoint path

    begin'

    for batch in 1..batches do
        use trainer = Trainer.Resume(path, images, validation, 1 + batch % 2)
        runFor 1 trainer |> ignore
        Assert.Equal(batch, trainer.History.Losses.Count)
        trainer.SaveCheckpoint path

    use trainer = Trainer.Resume(path, images, validation)
    Assert.Equal(Environment.ProcessorCount, trainer.Options.Threads)
    let result, _ = runToEnd trainer
    let expected = uninterrupted validation
    Assert.Equal({| expected with Shown = 0L |}, {| outcomeOf result 0.0 with Shown = 0L |})

[<Fact>]
let ``a checkpoint can be saved while the training runs on`` () =
    use folder = new TemporaryFolder()
    let names = [ for batch in 1..batches -> folder.File $"{batch}" ]
    use trainer = newTrainer 2 validation
    let mutable shown = nan

    let save (progress: TrainingProgress) =
        shown <- progress.Loss
        trainer.SaveCheckpoint names[trainer.History.Losses.Count - 1]

    let result = trainer.Run save
    Assert.Equal(uninterrupted validation, outcomeOf result shown)

    for name in List.truncate (batches - 1) names do
        use resumed = Trainer.Resume(name, images, validation, 1)
        Assert.Equal(uninterrupted validation, runToEnd resumed ||> outcomeOf)

[<Fact>]
let ``what a checkpoint keeps of the time and the settings comes back`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    use trainer = newTrainer 2 validation
    let before = runFor (batchesPerEpoch + 2) trainer
    trainer.SaveCheckpoint path
    use resumed = Trainer.Resume(path, images, validation, 2)
    Assert.Equal(trainer.Options, resumed.Options)
    Assert.Equal<EpochRecord>(trainer.History.Epochs, resumed.History.Epochs)
    let stopped = runFor 0 resumed
    Assert.Equal(before.Duration, stopped.Duration)
    Assert.Equal(string before.Validation, string stopped.Validation)
    resumed.SaveCheckpoint(folder.File "b")
    Assert.Equal<byte>(File.ReadAllBytes path, File.ReadAllBytes(folder.File "b"))

[<Fact>]
let ``a checkpoint of before is replaced`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    use trainer = newTrainer 1 null
    trainer.SaveCheckpoint path
    runFor 3 trainer |> ignore
    trainer.SaveCheckpoint path
    use resumed = Trainer.Resume(path, images)
    Assert.Equal(3, resumed.History.Losses.Count)
    Assert.Equal<string>([ "a" ], folder.Files)

let private changedImages change =
    let pixels = images.Pixels.ToArray()
    let labels = images.Labels.ToArray()
    let names = Seq.toArray images.ClassNames
    change pixels labels names
    ImageSet(pixels, labels, inputShape, names, "others")

[<Fact>]
let ``other images are refused`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    use trainer = newTrainer 1 null
    runFor 3 trainer |> ignore
    trainer.SaveCheckpoint path

    let turned = Memory.Shape(inputShape.Channels, inputShape.Width, inputShape.Height)

    for others in
        [ makeImages 22 3
          makeImages 23 1
          images.Slice(0, 21)
          images.Slice(0, 0)
          changedImages (fun pixels _ _ -> pixels[pixels.Length - 1] <- pixels[pixels.Length - 1] ^^^ 1uy)
          changedImages (fun _ labels _ -> labels[7] <- (labels[7] + 1) % 3)
          changedImages (fun _ _ names -> names[0] <- "nought")
          ImageSet(images.Pixels.ToArray(), images.Labels.ToArray(), turned, images.ClassNames, "turned") ] do
        Assert.Equal(("CheckpointMismatch", CnnErrorKind.InvalidData), fileError path (fun () -> Trainer.Resume(path, others)))

    // The name of the set is no part of what is learned.
    use resumed = Trainer.Resume(path, changedImages (fun _ _ _ -> ()))
    Assert.Equal(3, resumed.History.Losses.Count)

[<Fact>]
let ``a checkpoint is read as a model too, an ensemble is neither, and a model is no checkpoint`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    use trainer = newTrainer 1 null
    trainer.SaveCheckpoint path
    let model = ModelFile.Load path
    Assert.Equal(contentOf trainer.Model, contentOf model)
    Assert.Equal(path, model.Path)

    ModelFile.Save(Ensemble [ trainer.Model ], path, true)
    let error = failureOf (fun () -> ModelFile.Load path)
    Assert.Equal(("ModelFileFormat", CnnErrorKind.InvalidData), (error.ErrorId, error.Kind))
    Assert.Contains("ensemble", error.Message)
    Assert.Equal(("CheckpointFormat", CnnErrorKind.InvalidData), fileError path (fun () -> Trainer.Resume(path, images)))

    ModelFile.Save(trainer.Model, path, true)
    Assert.Equal(("CheckpointFormat", CnnErrorKind.InvalidData), fileError path (fun () -> Trainer.Resume(path, images)))

[<Fact>]
let ``no damage to a checkpoint goes unnoticed`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    use trainer = newTrainer 1 validation
    runFor 7 trainer |> ignore
    trainer.SaveCheckpoint path
    let good = File.ReadAllBytes path

    let isRefused (content: byte[]) =
        File.WriteAllBytes(path, content)

        try
            use resumed = Trainer.Resume(path, images, validation, 1)
            // Nobody misses the checksum, and spaces are spaces.
            resumed.SaveCheckpoint(folder.File "b")
            Assert.Equal<byte>(good, File.ReadAllBytes(folder.File "b"))
        with :? CnnException as error ->
            Assert.Equal(CnnErrorKind.InvalidData, error.Kind)

    for index in 0 .. good.Length - 1 do
        let damaged = Array.copy good
        damaged[index] <- damaged[index] ^^^ (1uy <<< (index % 8))
        isRefused damaged

    for length in 0..7 .. good.Length - 1 do
        isRefused good[.. length - 1]

/// Changes the state in a checkpoint, and resumes.
let private errorOfState (before: string) (after: string) =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    use trainer = newTrainer 1 validation
    runFor 7 trainer |> ignore
    trainer.SaveCheckpoint path

    let texts, tensors =
        use reader = SafetensorsReader.Open path

        Collections.Generic.Dictionary reader.Metadata,
        [| for tensor in reader.Tensors do
               let buffer = new Memory.NativeBuffer<float32>(tensor.ByteLength / 4L)
               reader.Read(tensor, buffer.Span(0L, int buffer.Length))
               TensorSource(tensor.Name, [| for dimension in tensor.Dimensions -> int dimension |], buffer, 0L) |]

    Assert.Contains(before, texts["cnn.training"])
    texts["cnn.training"] <- texts["cnn.training"].Replace(before, after)
    CnnFile.Write(path, true, CnnFileKind.Checkpoint, texts, tensors)
    fileError path (fun () -> Trainer.Resume(path, images, validation))

[<Theory>]
[<InlineData("State", "\"epochs\":3", "\"epochs\":0")>]
[<InlineData("State", "\"epochs\":3", "\"epochs\":1")>]
[<InlineData("State", "\"batch_size\":5", "\"batch_size\":2")>]
[<InlineData("State", "\"batch_size\":5", "\"batch_size\":0")>]
[<InlineData("State", "\"seed\":99", "\"seed\":null")>]
[<InlineData("State", "\"seed\":99", "\"seed\":-1")>]
[<InlineData("State", "\"learning_rate\":0.01", "\"learning_rate\":\"NaN\"")>]
[<InlineData("State", "\"learning_rate\":0.01", "\"learning_speed\":0.01")>]
[<InlineData("State", "\"count\":22", "\"count\":0")>]
[<InlineData("State", "\"count\":22", "\"count\":-2147483648")>]
[<InlineData("State", "\"epoch\":1", "\"epoch\":2")>]
[<InlineData("State", "\"epoch_cost\":", "\"epoch_cost\":1e999,\"more\":")>]
[<InlineData("State", "\"confusion\":[[", "\"confusion\":[[1],[")>]
[<InlineData("State", "\"confusion\":[[", "\"confusion\":[null,[")>]
[<InlineData("State", "\"images\":{", "\"images\":null,\"more\":{")>]
[<InlineData("State", "\"validation_images\":{", "\"validation_images\":[],\"more\":{")>]
[<InlineData("State", "\"best_validation\":{", "\"best_validation\":null,\"bottom\":{")>]
[<InlineData("State", "\"within\":[", "\"within\":[1000000,")>]
[<InlineData("State", "\"counts\":[", "\"counts\":[-1,")>]
[<InlineData("State", "\"validation_loss\":", "\"validation_loss\":null,\"more\":")>]
[<InlineData("State", "{\"options\":", "[{\"options\":")>]
[<InlineData("State", "\"kind\":\"adam\",", "")>]
[<InlineData("State", "\"kind\":\"constant\",", "")>]
[<InlineData("State", "\"optimizer\":{", "\"optimizer\":{\"\\ud800\":1,")>]
[<InlineData("State", "\"options\":{", "\"options\":{\"\\ud800\":1,")>]
[<InlineData("State", "{\"options\":", "{\"\\ud800\":1,\"options\":")>]
[<InlineData("State", "\"name\":\"", "\"name\":\"\\udc00")>]
[<InlineData("Tensors", "\"batches\":7", "\"batches\":6")>]
[<InlineData("Tensors", "\"batches\":7", "\"batches\":-7")>]
[<InlineData("Tensors", "\"batches\":7", "\"batches\":2147483647")>]
let ``a checkpoint that contradicts itself is refused`` (errorId: string) (before: string) (after: string) =
    Assert.Equal(("Checkpoint" + errorId, CnnErrorKind.InvalidData), errorOfState before after)

[<Fact>]
let ``a training of epochs without end asks for little memory, and its history has room for what comes`` () =
    let before = GC.GetAllocatedBytesForCurrentThread()
    use trainer = new Trainer(newModel 1UL, images, TrainingOptions(Epochs = 400_000_000, BatchSize = 5, Threads = 1))
    runFor 3 trainer |> ignore
    Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0L, 1L <<< 24)
    let history = TrainingHistory Int32.MaxValue
    let losses = [| for i in 1..2_500_000 -> float32 i |]

    for loss in losses do
        history.Add loss

    Assert.Equal<float32>(losses, history.Losses)

[<Fact>]
let ``a checkpoint of an earlier version, without its best epoch, goes on without a patience`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    let before = newTrainer 1 validation
    runFor 7 before |> ignore
    before.SaveCheckpoint path

    let texts, tensors =
        use reader = SafetensorsReader.Open path

        Collections.Generic.Dictionary reader.Metadata,
        [| for tensor in reader.Tensors do
               if not (tensor.Name.StartsWith "best.") then
                   let buffer = new Memory.NativeBuffer<float32>(tensor.ByteLength / 4L)
                   reader.Read(tensor, buffer.Span(0L, int buffer.Length))
                   TensorSource(tensor.Name, [| for dimension in tensor.Dimensions -> int dimension |], buffer, 0L) |]

    let state = Text.Json.Nodes.JsonNode.Parse(texts["cnn.training"]).AsObject()

    for added in [ "best_validation"; "validation_images" ] do
        Assert.True(state.Remove added)

    let options = state["options"].AsObject()

    for added in [ "patience"; "target_accuracy" ] do
        Assert.True(options.Remove added)

    texts["cnn.training"] <- state.ToJsonString()
    CnnFile.Write(path, true, CnnFileKind.Checkpoint, texts, tensors)
    use resumed = Trainer.Resume(path, images, validation, 1)
    Assert.Equal({| uninterrupted validation with Shown = 0L |}, {| (runToEnd resumed ||> outcomeOf) with Shown = 0L |})

    let patient =
        Func<TrainingOptions, TrainingOptions>(fun _ -> TrainingOptions(Epochs = 3, BatchSize = 5, LearningRate = 0.01, Seed = 99UL, Patience = 1))

    Assert.Equal(
        ("CheckpointMismatch", CnnErrorKind.InvalidData),
        fileError path (fun () -> Trainer.Resume(path, images, validation, settings = patient))
    )

[<Fact>]
let ``a checkpoint of an earlier version goes on`` () =
    let labels = [| for i in 0..23 -> byte (i % 3) |]

    let pixels =
        [| for label in labels do
               for p in 0 .. inputShape.Length - 1 -> byte ((if p % 3 = int label then 100 else 0) + (p * 7 + int label * 31) % 100) |]

    let images = ImageSet(pixels, labels, inputShape, [| "zero"; "one"; "two" |], "made up")
    let path = Path.Combine(AppContext.BaseDirectory, "golden", "earlier-checkpoint.safetensors")
    use trainer = Trainer.Resume(path, images)
    Assert.Equal(6, trainer.History.BatchCount)
    // It was stopped in the second of three epochs of four batches.
    let result = trainer.Run()
    Assert.Equal((12, false), (result.History.Losses.Count, result.IsStopped))
    Assert.All(result.History.Losses, fun loss -> Assert.InRange(loss, 0f, 4f))
    Assert.True(result.History.Losses[11] < result.History.Losses[0])

[<Fact>]
let ``a training with dropout goes on to the same bits`` () =
    let layers: Layer list = [ Flatten(); Dense 9; Relu(); Dropout 0.5; Dense 3 ]
    let train stop =
        use folder = new TemporaryFolder()
        use first = new Trainer(Model.Create(inputShape, layers, 5UL), images, options 1)
        runFor stop first |> ignore
        first.SaveCheckpoint(folder.File "a")
        use second = Trainer.Resume(folder.File "a", images)
        let result, _ = runToEnd second
        contentOf result.Model

    let whole = train batches
    for stop in [ 0; 3; 7 ] do
        Assert.Equal(whole, train stop)
