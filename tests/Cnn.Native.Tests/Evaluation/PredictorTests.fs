/// What a predictor says of each image is what the definitions say, wherever the image comes from.
module Cnn.Native.Tests.PredictorTests

open System
open System.Threading
open FsCheck.FSharp
open FsCheck.Xunit
open Xunit
open Cnn.Data
open Cnn.Evaluation
open Cnn.Memory
open Cnn.Models
open Cnn.Pictures
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.NetworkShapes
open Cnn.Native.Tests.ReferenceNetwork

let private predict (model: Model) (images: ImageSet) =
    use predictor = new Predictor(model)
    predictor.Predict(images) |> Array.ofSeq

let private probabilitiesOf (prediction: ImagePrediction) =
    [| for c in prediction.Probabilities -> c.Probability |]

[<Property(Arbitrary = [| typeof<NetworkShapes> |], MaxTest = 30)>]
let ``Probabilities are the softmax of the logits, on any network`` (network: Network) =
    let model = Model(network.Input, network.Layers)
    drawParameters network.Seed model
    let images = noise network.Seed network.Input network.Classes (network.Images + 9)
    model.Describe(Normalization.Of images, images.ClassNames)
    let logits = logits model (Array.map float (parametersOf model)) (Array.init images.Count (normalized model images)) (Decisions())

    for kernels in kernelSets do
        use predictor = new Predictor(model, 2, kernels)

        for prediction, row in Seq.zip (predictor.Predict images) logits do
            let sum = row |> Array.sumBy exp
            let found = probabilitiesOf prediction
            Assert.All(Array.zip found row, (fun (probability, logit) -> Assert.Equal(exp logit / sum, probability, 1e-4)))
            Assert.Equal(1.0, Array.sum found, 1e-9)
            Assert.Equal(Array.max found, prediction.Probability)
            Assert.Equal(prediction.Prediction, (prediction.Probabilities |> Seq.maxBy _.Probability).Name)

[<Fact>]
let ``Every image is reported by its index and the name of its own class`` () =
    let model = smallModel 1UL
    let images = noise 1 smallShape smallClasses 1201
    let predictions = predict model images
    Assert.Equal<int>([| 0..1200 |], predictions |> Array.map _.Index)
    Assert.Equal<string>([| for label in images.Labels.ToArray() -> images.ClassNames[int label] |], predictions |> Array.map _.Label)
    Assert.All(predictions, (fun prediction -> Assert.Same(images, prediction.ImageSet); Assert.Null prediction.Path))

[<Fact>]
let ``What is said is what a report counts, on any number of threads`` () =
    let model = smallModel 1UL
    let images = noise 1 smallShape smallClasses 1201
    let report = Evaluator.Measure(model, images)
    let alone = predict model images
    Assert.Equal(report.Correct, alone |> Seq.zip (images.Labels.ToArray()) |> Seq.filter (fun (label, p) -> model.ClassNames[int label] = p.Prediction) |> Seq.length)

    for threads in [ 1; 2; 5 ] do
        use predictor = new Predictor(model, threads)
        Assert.Equal<float[]>(Array.map probabilitiesOf alone, predictor.Predict(images) |> Seq.map probabilitiesOf |> Array.ofSeq)

[<Fact>]
let ``An image as a picture is the same image, and the set of the prediction has what the model saw`` () =
    let model = smallModel 1UL
    let images = noise 1 smallShape smallClasses 20
    use predictor = new Predictor(model)

    for prediction in predictor.Predict images |> Array.ofSeq do
        let again = predictor.Predict(images.ToPicture prediction.Index, "folder/some.png", PictureInversion.Never)
        Assert.Equal<float>(probabilitiesOf prediction, probabilitiesOf again)
        Assert.Equal("folder/some.png", again.Path)
        Assert.Equal("some.png", again.ImageSet.Name)
        Assert.Null again.Label
        Assert.Equal(0, again.Index)
        Assert.Equal<byte>(images.Image(prediction.Index).ToArray(), again.ImageSet.Pixels.ToArray())

[<Fact>]
let ``A picture of any size and of either ground is the same drawing`` () =
    let model = smallModel 1UL
    let drawing = PictureTests.rectangle smallShape.Width smallShape.Height 3 3 4 3
    let large = drawing.Resize(7 * drawing.Width, 7 * drawing.Height)
    use predictor = new Predictor(model)
    let expected = predictor.Predict(drawing, "a") |> probabilitiesOf

    for picture in [ large; large.Invert(); large.ToColour(); large.ToColour().Invert() ] do
        Assert.Equal<float>(expected, predictor.Predict(picture, "b") |> probabilitiesOf)

    Assert.NotEqual<float>(expected, predictor.Predict(large, "b", PictureInversion.Always) |> probabilitiesOf)
    Assert.NotEqual<float>(expected, predictor.Predict(large, "b", PictureInversion.Auto, true) |> probabilitiesOf)

[<Fact>]
let ``Images come run by run, and a cancelled predictor still serves`` () =
    let images = noise 1 smallShape smallClasses 3000
    use predictor = new Predictor(smallModel 1UL, 2)
    use cancellation = new CancellationTokenSource()
    let seen = ResizeArray<int>()

    Assert.Throws<OperationCanceledException>(fun () ->
        for prediction in predictor.Predict(images, cancellation.Token) do
            seen.Add prediction.Index
            cancellation.Cancel())
    |> ignore

    Assert.InRange(seen.Count, 1, 1000)
    Assert.Equal(3000, predictor.Predict images |> Seq.length)

[<Fact>]
let ``Classes may be others than the model's, and the shape may not`` () =
    let model = smallModel 1UL
    let prediction = predict model (noise 1 smallShape (smallClasses + 3) 5)
    Assert.All(prediction, (fun p -> Assert.Contains(p.Prediction, model.ClassNames)))
    use predictor = new Predictor(model)
    failsWith "ImageShape" [ "1×9×10"; "1×10×10" ] (fun () -> predictor.Predict(noise 1 (Shape(1, 9, 10)) smallClasses 5) |> ignore)
    failsWith "EmptyImageSet" [ "noise" ] (fun () -> predictor.Predict((noise 1 smallShape smallClasses 5).Slice(2, 0)) |> ignore)
    failsWith "Threads" [ "-1" ] (fun () -> new Predictor(model, -1) |> ignore)

[<Fact>]
let ``A model that gives NaN says the first class, with no probability`` () =
    let model = smallModel 1UL
    (model.Values model.Parameters[5]).Fill nanf

    for prediction in predict model (noise 1 smallShape smallClasses 5) do
        Assert.Equal(model.ClassNames[0], prediction.Prediction)
        Assert.True(Double.IsNaN prediction.Probability)

[<Fact>]
let ``A prediction says image, class and probability in a line`` () =
    let prediction = predict (smallModel 1UL) (noise 1 smallShape smallClasses 5) |> Array.last
    Assert.StartsWith($"noise 4: {prediction.Prediction} (", string prediction)
