/// The rates of the schedules, and the errors of those that do not fit the training. That they are PyTorch's is among the traces.
module Cnn.Native.Tests.ScheduleTests

open System
open FsCheck.Xunit
open Xunit
open Cnn.Training
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.NetworkShapes

let private noEpochs = ResizeArray<EpochRecord>()

/// The rates of all steps of a training, with a learning rate of 1.
let private ratesOf (schedule: Schedule) stepsPerEpoch epochs =
    [| for step in 0 .. stepsPerEpoch * epochs - 1 -> schedule.LearningRate(1.0, step, stepsPerEpoch, epochs, noEpochs) |]

let private closeRates (expected: float seq) (actual: float[]) =
    Assert.Equal<float>(Array.ofSeq expected, actual, (fun a b -> abs (a - b) <= 1e-12))

let private ofValidation (losses: float seq) =
    ResizeArray [ for index, loss in Seq.indexed losses -> EpochRecord(index + 1, 0.0, Nullable 0.5, Nullable loss, TimeSpan.Zero, 1.0, 1.0) ]

[<Fact>]
let ``Constant stays what it is`` () =
    closeRates (Seq.replicate 12 1.0) (ratesOf (ConstantSchedule()) 4 3)

[<Fact>]
let ``Step falls after each of its epochs, or parts of one`` () =
    closeRates [ 1.0; 1.0; 0.1; 0.1; 0.01; 0.01 ] (ratesOf (StepSchedule()) 2 3)
    closeRates [ for epoch in 0..5 -> 0.5 ** float (epoch / 2) ] (ratesOf (StepSchedule(StepEpochs = 2.0, LearningRateDecay = 0.5)) 1 6)
    closeRates [ 1.0; 1.0; 0.5; 0.5; 0.25; 0.25; 0.125; 0.125 ] (ratesOf (StepSchedule(StepEpochs = 0.5, LearningRateDecay = 0.5)) 4 2)

[<Fact>]
let ``Exponential falls by the same factor in each step, and by its decay in each epoch`` () =
    let rates = ratesOf (ExponentialSchedule(LearningRateDecay = 0.3)) 10 3
    Assert.Equal(0.3, rates[10] / rates[0], 1e-12)
    Assert.All(Seq.pairwise rates, fun (before, after) -> Assert.Equal(0.3 ** 0.1, after / before, 1e-12))

[<Fact>]
let ``Cosine falls from the rate to the final one, half of the way in the middle`` () =
    let rates = ratesOf (CosineSchedule(FinalLearningRate = 0.2)) 50 2
    Assert.Equal(1.0, rates[0], 1e-12)
    Assert.Equal(0.6, rates[50], 1e-12)
    Assert.InRange(rates[99], 0.2, 0.201)
    Assert.All(Seq.pairwise rates, fun (before, after) -> Assert.True(after < before))

[<Fact>]
let ``One cycle rises from a 25th in three tenths of the training and falls to next to nothing`` () =
    let rates = ratesOf (OneCycleSchedule()) 100 1
    Assert.Equal(0.04, rates[0], 1e-12)
    Assert.Equal(1.0, rates[29], 1e-12)
    Assert.Equal(0.04 / 1e4, rates[99], 1e-12)
    Assert.Equal(29, Array.IndexOf(rates, Array.max rates))
    let other = ratesOf (OneCycleSchedule(WarmupEpochs = 0.5, FinalLearningRate = 0.01)) 100 1
    Assert.Equal(1.0, other[49], 1e-12)
    Assert.Equal(0.01, other[99], 1e-12)

[<Fact>]
let ``The warm-up is a straight line that begins above 0, and what follows is counted from its end`` () =
    let pairs: (Schedule * Schedule) list =
        [ ConstantSchedule(), ConstantSchedule(WarmupEpochs = 0.5)
          StepSchedule(), StepSchedule(WarmupEpochs = 0.5)
          ExponentialSchedule(), ExponentialSchedule(WarmupEpochs = 0.5)
          CosineSchedule(), CosineSchedule(WarmupEpochs = 0.5) ]

    for behind, warm in pairs do
        let rates = ratesOf warm 8 3
        closeRates [ 0.2; 0.4; 0.6; 0.8; 1.0 ] rates[..4]

        // A cosine is as long as what is left; the others do not look at the end.
        if behind.Kind <> ScheduleKind.Cosine then
            closeRates (Array.truncate 20 (ratesOf behind 8 3)) rates[4..]

[<Property>]
let ``Every rate of every schedule is greater than 0 and at most the learning rate`` (Size 40 stepsPerEpoch) (Size 12 epochs) (Size 100 share) =
    let warmup = float epochs * float (share - 1) / 100.0

    let schedules: Schedule list =
        [ ConstantSchedule(WarmupEpochs = warmup)
          StepSchedule(WarmupEpochs = warmup, StepEpochs = 0.7)
          ExponentialSchedule(WarmupEpochs = warmup)
          CosineSchedule(WarmupEpochs = warmup)
          OneCycleSchedule(WarmupEpochs = warmup)
          OneCycleSchedule()
          PlateauSchedule(WarmupEpochs = warmup) ]

    for schedule in schedules do
        Assert.All(ratesOf schedule stepsPerEpoch epochs, fun rate -> Assert.InRange(rate, 1e-300, 1.0 + 1e-12))

[<Fact>]
let ``Plateau falls with the epoch that is one too many without a better loss, and counts again`` () =
    let schedule = PlateauSchedule(PlateauEpochs = 1, LearningRateDecay = 0.5, FinalLearningRate = 0.2)
    let losses = [ 1.0; 0.9; 0.95; 0.9; 0.89; nan; 0.9; 0.9; 0.9; 0.9; 0.9 ]
    let rates = [ for epochs in 0 .. losses.Length -> schedule.LearningRate(1.0, epochs, 1, 20, ofValidation (List.truncate epochs losses)) ]
    // 0.9 is bettered by 0.89, but not by 0.9 again; NaN is no better than anything.
    closeRates [ 1.0; 1.0; 1.0; 1.0; 0.5; 0.5; 0.5; 0.25; 0.25; 0.2; 0.2; 0.2 ] (Array.ofList rates)

[<Fact>]
let ``A loss that is better by less than one part in ten thousand is no better`` () =
    let schedule = PlateauSchedule(PlateauEpochs = 0)
    Assert.Equal(0.1, schedule.LearningRate(1.0, 2, 1, 9, ofValidation [ 1.0; 0.99995 ]), 1e-12)
    Assert.Equal(1.0, schedule.LearningRate(1.0, 2, 1, 9, ofValidation [ 1.0; 0.9998 ]), 1e-12)

let private images = bands 1 smallShape smallClasses 40

let private train (options: TrainingOptions) =
    Trainer.Train(smallModel 1UL, images, options, bands 2 smallShape smallClasses 20)

[<Fact>]
let ``The history says the rate of the last step of each epoch`` () =
    let result = train (TrainingOptions(Epochs = 3, BatchSize = 10, LearningRate = 0.01, Schedule = StepSchedule(LearningRateDecay = 0.5)))
    closeRates [ 0.01; 0.005; 0.0025 ] [| for epoch in result.History.Epochs -> epoch.LearningRate |]

[<Fact>]
let ``The steps are taken with the rates of the schedule`` () =
    // A hundredth of the rate in every step but those of the first epoch: what comes after it is next to what was there before it.
    let options epochs schedule = TrainingOptions(Epochs = epochs, BatchSize = 10, LearningRate = 0.05, Optimizer = Sgd(Momentum = 0.0), Schedule = schedule)
    let first = train (options 1 (ConstantSchedule()))
    let distance (a: TrainingResult) = Array.map2 (-) (parametersOf a.Model) (parametersOf first.Model) |> Array.sumBy (fun x -> float x * float x) |> sqrt
    let constant = distance (train (options 2 (ConstantSchedule())))
    let falling = distance (train (options 2 (StepSchedule(LearningRateDecay = 0.01))))
    Assert.InRange(falling, 1e-6, 0.02 * constant)

[<Fact>]
let ``A training on a plateau lets the rate fall by the losses it measured`` () =
    // Nothing is learned at this rate, so no loss is better than the first.
    let schedule = PlateauSchedule(PlateauEpochs = 1, LearningRateDecay = 0.5)
    let result = train (TrainingOptions(Epochs = 7, BatchSize = 10, LearningRate = 1e-12, Schedule = schedule))
    closeRates [ 1.0; 1.0; 1.0; 0.5; 0.5; 0.25; 0.25 ] [| for epoch in result.History.Epochs -> epoch.LearningRate * 1e12 |]

let tooLong: TheoryData<Schedule, string> =
    let data = TheoryData<Schedule, string>()
    let add (name: string) (schedule: Schedule) = data.Add(schedule, name)
    add "WarmupEpochs" (ConstantSchedule(WarmupEpochs = 5.0))
    add "WarmupEpochs" (CosineSchedule(WarmupEpochs = 7.5))
    add "WarmupEpochs" (OneCycleSchedule(WarmupEpochs = 5.0))
    add "StepEpochs" (StepSchedule(StepEpochs = 5.0))
    add "StepEpochs" (StepSchedule(StepEpochs = 100.0))
    add "StepEpochs" (StepSchedule(StepEpochs = 3.0, WarmupEpochs = 2.0))
    add "PlateauEpochs" (PlateauSchedule(PlateauEpochs = 3))
    data

[<Theory; MemberData(nameof tooLong)>]
let ``A schedule that is longer than the training is an error at once that says what to change`` (schedule: Schedule) (name: string) =
    failsWith "ScheduleLength" [ $"{name} is "; "5 epochs"; "Epochs" ] (fun () -> train (TrainingOptions(Epochs = 5, Schedule = schedule)) |> ignore)

let outOfRange: TheoryData<Schedule, string> =
    let data = TheoryData<Schedule, string>()
    let add (name: string) (schedule: Schedule) = data.Add(schedule, name)

    for value in [ -0.1; nan; infinity ] do
        add "WarmupEpochs" (ConstantSchedule(WarmupEpochs = value))
        add "StepEpochs" (StepSchedule(StepEpochs = value))
        add "FinalLearningRate" (CosineSchedule(FinalLearningRate = value))
        add "FinalLearningRate" (OneCycleSchedule(FinalLearningRate = value))
        add "FinalLearningRate" (PlateauSchedule(FinalLearningRate = value))

    for value in [ -0.1; 0.0; 1.0; nan ] do
        add "LearningRateDecay" (StepSchedule(LearningRateDecay = value))
        add "LearningRateDecay" (ExponentialSchedule(LearningRateDecay = value))
        add "LearningRateDecay" (PlateauSchedule(LearningRateDecay = value))

    // Above the learning rate of the training.
    add "FinalLearningRate" (CosineSchedule(FinalLearningRate = 0.002))
    add "StepEpochs" (StepSchedule(StepEpochs = 0.0))
    add "PlateauEpochs" (PlateauSchedule(PlateauEpochs = -1))
    data

[<Theory; MemberData(nameof outOfRange)>]
let ``A bad setting of a schedule is named`` (schedule: Schedule) (name: string) =
    failsWith "TrainingOption" [ $"{name} is " ] (fun () -> train (TrainingOptions(Epochs = 9, Schedule = schedule)) |> ignore)

[<Fact>]
let ``A plateau without validation images is an error that says what is missing`` () =
    failsWith "ValidationRequired" [ "Plateau"; "validation images" ] (fun () ->
        Trainer.Train(smallModel 1UL, images, TrainingOptions(Epochs = 9, Schedule = PlateauSchedule())) |> ignore)

[<Fact>]
let ``Each schedule has a name of its own, by which it is made`` () =
    for kind in Enum.GetValues<ScheduleKind>() do
        Assert.Equal(kind, Schedule.Create(kind).Kind)
