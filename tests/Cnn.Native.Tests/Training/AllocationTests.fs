/// A step of a training allocates nothing on the managed heap, on whatever thread.
[<Xunit.Collection("Alone")>]
module Cnn.Native.Tests.AllocationTests

open System
open System.Threading
open Xunit
open Cnn.Data
open Cnn.Models
open Cnn.Threading
open Cnn.Training
open Cnn.Native.Tests.Networks

/// Runs by itself, when all other tests are done: bytes are counted for the whole process, the team's threads among it.
[<CollectionDefinition("Alone", DisableParallelization = true)>]
type Alone() =
    class
    end

/// The least that any of many short attempts allocates. The test runner's own threads allocate a little now and then;
/// what the engine allocates for each step, it allocates in every attempt.
let private leastAllocated (attempt: unit -> int64) =
    let attempts = Seq.init 100 (fun _ -> attempt ()) |> Seq.cache
    attempts |> Seq.tryFind ((=) 0L) |> Option.defaultWith (fun () -> Seq.min attempts)

let private allocatedBy (work: unit -> unit) =
    let before = GC.GetTotalAllocatedBytes true
    work ()
    GC.GetTotalAllocatedBytes true - before

[<Theory>]
[<InlineData(1)>]
[<InlineData(2)>]
[<InlineData(5)>]
let ``A step allocates nothing`` threads =
    let images = noise 1 smallShape smallClasses 33
    let augmentation = Augmentation(Shift = 1, Rotation = 9, ElasticStrength = 9, EraseProbability = 0.5, Contrast = 0.2)

    // The deep network's steps are long: fewer of them fit between two allocations of the runner's own.
    let cases =
        [ smallLayers, 10, TrainingOptions(Threads = threads)
          smallLayers, 10, TrainingOptions(Threads = threads, Augmentation = augmentation)
          smallLayers, 10, TrainingOptions(Threads = threads, Optimizer = Sgd(), ClipNorm = 0.1, LabelSmoothing = 0.1, WeightAveraging = 0.9)
          smallLayers,
          10,
          TrainingOptions(Threads = threads, MixUp = 0.5, CutMix = 1.0, LearningRateFactor = LearningRateFactors.Parse """{"Dense*": 2}""")
          blockLayers, 1, TrainingOptions(Threads = threads, AccumulationSteps = 3)
          blockLayers, 1, TrainingOptions(Threads = threads)
          shortcutLayers, 1, TrainingOptions(Threads = threads)
          bareLayers, 1, TrainingOptions(Threads = threads, Optimizer = Sgd(), ClipNorm = 0.1)
          blockLayers, 1, TrainingOptions(Threads = threads, TrainFrom = "10") ]

    for kernels, (layers, stepsAtATime, options) in List.allPairs kernelSets cases do
        let model = Model.Create(smallShape, layers, 1UL)
        use step = new TrainingStep(model, ExecutionPlan.ForTraining(model, options.TrainFrom), options, kernels, images.Count)
        let indices = [| 0 .. images.Count - 1 |]

        let steps () =
            for _ in 1..stepsAtATime do
                step.Run(images, ReadOnlySpan indices, CancellationToken.None) |> ignore

        // So often that everything is compiled that will be.
        for _ in 1 .. 50 / stepsAtATime do
            steps ()

        Assert.Equal(0L, leastAllocated (fun () -> allocatedBy steps))

[<Theory>]
[<InlineData(1)>]
[<InlineData(2)>]
let ``Between two batches of an epoch the trainer allocates nothing, nor does its report of progress`` threads =
    let images = noise 2 smallShape smallClasses 400
    use trainer = new Trainer(smallModel 2UL, images, TrainingOptions(Epochs = 12, BatchSize = 4, Threads = threads, Schedule = CosineSchedule()))
    let atFirst = Array.zeroCreate<int64> 12
    let atLast = Array.zeroCreate<int64> 12

    let note (progress: TrainingProgress) =
        if progress.Batch = 30 then
            atFirst[progress.Epoch - 1] <- GC.GetTotalAllocatedBytes true
        elif progress.Batch = 60 then
            atLast[progress.Epoch - 1] <- GC.GetTotalAllocatedBytes true

    trainer.Run note |> ignore
    Assert.Equal(0L, Seq.map2 (-) atLast atFirst |> Seq.min)

[<Fact>]
let ``A piece of work that is handed to a team allocates nothing`` () =
    use team = new WorkerTeam(3)
    let work = Action<int, int>(fun _ _ -> ())

    let pieces () =
        for _ in 1..1000 do
            team.Run(4, work)

    pieces ()
    Assert.Equal(0L, leastAllocated (fun () -> allocatedBy pieces))
