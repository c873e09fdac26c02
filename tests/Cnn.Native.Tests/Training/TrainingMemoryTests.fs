/// What a training needs is known before it starts, and is given back when nobody has it in hand any more. These tests count for the whole
/// process, so they run by themselves.
[<Xunit.Collection("Alone")>]
module Cnn.Native.Tests.TrainingMemoryTests

open System
open System.Diagnostics
open System.Runtime.CompilerServices
open System.Threading
open Xunit
open Cnn
open Cnn.Data
open Cnn.Evaluation
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Threading
open Cnn.Training
open Cnn.Native.Tests.Networks

let private collect () =
    for _ in 1..3 do
        GC.Collect()
        GC.WaitForPendingFinalizers()

/// A heap that counts the bytes of its buffers.
type private CountingHeap() =
    inherit NativeHeap()
    let mutable held = 0L

    /// Bytes of the buffers that are not freed, when everything that can go has gone.
    member _.BytesHeld =
        collect ()
        Interlocked.Read &held

    override _.Allocate(bytes, length) =
        Interlocked.Add(&held, length) |> ignore
        base.Allocate(bytes, length)

    override _.Free(address, bytes) =
        Interlocked.Add(&held, -(NativeHeap.BytesOf<byte> bytes)) |> ignore
        base.Free(address, bytes)

/// Work whose native memory comes from a heap that counts.
let private counted work =
    let before = NativeHeap.Current
    let heap = CountingHeap()
    NativeHeap.Current <- heap

    try
        work heap
    finally
        NativeHeap.Current <- before

let private dilatedLayers: Layer list =
    [ Convolution(4, 3, 3, Padding = 2, Dilation = 2); MaxPooling 2; Convolution(8, 1, 1, Groups = 4); Flatten(); Dense 3 ]

/// The blocks of the layers that are left when the normalisations are taken away.
let private withoutNormalization (layer: Layer) : Layer =
    if layer = Residual(5, 2) then Residual(3, 1) else layer

let private models () =
    [ smallModel 1UL
      Model.Create(smallShape, blockLayers, 1UL)
      Model.Create(smallShape, shortcutLayers, 1UL)
      Model.Create(smallShape, shortcutLayers |> List.filter (fun layer -> not (layer :? BatchLayer)) |> List.map withoutNormalization, 1UL)
      Model.Create(Shape(3, 12, 12), dilatedLayers, 1UL) ]

let private trainings =
    [ TrainingOptions(Threads = 1)
      TrainingOptions(Threads = 3, BatchSize = 1)
      TrainingOptions(Threads = 2, BatchSize = 33, AccumulationSteps = 4)
      TrainingOptions(Threads = 2, BatchSize = 7, Optimizer = Sgd(), WeightAveraging = 0.9)
      TrainingOptions(Threads = 2, BatchSize = 100, Optimizer = RmsProp(Momentum = 0.9), Augmentation = Augmentation(Shift = 1, ElasticStrength = 5)) ]

[<Fact>]
let ``What a step asks for is what was worked out, to the byte`` () =
    for kernels, model, options in List.allPairs kernelSets (List.allPairs (models ()) trainings) |> List.map (fun (kernels, (model, options)) -> kernels, model, options) do
        let expected = TrainingStep.BytesFor(model, ExecutionPlan.ForTraining(model, options.TrainFrom), options, kernels, options.BatchSize)

        counted (fun heap ->
            let step = new TrainingStep(model, ExecutionPlan.ForTraining(model, options.TrainFrom), options, kernels, options.BatchSize)
            Assert.Equal(expected, heap.BytesHeld)
            step.Dispose()
            Assert.Equal(0L, heap.BytesHeld))

[<Fact>]
let ``The estimate counts what is trained, and a larger batch never needs less`` () =
    let model = Model.Create(smallShape, blockLayers, 1UL)
    let estimate batch = TrainingMemory.Estimate(model, TrainingOptions(BatchSize = batch, Threads = 2), 60_000)
    Assert.True(estimate 256 < estimate 512 && estimate 512 < estimate 60_000)
    Assert.Equal(estimate 60_000, estimate 70_000)
    failsWith "TrainingOption" [ "BatchSize" ] (fun () -> estimate 0 |> ignore)

[<Fact>]
let ``Where the number of images is not known, the step is counted and no history`` () =
    for model, options in List.allPairs (models ()) trainings do
        let kernels = Cnn.Kernels.KernelSelection.Current
        Assert.Equal(TrainingStep.BytesFor(model, ExecutionPlan.ForTraining(model, options.TrainFrom), options, kernels, options.BatchSize), TrainingMemory.Estimate(model, options))

        // A loss a batch and a place an image more; a batch has no more images than there are.
        let images = 10 * options.BatchSize
        Assert.Equal(int64 (4 * 10 * options.Epochs + 4 * images), TrainingMemory.Estimate(model, options, images) - TrainingMemory.Estimate(model, options))

/// A network that keeps some 400 MB of an image: its batches are refused on any machine, and asked for nowhere.
let private large () =
    Model.Create(Shape(1, 1024, 1024), [ Convolution(32, 3); BatchNormalization(); Relu(); GlobalAveragePooling(); Flatten(); Dense 2 ], 1UL)

[<Fact>]
let ``A batch that the machine has no memory for is refused before any is asked for, and the message says how much, and what would fit`` () =
    let model = large ()
    let images = ImageSet(Array.zeroCreate (1024 * 1024 * 1200), Array.zeroCreate<int> 1200, model.InputShape, [| "a"; "b" |], "large")

    let error =
        counted (fun heap ->
            let error = errorOf (fun () -> (new Trainer(model, images, TrainingOptions(BatchSize = 1200, Threads = 1))).Dispose())
            Assert.Equal(0L, heap.BytesHeld)
            error)

    Assert.Equal(("MemoryRequired", CnnErrorKind.OperationFailed), (error.ErrorId, error.Kind))
    Assert.Matches("needs \d+(\.\d)? [TG]B of memory, and \d+(\.\d)? [KMG]?B are free", error.Message)
    let fits = Text.RegularExpressions.Regex.Match(error.Message, "A batch size of (\d+) would fit")
    Assert.True(fits.Success, error.Message)
    let bytes batch = TrainingMemory.Estimate(model, TrainingOptions(BatchSize = batch, Threads = 1), images.Count)
    let batch = int fits.Groups[1].Value
    Assert.InRange(batch, 1, 1199)
    Assert.True(bytes batch < MemoryBudget.Available() + (1L <<< 31))

[<Fact>]
let ``More epochs than anybody trains reserve nothing`` () =
    let before = GC.GetTotalMemory true
    use trainer = new Trainer(smallModel 1UL, noise 1 smallShape smallClasses 10, TrainingOptions(Epochs = 200_000_000, BatchSize = 10))
    Assert.InRange(GC.GetTotalMemory true - before, 0L, 16L <<< 20)

[<MethodImpl(MethodImplOptions.NoInlining)>]
let private useAll () =
    let model = Model.Create(smallShape, blockLayers, 1UL)
    let images = noise 1 smallShape smallClasses 40
    Trainer.Train(model, images, TrainingOptions(Epochs = 1, Threads = 2, WeightAveraging = 0.9), images) |> ignore
    use predictor = new Predictor(model, 2)
    predictor.Predict images |> Seq.iter ignore
    (smallModel 2UL).GetValues(model.Parameters[0]) |> ignore

[<Fact>]
let ``All native memory comes back when a training, a measurement and predictions are done`` () =
    counted (fun heap ->
        try
            useAll ()
        with :? CnnException ->
            () // a tensor of another model; its memory comes back too

        Assert.Equal(0L, heap.BytesHeld))

[<MethodImpl(MethodImplOptions.NoInlining)>]
let private abandon count =
    let images = noise 1 smallShape smallClasses 64

    for seed in 1..count do
        let trainer = new Trainer(smallModel (uint64 seed), images, TrainingOptions(Epochs = 1, Threads = 3))
        trainer.Run() |> ignore
        let predictor = new Predictor(trainer.Model, 3)
        predictor.Predict images |> Seq.iter ignore

let private threads () =
    use me = Process.GetCurrentProcess()
    me.Threads.Count

[<Fact>]
let ``Trainers and predictors that are dropped without being disposed are freed, memory and threads`` () =
    abandon 1
    let before = threads ()

    counted (fun heap ->
        abandon 60
        Assert.Equal(0L, heap.BytesHeld))

    // Their 240 threads end by themselves when they had no work for two seconds.
    let watch = Stopwatch.StartNew()

    while threads () > before + 20 && watch.Elapsed < TimeSpan.FromSeconds 60.0 do
        Thread.Sleep 100

    Assert.InRange(threads (), 0, before + 20)

[<MethodImpl(MethodImplOptions.NoInlining)>]
let private dropTeam () =
    let team = new WorkerTeam(3, TimeSpan.FromMilliseconds 20.0)
    team.Run(8, fun _ _ -> ())
    WeakReference team

[<Fact>]
let ``A team that is dropped is collected when its threads have ended`` () =
    let team = dropTeam ()
    let watch = Stopwatch.StartNew()

    while team.IsAlive && watch.Elapsed < TimeSpan.FromSeconds 60.0 do
        collect ()
        Thread.Sleep 10

    Assert.False team.IsAlive

[<Fact>]
let ``Threads that ended without work are started again with the next piece`` () =
    use team = new WorkerTeam(4, TimeSpan.FromMilliseconds 1.0)

    for round in 1..200 do
        let mutable sum = 0
        team.Run(100, fun _ item -> Interlocked.Add(&sum, item) |> ignore)
        Assert.Equal(4950, sum)
        Thread.Sleep(round % 4)
