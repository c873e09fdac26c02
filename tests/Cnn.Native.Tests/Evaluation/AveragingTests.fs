/// What several models, or several looks at an image, say together is the mean of what each says.
module Cnn.Native.Tests.AveragingTests

open System
open FsCheck.FSharp
open FsCheck.Xunit
open Xunit
open Cnn.Data
open Cnn.Evaluation
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Presets
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.NetworkShapes

let private images = noise 1 smallShape smallClasses 43

/// Another network for the same images.
let private otherModel seed =
    Model.Create(smallShape, [ Convolution(3, 5) :> Layer; Relu(); Flatten(); Dense smallClasses ], seed)

/// Three models that were normalised each in its own way, of two kinds.
let private models () =
    let models = [ smallModel 1UL; smallModel 2UL; otherModel 3UL ]

    for i, model in List.indexed models do
        model.Describe(Normalization([| 0.1f * float32 i |], [| 0.3f + 0.2f * float32 i |]), images.ClassNames)

    models

/// [image][class].
let private probabilities (classifier: IClassifier) (images: ImageSet) testTime =
    use predictor = new Predictor(classifier, 2, testTime = testTime)

    [| for prediction in predictor.Predict images -> [| for probability in prediction.Probabilities -> probability.Probability |] |]

let private mean (all: float[][] list) =
    [| for image in 0 .. all.Head.Length - 1 ->
           [| for c in 0 .. all.Head[image].Length - 1 -> all |> List.averageBy (fun one -> one[image][c]) |] |]

let private same (tolerance: float) (expected: float[][]) (actual: float[][]) =
    Assert.Equal(expected.Length, actual.Length)
    Array.iter2 (Array.iter2 (fun (e: float) (a: float) -> Assert.Equal(e, a, tolerance))) expected actual

let private crossEntropy (images: ImageSet) (probabilities: float[][]) =
    probabilities |> Array.mapi (fun i row -> -log row[int (images.Label i)]) |> Array.average

[<Fact>]
let ``An ensemble gives the mean of the probabilities of its models`` () =
    let models = models ()
    let ensemble = Ensemble models
    let expected = mean [ for model in models -> probabilities model images null ]
    same 1e-6 expected (probabilities ensemble images null)

    for kernels in kernelSets do
        let report = Evaluator.Measure(ensemble, images, 2, kernels)
        Assert.Same(ensemble, report.Model)
        Assert.Equal(crossEntropy images expected, report.Loss, 1e-5)
        let right = expected |> Array.mapi (fun i row -> Array.max row = row[int (images.Label i)]) |> Array.filter id |> Array.length
        Assert.Equal(right, report.Correct)

[<Property(MaxTest = 20)>]
let ``The order of the models does not matter, and a copy of all of them neither`` (Size 4 count) =
    let models () = [ for seed in 1..count -> smallModel (uint64 seed) ]
    let ensemble = probabilities (Ensemble(models ())) images null
    same 1e-6 ensemble (probabilities (Ensemble(List.rev (models ()))) images null)
    same 1e-6 ensemble (probabilities (Ensemble(models () @ models ())) images null)

[<Fact>]
let ``An ensemble of one model is that model, bit for bit`` () =
    for kernels in kernelSets do
        let alone = Evaluator.Measure(smallModel 1UL, images, 1, kernels)
        let report = Evaluator.Measure(Ensemble [ smallModel 1UL ], images, 2, kernels)
        Assert.Equal(BitConverter.DoubleToInt64Bits alone.Loss, BitConverter.DoubleToInt64Bits report.Loss)

        for label in 0 .. smallClasses - 1 do
            for said in 0 .. smallClasses - 1 do
                Assert.Equal(alone.ConfusionMatrix[label, said], report.ConfusionMatrix[label, said])

let private looks = TestTimeAugmentation(Augmentation(Shift = 2, Mirror = true), 3, 5UL)

/// The images with left and right exchanged.
let private mirrored (images: ImageSet) =
    let width = images.ImageShape.Width
    let pixels = images.Pixels.ToArray() |> Array.chunkBySize width |> Array.collect Array.rev
    ImageSet(pixels, [| for i in 0 .. images.Count - 1 -> byte (images.Label i) |], images.ImageShape, images.ClassNames, "mirrored")

[<Fact>]
let ``Several looks give the mean of what is said of the image and of its versions, the first, third and so on mirrored`` () =
    // Shifts and mirrors are exact, so the versions are images again. An image is mirrored before it is shifted.
    let shifted (images: ImageSet) = Augmentation(Shift = 2).Apply(images, looks.Seed, looks.Count)
    let plain, turned = shifted images, shifted (mirrored images)
    let pick version = if version % looks.Count % 2 = 0 then turned else plain
    let pixels = [| for version in 0 .. plain.Count - 1 do yield! (pick version).Image(version).ToArray() |]
    let versions = ImageSet(pixels, [| for version in 0 .. plain.Count - 1 -> byte (plain.Label version) |], plain.ImageShape, plain.ClassNames, "versions")

    for classifier in [ smallModel 1UL :> IClassifier; Ensemble(models ()) ] do
        let apart = probabilities classifier versions null

        let expected =
            mean
                (probabilities classifier images null
                 :: [ for version in 0 .. looks.Count - 1 -> Array.init images.Count (fun i -> apart[i * looks.Count + version]) ])

        same 1e-6 expected (probabilities classifier images looks)
        let report = Evaluator.Measure(classifier, images, testTime = looks)
        Assert.Equal(crossEntropy images expected, report.Loss, 1e-5)
        Assert.Equal(looks, report.TestTimeAugmentation)

[<Fact>]
let ``Several looks are the same each time and on any number of threads, and others with another seed`` () =
    let strong = TestTimeAugmentation(Augmentation(Shift = 2, Rotation = 20, ElasticStrength = 9, EraseProbability = 0.5), 4)
    let images = noise 3 smallShape smallClasses 1111

    for kernels in kernelSets do
        let loss threads testTime =
            BitConverter.DoubleToInt64Bits (Evaluator.Measure(Ensemble(models ()), images, threads, kernels, testTime = testTime)).Loss

        let alone = loss 1 strong

        for threads in [ 1; 2; 3; 7 ] do
            Assert.Equal(alone, loss threads strong)

        Assert.NotEqual(alone, loss 1 (TestTimeAugmentation(strong.Augmentation, 4, 2UL)))
        Assert.NotEqual(alone, loss 1 null)

[<Fact>]
let ``Looks that change nothing say what one look says`` () =
    same 1e-6 (probabilities (smallModel 1UL) images null) (probabilities (smallModel 1UL) images (TestTimeAugmentation(Augmentation(), 5)))

/// A model that is as sure of the brightest pixel's class as this.
let private brightest sureness =
    let model = Model(Shape(1, 1, 3), [ Flatten() :> Layer ])
    model.Describe(Normalization([| 0f |], [| 1f / sureness |]), classNames 3)
    model

[<Fact>]
let ``What all models think impossible keeps a finite loss`` () =
    // A probability of e^−400 is 0 in single precision, and e^−1000 is so in double precision too.
    let images = ImageSet([| 255uy; 0uy; 0uy |], [| 2uy |], Shape(1, 1, 3), classNames 3, "bright")
    Assert.Equal(400.0 + log 2.0, (Evaluator.Measure(Ensemble [ brightest 400f; brightest 1000f ], images)).Loss, 1e-3)
    Assert.Equal(1000.0, (Evaluator.Measure(Ensemble [ brightest 1000f; brightest 1000f ], images)).Loss, 1e-3)

[<Fact>]
let ``A member that gives NaN makes the ensemble do so`` () =
    let broken = smallModel 1UL
    (broken.Values broken.Parameters[5]).Fill nanf
    let report = Evaluator.Measure(Ensemble [ smallModel 2UL; broken ], images)
    Assert.True(Double.IsNaN report.Loss)
    Assert.Equal(images.Count, report.Classes[0].Predicted)

[<Fact>]
let ``Models that do not go together are told`` () =
    let make (models: Model list) () = Ensemble models |> ignore
    failsWith "EnsembleEmpty" [ "at least one" ] (make [])
    let larger = Model.Create(Shape(1, 11, 10), smallLayers, 1UL)
    failsWith "EnsembleMismatch" [ "Model 2"; "1×11×10"; "1×10×10" ] (make [ smallModel 1UL; larger ])
    let fewer = Model.Create(smallShape, [ Flatten() :> Layer; Dense 3 ], 1UL)
    failsWith "EnsembleMismatch" [ "Model 3"; "the classes 0, 1, 2, and model 1 has" ] (make [ smallModel 1UL; smallModel 2UL; fewer ])
    let named = smallModel 3UL
    named.Describe(Normalization.None 1, [| "a"; "b"; "c"; "d" |])
    failsWith "EnsembleMismatch" [ "a, b, c, d" ] (make [ smallModel 1UL; named ])
    let once = smallModel 1UL
    failsWith "EnsembleDuplicate" [ "Models 1 and 3"; "in place" ] (make [ once; smallModel 2UL; once ])

[<Fact>]
let ``An ensemble says what it is`` () =
    let preset name seed = (Preset.Find name).CreateModel seed
    let ensemble = Ensemble [ preset "Baseline" 1UL; preset "LeNet5" 2UL; preset "Baseline" 3UL ]
    Assert.Equal("Baseline ×2 + LeNet5", ensemble.Name)
    Assert.Equal("Ensemble of 3: Baseline ×2 + LeNet5, 1×28×28 to 10 classes", string ensemble)
    Assert.Equal((ensemble.Models |> Seq.sumBy (fun model -> model.ParameterCount)), ensemble.ParameterCount)

[<Fact>]
let ``Looks that cannot be are told`` () =
    let measure testTime () = Evaluator.Measure(smallModel 1UL, images, testTime = testTime) |> ignore
    failsWith "AugmentationCount" [ "is 0" ] (measure (TestTimeAugmentation(Augmentation(Shift = 1), 0)))
    failsWith "AugmentationOutside" [ "Shift is 5" ] (measure (TestTimeAugmentation(Augmentation(Shift = 5))))
    failsWith "AugmentationOption" [ "Scale is 1" ] (measure (TestTimeAugmentation(Augmentation(Scale = 1))))

[<Fact>]
let ``Images that do not fit the models are told`` () =
    let ensemble = Ensemble(models ())
    failsWith "ImageShape" [ "1×9×10"; "1×10×10" ] (fun () -> Evaluator.Measure(ensemble, noise 1 (Shape(1, 9, 10)) smallClasses 5) |> ignore)
    failsWith "EmptyImageSet" [] (fun () -> probabilities ensemble (images.Slice(0, 0)) null |> ignore)
