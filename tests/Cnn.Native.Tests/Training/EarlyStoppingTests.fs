/// A training ends early as it was asked to, leaves its best epoch, and does so also when it was stopped on the way.
module Cnn.Native.Tests.EarlyStoppingTests

open System
open FsCheck.Xunit
open Cnn
open Cnn.Evaluation
open Cnn.Training
open Cnn.Native.Tests.SmallModels
open Cnn.Native.Tests.Stopping
open Cnn.Native.Tests.TemporaryFolder
open Xunit

let private epochsWith (losses: float list) =
    losses
    |> List.mapi (fun index loss ->
        let measured = if Double.IsNegativeInfinity loss then Nullable() else Nullable loss
        EpochRecord(index + 1, 1.0, Nullable 0.5, measured, TimeSpan.Zero, 1.0, 0.001))
    |> ResizeArray

/// From few values, so that equal ones come together; negative infinity stands for an epoch that was not measured.
let private lossOf (FsCheck.NonNegativeInt choice) =
    [| 0.5; 1.0; 1.5; 2.0; nan; Double.NegativeInfinity |][choice % 6]

[<Property>]
let ``The best epoch is the first with the least loss that is a number`` (choices: FsCheck.NonNegativeInt list) =
    let losses = List.map lossOf choices
    let counted = losses |> List.indexed |> List.filter (fun (_, loss) -> loss > 0.0)
    let expected = if counted.IsEmpty then 0 else 1 + fst (List.minBy snd counted)
    Assert.Equal(expected, EarlyStopping.BestEpoch(epochsWith losses))

[<Property>]
let ``Patience counts the epochs since the best one, and the number of epochs is the end`` (choices: FsCheck.NonNegativeInt list) (FsCheck.PositiveInt patience) =
    let losses = List.map lossOf choices
    let epochs = epochsWith losses
    let since = losses.Length - EarlyStopping.BestEpoch epochs
    let outcome total = EarlyStopping.Outcome(TrainingOptions(Epochs = total, Patience = patience), epochs)
    Assert.Equal(Nullable TrainingOutcome.Completed, outcome losses.Length)
    Assert.Equal((if since >= patience then Nullable TrainingOutcome.NoImprovement else Nullable()), outcome (losses.Length + 1))
    Assert.Equal(Nullable(), EarlyStopping.Outcome(TrainingOptions(Epochs = losses.Length + 1), epochs))

[<Theory>]
[<InlineData(0.0, false)>]
[<InlineData(0.4, true)>]
[<InlineData(0.5, true)>]
[<InlineData(0.51, false)>]
let ``A target is reached by the accuracy of the last epoch`` (target: float) reached =
    let outcome = EarlyStopping.Outcome(TrainingOptions(Epochs = 3, TargetAccuracy = target), epochsWith [ 1.0; 2.0 ])
    Assert.Equal((if reached then Nullable TrainingOutcome.TargetReached else Nullable()), outcome)

let private images = makeImages 22 1

/// A third of them with a wrong label: who is sure of the right one pays for it, so that the loss becomes less at first and then more.
let private validation =
    let made = makeImages 30 2
    let labels = [| for index in 0..29 -> if index % 3 = 0 then (made.Labels[index] + 1) % 3 else made.Labels[index] |]
    Data.ImageSet(made.Pixels.ToArray(), labels, inputShape, made.ClassNames, "doubtful")

let private bits (value: float) = BitConverter.DoubleToInt64Bits value

/// So fast that the network is soon sure of itself.
let private options = TrainingOptions(Epochs = 60, BatchSize = 5, LearningRate = 0.02, Seed = 99UL, Threads = 1, Patience = 4)

let private train options =
    Trainer.Train(newModel 5UL, images, options, validation)

let private outcomeOf (result: TrainingResult) =
    {| Model = contentOf result.Model
       Outcome = result.Outcome
       Best = result.BestEpoch
       BatchLosses = bitsOf result.History.Losses
       Losses = [ for epoch in result.History.Epochs -> bits epoch.ValidationLoss.Value ]
       Validation = bits result.Validation.Loss |}

[<Fact>]
let ``Without improvement a training ends, and leaves the parameters and the measurement of its best epoch`` () =
    let result = train options
    Assert.Equal(TrainingOutcome.NoImprovement, result.Outcome)
    Assert.False result.IsStopped
    let best = result.BestEpoch.Value
    Assert.InRange(best, 2, 50)
    Assert.Equal(best + 4, result.History.Epochs.Count)
    let asFar = train (TrainingOptions(Epochs = best, BatchSize = 5, LearningRate = 0.02, Seed = 99UL))
    Assert.Equal(contentOf asFar.Model, contentOf result.Model)
    Assert.Equal(asFar.Validation.Loss, result.Validation.Loss)
    Assert.Equal(result.History.Epochs[best - 1].ValidationLoss.Value, Evaluator.Measure(result.Model, validation).Loss)

[<Fact>]
let ``A training that was completed leaves its best epoch with a patience, and its last one without`` () =
    let best = (train options).BestEpoch.Value
    let epochs = best + 2
    let patient = train (TrainingOptions(Epochs = epochs, BatchSize = 5, LearningRate = 0.02, Seed = 99UL, Patience = 4))
    Assert.Equal((TrainingOutcome.Completed, best), (patient.Outcome, patient.BestEpoch.Value))
    Assert.Equal(patient.History.Epochs[best - 1].ValidationLoss.Value, patient.Validation.Loss)
    let plain = train (TrainingOptions(Epochs = epochs, BatchSize = 5, LearningRate = 0.02, Seed = 99UL))
    Assert.Equal((TrainingOutcome.Completed, best), (plain.Outcome, plain.BestEpoch.Value))
    Assert.Equal(plain.History.Epochs[epochs - 1].ValidationLoss.Value, plain.Validation.Loss)
    Assert.NotEqual(contentOf patient.Model, contentOf plain.Model)

[<Fact>]
let ``A training ends at its target, with the model that reached it`` () =
    let all = train options
    let accuracies = [ for epoch in all.History.Epochs -> epoch.ValidationAccuracy.Value ]
    let target = List.max accuracies
    let first = 1 + List.findIndex ((=) target) accuracies
    let result = train (TrainingOptions(Epochs = 60, BatchSize = 5, LearningRate = 0.02, Seed = 99UL, Patience = 60, TargetAccuracy = target))
    Assert.Equal((TrainingOutcome.TargetReached, first), (result.Outcome, result.History.Epochs.Count))
    Assert.Equal(target, result.Validation.Accuracy)
    Assert.Equal(target, Evaluator.Measure(result.Model, validation).Accuracy)

[<Fact>]
let ``Both need validation images`` () =
    for options in [ TrainingOptions(Patience = 1); TrainingOptions(TargetAccuracy = 0.9) ] do
        let error = Assert.Throws<CnnException>(fun () -> (new Trainer(newModel 5UL, images, options)).Dispose())
        Assert.Equal(("ValidationRequired", CnnErrorKind.InvalidArgument), (error.ErrorId, error.Kind))

[<Theory>]
[<InlineData(-1, 0.0)>]
[<InlineData(0, -0.1)>]
[<InlineData(0, 1.01)>]
[<InlineData(0, 98.0)>]
[<InlineData(0, Double.NaN)>]
let ``Settings out of their range are errors`` patience target =
    let error =
        Assert.Throws<CnnException>(fun () -> train (TrainingOptions(Patience = patience, TargetAccuracy = target)) |> ignore)

    Assert.Equal("TrainingOption", error.ErrorId)

[<Fact>]
let ``Wherever it is stopped and goes on, it ends at the same epoch with the same bits`` () =
    let expected = train options
    let batches = expected.History.Losses.Count

    for stop in 1..3 .. batches - 1 do
        use folder = new TemporaryFolder()

        let begun =
            use trainer = new Trainer(newModel 5UL, images, options, validation)
            runFor stop trainer |> ignore
            trainer.SaveCheckpoint(folder.File "a")

        begun
        use trainer = Trainer.Resume(folder.File "a", images, validation, 2)
        Assert.Equal(outcomeOf expected, outcomeOf (trainer.Run()))

[<Fact>]
let ``A training that has ended goes on with more patience as if it had had it from the beginning`` () =
    use folder = new TemporaryFolder()
    let patient = TrainingOptions(Epochs = 60, BatchSize = 5, LearningRate = 0.02, Seed = 99UL, Threads = 1, Patience = 9)
    let path = folder.File "a"

    let ended =
        use trainer = new Trainer(newModel 5UL, images, options, validation)
        let result = trainer.Run()
        // The model has the parameters of its best epoch now; the checkpoint has the latest as well.
        trainer.SaveCheckpoint path
        outcomeOf result

    let again =
        use trainer = Trainer.Resume(path, images, validation, 1)
        Assert.True trainer.IsComplete
        outcomeOf (trainer.Run())

    Assert.Equal(ended, again)

    use trainer = Trainer.Resume(path, images, validation, 1, settings = fun saved -> TrainingOptions(Epochs = saved.Epochs, BatchSize = saved.BatchSize, LearningRate = saved.LearningRate, Seed = saved.Seed, Patience = 9))
    let actual = outcomeOf (trainer.Run())
    Assert.Equal(outcomeOf (train patient), actual)
