/// Law 4 with augmentation: the same bits on any number of threads, and however often the training is stopped.
module Cnn.Native.Tests.AugmentedTrainingTests

open System
open System.Threading
open Xunit
open Cnn.Data
open Cnn.Memory
open Cnn.Training
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.TemporaryFolder

let private images = noise 1 smallShape smallClasses 71

let private augmentation =
    Augmentation(
        Shift = 1, Rotation = 15, Scale = 0.2, Shear = 10, ElasticStrength = 10, ElasticSmoothness = 2, EraseProbability = 0.5, Mirror = true)

let private options threads =
    TrainingOptions(Epochs = 3, BatchSize = 20, Threads = threads, LearningRate = 0.01, Augmentation = augmentation)

let private train threads =
    Trainer.Train(smallModel 1UL, images, options threads)

let private sameTraining (expected: TrainingResult) (actual: TrainingResult) =
    sameBits (Array.ofSeq expected.History.Losses) (Array.ofSeq actual.History.Losses)
    sameBits (parametersOf expected.Model) (parametersOf actual.Model)

[<Fact>]
let ``One seed gives the same bits on any number of threads`` () =
    let alone = train 1

    for threads in [ 2; 3; 7 ] do
        sameTraining alone (train threads)

[<Fact>]
let ``To stop after any batch, save, and go on from the file equals never having stopped`` () =
    use folder = new TemporaryFolder()
    let whole = train 2

    for stop in 1 .. whole.History.Losses.Count - 1 do
        let path = folder.File $"{stop}"
        use cancellation = new CancellationTokenSource()

        let save () =
            use trainer = new Trainer(smallModel 1UL, images, options 1)

            let step (_: TrainingProgress) =
                if trainer.History.Losses.Count = stop then
                    cancellation.Cancel()

            trainer.Run(step, cancellation.Token) |> ignore
            trainer.SaveCheckpoint path

        save ()
        use trainer = Trainer.Resume(path, images, threads = 2)
        Assert.Equal(augmentation, trainer.Options.Augmentation)
        sameTraining whole (trainer.Run())

[<Fact>]
let ``An augmentation changes what is learned, and one of zero strengths does not`` () =
    let plain = Trainer.Train(smallModel 1UL, images, TrainingOptions(Epochs = 3, BatchSize = 20, LearningRate = 0.01))
    differentBits (parametersOf plain.Model) (parametersOf (train 1).Model)

    sameTraining
        plain
        (Trainer.Train(
            smallModel 1UL, images, TrainingOptions(Epochs = 3, BatchSize = 20, LearningRate = 0.01, Augmentation = Augmentation())))

[<Fact>]
let ``What an image looks like in an epoch does not depend on the size of the batches`` () =
    // One image in batches of one, next to itself in batches of four: without learning worth the name, the losses are the same.
    let losses batchSize =
        let options = TrainingOptions(Epochs = 4, BatchSize = batchSize, LearningRate = 1e-20, Augmentation = augmentation)
        let result = Trainer.Train(smallModel 1UL, images.Slice(0, 8), options)
        [ for epoch in result.History.Epochs -> epoch.Loss ]

    List.iter2 (fun (one: float) four -> Assert.Equal(one, four, 1e-6)) (losses 1) (losses 4)
    Assert.Equal(4, (losses 1 |> List.distinct |> List.length))

[<Fact>]
let ``What does not fit the images is reported before the training begins`` () =
    let begins augmentation () =
        new Trainer(smallModel 1UL, images, TrainingOptions(Augmentation = augmentation)) |> ignore

    failsWith "AugmentationOutside" [ "Shift is 5"; "1×10×10" ] (begins (Augmentation(Shift = 5)))
    failsWith "AugmentationOption" [ "Scale is 1" ] (begins (Augmentation(Scale = 1)))
    Assert.False((smallModel 1UL).IsTrained)

[<Fact>]
let ``A model knows dots it never saw, when those it saw were shifted`` () =
    // A dot in one of four quarters says the class; in training it stands at one place of the quarter, in the test at any.
    let shape = Shape(1, 10, 10)

    let dots places =
        let pixels =
            [| for label in 0..3 do
                   for row, column in places do
                       let dot = (row + 5 * (label / 2)) * 10 + column + 5 * (label % 2)
                       yield! Array.init 100 (fun i -> if i = dot then 255uy else 0uy) |]

        let labels = [| for label in 0..3 do for _ in places -> byte label |]
        ImageSet(pixels, labels, shape, classNames 4, "dots")

    let test = dots [ for row in 0..4 do for column in 0..4 -> row, column ]

    let accuracy augmentation =
        let options = TrainingOptions(Epochs = 60, BatchSize = 8, LearningRate = 0.003, Augmentation = augmentation)
        (Trainer.Train(smallModel 3UL, dots (List.replicate 8 (2, 2)), options, test)).Validation.Accuracy

    let plain = accuracy null
    let augmented = accuracy (Augmentation(Shift = 2))
    Assert.True(augmented > 0.99, $"{augmented}")
    Assert.True(augmented > plain + 0.1, $"{plain} without, {augmented} with")
