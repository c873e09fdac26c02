/// Trainers, predictors and models that several threads have in hand: nothing is freed under a use, and nobody sees half a step.
module Cnn.Native.Tests.ConcurrentUseTests

open System
open System.Collections.Concurrent
open System.IO
open System.Threading
open Xunit
open Cnn
open Cnn.Evaluation
open Cnn.Serialization
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.TemporaryFolder

let private images = bands 1 smallShape smallClasses 300
let private options = TrainingOptions(Epochs = 1000, BatchSize = 16, Threads = 2, Seed = Nullable 3UL)
let private model seed = Model.Create(smallShape, blockLayers, seed)

/// Runs the work on a thread of its own, and gives what it threw.
let private start (work: unit -> unit) =
    let mutable error: exn = null

    let thread =
        Thread(fun () ->
            try
                work ()
            with e ->
                error <- e)

    thread.Start()

    fun () ->
        thread.Join()
        error

[<Fact>]
let ``A trainer that is disposed while it runs ends within a batch, with an error that says so, and the model can be trained again`` () =
    for round in 1..40 do
        let model = model 1UL
        let trainer = new Trainer(model, images, options)
        use begun = new ManualResetEventSlim()
        let running = start (fun () -> trainer.Run(fun _ -> begun.Set()) |> ignore)
        begun.Wait()
        Thread.SpinWait(round * 1000)
        trainer.Dispose()
        Assert.IsType<ObjectDisposedException>(running ()) |> ignore
        Assert.Throws<ObjectDisposedException>(fun () -> trainer.Run() |> ignore) |> ignore
        Assert.Throws<ObjectDisposedException>(fun () -> trainer.SaveCheckpoint "nowhere") |> ignore
        Assert.All(parametersOf model, fun value -> Assert.True(Single.IsFinite value))
        Trainer.Train(model, images, TrainingOptions(Epochs = 1)) |> ignore

[<Fact>]
let ``A trainer may be disposed by its own progress`` () =
    let trainer = new Trainer(model 1UL, images, options)
    Assert.Throws<ObjectDisposedException>(fun () -> trainer.Run(fun _ -> trainer.Dispose()) |> ignore) |> ignore

[<Fact>]
let ``A predictor that is disposed while it predicts ends with an error that says so`` () =
    let model = smallModel 1UL

    for round in 1..100 do
        let predictor = new Predictor(model, 2)
        use begun = new ManualResetEventSlim()

        let running =
            start (fun () ->
                while true do
                    predictor.Predict images |> Seq.iter ignore
                    begun.Set())

        begun.Wait()
        Thread.SpinWait(round * 200)
        predictor.Dispose()
        Assert.IsType<ObjectDisposedException>(running ()) |> ignore

[<Fact>]
let ``One predictor on several threads answers each of them as it answers one`` () =
    let model = smallModel 1UL
    use predictor = new Predictor(model, 2)
    let expected = predictor.Predict images |> Seq.map (fun prediction -> prediction.Prediction, prediction.Probability) |> Seq.toArray
    let wrong = ConcurrentBag<int>()

    let threads =
        [ for first in 0..3 ->
              start (fun () ->
                  for round in 0..200 do
                      let index = (first * 61 + round * 7) % (images.Count - 20)
                      let actual = predictor.Predict(images.Slice(index, 20)) |> Seq.map (fun prediction -> prediction.Prediction, prediction.Probability)
                      if Seq.toArray actual <> expected[index .. index + 19] then wrong.Add index) ]

    Assert.All(threads |> List.map (fun join -> join ()), fun error -> Assert.Null error)
    Assert.Empty wrong

[<Fact>]
let ``A predictor answers by the model as it was when it was made`` () =
    let model = smallModel 1UL
    use predictor = new Predictor(model, 1)
    let answers () = predictor.Predict images |> Seq.map _.Probability |> Seq.toArray
    let before = answers ()
    Trainer.Train(model, images, TrainingOptions(Epochs = 1)) |> ignore
    Assert.Equal<double[]>(before, answers ())
    use another = new Predictor(model, 1)
    Assert.NotEqual<double[]>(before, another.Predict images |> Seq.map _.Probability |> Seq.toArray)

[<Fact>]
let ``A model that is saved, measured and checkpointed while it is trained is of one moment between two steps`` () =
    use folder = new TemporaryFolder()
    let trained = model 1UL
    use trainer = new Trainer(trained, images, options)
    let states = ConcurrentDictionary<string, bool>()
    let hash (model: Model) = Convert.ToHexString(Security.Cryptography.SHA256.HashData(Runtime.InteropServices.MemoryMarshal.AsBytes(ReadOnlySpan(parametersOf model))))
    use stop = new CancellationTokenSource()
    use begun = new ManualResetEventSlim()

    // The training itself notes all the states that there are between its steps.
    states[hash trained] <- true

    let running =
        start (fun () ->
            trainer.Run(
                (fun _ ->
                    states[hash trained] <- true
                    begun.Set()),
                stop.Token
            )
            |> ignore)

    begun.Wait()
    let saved = Collections.Generic.List<string>()

    for round in 1..60 do
        let path = Path.Combine(folder.Path, $"{round}.safetensors")
        ModelFile.Save(trained, path)
        saved.Add(hash (ModelFile.Load path))
        Assert.True(Double.IsFinite (Evaluator.Measure(trained, images.Slice(0, 40), 1)).Loss)
        let checkpoint = Path.Combine(folder.Path, "checkpoint.safetensors")
        trainer.SaveCheckpoint checkpoint
        use resumed = Trainer.Resume(checkpoint, images)
        saved.Add(hash resumed.Model)

    stop.Cancel()
    Assert.Null(running ())
    states[hash trained] <- true
    Assert.All(saved, fun state -> Assert.True(states.ContainsKey state, "A state was saved that the training was never in between two steps."))

[<Fact>]
let ``A model that is trained is not overwritten by a checkpoint`` () =
    use folder = new TemporaryFolder()
    let path = Path.Combine(folder.Path, "checkpoint.safetensors")
    let trained = smallModel 1UL
    use trainer = new Trainer(trained, images, TrainingOptions(Epochs = 1))
    trainer.SaveCheckpoint path
    let mutable error = null

    trainer.Run(fun progress ->
        if progress.Batch = 1 then
            error <- Assert.Throws<CnnException>(fun () -> Trainer.Resume(path, images, model = trained) |> ignore))
    |> ignore

    Assert.Equal("ModelInTraining", error.ErrorId)
