/// Classes with few images: weights in the loss, and epochs that draw all classes equally often.
module Cnn.Native.Tests.ImbalanceTests

open System
open System.Collections.Generic
open System.IO
open Cnn
open Cnn.Data
open Cnn.Evaluation
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.Stopping
open Cnn.Native.Tests.TemporaryFolder
open Xunit

let private shape = Shape(1, 4, 4)
let private names = [| "cat"; "dog"; "3"; "none" |]

/// So many images of the classes cat, dog and 3; none of the last class.
let private imagesOf (counts: int list) =
    let labels = [| for label, count in List.indexed counts -> Array.create count label |] |> Array.concat
    let pixels = Array.zeroCreate<byte> (labels.Length * shape.Length)
    Random(3).NextBytes pixels
    ImageSet(pixels, labels, shape, names, "uneven")

let private uneven = imagesOf [ 12; 6; 2 ]
let private table (weights: (string * float) list) = ClassWeights(Dictionary(dict weights))
let private linear () = Model.Create(shape, [ Flatten() :> Layer; Dense 4 ], 1UL)

let private weightsOf (weights: ClassWeights) = [ for weight in weights.For(uneven, Sampling.Shuffled) -> Math.Round(float weight, 5) ]

[<Fact>]
let ``Class counts are in the order of the labels`` () =
    Assert.Equal<ClassCount>(
        [ ClassCount(0, "cat", 12); ClassCount(1, "dog", 6); ClassCount(2, "3", 2); ClassCount(3, "none", 0) ],
        uneven.ClassCounts)

    Assert.Equal<int>([ 3; 6; 2; 0 ], [ for count in uneven.Slice(9, 11).ClassCounts -> count.Count ])

[<Fact>]
let ``Balanced weights are those of scikit-learn`` () =
    // compute_class_weight("balanced", classes=[0, 1, 2], y=[0] * 12 + [1] * 6 + [2] * 2)
    Assert.Equal<float>([ 0.55556; 1.11111; 3.33333; 0.0 ], weightsOf ClassWeights.Balanced)

[<Fact>]
let ``Weights by name or number have the mean 1 over the images of an epoch`` () =
    // 12 · 1 + 6 · 2 + 2 · 8 = 40 for 20 images. 3 is a name; 0 is none, and so a number.
    let expected = [ 0.5; 1.0; 4.0; 0.5 ]
    Assert.Equal<float>(expected, weightsOf (table [ "dog", 2.0; "3", 8.0 ]))
    Assert.Equal<float>(expected, weightsOf (table [ "0", 1.0; "DOG", 2.0; "3", 8.0 ]))
    Assert.Equal<float>(expected, weightsOf (table [ "cat", 1e300; "dog", 2e300; "3", 8e300; "none", 1e300 ]))

    // An epoch of balanced sampling has a third of each class: (1 + 2 + 8) / 3.
    let balanced = (table [ "dog", 2.0; "3", 8.0 ]).For(uneven, Sampling.Balanced)
    Assert.Equal<float>([ 3.0 / 11.0; 6.0 / 11.0; 24.0 / 11.0; 3.0 / 11.0 ] |> List.map (fun w -> Math.Round(w, 5)), [ for w in balanced -> Math.Round(float w, 5) ])

[<Fact>]
let ``Weights are equal when they say the same, and come back from their text`` () =
    let weights = table [ "a \"quoted\", name", 0.1; "café", 2.0 ]
    Assert.Equal(weights, table [ "café", 2.0; "a \"quoted\", name", 0.1 ])
    Assert.Equal(weights.GetHashCode(), (ClassWeights.Parse(string weights)).GetHashCode())
    Assert.Equal(weights, ClassWeights.Parse(string weights))
    Assert.Same(ClassWeights.Balanced, ClassWeights.Parse " balanced ")
    Assert.NotEqual(weights, table [ "café", 2.0 ])
    Assert.NotEqual(weights, ClassWeights.Balanced)

let private refused (make: unit -> obj) (message: string) =
    let error = Assert.Throws<CnnException>(fun () -> make () |> ignore)
    Assert.Equal("ClassWeight", error.ErrorId)
    Assert.Contains(message, error.Message)

[<Fact>]
let ``Weights that cannot be are refused, and it is said why`` () =
    refused (fun () -> table [ "cat", -1.0 ]) "at least 0"
    refused (fun () -> table [ "cat", nan ]) "finite"
    refused (fun () -> table [ "cat", infinity ]) "finite"
    refused (fun () -> table [ "cat", 0.0; "dog", 0.0 ]) "All weights are 0"
    refused (fun () -> table []) "no weights"
    refused (fun () -> ClassWeights.Parse "cat 2") "Write Balanced"
    refused (fun () -> ClassWeights.Parse "null") "Write Balanced"
    refused (fun () -> ClassWeights.Parse """{"cat": 1, "cat": 2}""") "Write Balanced"

    let train weights () =
        Trainer.Train(linear (), uneven, TrainingOptions(ClassWeight = weights)) :> obj

    refused (train (table [ "mouse", 1.0 ])) "no class 'mouse'"
    refused (train (table [ "4", 1.0 ])) "no class '4'"
    refused (train (table [ "cat", 1.0; "0", 2.0 ])) "two weights"
    refused (train (table [ "cat", 0.0; "dog", 0.0; "3", 0.0; "none", 1.0 ])) "No image"

[<Fact>]
let ``The same imbalance is not made up for twice`` () =
    let error =
        Assert.Throws<CnnException>(fun () -> TrainingOptions(ClassWeight = ClassWeights.Balanced, Sampling = Sampling.Balanced).Check())

    Assert.Equal("TrainingOption", error.ErrorId)
    Assert.Contains("count twice", error.Message)

[<Fact>]
let ``A step with the whole set as its batch is one of PyTorch's weighted cross-entropy`` () =
    // CrossEntropyLoss(weight=w): Σ w(yᵢ) (−log pᵢ(yᵢ)) / Σ w(yᵢ), whose gradient by the logit of class c is w(yᵢ) (pᵢ(c) − [c = yᵢ]) / Σ w.
    let raw = [| 1.0; 2.0; 8.0; 1.0 |]
    let model = linear ()

    // The first epoch learns nothing that could be seen, and sets the normalisation.
    Trainer.Train(model, uneven, TrainingOptions(Epochs = 1, LearningRate = 1e-30, BatchSize = 20)) |> ignore
    let probabilities = [| for prediction in (new Predictor(model)).Predict uneven -> [| for p in prediction.Probabilities -> float p.Probability |] |]
    let labels = uneven.Labels.ToArray()
    let total = labels |> Array.sumBy (fun label -> raw[label])
    let loss = (labels, probabilities) ||> Array.map2 (fun label p -> raw[label] * -log p[label]) |> Array.sum |> fun sum -> sum / total

    let gradient =
        [| for c in 0..3 ->
               (labels, probabilities)
               ||> Array.map2 (fun label p -> raw[label] * (p[c] - if c = label then 1.0 else 0.0))
               |> Array.sum
               |> fun sum -> sum / total |]

    let biases () = parametersOf model |> Array.rev |> Array.truncate 4 |> Array.rev |> Array.map float
    let before = biases ()

    let options =
        TrainingOptions(
            Epochs = 1, BatchSize = 20, Optimizer = Sgd(Momentum = 0.0), LearningRate = 0.5,
            ClassWeight = table [ "dog", 2.0; "3", 8.0 ])

    let result = Trainer.Train(model, uneven, options)
    Assert.Equal(loss, float result.History.Losses[0], 4)

    let after = biases ()

    for c in 0..3 do
        Assert.Equal(before[c] - 0.5 * gradient[c], after[c], 5)

[<Fact>]
let ``The weights are those of the model's classes, whatever the order of the images' classes`` () =
    let weights = table [ "dog", 2.0; "3", 8.0 ]
    let model = linear ()
    Trainer.Train(model, uneven, TrainingOptions(Epochs = 1, LearningRate = 1e-30)) |> ignore
    let order = [| 3; 1; 0; 2 |]
    let turned =
        ImageSet(uneven.Pixels.ToArray(), [| for label in uneven.Labels.ToArray() -> Array.IndexOf(order, label) |], shape, [| for i in order -> names[i] |], "turned")

    let lossesOf images = Array.ofSeq (Trainer.Train(model.Copy(), images, TrainingOptions(Epochs = 1, ClassWeight = weights)).History.Losses)
    sameBits (lossesOf uneven) (lossesOf turned)

[<Theory>]
[<InlineData(20)>]
[<InlineData(1)>]
let ``A balanced epoch draws each class equally often, and all images of a class before one comes again`` times =
    let images = imagesOf [ 12 * times; 6 * times; 2 * times ]
    let order = EpochOrder(images, TrainingOptions(Seed = 5UL, Sampling = Sampling.Balanced))
    let seen = HashSet<int>()
    let short = Array.zeroCreate<int> 3

    for epoch in 0..8 do
        order.MoveTo epoch
        let drawn = order.Images.ToArray()
        Assert.Equal(images.Count, drawn.Length)
        seen.UnionWith drawn
        let least = images.Count / 3
        let counts = [ for label in 0..2 -> drawn |> Seq.filter (fun image -> images.Label image = label) |> Seq.length ]
        Assert.Equal(images.Count, List.sum counts)
        Assert.All(counts, fun count -> Assert.InRange(count, least, least + 1))

        for label in 0..2 do
            short[label] <- short[label] + counts[label] - least
            let size = images.ClassCounts[label].Count
            let times = [ for image in 0 .. images.Count - 1 do if images.Label image = label then drawn |> Seq.filter ((=) image) |> Seq.length ]
            Assert.All(times, fun count -> Assert.InRange(count, counts[label] / size, counts[label] / size + 1))

    // The largest class too is seen whole after some epochs, and the odd images go to different classes.
    Assert.Equal(images.Count, seen.Count)
    Assert.True(Array.sum short = 0 || Array.filter ((<) 0) short |> Array.length > 1)

[<Fact>]
let ``Each epoch has a draw of its own, and the seed decides it`` () =
    let drawn seed epoch =
        let order = EpochOrder(uneven, TrainingOptions(Seed = Nullable seed, Sampling = Sampling.Balanced))
        order.MoveTo epoch
        order.Images.ToArray()

    Assert.Equal<int>(drawn 1UL 2, drawn 1UL 2)
    Assert.NotEqual<int array>(drawn 1UL 2, drawn 1UL 3)
    Assert.NotEqual<int array>(drawn 1UL 2, drawn 2UL 2)

let private settings: TheoryData<TrainingOptions> =
    let options = TrainingOptions(Epochs = 2, BatchSize = 3, LearningRate = 0.01, Seed = 9UL, Augmentation = Augmentation(Shift = 1, Mirror = true))
    TheoryData<TrainingOptions>(
        [ TrainingOptions(options, ClassWeight = ClassWeights.Balanced)
          TrainingOptions(options, Sampling = Sampling.Balanced)
          TrainingOptions(options, ClassWeight = table [ "dog", 3.0 ], Sampling = Sampling.Balanced, LabelSmoothing = 0.1) ])

let allSettings = settings

[<Theory; MemberData(nameof allSettings)>]
let ``Threads and interruptions change no bit`` (options: TrainingOptions) =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    let all threads = Trainer.Train(linear (), uneven, TrainingOptions(options, Threads = threads))
    let expected = all 1
    sameBits (parametersOf expected.Model) (parametersOf (all 3).Model)

    for stop in [ 0; 1; 7; 9 ] do
        let stopped =
            use trainer = new Trainer(linear (), uneven, TrainingOptions(options, Threads = 2))
            runFor stop trainer |> ignore
            trainer.SaveCheckpoint path

        stopped
        use resumed = Trainer.Resume(path, uneven, threads = 1)
        Assert.Equal(options.ClassWeight, resumed.Options.ClassWeight)
        Assert.Equal(options.Sampling, resumed.Options.Sampling)
        let result = resumed.Run()
        sameBits (parametersOf expected.Model) (parametersOf result.Model)
        sameBits (Array.ofSeq expected.History.Losses) (Array.ofSeq result.History.Losses)

    for others in
        [ TrainingOptions(options, ClassWeight = table [ "cat", 7.0 ])
          TrainingOptions(options, ClassWeight = null, Sampling = (if options.Sampling = Sampling.Balanced then Sampling.Shuffled else Sampling.Balanced)) ] do
        let error = Assert.Throws<CnnException>(fun () -> Trainer.Resume(path, uneven, settings = fun _ -> others) |> ignore)
        Assert.Equal("CheckpointMismatch", error.ErrorId)

[<Fact>]
let ``Images that a balanced epoch draws again are distorted anew`` () =
    // One image of a class, three of another: with a rate of nothing, the losses of batches of one tell the versions apart.
    let images = imagesOf [ 1; 7 ]
    let options = TrainingOptions(Epochs = 1, BatchSize = 1, LearningRate = 1e-30, Seed = 1UL, Sampling = Sampling.Balanced, Augmentation = Augmentation(Rotation = 20))
    let result = Trainer.Train(linear (), images, options)
    let order = EpochOrder(images, options)
    order.MoveTo 0
    let ofTheFirst = [ for place, image in Seq.indexed (order.Images.ToArray()) do if image = 0 then result.History.Losses[place] ]
    Assert.Equal(4, ofTheFirst.Length)
    Assert.Equal(4, (List.distinct ofTheFirst).Length)

[<Fact>]
let ``A search for a learning rate weighs and draws as the training will`` () =
    let search options = [ for point in LearningRateFinder.Find(linear (), uneven, options, batches = 20).Points -> point.Loss ]
    let plain = search (TrainingOptions(BatchSize = 5))
    Assert.NotEqual<float list>(plain, search (TrainingOptions(BatchSize = 5, ClassWeight = ClassWeights.Balanced)))
    Assert.NotEqual<float list>(plain, search (TrainingOptions(BatchSize = 5, Sampling = Sampling.Balanced)))
