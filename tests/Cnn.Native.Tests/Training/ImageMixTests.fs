/// Mixup and CutMix: how a batch is mixed, and that the loss and the gradient are those of both labels.
module Cnn.Native.Tests.ImageMixTests

open System
open System.Threading
open FSharp.NativeInterop
open Xunit
open Cnn
open Cnn.Data
open Cnn.Kernels
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.TemporaryFolder

#nowarn "9"

let private shape = Shape(2, 9, 7)
let private images = bands 1 shape 3 40

/// Mixes of many batches.
let private draws (options: TrainingOptions) =
    [ for step in 0L .. 3999L -> ImageMix.Draw(options, TrainingBatch.NoiseOf(7UL, step), shape) ]

let private applied (mix: ImageMix) =
    let partner = Array.init shape.Length (fun i -> float32 (1000 + i))
    let image = Array.init shape.Length float32
    use fixedPartner = fixed partner
    use fixedImage = fixed image
    mix.Apply(KernelSelection.Current, shape, fixedPartner, fixedImage)
    partner, image

[<Fact>]
let ``Without a setting nothing is mixed`` () =
    Assert.All(draws (TrainingOptions()), fun mix -> Assert.False mix.IsMixed)

[<Theory>]
[<InlineData(0.2)>]
[<InlineData(1.0)>]
[<InlineData(4.0)>]
let ``The shares of mixup have the mean and the variance of Beta(α, α)`` alpha =
    let shares = [ for mix in draws (TrainingOptions(MixUp = alpha)) -> float mix.Share ]
    let mean = List.average shares
    let variance = shares |> List.averageBy (fun share -> (share - mean) ** 2.0)
    Assert.All(shares, fun share -> Assert.InRange(share, 0.0, 1.0))
    Assert.Equal(0.5, mean, 0.03)
    let expected = 1.0 / (4.0 * (2.0 * alpha + 1.0))
    Assert.InRange(variance / expected, 0.9, 1.1)

[<Fact>]
let ``A tiny α gives all of the one image or all of the other`` () =
    for mix in draws (TrainingOptions(MixUp = 0.001)) do
        Assert.True(Single.IsFinite mix.Share && (mix.Share < 0.01f || mix.Share > 0.99f) || abs (mix.Share - 0.5f) <= 0.5f)

    let clear = draws (TrainingOptions(MixUp = 0.001)) |> List.filter (fun mix -> mix.Share < 0.01f || mix.Share > 0.99f)
    Assert.True(clear.Length > 3900, $"{clear.Length}")

[<Fact>]
let ``Blended images are both in their shares`` () =
    let mix = draws (TrainingOptions(MixUp = 1.0)) |> List.find _.IsMixed
    let partner, image = applied mix
    for i in 0 .. shape.Length - 1 do
        Assert.Equal(mix.Share * float32 i + (1f - mix.Share) * partner[i], image[i], 1e-3f)

[<Fact>]
let ``A cut image has a rectangle of the other one, which lies inside and is as large as the share says`` () =
    for mix in draws (TrainingOptions(CutMix = 1.0)) |> List.filter _.IsMixed do
        Assert.True(mix.Top >= 0 && mix.Left >= 0 && mix.Height > 0 && mix.Width > 0)
        Assert.True(mix.Top + mix.Height <= shape.Height && mix.Left + mix.Width <= shape.Width)
        Assert.Equal(1.0 - float (mix.Height * mix.Width) / 63.0, float mix.Share, 1e-6)

    let mix = draws (TrainingOptions(CutMix = 1.0)) |> List.find (fun mix -> mix.Height > 2 && mix.Width > 2)
    let partner, image = applied mix

    for i in 0 .. shape.Length - 1 do
        let row, column = i / 14, i % 14 / 2
        let isInside = row >= mix.Top && row < mix.Top + mix.Height && column >= mix.Left && column < mix.Left + mix.Width
        Assert.Equal((if isInside then partner[i] else float32 i), image[i])

[<Fact>]
let ``With both, a batch is as likely to be blended as to be cut`` () =
    let mixes = draws (TrainingOptions(MixUp = 1.0, CutMix = 1.0))
    let blended = mixes |> List.filter (fun mix -> mix.IsMixed && mix.Height = 0) |> List.length
    Assert.InRange(float blended / float mixes.Length, 0.46, 0.54)

/// One step of a linear network in double precision.
let private expectedStep (model: Model) (options: TrainingOptions) (weights: float[]) (batch: int[]) =
    let mix = ImageMix.Draw(options, TrainingBatch.NoiseOf(options.Seed.Value, 0L), shape)
    let weight, bias = model.GetValues model.Parameters[0], model.GetValues model.Parameters[1]

    let pixels index =
        let raw = images.Image(index).ToArray()

        [| for channel in 0 .. 1 do
               for row in 0 .. 8 do
                   for column in 0 .. 6 ->
                       (float raw[(row * 7 + column) * 2 + channel] / 255.0 - float model.Normalization.Mean[channel]) / float model.Normalization.StandardDeviation[channel] |]

    let share = float mix.Share
    let weightGradient, biasGradient = Array.zeroCreate<float> weight.Length, Array.zeroCreate<float> bias.Length
    let mutable total = 0.0

    for place in 0 .. batch.Length - 1 do
        let other = batch[if place = 0 then batch.Length - 1 else place - 1]
        let own, partner = pixels batch[place], pixels other

        let x =
            Array.init shape.Length (fun i ->
                let row, column = i % 63 / 7, i % 7
                if mix.Height = 0 then share * own[i] + (1.0 - share) * partner[i]
                elif row >= mix.Top && row < mix.Top + mix.Height && column >= mix.Left && column < mix.Left + mix.Width then partner[i]
                else own[i])

        let logits = Array.init 3 (fun c -> float bias[c] + Array.sum (Array.init x.Length (fun i -> float weight[c * x.Length + i] * x[i])))
        let largest = Array.max logits
        let sum = logits |> Array.sumBy (fun z -> exp (z - largest))
        let probability = logits |> Array.map (fun z -> exp (z - largest) / sum)

        for label, part in [ int (images.Label batch[place]), share; int (images.Label other), 1.0 - share ] do
            let target = Array.init 3 (fun c -> (if c = label then 1.0 - options.LabelSmoothing else 0.0) + options.LabelSmoothing / 3.0)
            let scale = part * weights[label] / float batch.Length

            for c in 0 .. 2 do
                total <- total - scale * target[c] * log probability[c]
                let gradient = scale * (probability[c] - target[c])
                biasGradient[c] <- biasGradient[c] + gradient

                for i in 0 .. x.Length - 1 do
                    weightGradient[c * x.Length + i] <- weightGradient[c * x.Length + i] + gradient * x[i]

    total, Array.map2 (fun w g -> float w - 0.1 * g) weight weightGradient, Array.map2 (fun w g -> float w - 0.1 * g) bias biasGradient

[<Theory>]
[<InlineData(1.0, 0.0, 0.0, false)>]
[<InlineData(0.0, 1.0, 0.0, false)>]
[<InlineData(0.4, 0.0, 0.2, false)>]
[<InlineData(0.0, 1.0, 0.1, true)>]
[<InlineData(2.0, 0.0, 0.0, true)>]
let ``A step learns both labels, each in its share, with smoothing and class weights`` mixUp cutMix smoothing isWeighted =
    for seed in [ 1UL .. 6UL ] do
        let model = Model.Create(shape, [ Flatten() :> Layer; Dense 3 ], seed)
        model.Describe(Normalization.Of images, images.ClassNames)
        let weights = if isWeighted then [| 0.5f; 2f; 1f |] else null

        let options =
            TrainingOptions(
                BatchSize = 9, Optimizer = Sgd(Momentum = 0.0), LearningRate = Nullable 0.1, MixUp = mixUp, CutMix = cutMix, LabelSmoothing = smoothing,
                Seed = Nullable seed, Threads = 2)

        let batch = [| 3; 17; 8; 30; 1; 22; 39; 5; 11 |]
        let loss, weight, bias = expectedStep model options (if isWeighted then Array.map float weights else [| 1.0; 1.0; 1.0 |]) batch
        use step = new TrainingStep(model, ExecutionPlan.ForTraining(model, null), options, KernelSelection.Current, 9, ClassWeights = weights)
        let actual = step.Run(images, ReadOnlySpan batch, CancellationToken.None)
        Assert.Equal(loss, actual.Value, 1e-4)
        Array.iter2 (fun (e: float) (a: float32) -> Assert.Equal(e, float a, 1e-5)) weight (model.GetValues model.Parameters[0])
        Array.iter2 (fun (e: float) (a: float32) -> Assert.Equal(e, float a, 1e-5)) bias (model.GetValues model.Parameters[1])

let private smallImages = bands 1 smallShape smallClasses 45

let private options threads =
    TrainingOptions(
        Epochs = 3, BatchSize = 10, LearningRate = Nullable 0.003, MixUp = 0.5, CutMix = 1.0, Augmentation = Augmentation(Shift = 1, Mirror = true), Threads = threads)

[<Fact>]
let ``The bits are the same on any number of threads, and after a checkpoint`` () =
    use folder = new TemporaryFolder()
    let whole = Trainer.Train(smallModel 1UL, smallImages, options 1)
    sameBits (parametersOf whole.Model) (parametersOf (Trainer.Train(smallModel 1UL, smallImages, options 3)).Model)
    differentBits (parametersOf whole.Model) (parametersOf (Trainer.Train(smallModel 1UL, smallImages, TrainingOptions(options 1, CutMix = 0.0))).Model)
    use trainer = new Trainer(smallModel 1UL, smallImages, options 2)
    use cancellation = new CancellationTokenSource()
    trainer.Run((fun (_: TrainingProgress) -> if trainer.History.Losses.Count = 7 then cancellation.Cancel()), cancellation.Token) |> ignore
    trainer.SaveCheckpoint(folder.File "a")
    use resumed = Trainer.Resume(folder.File "a", smallImages)
    Assert.Equal((0.5, 1.0), (resumed.Options.MixUp, resumed.Options.CutMix))
    sameBits (parametersOf whole.Model) (parametersOf (resumed.Run()).Model)

[<Fact>]
let ``Mixed images pass through frozen layers in every epoch, with the bits of a training from its checkpoint`` () =
    // What frozen layers make of an image is kept where images stay as they are: mixed ones do not.
    use folder = new TemporaryFolder()
    let options = TrainingOptions(Epochs = 3, BatchSize = 10, MixUp = 1.0, TrainFrom = "Dense1")
    let whole = Trainer.Train(smallModel 1UL, smallImages, options)
    use trainer = new Trainer(smallModel 1UL, smallImages, options)
    use cancellation = new CancellationTokenSource()
    trainer.Run((fun (_: TrainingProgress) -> if trainer.History.Losses.Count = 6 then cancellation.Cancel()), cancellation.Token) |> ignore
    trainer.SaveCheckpoint(folder.File "a")
    use resumed = Trainer.Resume(folder.File "a", smallImages)
    sameBits (parametersOf whole.Model) (parametersOf (resumed.Run()).Model)

[<Fact>]
let ``A batch of one image is that image`` () =
    let one = smallImages.Slice(0, 1)
    let plain = Trainer.Train(smallModel 1UL, one, TrainingOptions(Epochs = 1, Optimizer = Sgd(), LearningRate = Nullable 0.01))
    let mixed = Trainer.Train(smallModel 1UL, one, TrainingOptions(Epochs = 1, Optimizer = Sgd(), LearningRate = Nullable 0.01, MixUp = 1.0))
    Array.iter2 (fun (e: float32) (a: float32) -> Assert.Equal(e, a, 1e-5f)) (parametersOf plain.Model) (parametersOf mixed.Model)

[<Theory>]
[<InlineData(-1.0)>]
[<InlineData(0.0001)>]
[<InlineData(1e9)>]
[<InlineData(Double.NaN)>]
let ``An α that cannot be is an error`` alpha =
    failsWith "TrainingOption" [ "MixUp" ] (fun () -> TrainingOptions(MixUp = alpha).Check())
    failsWith "TrainingOption" [ "CutMix" ] (fun () -> TrainingOptions(CutMix = alpha).Check())
