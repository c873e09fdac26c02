/// Measures that count each class the same, and how certain a model is, beside the examples of scikit-learn's documentation and the definitions.
module Cnn.Native.Tests.CertaintyTests

open System
open Xunit
open Cnn.Data
open Cnn.Evaluation
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Native.Tests.Networks

/// A model whose logits are the pixels.
let private pixelsAsLogits classes =
    let model = Model(Shape(1, 1, classes), [ Flatten() :> Layer ])
    model.Describe(Normalization.None 1, classNames classes)
    model

let private measure classes (labels: int list) (pixels: int list list) =
    let images =
        ImageSet(
            [| for row in pixels do
                   for pixel in row -> byte pixel |],
            [| for label in labels -> byte label |],
            Shape(1, 1, classes),
            classNames classes,
            "answers"
        )

    Evaluator.Measure(pixelsAsLogits classes, images)

let private answers classes labels said =
    measure classes labels [ for prediction in said -> [ for c in 0 .. classes - 1 -> if c = prediction then 255 else 0 ] ]

[<Fact>]
let ``Balanced accuracy is that of scikit-learn's example`` () =
    let report = answers 2 [ 0; 1; 0; 0; 1; 0 ] [ 0; 1; 0; 0; 0; 1 ]
    Assert.Equal(0.625, report.BalancedAccuracy, 12)

[<Fact>]
let ``Macro averages and F1 are those of scikit-learn's examples`` () =
    let report = answers 3 [ 0; 1; 2; 0; 1; 2 ] [ 0; 2; 1; 0; 0; 1 ]
    Assert.Equal(2.0 / 9.0, report.MacroPrecision, 12)
    Assert.Equal(1.0 / 3.0, report.MacroRecall, 12)
    Assert.Equal(0.8 / 3.0, report.MacroF1, 12)
    Assert.Equal<float list>([ 0.8; 0.0; 0.0 ], [ for c in report.Classes -> Math.Round(c.F1, 12) ])

[<Fact>]
let ``A class without images counts where it was said, and one that neither has images nor was said does not`` () =
    let report = answers 4 [ 0; 0; 1; 1 ] [ 0; 2; 1; 1 ]
    Assert.Equal(0.75, report.BalancedAccuracy, 12)
    Assert.Equal(1.5 / 3.0, report.MacroRecall, 12)
    Assert.Equal(2.0 / 3.0, report.MacroPrecision, 12)
    Assert.Equal((2.0 / 3.0 + 1.0) / 3.0, report.MacroF1, 12)
    Assert.Equal(0.0, report.Classes[2].F1)
    Assert.True(Double.IsNaN report.Classes[3].F1)

[<Fact>]
let ``Top-k accuracies are those of scikit-learn's example`` () =
    let report =
        measure 3 [ 0; 1; 2; 2 ] [ [ 50; 20; 20 ]; [ 30; 40; 20 ]; [ 20; 40; 30 ]; [ 70; 20; 10 ] ]

    Assert.Equal<(int * float) list>([ 1, 0.5; 2, 0.75; 3, 1.0 ], [ for top in report.TopAccuracies -> top.Top, top.Accuracy ])

[<Fact>]
let ``Of equally probable classes the first ones are the most probable, as in the predictions`` () =
    let report = measure 3 [ 0; 1; 2 ] [ [ 9; 9; 9 ]; [ 9; 9; 9 ]; [ 9; 9; 9 ] ]
    Assert.Equal<int list>([ 1; 2; 3 ], [ for top in report.TopAccuracies -> top.Correct ])

[<Fact>]
let ``There are ten top-k accuracies at most`` () =
    Assert.Equal(10, (answers 12 [ 0; 11 ] [ 0; 0 ]).TopAccuracies.Count)

/// Two classes: the difference of the logits is 1, 1 and 0, so the probabilities are 0.7311, 0.7311 and 0.5; 11 and 8 of 15 bins.
[<Fact>]
let ``The calibration error is the one worked out by hand`` () =
    let report = measure 2 [ 0; 1; 1 ] [ [ 255; 0 ]; [ 255; 0 ]; [ 7; 7 ] ]
    let confidence = 1.0 / (1.0 + exp -1.0)
    Assert.Equal((2.0 * abs (0.5 - confidence) + 0.5) / 3.0, report.CalibrationError, 7)
    Assert.Equal(15, report.CalibrationBins.Count)
    Assert.Equal((2, 1), (report.CalibrationBins[10].Count, report.CalibrationBins[10].Correct))
    Assert.Equal(confidence, report.CalibrationBins[10].Confidence, 7)
    Assert.Equal(0.5, report.CalibrationBins[10].Accuracy)
    Assert.Equal((1, 0), (report.CalibrationBins[7].Count, report.CalibrationBins[7].Correct))
    Assert.True(Double.IsNaN report.CalibrationBins[0].Confidence)

[<Fact>]
let ``A model that gives NaN has no calibration error, and finds no class but the one that it says`` () =
    let model = smallModel 1UL
    (model.Values model.Parameters[5]).Fill nanf
    let report = Evaluator.Measure(model, noise 1 smallShape smallClasses 50)
    Assert.True(Double.IsNaN report.CalibrationError)
    Assert.Equal(report.Correct, report.TopAccuracies[0].Correct)
    Assert.Equal(report.Correct, report.TopAccuracies[smallClasses - 2].Correct)

/// Σ of bins |bin| / n · |accuracy - confidence| and the places of the right classes, from the probabilities that a prediction gives.
let private fromProbabilities (classifier: IClassifier) (images: ImageSet) testTime =
    use predictor = new Predictor(classifier, 2, testTime = testTime)

    let rows =
        [ for i, prediction in Seq.indexed (predictor.Predict images) ->
              int (images.Label i), [| for probability in prediction.Probabilities -> probability.Probability |] ]

    let found k =
        rows
        |> List.filter (fun (label, row) -> row |> Array.filter (fun other -> other > row[label]) |> Array.length < k)
        |> List.length

    let error =
        rows
        |> List.groupBy (fun (_, row) -> int (ceil (Array.max row * 15.0)))
        |> List.sumBy (fun (_, bin) ->
            let right = bin |> List.averageBy (fun (label, row) -> if row[label] = Array.max row then 1.0 else 0.0)
            let confidence = bin |> List.averageBy (snd >> Array.max)
            float bin.Length / float rows.Length * abs (right - confidence))

    [ for k in 1 .. images.ClassNames.Count -> found k ], error

[<Theory>]
[<InlineData(false, false)>]
[<InlineData(true, false)>]
[<InlineData(false, true)>]
[<InlineData(true, true)>]
let ``Ensembles and several looks are measured by the probabilities that they give`` (together: bool, looks: bool) =
    let images = noise 1 smallShape smallClasses 43
    let models = [ smallModel 1UL; smallModel 2UL ]

    for model in models do
        model.Describe(Normalization.Of images, images.ClassNames)

    let classifier: IClassifier = if together then Ensemble models else models.Head
    let testTime = if looks then TestTimeAugmentation(Augmentation(Shift = 1), 3) else null
    let found, error = fromProbabilities classifier images testTime

    for threads in 1..2 do
        let report = Evaluator.Measure(classifier, images, threads, testTime = testTime)
        Assert.Equal<int list>(found, [ for top in report.TopAccuracies -> top.Correct ])
        Assert.Equal(report.Correct, report.TopAccuracies[0].Correct)
        Assert.Equal(error, report.CalibrationError, 1e-6)
