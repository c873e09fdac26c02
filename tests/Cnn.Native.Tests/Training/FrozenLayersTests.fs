/// Layers before the one that a training begins from stay as they are, and the others are trained as if what the frozen ones make were the images.
module Cnn.Native.Tests.FrozenLayersTests

open System.Threading
open Xunit
open Cnn.Data
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.Stopping
open Cnn.Native.Tests.TemporaryFolder

let private images = bands 1 smallShape smallClasses 40

/// A model that was trained a little, so that its running statistics are not those of a new one.
let private trained layers =
    Trainer.Train(Model.Create(smallShape, layers, 3UL), images, TrainingOptions(Epochs = 1, BatchSize = 10)).Model

let private before layer (model: Model) =
    [| for parameter in model.Parameters do
           if parameter.Layer < layer then
               yield! model.Values(parameter).ToArray() |]

let private from layer (model: Model) =
    [| for parameter in model.Parameters do
           if parameter.Layer >= layer then
               yield! model.Values(parameter).ToArray() |]

let private options = TrainingOptions(Epochs = 2, BatchSize = 12, WeightAveraging = 0.9, Optimizer = AdamW(WeightDecay = 0.1), ClipNorm = 1.0)

let private further (options: TrainingOptions) layers =
    let model = trained layers
    Trainer.Train(model, images, options) |> ignore
    model

/// Some layers of each network to begin from: within blocks, at layers that run in place, at layers with statistics of the batch, at the last one.
let private starts: (Layer list * int) list =
    [ for start in [ 0; 1; 2; 3; 4; 6 ] -> smallLayers, start
      for start in [ 1; 2; 4; 5; 7; 8; 9; 10; 13; 14; 15; 17 ] -> blockLayers, start
      for start in [ 1; 3; 4; 6; 7; 8; 9; 10; 11; 12; 13; 14; 15; 17; 18; 20 ] -> shortcutLayers, start ]

[<Fact>]
let ``Frozen layers stay as they are, and the others learn, with the same bits on any number of threads`` () =
    for layers, start in starts do
        let old = trained layers
        let model threads = further (TrainingOptions(options, TrainFrom = string start, Threads = threads)) layers
        let one = model 1
        sameBits (before start old) (before start one)
        differentBits (from start old) (from start one)
        sameBits (parametersOf one) (parametersOf (model 3))

[<Fact>]
let ``A training from the first layer on is a training of all`` () =
    for layers in [ smallLayers; blockLayers; shortcutLayers ] do
        sameBits (parametersOf (further options layers)) (parametersOf (further (TrainingOptions(options, TrainFrom = "0")) layers))
        sameBits (parametersOf (further options layers)) (parametersOf (further (TrainingOptions(options, TrainFrom = "convolution1")) layers))

/// Bytes as images of a network of nothing but its last layers: what frozen layers make of images is whole numbers here, so that it can be written down.
[<Fact>]
let ``The other layers are trained as if what the frozen ones make were the images`` () =
    let shape = Shape(1, 6, 6)
    let images = bands 5 shape 3 30
    // One filter of one pixel with the weight 1: what comes out is what comes in. Batch normalisation and dropout do nothing as long as they are frozen.
    let body: Layer list = [ Convolution(1, 1); BatchNormalization(Epsilon = 1e-12); Dropout 0.5 ]
    let tail: Layer list = [ Convolution(4, 3); BatchNormalization(); Relu(); MaxPooling 2; Flatten(); Dense 3 ]
    let whole = Model.Create(shape, body @ tail, 1UL)
    let own = Model.Create(shape, tail, 1UL)

    for parameter in whole.Parameters |> Seq.filter (fun parameter -> parameter.Layer = 0) do
        whole.SetValues(parameter, [| if parameter.Dimensions.Count > 1 then 1f else 0f |])

    for wholes, owns in Seq.zip (whole.Parameters |> Seq.filter (fun parameter -> parameter.Layer >= 3)) own.Parameters do
        whole.SetValues(wholes, own.GetValues owns)

    let options = TrainingOptions(Epochs = 2, BatchSize = 7, Seed = 5UL)
    let wholeResult = Trainer.Train(whole, images, TrainingOptions(options, TrainFrom = "3"))
    let ownResult = Trainer.Train(own, images, options)
    sameBits (Array.ofSeq ownResult.History.Losses) (Array.ofSeq wholeResult.History.Losses)
    sameBits (parametersOf own) (from 3 whole)

/// Takes the first batches of an epoch.
let private losses (step: TrainingStep) before =
    [| for batch in [ [| 0..11 |]; [| 12..23 |]; [| 24..35 |]; [| 5..16 |]; [| 39; 0; 21; 7 |]; [| 24..35 |] ] do
           before ()
           float32 (step.Run(images, System.ReadOnlySpan batch, CancellationToken.None).Value) |]

[<Fact>]
let ``What frozen layers make is kept, and gives the same bits as to compute it again`` () =
    for layers, start in starts do
        for kernels in kernelSets do
            let options = TrainingOptions(options, TrainFrom = string start, Threads = 2)
            let again, kept, forgotten = trained layers, trained layers, trained layers
            use computes = new TrainingStep(again, ExecutionPlan.ForTraining(again, options.TrainFrom), options, kernels, 12)
            use keeps = new TrainingStep(kept, ExecutionPlan.ForTraining(kept, options.TrainFrom), options, kernels, 12, images.Count)
            use forgets = new TrainingStep(forgotten, ExecutionPlan.ForTraining(forgotten, options.TrainFrom), options, kernels, 12, images.Count)
            let expected = losses computes ignore
            sameBits expected (losses keeps ignore)
            sameBits expected (losses forgets forgets.ForgetFrozenOutputs)
            sameBits (parametersOf again) (parametersOf kept)
            sameBits (parametersOf again) (parametersOf forgotten)

[<Fact>]
let ``What is kept is not computed again`` () =
    // Other parameters of frozen layers are not seen until what was kept is forgotten.
    let lossOf changes =
        let model = trained smallLayers
        use step = new TrainingStep(model, ExecutionPlan.ForTraining(model, "4"), TrainingOptions(TrainFrom = "4"), kernelSets[0], 12, images.Count)
        let run () = float32 (step.Run(images, System.ReadOnlySpan [| 0..11 |], CancellationToken.None).Value)
        run () |> ignore

        if changes then
            for parameter in model.Parameters |> Seq.filter (fun parameter -> parameter.Layer = 0) do
                model.SetValues(parameter, model.GetValues parameter |> Array.map (fun value -> -value))

        let unseen = run ()
        step.ForgetFrozenOutputs()
        unseen, run ()

    let unchanged, unchangedAgain = lossOf false
    let unseen, seen = lossOf true
    sameBits [| unchanged |] [| unseen |]
    differentBits [| unchangedAgain |] [| seen |]

[<Fact>]
let ``Frozen layers that are given other parameters between two runs are computed anew`` () =
    // An augmentation that does nothing is one all the same, and then nothing is kept.
    let stoppedAndChanged augmentation =
        let model = trained smallLayers
        use trainer = new Trainer(model, images, TrainingOptions(Epochs = 4, BatchSize = 10, TrainFrom = "4", Augmentation = augmentation))
        use stop = new CancellationTokenSource()
        trainer.Run((fun progress -> if progress.Epoch = 3 && progress.Batch = 2 then stop.Cancel()), stop.Token) |> ignore

        for parameter in model.Parameters |> Seq.filter (fun parameter -> parameter.Layer = 0) do
            model.SetValues(parameter, model.GetValues parameter |> Array.map (fun value -> -value))

        trainer.Run() |> ignore
        parametersOf model

    sameBits (stoppedAndChanged (Augmentation())) (stoppedAndChanged null)

[<Fact>]
let ``A training of some layers goes on from a checkpoint as if it had never stopped`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "checkpoint.safetensors"
    let options = TrainingOptions(options, TrainFrom = "10")
    let uninterrupted = further options blockLayers
    let model = trained blockLayers
    use trainer = new Trainer(model, images, options)
    runFor 3 trainer |> ignore
    trainer.SaveCheckpoint path
    use resumed = Trainer.Resume(path, images)
    Assert.Equal("10", resumed.Options.TrainFrom)
    sameBits (parametersOf uninterrupted) (parametersOf (resumed.Run().Model))

[<Fact>]
let ``A step of a training of some layers needs less memory, and not more than was estimated`` () =
    let model = trained blockLayers
    let estimate start = TrainingMemory.Estimate(model, TrainingOptions(TrainFrom = start, Threads = 1))
    Assert.InRange(estimate "13", 1L, estimate "0" - 1L)

[<Fact>]
let ``Frozen batch normalisation takes a batch of one image`` () =
    let model = trained blockLayers
    let one = TrainingOptions(Epochs = 1, BatchSize = 1)
    failsWith "BatchOfOne" [] (fun () -> Trainer.Train(model, images, one) |> ignore)
    Trainer.Train(model, images, TrainingOptions(one, TrainFrom = "Dense2")) |> ignore

[<Fact>]
let ``A training begins from a layer that there is and has something to learn`` () =
    let train (layers: Layer list) from () =
        Trainer.Train(Model.Create(smallShape, layers, 1UL), images, TrainingOptions(TrainFrom = from)) |> ignore

    failsWith "LayerUnknown" [ "Dense9"; "Convolution1"; "Dense2" ] (train smallLayers "Dense9")
    failsWith "LayerUnknown" [ "7" ] (train smallLayers "7")
    failsWith "LayerUnknown" [] (train smallLayers "-1")
    failsWith "NothingToTrain" [ "Relu1"; "Convolution1" ] (train [ Convolution(4, 1); Relu(); GlobalAveragePooling() ] "Relu1")
    // A network that has nothing to learn can be trained all the same, but not from somewhere.
    failsWith "NothingToTrain" [ "none" ] (fun () ->
        Trainer.Train(Model.Create(Shape(4, 3, 3), ([ GlobalAveragePooling() ]: Layer list), 1UL), noise 1 (Shape(4, 3, 3)) 4 8, TrainingOptions(TrainFrom = "0")) |> ignore)
