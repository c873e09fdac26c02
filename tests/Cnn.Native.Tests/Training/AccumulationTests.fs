/// A batch that is computed in parts gives what the whole batch gives.
module Cnn.Native.Tests.AccumulationTests

open System
open System.Threading
open Xunit
open Cnn.Data
open Cnn.Kernels
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.TemporaryFolder

let private images = bands 1 smallShape smallClasses 61

let private described layers =
    let model = Model.Create(smallShape, layers, 1UL)
    model.Describe(Normalization.Of images, images.ClassNames)
    model

let private stepOf (model: Model) (options: TrainingOptions) =
    new TrainingStep(model, ExecutionPlan.ForTraining(model, null), options.For model, KernelSelection.Current, options.BatchSize)

[<Fact>]
let ``The parts of a batch have nearly the same size, and together they are the batch`` () =
    for count in 1..40 do
        for steps in 1..count do
            let largest = BatchParts.LargestOf(count, steps)

            for images in 1..count do
                let parts = BatchParts(images, largest)
                let sizes = [ for part in 0 .. parts.Count - 1 -> parts[part] ]
                Assert.Equal(images, sizes |> List.sumBy (fun struct (_, size) -> size))
                Assert.Equal<int list>(sizes |> List.scan (fun next struct (_, size) -> next + size) 0 |> List.take parts.Count, [ for struct (first, _) in sizes -> first ])
                Assert.Equal(parts.Smallest, sizes |> List.map (fun struct (_, size) -> size) |> List.min)
                Assert.InRange(sizes |> List.map (fun struct (_, size) -> size) |> List.max, parts.Smallest, min largest (parts.Smallest + 1))

[<Theory>]
[<InlineData(2, 0.0)>]
[<InlineData(3, 0.0)>]
[<InlineData(7, 0.2)>]
[<InlineData(20, 0.0)>]
let ``A training in parts is that of whole batches, except for rounding`` steps clipNorm =
    let options =
        TrainingOptions(
            Epochs = 2, BatchSize = 20, Optimizer = Sgd(Momentum = 0.9), LearningRate = Nullable 0.05, LabelSmoothing = 0.1, Seed = Nullable 3UL, Threads = 2,
            Augmentation = Augmentation(Shift = 1), WeightAveraging = 0.9, ClassWeight = ClassWeights.Parse """{"0":2}""",
            ClipNorm = (if clipNorm > 0.0 then Nullable clipNorm else Nullable()))

    let withoutBiases: Layer list = [ Convolution(5, 3, 3, HasBias = false); Relu(); MaxPooling 2; Flatten(); Dense(13, false); Relu(); Dense(smallClasses, false) ]

    for layers in [ smallLayers; withoutBiases ] do
        let whole = Trainer.Train(described layers, images, options)
        let parts = Trainer.Train(described layers, images, TrainingOptions(options, AccumulationSteps = steps))
        Seq.iter2 (fun (e: float32) (a: float32) -> Assert.Equal(float e, float a, 1e-4)) whole.History.Losses parts.History.Losses
        Array.iter2 (fun (e: float32) (a: float32) -> Assert.Equal(float e, float a, 1e-4)) (parametersOf whole.Model) (parametersOf parts.Model)

[<Fact>]
let ``Batch normalisation sees each part as a batch`` () =
    let layers: Layer list = [ Convolution(4, 3); BatchNormalization(); Relu(); Flatten(); Dense smallClasses ]
    let inParts = described layers
    let alone = described layers
    let order = [| 3; 17; 8; 30; 1; 22; 39; 5; 11 |]
    let options = TrainingOptions(BatchSize = 9, Optimizer = Sgd(), LearningRate = Nullable 0.1, Seed = Nullable 1UL, Threads = 2)
    use step = stepOf inParts (TrainingOptions(options, AccumulationSteps = 3))
    step.Run(images, ReadOnlySpan order, CancellationToken.None) |> ignore

    // A rate of zero: each batch leaves nothing but its statistics.
    use steps = stepOf alone (TrainingOptions(options, BatchSize = 3))
    steps.LearningRate <- 0.0

    for part in Array.chunkBySize 3 order do
        steps.Run(images, ReadOnlySpan part, CancellationToken.None) |> ignore

    let statistics (model: Model) =
        [| for parameter in model.Parameters do
               if not parameter.IsTrained then
                   yield! model.GetValues parameter |]

    sameBits (statistics alone) (statistics inParts)

[<Fact>]
let ``The bits are the same on any number of threads, and after a checkpoint`` () =
    use folder = new TemporaryFolder()
    let options threads = TrainingOptions(Epochs = 3, BatchSize = 10, AccumulationSteps = 3, MixUp = 0.5, Seed = Nullable 2UL, Threads = threads)
    let images = images.Slice(0, 57)
    let train threads = Trainer.Train(described blockLayers, images, options threads)
    let whole = train 1
    sameBits (parametersOf whole.Model) (parametersOf (train 3).Model)
    use trainer = new Trainer(described blockLayers, images, options 2)
    use cancellation = new CancellationTokenSource()
    trainer.Run((fun (_: TrainingProgress) -> if trainer.History.Losses.Count = 8 then cancellation.Cancel()), cancellation.Token) |> ignore
    trainer.SaveCheckpoint(folder.File "a")
    use resumed = Trainer.Resume(folder.File "a", images)
    Assert.Equal(3, resumed.Options.AccumulationSteps)
    sameBits (parametersOf whole.Model) (parametersOf (resumed.Run()).Model)

[<Fact>]
let ``A step that diverges in a later part leaves the model as it was`` () =
    // Pixels that are all alike are normalised to 0, and others overflow in the loss.
    let shape = Shape(1, 1, 1)
    let pixels = Array.init 40 (fun image -> if image = 39 then 255uy else 0uy)
    let images = new ImageSet(pixels, Array.zeroCreate<byte> 40, shape, [| "0"; "1" |], "lights")
    let layers: Layer list = [ BatchNormalization(); Flatten(); Dense 2 ]
    let model = Model.Create(shape, layers, 1UL)
    model.Describe(Normalization.Of images, images.ClassNames)
    let weight = model.Parameters |> Seq.find (fun parameter -> parameter.Dimensions.Count = 2)
    model.SetValues(weight, [| 3e38f; -3e38f |])
    let before = parametersOf model
    let options = TrainingOptions(BatchSize = 4, AccumulationSteps = 2, Optimizer = Sgd(), LearningRate = Nullable 0.1, Seed = Nullable 1UL, Threads = 1)
    use step = stepOf model options
    Assert.True(Double.IsFinite((step.Run(images, ReadOnlySpan [| 1; 2; 3; 4 |], CancellationToken.None)).Value))
    differentBits before (parametersOf model)
    let before = parametersOf model
    Assert.False(Double.IsFinite((step.Run(images, ReadOnlySpan [| 1; 2; 38; 39 |], CancellationToken.None)).Value))
    sameBits before (parametersOf model)

[<Fact>]
let ``Parts need less memory than the batch`` () =
    let model = Model.Create(smallShape, blockLayers, 1UL)
    let estimate steps = TrainingMemory.Estimate(model, TrainingOptions(BatchSize = 256, AccumulationSteps = steps, Threads = 2))
    Assert.InRange(estimate 8, estimate 32, estimate 1 / 3L)

[<Theory>]
[<InlineData(0)>]
[<InlineData(-1)>]
[<InlineData(33)>]
let ``The number of parts is checked`` steps =
    failsWith "TrainingOption" [ "AccumulationSteps"; "1 to the batch size, 32" ] (fun () -> TrainingOptions(AccumulationSteps = steps).Check())

[<Fact>]
let ``A part of one image is too small for batch normalisation`` () =
    let train steps batch count = Trainer.Train(described blockLayers, images.Slice(0, count), TrainingOptions(Epochs = 1, BatchSize = batch, AccumulationSteps = steps)) |> ignore
    failsWith "BatchOfOne" [ "part of a batch"; "batch size of 20" ] (fun () -> train 10 10 60)
    failsWith "BatchOfOne" [ "part of the last batch" ] (fun () -> train 5 10 53)
    train 5 10 50
