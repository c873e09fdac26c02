/// What a report says about a model is what a naive count says.
module Cnn.Native.Tests.EvaluationTests

open System
open System.Threading
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Cnn.Data
open Cnn.Evaluation
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.NetworkShapes
open Cnn.Native.Tests.ReferenceNetwork

/// A model that says the class whose pixel is the brightest.
let private brightest classes =
    let model = Model(Shape(1, 1, classes), [ Flatten() :> Layer ])
    model.Describe(Normalization.None 1, classNames classes)
    model

/// Images that the brightest pixel's model takes for these predictions.
let private shownAs classes (answers: (int * int)[]) =
    let pixels = answers |> Array.collect (fun (_, prediction) -> Array.init classes (fun c -> if c = prediction then 255uy else 0uy))
    ImageSet(pixels, answers |> Array.map (fst >> byte), Shape(1, 1, classes), classNames classes, "answers")

/// The softmax of a row of logits, from its definition.
let private softmax (logits: float[]) =
    let powers = logits |> Array.map (fun logit -> exp (logit - Array.max logits))
    powers |> Array.map (fun power -> power / Array.sum powers)

/// NaN where there is nothing to have a share of.
let private share part whole = float part / float whole

let private reportsNaively classes (answers: (int * int)[]) =
    let count condition = answers |> Array.filter condition |> Array.length
    let report = Evaluator.Measure(brightest classes, shownAs classes answers)
    Assert.Equal(answers.Length, report.Count)
    Assert.Equal(count (fun (label, prediction) -> label = prediction), report.Correct)
    Assert.Equal(share report.Correct answers.Length, report.Accuracy)

    for c in 0 .. classes - 1 do
        let found = report.Classes[c]
        let correct = count (fun answer -> answer = (c, c))
        Assert.Equal(classNames(classes)[c], found.Name)
        Assert.Equal(count (fst >> (=) c), found.Count)
        Assert.Equal(count (snd >> (=) c), found.Predicted)
        Assert.Equal(correct, found.Correct)
        Assert.Equal(share correct found.Count, found.Recall)
        Assert.Equal(share correct found.Predicted, found.Precision)
        Assert.Equal(found.Count, Array.sum (report.ConfusionMatrix.ToArray()[c, *]))
        Assert.Equal(found.Predicted, Array.sum (report.ConfusionMatrix.ToArray()[*, c]))
        Assert.Equal(found.Count, report.ConfusionMatrix.LabelCount c)
        Assert.Equal(found.Predicted, report.ConfusionMatrix.PredictionCount c)

        for prediction in 0 .. classes - 1 do
            Assert.Equal(count (fun answer -> answer = (c, prediction)), report.ConfusionMatrix[c, prediction])

    let confusions =
        answers
        |> Array.filter (fun (label, prediction) -> label <> prediction)
        |> Array.countBy id
        |> Array.sortBy (fun ((label, prediction), count) -> -count, label, prediction)
        |> Array.map (fun ((label, prediction), times) ->
            let names = classNames classes
            Confusion(names[label], names[prediction], times, share times (count (fst >> (=) label)), label, prediction))

    Assert.Equal<Confusion>(confusions, report.Confusions)

[<Property(MaxTest = 60)>]
let ``A report counts as anybody would`` (Size 11 classes) (answers: FsCheck.NonEmptyArray<int * int>) =
    let classes = classes + 1
    reportsNaively classes (answers.Get |> Array.map (fun (label, prediction) -> abs label % classes, abs prediction % classes))

[<Fact>]
let ``Where there is nothing to have a share of, recall and precision are NaN`` () =
    let report = Evaluator.Measure(brightest 3, shownAs 3 [| 0, 1; 0, 0 |])
    Assert.Equal(0.5, report.Classes[0].Recall)
    Assert.Equal(1.0, report.Classes[0].Precision)
    Assert.True(Double.IsNaN report.Classes[1].Recall)
    Assert.Equal(0.0, report.Classes[1].Precision)
    Assert.True(Double.IsNaN report.Classes[2].Recall)
    Assert.True(Double.IsNaN report.Classes[2].Precision)

[<Fact>]
let ``Of equal logits the first class is said`` () =
    let report = Evaluator.Measure(brightest 3, ImageSet(Array.zeroCreate 6, [| 0uy; 2uy |], Shape(1, 1, 3), classNames 3, "black"))
    Assert.Equal(2, report.Classes[0].Predicted)

[<Fact>]
let ``Nobody changes a report through its confusion matrix`` () =
    let report = Evaluator.Measure(brightest 2, shownAs 2 [| 0, 1; 1, 1 |])
    report.ConfusionMatrix.ToArray()[0, 1] <- 99
    Assert.Equal(1, report.ConfusionMatrix[0, 1])

[<Property(Arbitrary = [| typeof<NetworkShapes> |], MaxTest = 40)>]
let ``Loss and predictions are those of the definitions, on any network`` (network: Network) =
    let model = Model(network.Input, network.Layers)
    drawParameters network.Seed model
    let images = noise network.Seed network.Input network.Classes (network.Images + 9)
    model.Describe(Normalization.Of images, images.ClassNames)
    let labels = images.Labels.ToArray()
    let logits = logits model (Array.map float (parametersOf model)) (Array.init images.Count (normalized model images)) (Decisions())
    let loss = Array.map2 (fun label logits -> crossEntropy logits label) labels logits |> Array.average

    // Where two classes are as good as equal, rounding decides.
    let clear = logits |> Array.forall (fun row -> row |> Array.sortDescending |> fun sorted -> sorted[0] - sorted[1] > 1e-4)
    let correct = Seq.zip labels logits |> Seq.filter (fun (label, row) -> Array.max row = row[int label]) |> Seq.length

    for kernels in kernelSets do
        let report = Evaluator.Measure(model, images, 2, kernels)
        Assert.Equal(loss, report.Loss, 1e-5 * (1.0 + loss))

        if clear then
            Assert.Equal(correct, report.Correct)

[<Fact>]
let ``A report is the same on any number of threads`` () =
    let model = smallModel 1UL
    let images = noise 1 smallShape smallClasses 1201

    for kernels in kernelSets do
        let alone = Evaluator.Measure(model, images, 1, kernels)

        for threads in [ 0; 2; 3; 7 ] do
            let report = Evaluator.Measure(model, images, threads, kernels)
            Assert.Equal(BitConverter.DoubleToInt64Bits alone.Loss, BitConverter.DoubleToInt64Bits report.Loss)
            Assert.Equal<int[,]>(alone.ConfusionMatrix.ToArray(), report.ConfusionMatrix.ToArray())

/// What is reported of a mistake, except for the images and the class names, to the last bit.
let private told (report: AccuracyReport) =
    [ for mistake in report.Misclassified do
          mistake.Index,
          mistake.LabelIndex,
          mistake.PredictionIndex,
          BitConverter.DoubleToInt64Bits mistake.Probability,
          BitConverter.DoubleToInt64Bits mistake.LabelProbability ]

[<Property(Arbitrary = [| typeof<NetworkShapes> |], MaxTest = 40)>]
let ``The worst mistakes are the most certain ones, with their softmax`` (network: Network) (NonNegativeInt most) =
    let model = Model(network.Input, network.Layers)
    drawParameters network.Seed model
    let images = noise network.Seed network.Input network.Classes (network.Images + 9)
    model.Describe(Normalization.Of images, images.ClassNames)
    let logits = logits model (Array.map float (parametersOf model)) (Array.init images.Count (normalized model images)) (Decisions())
    let most = most % (images.Count + 3)

    for kernels in kernelSets do
        let report = Evaluator.Measure(model, images, 2, kernels, most)
        let all = Evaluator.Measure(model, images, 2, kernels, images.Count).Misclassified
        let certainties = [ for mistake in all -> -mistake.Probability, mistake.Index ]
        Assert.Equal(images.Count - report.Correct, all.Count)
        Assert.Equal(all.Count, all |> Seq.distinctBy _.Index |> Seq.length)
        Assert.Equal<float * int>(List.sort certainties, certainties)
        Assert.Equal<Misclassification>(Seq.truncate most all, report.Misclassified)

        for mistake in all do
            let expected = softmax logits[mistake.Index]
            Assert.Same(images, mistake.ImageSet)
            Assert.Equal(int (images.Label mistake.Index), mistake.LabelIndex)
            Assert.NotEqual(mistake.LabelIndex, mistake.PredictionIndex)
            Assert.Equal(images.ClassNames[mistake.LabelIndex], mistake.Label)
            Assert.Equal(images.ClassNames[mistake.PredictionIndex], mistake.Prediction)
            Assert.Equal(expected[mistake.PredictionIndex], mistake.Probability, 1e-4)
            Assert.Equal(expected[mistake.LabelIndex], mistake.LabelProbability, 1e-4)
            Assert.True(mistake.Probability >= mistake.LabelProbability)

[<Fact>]
let ``Equally certain mistakes come in the order of the images`` () =
    let report = Evaluator.Measure(brightest 3, shownAs 3 [| 2, 1; 0, 0; 0, 1; 1, 2; 0, 2 |], misclassifiedCount = 3)
    Assert.Equal<int>([ 0; 2; 3 ], report.Misclassified |> Seq.map _.Index)
    Assert.Equal("0: class 3 mistaken for class 2 (57.6 %)", report.Misclassified |> Seq.head |> string)

[<Fact>]
let ``Mistakes are named only on demand, and there are as many as there are`` () =
    let answers = shownAs 2 [| 0, 1; 1, 1 |]
    Assert.Empty(Evaluator.Measure(brightest 2, answers).Misclassified)
    Assert.Single(Evaluator.Measure(brightest 2, answers, misclassifiedCount = 100).Misclassified) |> ignore
    Assert.Empty(Evaluator.Measure(brightest 2, shownAs 2 [| 1, 1 |], misclassifiedCount = 100).Misclassified)

    failsWith "MisclassifiedCount" [ "-1" ] (fun () ->
        Evaluator.Measure(brightest 2, answers, misclassifiedCount = -1) |> ignore)

[<Fact>]
let ``The worst mistakes are the same on any number of threads`` () =
    let model = smallModel 1UL
    let images = noise 1 smallShape smallClasses 1201

    for kernels in kernelSets do
        let alone = Evaluator.Measure(model, images, 1, kernels, 50)
        Assert.Equal(50, alone.Misclassified.Count)

        for threads in [ 0; 2; 3; 7 ] do
            Assert.Equal<_ list>(told alone, told (Evaluator.Measure(model, images, threads, kernels, 50)))

[<Fact>]
let ``A part of the images is measured as it is within the whole`` () =
    let model = smallModel 1UL
    let images = noise 1 smallShape smallClasses 40
    let confusion (set: ImageSet) = Evaluator.Measure(model, set).ConfusionMatrix.ToArray()
    let parts = [ images.Slice(0, 13); images.Slice(13, 27) ]
    let sum = Array2D.init smallClasses smallClasses (fun label said -> parts |> List.sumBy (fun part -> (confusion part)[label, said]))
    Assert.Equal<int[,]>(confusion images, sum)

[<Fact>]
let ``Measuring leaves the model as it is`` () =
    let model = smallModel 1UL
    Evaluator.Measure(model, noise 1 smallShape smallClasses 20) |> ignore
    sameBits (parametersOf (smallModel 1UL)) (parametersOf model)
    Assert.False model.IsTrained

[<Fact>]
let ``Progress rises to the number of images`` () =
    let seen = ResizeArray<int>()
    Evaluator.Measure(smallModel 1UL, noise 1 smallShape smallClasses 1201, progress = fun progress -> seen.Add progress) |> ignore
    Assert.True(seen.Count > 1)
    Assert.Equal<int>(Seq.sort (Seq.distinct seen), seen)
    Assert.Equal(1201, Seq.last seen)

[<Fact>]
let ``A measurement that is cancelled ends at once, and the next is as ever`` () =
    let model = smallModel 1UL
    let images = noise 1 smallShape smallClasses 2000
    use cancellation = new CancellationTokenSource()
    let calls = ref 0

    let stop (_: int) =
        calls.Value <- calls.Value + 1
        cancellation.Cancel()

    Assert.Throws<OperationCanceledException>(fun () ->
        Evaluator.Measure(model, images, 2, progress = stop, cancellation = cancellation.Token) |> ignore)
    |> ignore

    Assert.Equal(1, calls.Value)
    Assert.Equal(2000, Evaluator.Measure(model, images, 2).Count)

[<Fact>]
let ``A model that gives NaN has no loss, and is wrong wherever the first class is`` () =
    let model = smallModel 1UL
    (model.Values model.Parameters[5]).Fill nanf
    let report = Evaluator.Measure(model, noise 1 smallShape smallClasses 50, misclassifiedCount = 50)
    Assert.True(Double.IsNaN report.Loss)
    Assert.Equal(50, report.Classes[0].Predicted)
    Assert.Equal(50 - report.Correct, report.Misclassified.Count)
    Assert.All(report.Misclassified, fun mistake -> Assert.True(Double.IsNaN mistake.Probability))

[<Fact>]
let ``Images that do not fit are told`` () =
    let measure (images: ImageSet) () = Evaluator.Measure(smallModel 1UL, images) |> ignore
    failsWith "EmptyImageSet" [ "noise" ] (measure ((noise 1 smallShape smallClasses 5).Slice(2, 0)))
    failsWith "ImageShape" [ "1×9×10"; "1×10×10" ] (measure (noise 1 (Shape(1, 9, 10)) smallClasses 5))
    failsWith "ClassCount" [ "3 classes"; "4 outputs" ] (measure (noise 1 smallShape 3 5))
    let images = noise 1 smallShape smallClasses 5
    failsWith "Threads" [ "-1" ] (fun () -> Evaluator.Measure(smallModel 1UL, images, -1) |> ignore)

[<Fact>]
let ``A report says accuracy and loss in a line`` () =
    let report = Evaluator.Measure(brightest 2, shownAs 2 [| 0, 0; 1, 1; 1, 0; 0, 0 |])
    Assert.StartsWith("answers: 3 of 4 right (75.00 %), loss ", string report)

[<Property>]
let ``Wilson's interval holds the share and lies within 0 and 1`` (NonNegativeInt some) (PositiveInt count) =
    let hits = some % (count + 1)
    let interval = ConfidenceInterval.Wilson(hits, count)
    let accuracy = share hits count
    Assert.InRange(interval.Lower, 0.0, accuracy)
    Assert.InRange(interval.Upper, accuracy, 1.0)
    Assert.True(interval.Lower < interval.Upper)

    // The interval of the misses is the mirror image.
    let misses = ConfidenceInterval.Wilson(count - hits, count)
    Assert.Equal(1.0 - interval.Lower, misses.Upper, 1e-12)
    Assert.Equal(1.0 - interval.Upper, misses.Lower, 1e-12)

[<Property>]
let ``Wilson's interval is narrower with more images`` (NonNegativeInt some) (PositiveInt count) (Size 20 more) =
    let width hits count =
        let interval = ConfidenceInterval.Wilson(hits, count)
        interval.Upper - interval.Lower

    let hits = some % (count + 1)
    Assert.True(width (hits * (more + 1)) (count * (more + 1)) < width hits count)

/// Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, method 3;
/// the last by hand: (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n).
[<Theory>]
[<InlineData(81, 263, 0.2553, 0.3662)>]
[<InlineData(15, 148, 0.0624, 0.1605)>]
[<InlineData(0, 20, 0.0000, 0.1611)>]
[<InlineData(1, 29, 0.0061, 0.1718)>]
[<InlineData(20, 20, 0.8389, 1.0000)>]
[<InlineData(9800, 10000, 0.9771, 0.9826)>]
let ``Wilson's interval is that of the tables`` (hits: int, count: int, lower: float, upper: float) =
    let interval = ConfidenceInterval.Wilson(hits, count)
    Assert.Equal(lower, interval.Lower, 4)
    Assert.Equal(upper, interval.Upper, 4)

[<Fact>]
let ``A report has the interval of its accuracy`` () =
    let report = Evaluator.Measure(brightest 2, shownAs 2 [| 0, 0; 1, 1; 1, 0; 0, 0 |])
    Assert.Equal(ConfidenceInterval.Wilson(3, 4), report.AccuracyInterval)
    Assert.Equal("30.06 % to 95.44 %", string report.AccuracyInterval)
