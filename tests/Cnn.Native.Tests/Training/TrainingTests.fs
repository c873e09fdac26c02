/// Law 4: the same seed gives the same bits, on however many threads, and however often the training is stopped.
module Cnn.Native.Tests.TrainingTests

open System
open System.Diagnostics
open System.Threading
open FsCheck.FSharp
open FsCheck.Xunit
open Xunit
open Cnn
open Cnn.Evaluation
open Cnn.Kernels
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Presets
open Cnn.Training
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.NetworkShapes

let private images = noise 1 smallShape smallClasses 71
let private validation = noise 2 smallShape smallClasses 20

let private options batchSize threads =
    TrainingOptions(Epochs = 2, BatchSize = batchSize, Threads = threads, LearningRate = 0.01)

/// All of an epoch's record that is not time.
let private measured (result: TrainingResult) =
    [ for epoch in result.History.Epochs -> epoch.Epoch, epoch.Loss, epoch.ValidationAccuracy, epoch.ValidationLoss ]

/// All that a training leaves: it must not depend on threads and interruptions in a single bit.
let private sameTraining (expected: TrainingResult) (actual: TrainingResult) =
    sameBits (Array.ofSeq expected.History.Losses) (Array.ofSeq actual.History.Losses)
    sameBits (parametersOf expected.Model) (parametersOf actual.Model)
    Assert.Equal<(int * float * Nullable<float> * Nullable<float>) list>(measured expected, measured actual)

let private train (images: Cnn.Data.ImageSet) options =
    Trainer.Train(smallModel 1UL, images, options, validation)

[<Theory>]
[<InlineData(1)>]
[<InlineData(5)>]
[<InlineData(32)>]
[<InlineData(33)>]
[<InlineData(100)>]
let ``One seed gives the same bits on any number of threads`` batchSize =
    let alone = train images (options batchSize 1)

    for threads in [ 2; 3; 7 ] do
        sameTraining alone (train images (options batchSize threads))

[<Property(MaxTest = 30)>]
let ``Any number of images in batches of any size gives the same bits on any number of threads``
    (Size 100 count)
    (Size 40 batchSize)
    (Size 8 threads)
    =
    let few = images.Slice(0, min count images.Count)
    sameTraining (train few (options batchSize 1)) (train few (options batchSize threads))

[<Fact>]
let ``The last batch may be of any size, and so may the others`` () =
    let shape = Shape(1, 3, 3)
    let images = noise 4 shape 2 140

    for batchSize in 1..70 do
        for last in 0 .. batchSize - 1 do
            let model = Model.Create(shape, [ Convolution(1, 2) :> Layer; Flatten(); Dense 2 ], 1UL)
            let options = TrainingOptions(Epochs = 1, BatchSize = batchSize, Threads = 1)
            let result = Trainer.Train(model, images.Slice(0, batchSize + last), options)
            Assert.Equal((if last = 0 then 1 else 2), result.History.Losses.Count)

[<Property(MaxTest = 15, Arbitrary = [| typeof<NetworkShapes> |])>]
let ``Any network is trained to the same bits on any number of threads`` (network: Network) (Size 8 threads) =
    let images = noise network.Seed network.Input network.Classes (3 * network.Images + 2)

    let train threads =
        let model = Model.Create(network.Input, network.Layers, uint64 network.Seed)
        Trainer.Train(model, images, TrainingOptions(BatchSize = network.Images, Threads = threads))

    sameTraining (train 1) (train threads)

[<Fact>]
let ``The scalar kernels too give the same bits on any number of threads`` () =
    let train threads =
        use trainer = new Trainer(smallModel 1UL, images, options 32 threads, validation, ScalarKernels())
        trainer.Run()

    sameTraining (train 1) (train 3)

[<Fact>]
let ``Other seeds give other bits: the seed of the model, and that of the shuffling`` () =
    let result = train images (options 10 2)
    let shuffledOtherwise = train images (TrainingOptions(Epochs = 2, BatchSize = 10, LearningRate = 0.01, Seed = Nullable 2UL))
    let drawnOtherwise = Trainer.Train(smallModel 2UL, images, options 10 2)
    differentBits (parametersOf result.Model) (parametersOf shuffledOtherwise.Model)
    differentBits (parametersOf result.Model) (parametersOf drawnOtherwise.Model)

[<Fact>]
let ``Without a seed of its own the training shuffles by the model's`` () =
    let result = train images (options 10 2)
    Assert.Equal(Nullable 1UL, result.Options.Seed)
    sameTraining result (train images (TrainingOptions(Epochs = 2, BatchSize = 10, LearningRate = 0.01, Seed = Nullable 1UL)))

[<Fact>]
let ``Each epoch has an order of its own`` () =
    // Without learning worth the name, the losses of a batch of one tell which image it was.
    let result = train images (TrainingOptions(Epochs = 2, BatchSize = 1, LearningRate = 1e-20))
    let losses = Array.ofSeq result.History.Losses
    let first, second = Array.splitAt images.Count losses
    differentBits first second
    sameBits (Array.sort first) (Array.sort second)

/// Runs until all is done, and is stopped after each of these batches on the way.
let private trainWithStops (stops: Set<int>) options =
    use trainer = new Trainer(smallModel 1UL, images, options, validation)
    let mutable last = Unchecked.defaultof<TrainingResult>
    let mutable runs = 0

    while isNull last || last.IsStopped do
        use cancellation = new CancellationTokenSource()

        let stop (_: TrainingProgress) =
            if stops.Contains trainer.History.Losses.Count then
                cancellation.Cancel()

        last <- trainer.Run(stop, cancellation.Token)
        runs <- runs + 1
        Assert.Equal(trainer.IsComplete, not last.IsStopped)
        Assert.True(runs <= stops.Count + 1)

    last

[<Property(MaxTest = 30)>]
let ``To stop and go on equals never having stopped`` (stops: int list) (Size 40 batchSize) (Size 4 threads) =
    let whole = train images (options batchSize 1)
    let batches = whole.History.Losses.Count
    let stops = stops |> List.map (fun stop -> abs stop % batches + 1) |> set
    sameTraining whole (trainWithStops stops (options batchSize threads))

[<Fact>]
let ``To stop after the last batch of an epoch leaves its validation to the next run`` () =
    let whole = train images (options 32 2)
    sameTraining whole (trainWithStops (set [ 3; 6 ]) (options 32 2))

[<Fact>]
let ``A callback that throws does not spoil the training`` () =
    let whole = train images (options 10 2)
    use trainer = new Trainer(smallModel 1UL, images, options 10 2, validation)
    let bad (progress: TrainingProgress) = if progress.Batch = 3 then invalidOp "bad callback"
    Assert.Throws<InvalidOperationException>(fun () -> trainer.Run bad |> ignore) |> ignore
    sameTraining whole (trainer.Run())

[<Fact>]
let ``A training that was cancelled before it began has done nothing`` () =
    use trainer = new Trainer(smallModel 1UL, images, options 10 2)
    let result = trainer.Run(cancellation = CancellationToken(true))
    Assert.True result.IsStopped
    Assert.Empty result.History.Losses
    sameBits (parametersOf (smallModel 1UL)) (parametersOf result.Model)

/// Runs, and another thread cancels so many microseconds later.
let private runAndCancelAfter microseconds (trainer: Trainer) =
    use cancellation = new CancellationTokenSource()
    use begun = new ManualResetEventSlim()

    let cancel () =
        begun.Wait()
        let start = Stopwatch.GetTimestamp()
        SpinWait.SpinUntil(fun () -> Stopwatch.GetElapsedTime(start).TotalMicroseconds > microseconds)
        cancellation.Cancel()

    let other = Thread(cancel, IsBackground = true)
    other.Start()
    begun.Set()
    let result = trainer.Run(cancellation = cancellation.Token)
    other.Join()
    result

[<Fact>]
let ``Cancelled from another thread within a batch, the model is usable and the training can go on`` () =
    // A batch takes some ten milliseconds or more, so these cancellations come within one.
    let images = noise 3 (Shape(1, 28, 28)) 10 600
    let options = TrainingOptions(Epochs = 1, BatchSize = 500, Threads = 2)
    let create () = (Preset.Find "Baseline").CreateModel 1UL
    let whole = Trainer.Train(create (), images, options)
    let mutable stops = 0

    let trainWithCancellations () =
        use trainer = new Trainer(create (), images, options)

        for microseconds in [ 100.0; 500.0; 1000.0; 3000.0 ] do
            let result = runAndCancelAfter microseconds trainer

            if result.IsStopped then
                stops <- stops + 1
                Assert.All(parametersOf result.Model, fun value -> Assert.True(Single.IsFinite value))
                Assert.Equal(100, Evaluator.Measure(result.Model, images.Slice(0, 100)).Count)

        sameTraining whole (trainer.Run())

    // On a busy machine the other thread may come too late now and then; not every time.
    let mutable attempts = 0

    while stops = 0 && attempts < 20 do
        attempts <- attempts + 1
        trainWithCancellations ()

    Assert.True(stops > 0)

let private divergesAt epoch batch (trainer: Trainer) run =
    let before = ref (parametersOf trainer.Model)
    let remember (_: TrainingProgress) = before.Value <- parametersOf trainer.Model

    failsWith "TrainingDiverged" [ $"epoch {epoch}, batch {batch}"; "learning rate" ] (fun () -> run remember)
    sameBits before.Value (parametersOf trainer.Model)

[<Fact>]
let ``A training that diverges names epoch and batch, and leaves the model as it was before`` () =
    use trainer = new Trainer(smallModel 1UL, images, TrainingOptions(BatchSize = 20, LearningRate = 1e30))
    divergesAt 1 2 trainer (fun remember -> trainer.Run remember |> ignore)
    Assert.All(parametersOf trainer.Model, fun value -> Assert.True(Single.IsFinite value))
    Assert.Single trainer.History.Losses |> ignore
    // Nor does it go on as if nothing had happened.
    divergesAt 1 2 trainer (fun remember -> trainer.Run remember |> ignore)

[<Fact>]
let ``However large the learning rate, the parameters stay finite`` () =
    for seed in 1UL .. 5UL do
        for exponent in 0..38 do
            let model = smallModel seed
            let options = TrainingOptions(BatchSize = 10, Threads = 1, LearningRate = 10.0 ** float exponent)

            try
                Trainer.Train(model, images, options) |> ignore
            with :? Cnn.CnnException as error ->
                Assert.Equal("TrainingDiverged", error.ErrorId)

            Assert.All(parametersOf model, fun value -> Assert.True(Single.IsFinite value, $"seed {seed}, rate {options.LearningRate}"))

[<Fact>]
let ``A training that diverges in a later epoch says so`` () =
    use trainer = new Trainer(smallModel 1UL, images, TrainingOptions(BatchSize = 20, Epochs = 3))

    divergesAt 2 4 trainer (fun remember ->
        trainer.Run(fun progress ->
            if progress.Epoch = 2 && progress.Batch = 3 then
                (trainer.Model.Values trainer.Model.Parameters[0]).Fill Single.MaxValue

            remember progress)
        |> ignore)

let badOptions: TheoryData<TrainingOptions, string> =
    let data = TheoryData<TrainingOptions, string>()
    let bad (name: string) options = data.Add(options, name)
    for epochs in [ 0; -1 ] do bad "Epochs" (TrainingOptions(Epochs = epochs))
    for size in [ 0; -1; Int32.MinValue; Int32.MaxValue ] do bad "BatchSize" (TrainingOptions(BatchSize = size))
    for beta in [ -0.1; 1.0; 1.5; nan; infinity; -infinity; 1.0 - 1e-12 ] do bad "Beta1" (TrainingOptions(Optimizer = Adam(Beta1 = beta)))
    for beta in [ -0.1; 1.0; 1.5; nan; infinity; -infinity; 1.0 - 1e-12 ] do bad "Beta2" (TrainingOptions(Optimizer = Adam(Beta2 = beta)))
    for threads in [ -1; 1025 ] do bad "Threads" (TrainingOptions(Threads = threads))

    // 1e300 and 1e-300 are numbers, but not to the kernels, which compute in single precision.
    for value in [ 0.0; -1e-8; nan; infinity; -infinity; 1e300; 1e-300 ] do
        bad "LearningRate" (TrainingOptions(LearningRate = value))
        bad "Epsilon" (TrainingOptions(Optimizer = Adam(Epsilon = value)))

    bad "Epochs" (TrainingOptions(Epochs = Int32.MaxValue, BatchSize = 1))
    data

[<Theory>]
[<MemberData(nameof badOptions)>]
let ``A bad option is named`` (options: TrainingOptions) (name: string) =
    let model = smallModel 1UL
    failsWith "TrainingOption" [ $"{name} is " ] (fun () -> Trainer.Train(model, images, options) |> ignore)
    Assert.False model.IsTrained

[<Fact>]
let ``Images that do not fit are told before anything is done to the model`` () =
    let bad errorId images validation =
        let model = smallModel 1UL
        failsWith errorId [] (fun () -> Trainer.Train(model, images, TrainingOptions(), validation) |> ignore)
        Assert.False model.IsTrained

    let otherShape = noise 1 (Shape(1, 9, 10)) smallClasses 5
    let otherClasses = noise 1 smallShape 3 5
    bad "EmptyImageSet" (images.Slice(0, 0)) null
    bad "ImageShape" otherShape null
    bad "ClassCount" otherClasses null
    bad "EmptyImageSet" images (images.Slice(0, 0))
    bad "ImageShape" images otherShape
    bad "ClassCount" images otherClasses

[<Fact>]
let ``A model takes normalisation and class names from its first training images and keeps them`` () =
    let model = smallModel 1UL
    let first = bands 1 smallShape smallClasses 30
    Trainer.Train(model, first, options 8 2) |> ignore
    Assert.Equal(Normalization.Of(first).Mean[0], model.Normalization.Mean[0])
    Assert.Equal<string>(first.ClassNames, model.ClassNames)
    let kept = model.Normalization
    Trainer.Train(model, images, options 8 2) |> ignore
    Assert.Same(kept, model.Normalization)
    Assert.NotEqual(Normalization.Of(images).Mean[0], kept.Mean[0])

[<Theory>]
[<InlineData(1, 71)>]
[<InlineData(10, 8)>]
[<InlineData(32, 3)>]
[<InlineData(71, 1)>]
[<InlineData(500, 1)>]
let ``Each batch has its loss in the history, the last, smaller one too`` (batchSize: int) batches =
    // Without learning worth the name, the batches of an epoch cost as much as the images do, each counted once.
    let options = TrainingOptions(Epochs = 3, BatchSize = batchSize, LearningRate = 1e-20)
    use trainer = new Trainer(smallModel 1UL, images, options, validation)
    let result = trainer.Run()
    Assert.Equal(batches, trainer.BatchesPerEpoch)
    Assert.Equal(3 * batches, result.History.Losses.Count)
    let report = Evaluator.Measure(result.Model, images)

    for epoch in result.History.Epochs do
        Assert.Equal(report.Loss, epoch.Loss, 1e-5)
        let losses = result.History.Losses |> Seq.skip ((epoch.Epoch - 1) * batches) |> Seq.take batches |> Seq.map float
        let sizes = [ for batch in 0 .. batches - 1 -> float (min batchSize (images.Count - batch * batchSize)) ]
        let mean = Seq.sum (Seq.map2 (*) losses sizes) / float images.Count
        Assert.Equal(epoch.Loss, mean, 1e-6)

[<Fact>]
let ``After each epoch the validation images are measured`` () =
    let result = train images (TrainingOptions(Epochs = 3, LearningRate = 1e-20))
    let report = Evaluator.Measure(result.Model, validation)
    Assert.Equal<int>([ 1; 2; 3 ], [ for epoch in result.History.Epochs -> epoch.Epoch ])

    for epoch in result.History.Epochs do
        Assert.Equal(Nullable report.Accuracy, epoch.ValidationAccuracy)
        Assert.Equal(report.Loss, epoch.ValidationLoss.Value, 1e-6)

    Assert.Equal(report.Correct, result.Validation.Correct)
    let without = Trainer.Train(smallModel 1UL, images, TrainingOptions())
    Assert.Null without.Validation
    Assert.All(without.History.Epochs, fun epoch -> Assert.False epoch.ValidationAccuracy.HasValue)

[<Fact>]
let ``What can be learned is learned`` () =
    let result = Trainer.Train(smallModel 1UL, bands 1 smallShape smallClasses 400, TrainingOptions(Epochs = 4, LearningRate = 0.005))
    Assert.True(result.History.Epochs[3].Loss < 0.1 * float result.History.Losses[0])
    let report = Evaluator.Measure(result.Model, bands 2 smallShape smallClasses 100)
    Assert.True(report.Accuracy > 0.95, string report)

[<Fact>]
let ``The kernels agree on a training, within the rounding of their sums`` () =
    let train (kernels: KernelSet) =
        use trainer = new Trainer(smallModel 1UL, images, TrainingOptions(BatchSize = 10), validation, kernels)
        let result = trainer.Run()
        Assert.Equal(kernels.Name, result.Kernels)
        [| for loss in result.History.Losses -> float loss |], Array.map float (parametersOf result.Model)

    let specifiedLosses, specified = train (ScalarKernels())

    for kernels in kernelSets do
        let losses, parameters = train kernels
        close 1e-4 "the losses" specifiedLosses losses
        close 1e-2 "the parameters" specified parameters

[<Fact>]
let ``Progress counts epochs and batches, and the result says what was done`` () =
    let seen = ResizeArray<TrainingProgress>()
    let result = Trainer.Train(smallModel 1UL, images, options 32 2, progress = fun progress -> seen.Add progress)
    Assert.Equal<int * int>([ 1, 1; 1, 2; 1, 3; 2, 1; 2, 2; 2, 3 ], [ for progress in seen -> (progress.Epoch, progress.Batch) ])
    Assert.All(seen, fun progress -> Assert.Equal((2, 3), (progress.Epochs, progress.Batches)))
    Assert.All(seen, fun progress -> Assert.True(progress.ImagesPerSecond > 0.0 && progress.Remaining >= TimeSpan.Zero))
    Assert.Equal(TimeSpan.Zero, seen[5].Remaining)
    Assert.Equal(float result.History.Losses[0], seen[0].Loss, 1e-6)
    Assert.False result.IsStopped
    Assert.Equal(2, result.Threads)
    Assert.Equal(KernelSelection.Current.Name, result.Kernels)
    Assert.True(result.ImagesPerSecond > 0.0 && result.Duration > TimeSpan.Zero)

[<Fact>]
let ``A network that learns nothing can be trained all the same`` () =
    let model = Model(Shape(1, 2, 2), [ Flatten() :> Layer ])
    let result = Trainer.Train(model, noise 1 (Shape(1, 2, 2)) 4 30, TrainingOptions(Threads = 3))
    Assert.Equal(2, result.History.Losses.Count)

[<Fact>]
let ``A model is trained by one training at a time`` () =
    let model = smallModel 1UL
    use other = new Trainer(model, images, options 32 1)
    let mutable error = null

    let result =
        Trainer.Train(
            model,
            images,
            options 32 1,
            progress =
                fun _ ->
                    if isNull error then
                        error <- Assert.Throws<CnnException>(fun () -> other.Run() |> ignore)
        )

    Assert.Equal(("ModelInTraining", CnnErrorKind.Unavailable), (error.ErrorId, error.Kind))
    sameTraining (Trainer.Train(smallModel 1UL, images, options 32 1)) result
    // Afterwards it can be trained again, also when the training before was cut off.
    let failing = new Trainer(model, images, options 32 1)
    Assert.Throws<InvalidOperationException>(fun () -> failing.Run(fun _ -> invalidOp "cut off") |> ignore) |> ignore
    Assert.Equal(TrainingOutcome.Completed, other.Run().Outcome)

/// With nothing else running, a team has all its threads except for those that the trainings here take from each other.
[<Collection("Alone")>]
module Alone =
    [<Fact>]
    let ``A training that has all threads for itself gives the same bits as one on one thread`` () =
        let alone = train images (options 32 1)

        for threads in [ 2; 3; 7 ] do
            sameTraining alone (train images (options 32 threads))

    [<Theory>]
    [<InlineData(2, 2)>]
    [<InlineData(3, 0)>]
    [<InlineData(2, 7)>]
    let ``Trainings at once give the same bits as one after the other`` trainings threads =
        let train seed =
            let options = TrainingOptions(Epochs = 6, BatchSize = 8, Threads = threads, LearningRate = 0.01)
            Trainer.Train(smallModel (uint64 seed), images, options, validation)

        let inTurn = Array.init trainings train
        // So often that they meet in many ways; the last ones begin late and end alone.
        for round in 0..4 do
            let atOnce = Array.zeroCreate<TrainingResult> trainings

            let threads =
                [| for index in 0 .. trainings - 1 ->
                       Thread(fun () ->
                           Thread.Sleep(index * round)
                           atOnce[index] <- train index) |]

            threads |> Array.iter _.Start()
            threads |> Array.iter _.Join()
            Array.iter2 sameTraining inTurn atOnce
