/// What the optimizers, clipping, label smoothing and the averaged weights promise. That their numbers are PyTorch's is among the traces.
module Cnn.Native.Tests.OptimizerTests

open System
open System.Text.Json
open Xunit
open Cnn.Data
open Cnn.Evaluation
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.Stopping
open Cnn.Native.Tests.TemporaryFolder

let private images = bands 1 smallShape smallClasses 71
let private validation = bands 2 smallShape smallClasses 20

let private optimizers: Optimizer list =
    [ Adam()
      Adam(WeightDecay = 0.01)
      AdamW(DecayAll = true)
      Sgd(Momentum = 0.0)
      Sgd(WeightDecay = 0.001)
      Sgd(Nesterov = true)
      RmsProp()
      RmsProp(Momentum = 0.9, WeightDecay = 0.001) ]

/// Each optimizer, with all else that a step can do to a gradient and to the weights, and with a schedule of some kind.
let private trainings =
    [ for index, optimizer in List.indexed optimizers do
          let schedule: Schedule = if index % 2 = 0 then OneCycleSchedule() else PlateauSchedule(PlateauEpochs = 0)

          for clip in [ Nullable(); Nullable 0.5 ] do
              TrainingOptions(
                  Epochs = 3, BatchSize = 10, LearningRate = 0.002, Optimizer = optimizer, Schedule = schedule, ClipNorm = clip,
                  LabelSmoothing = 0.1, WeightAveraging = (if index % 3 = 0 then 0.0 else 0.9)) ]

let private withThreads threads (o: TrainingOptions) =
    TrainingOptions(
        Epochs = o.Epochs, BatchSize = o.BatchSize, LearningRate = o.LearningRate, Optimizer = o.Optimizer, Schedule = o.Schedule,
        ClipNorm = o.ClipNorm, LabelSmoothing = o.LabelSmoothing, WeightAveraging = o.WeightAveraging, Threads = threads)

let private withEpochs epochs (o: TrainingOptions) =
    TrainingOptions(
        Epochs = epochs, BatchSize = o.BatchSize, LearningRate = o.LearningRate, Optimizer = o.Optimizer, Schedule = o.Schedule,
        Seed = o.Seed, Threads = o.Threads)

let private sameTraining (expected: TrainingResult) (actual: TrainingResult) =
    sameBits (Array.ofSeq expected.History.Losses) (Array.ofSeq actual.History.Losses)
    sameBits (parametersOf expected.Model) (parametersOf actual.Model)
    let epochs (result: TrainingResult) = [ for e in result.History.Epochs -> e.Loss, e.ValidationAccuracy, e.ValidationLoss, e.LearningRate ]
    Assert.Equal<(float * Nullable<float> * Nullable<float> * float) list>(epochs expected, epochs actual)

let private train options =
    Trainer.Train(smallModel 1UL, images, options, validation)

let private trained options = parametersOf (train options).Model

[<Fact>]
let ``Every optimizer gives the same bits on any number of threads, with all that a step can do`` () =
    for options in trainings do
        let alone = train (withThreads 1 options)

        for threads in [ 2; 5 ] do
            sameTraining alone (train (withThreads threads options))

[<Fact>]
let ``Every optimizer goes on from a checkpoint to the same bits, wherever it stopped`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"

    for options in trainings do
        let whole = train options

        for stop in [ 1; 8; 13; 16 ] do
            use trainer = new Trainer(smallModel 1UL, images, options, validation)
            let stopped = runFor stop trainer
            trainer.SaveCheckpoint path
            use resumed = Trainer.Resume(path, images, validation, 2)
            // The averaged weights are in the model that was stopped, and in the one that comes back.
            sameBits (parametersOf stopped.Model) (parametersOf resumed.Model)
            sameTraining whole (resumed.Run())
            sameTraining whole (trainer.Run())

[<Fact>]
let ``A checkpoint that is saved while the training runs is that of the training stopped there`` () =
    use folder = new TemporaryFolder()
    let options = TrainingOptions(Epochs = 2, BatchSize = 10, LearningRate = 0.01, Optimizer = Sgd(), WeightAveraging = 0.8)
    use trainer = new Trainer(smallModel 1UL, images, options, validation)
    let save (_: TrainingProgress) = if trainer.History.Losses.Count = 5 then trainer.SaveCheckpoint(folder.File "a")
    let whole = trainer.Run save
    use resumed = Trainer.Resume(folder.File "a", images, validation)
    sameTraining whole (resumed.Run())

[<Fact>]
let ``Every optimizer learns what can be learned`` () =
    for optimizer in optimizers do
        let rate = if optimizer.Kind = OptimizerKind.Sgd then 0.02 else 0.005
        let options = TrainingOptions(Epochs = 4, LearningRate = rate, Optimizer = optimizer)
        let result = Trainer.Train(smallModel 1UL, bands 1 smallShape smallClasses 400, options)
        let report = Evaluator.Measure(result.Model, bands 2 smallShape smallClasses 100)
        Assert.True(report.Accuracy > 0.95, $"{optimizer}: {report}")

[<Fact>]
let ``Without a learning rate the optimizer's usual one is taken, and the result says it`` () =
    for optimizer in optimizers do
        let result = train (TrainingOptions(Epochs = 1, Optimizer = optimizer))
        Assert.Equal(Nullable optimizer.UsualLearningRate, result.Options.LearningRate)
        sameBits (parametersOf result.Model) (trained (TrainingOptions(Epochs = 1, Optimizer = optimizer, LearningRate = optimizer.UsualLearningRate)))

let private start = parametersOf (smallModel 1UL)

/// Which of the values are biases.
let private isBias =
    [| for parameter in (smallModel 1UL).Parameters do
           yield! Array.replicate parameter.Length (parameter.Dimensions.Count = 1) |]

let private oneBatch optimizer = TrainingOptions(Epochs = 1, BatchSize = 100, LearningRate = 0.1, Optimizer = optimizer)

[<Fact>]
let ``Weight decay draws weights to 0, and leaves biases alone unless asked to`` () =
    let model () =
        let model = smallModel 1UL
        drawParameters 3 model
        model

    let trained optimizer =
        let result = Trainer.Train(model (), images, oneBatch optimizer)
        parametersOf result.Model

    let start = parametersOf (model ())

    let sgd decay all: Optimizer = Sgd(Momentum = 0.0, WeightDecay = decay, DecayAll = all)
    let adamW decay all: Optimizer = AdamW(WeightDecay = decay, DecayAll = all)

    for decaying in [ sgd; adamW ] do
        let without = trained (decaying 0.0 false)

        for all in [ false; true ] do
            let decayed = trained (decaying 0.5 all)

            for i in 0 .. start.Length - 1 do
                // α·λ of the parameter, in either of them.
                let drawn = if all || not isBias[i] then 0.1f * 0.5f * start[i] else 0f
                Assert.Equal(float (without[i] - drawn), float decayed[i], 1e-6)

[<Fact>]
let ``A gradient longer than ClipNorm is shortened to it, and a shorter one is left to the last bit`` () =
    let sgd = Sgd(Momentum = 0.0)
    let clipped (norm: float) = TrainingOptions(Epochs = 1, BatchSize = 100, LearningRate = 0.1, Optimizer = sgd, ClipNorm = norm)
    let moved (trained: float32[]) = Array.map2 (fun a b -> float b - float a) start trained
    let length = Array.sumBy (fun x -> x * x) >> sqrt
    let whole = trained (oneBatch sgd)
    let norm = length (moved whole) / 0.1
    sameBits whole (trained (clipped (1.01 * norm)))

    for share in [ 0.9; 0.1; 0.001 ] do
        let short = moved (trained (clipped (share * norm)))
        Assert.Equal(share * norm, length short / 0.1, share * norm * 1e-2)
        // Shorter, but not turned.
        close 2e-2 "the direction" (Array.map ((*) share) (moved whole)) short

[<Fact>]
let ``The loss of smoothed labels is the training's alone: validation measures without`` () =
    let options smoothing = TrainingOptions(Epochs = 1, LearningRate = 1e-20, LabelSmoothing = smoothing)
    let smooth, sharp = train (options 0.2), train (options 0.0)
    Assert.Equal(sharp.Validation.Loss, smooth.Validation.Loss, 1e-6)
    Assert.NotEqual(sharp.History.Epochs[0].Loss, smooth.History.Epochs[0].Loss, 1e-4)

[<Fact>]
let ``What is measured, and what the model ends with, is the moving average of the weights`` () =
    let options = TrainingOptions(Epochs = 2, BatchSize = 10, LearningRate = 0.01, WeightAveraging = 0.8)
    use trainer = new Trainer(smallModel 1UL, images, options, validation)
    let mutable average: float[] = [||]
    let mutable steps = 0

    let note (_: TrainingProgress) =
        // While the training runs, the model holds the weights that are trained.
        let weights = Array.map float (parametersOf trainer.Model)
        let keep = min 0.8 (float steps / float (steps + 9))
        steps <- steps + 1
        average <- if average.Length = 0 then weights else Array.map2 (fun a w -> keep * a + (1.0 - keep) * w) average weights

    let result = trainer.Run note
    close 1e-5 "the average" average (Array.map float (parametersOf result.Model))
    let report = Evaluator.Measure(result.Model, validation)
    Assert.Equal(report.Loss, result.Validation.Loss, 1e-6)
    // The weights that are trained are those of a training without an average.
    let without = train (TrainingOptions(Epochs = 2, BatchSize = 10, LearningRate = 0.01))
    sameBits (Array.ofSeq without.History.Losses) (Array.ofSeq result.History.Losses)
    Assert.NotEqual(without.Validation.Loss, result.Validation.Loss, 1e-6)

/// A validation that gets worse: the rate is so large that the first epoch is likely the best, and whichever it is, is restored.
let private withPatience =
    TrainingOptions(
        Epochs = 6, BatchSize = 10, LearningRate = 0.03, Optimizer = RmsProp(), Patience = 2, WeightAveraging = 0.8,
        Schedule = StepSchedule(StepEpochs = 2.0))

[<Fact>]
let ``The best epoch that is restored is that of the averaged weights`` () =
    let noise = noise 1 smallShape smallClasses 71
    use trainer = new Trainer(smallModel 1UL, noise, withPatience, validation)
    let result = trainer.Run()
    let best = result.History.Epochs[result.BestEpoch.Value - 1]
    Assert.True(result.BestEpoch.Value < result.History.Epochs.Count)
    Assert.Equal(best.ValidationLoss.Value, Evaluator.Measure(result.Model, validation).Loss, 1e-6)

[<Fact>]
let ``A training with averaged weights and a patience goes on from any epoch to the same bits`` () =
    use folder = new TemporaryFolder()
    let noise = noise 1 smallShape smallClasses 71
    let whole = Trainer.Train(smallModel 1UL, noise, withPatience, validation)

    for stop in [ 3; 8; 12; 20 ] do
        use trainer = new Trainer(smallModel 1UL, noise, withPatience, validation)
        runFor stop trainer |> ignore
        trainer.SaveCheckpoint(folder.File "a")
        use resumed = Trainer.Resume(folder.File "a", noise, validation)
        let result = resumed.Run()
        sameTraining whole result
        // What was restored at the end is no loss to who goes on with more epochs.
        resumed.SaveCheckpoint(folder.File "b")
        use again = Trainer.Resume(folder.File "b", noise, validation)
        sameTraining whole (again.Run())

[<Fact>]
let ``A schedule that is spread over the epochs cannot be resumed with another number of them`` () =
    use folder = new TemporaryFolder()

    for schedule: Schedule, isSpread in [ CosineSchedule() :> Schedule, true; OneCycleSchedule(), true; ConstantSchedule(), false; StepSchedule(), false ] do
        use trainer = new Trainer(smallModel 1UL, images, TrainingOptions(Epochs = 3, BatchSize = 10, Schedule = schedule), validation)
        runFor 5 trainer |> ignore
        trainer.SaveCheckpoint(folder.File "a")

        let resume () =
            use resumed = Trainer.Resume(folder.File "a", images, validation, settings = (fun o -> withEpochs 4 o))
            Assert.Equal(4, resumed.Run().History.Epochs.Count)

        if isSpread then
            failsWith "CheckpointMismatch" [ $"Schedule {schedule.Kind} over 3 epochs"; "Epochs 4" ] resume
        else
            resume ()

[<Fact>]
let ``However large the learning rate, no optimizer leaves a model that is not finite without an error`` () =
    for optimizer in optimizers do
        for exponent in 0..3..38 do
            for clip in [ Nullable(); Nullable 1.0 ] do
                let options = TrainingOptions(BatchSize = 10, LearningRate = 10.0 ** float exponent, Optimizer = optimizer, ClipNorm = clip)
                let model = smallModel 1UL

                try
                    Trainer.Train(model, images, options) |> ignore
                    Assert.All(parametersOf model, fun value -> Assert.True(Single.IsFinite value, $"{options}"))
                with :? Cnn.CnnException as error ->
                    Assert.Equal("TrainingDiverged", error.ErrorId)

let badOptions: TheoryData<TrainingOptions, string> =
    let data = TheoryData<TrainingOptions, string>()
    let bad (name: string) options = data.Add(options, name)
    let badOptimizer name optimizer = bad name (TrainingOptions(Optimizer = optimizer))

    for share in [ -0.1; 1.0; nan; infinity; 1.0 - 1e-12 ] do
        badOptimizer "Momentum" (Sgd(Momentum = share))
        badOptimizer "Momentum" (RmsProp(Momentum = share))
        badOptimizer "Smoothing" (RmsProp(Smoothing = share))
        badOptimizer "Beta1" (AdamW(Beta1 = share))
        bad "WeightAveraging" (TrainingOptions(WeightAveraging = share))

    for share in [ -0.1; 1.0; nan; infinity ] do
        bad "LabelSmoothing" (TrainingOptions(LabelSmoothing = share))

    for value in [ -0.1; nan; infinity; 1e300 ] do
        badOptimizer "WeightDecay" (Adam(WeightDecay = value))
        badOptimizer "WeightDecay" (Sgd(WeightDecay = value))

    for value in [ 0.0; -1.0; nan; infinity; 1e300 ] do
        bad "ClipNorm" (TrainingOptions(ClipNorm = value))
        badOptimizer "Epsilon" (RmsProp(Epsilon = value))

    badOptimizer "Nesterov" (Sgd(Nesterov = true, Momentum = 0.0))
    data

[<Theory; MemberData(nameof badOptions)>]
let ``A bad setting of an optimizer is named`` (options: TrainingOptions) (name: string) =
    failsWith "TrainingOption" [ $"{name} is " ] (fun () -> train options |> ignore)

[<Fact>]
let ``Each optimizer has a name of its own, by which it is made`` () =
    for kind in Enum.GetValues<OptimizerKind>() do
        Assert.Equal(kind, Optimizer.Create(kind).Kind)

[<Fact>]
let ``The state of an earlier checkpoint is that of Adam at a constant rate`` () =
    let upgraded =
        EarlierCheckpoint.Upgrade
            """{"options":{"epochs":3,"learning_rate":0.01,"beta1":0.8,"beta2":0.99,"epsilon":1E-07,"seed":18446744073709551615},"epochs":[{"epoch":1},{"epoch":2}],"more":"é"}"""

    Assert.Equal(
        """{"options":{"epochs":3,"learning_rate":0.01,"seed":18446744073709551615,"optimizer":{"kind":"adam","beta1":0.8,"beta2":0.99,"epsilon":1E-07}},"epochs":[{"epoch":1,"learning_rate":0.01},{"epoch":2,"learning_rate":0.01}],"more":"é"}""",
        upgraded.Replace("\\u00E9", "é"))

    Assert.Equal(upgraded, EarlierCheckpoint.Upgrade upgraded)

[<Theory>]
[<InlineData("{")>]
[<InlineData("""{"options":{"epochs":3,"epochs":4}}""")>]
let ``What is no state of a checkpoint does not pass for one`` (text: string) =
    Assert.ThrowsAny<JsonException>(fun () -> EarlierCheckpoint.Upgrade text |> ignore) |> ignore
