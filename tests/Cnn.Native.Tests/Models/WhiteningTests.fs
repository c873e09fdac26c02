/// A whitening layer makes the squares of its training images uncorrelated, and stays as it is from then on.
module Cnn.Native.Tests.WhiteningTests

open System
open FsCheck.Xunit
open Xunit
open Cnn.Data
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Numerics
open Cnn.Training
open Cnn.Native.Tests.Networks

/// Symmetric matrices of a few rows: full ones, ones without full rank, and diagonal ones.
let private symmetric (seed: int) =
    let random = Random seed
    let size = 1 + random.Next 20
    let rank = if random.Next 3 = 0 then random.Next(size + 1) else size
    let vectors = Array.init rank (fun _ -> Array.init size (fun _ -> random.NextDouble() - 0.5), random.NextDouble() - 0.3)

    let entry i j = vectors |> Array.sumBy (fun (vector, factor) -> factor * vector[i] * vector[j])

    let matrix = Array.zeroCreate (size * size)

    for i in 0 .. size - 1 do
        for j in 0..i do
            matrix[i * size + j] <- entry i j
            matrix[j * size + i] <- matrix[i * size + j]

    size, matrix

[<Property(MaxTest = 200)>]
let ``Eigenvectors are orthonormal and are only stretched, by eigenvalues from the largest to the least`` (seed: int) =
    let size, matrix = symmetric seed
    let struct (values, vectors) = SymmetricEigen.Decompose(size, matrix)
    let largest = matrix |> Seq.map abs |> Seq.fold max 1e-300
    Assert.Equal<float>(Array.sortDescending values, values)

    for i in 0 .. size - 1 do
        Assert.True(vectors[i] |> Array.maxBy abs > 0.0)

        for j in 0 .. size - 1 do
            let product = Array.map2 (*) vectors[i] vectors[j] |> Array.sum
            Assert.Equal((if i = j then 1.0 else 0.0), product, 1e-13)
            let row = matrix |> Array.skip (j * size) |> Array.take size
            Assert.Equal(values[i] * vectors[i][j], Array.map2 (*) row vectors[i] |> Array.sum, 1e-13 * float size * largest)

/// Smooth pictures: neighbours are alike, and so are the channels.
let private smooth seed (shape: Shape) count =
    let random = Random(seed: int)

    let pixels =
        [| for _ in 1..count do
               let waves = Array.init 4 (fun _ -> random.NextDouble(), random.NextDouble(), 6.0 * random.NextDouble())

               for row in 0 .. shape.Height - 1 do
                   for column in 0 .. shape.Width - 1 do
                       let value = waves |> Array.sumBy (fun (x, y, start) -> sin (x * float column + y * float row + start))

                       for channel in 1 .. shape.Channels do
                           byte (128.0 + 25.0 * value + float (random.Next(8 * channel))) |]

    ImageSet(pixels, Array.init count (fun i -> byte (i % 3)), shape, classNames 3, "smooth")

let private layers: Layer list =
    [ Whitening(); Gelu(); Convolution(6, 3); BatchNormalization(); Relu(); MaxPooling 2; Flatten(); Dense 3 ]

let private train (model: Model) images (options: TrainingOptions) = Trainer.Train(model, images, options).Model

let private filtersOf (model: Model) =
    [| for parameter in Seq.take 2 model.Parameters do
           yield! model.Values(parameter).ToArray() |]

[<Theory>]
[<InlineData(1)>]
[<InlineData(3)>]
let ``What a whitening layer makes of its training images is uncorrelated and has the variance λ / (λ + ε)`` channels =
    let shape = Shape(channels, 9, 11)
    let images = smooth 5 shape 60
    let size = 4 * channels
    let model = train (Model.Create(shape, layers, 1UL)) images (TrainingOptions(Epochs = 1))
    let outputs = model.GetActivations("Whitening1", images) :?> float32[,,,]
    Assert.Equal(2 * size, model.Summary[0].OutputShape.Channels)

    // The values of each filter at all places of all images.
    let values =
        [| for filter in 0 .. 2 * size - 1 ->
               [| for image in 0..59 do
                      for row in 0..7 do
                       for column in 0..9 -> float outputs[image, filter, row, column] |] |]

    let covariance i j = Array.map2 (*) values[i] values[j] |> Array.average

    for i in 0 .. size - 1 do
        Assert.Equal(0.0, Array.average values[i], 1e-3)
        Assert.InRange(covariance i i, 0.1, 1.0001)
        Assert.Equal<float>(values[i], Array.map (~-) values[size + i])

        for j in 0 .. i - 1 do
            Assert.Equal(0.0, covariance i j, 2e-3)

    // The first direction is the mean of a square, by far the strongest: its variance hardly feels ε.
    Assert.Equal(1.0, covariance 0 0, 2e-3)

[<Fact>]
let ``The filters stay as they are through a training and through further ones`` () =
    let images = smooth 1 (Shape(3, 9, 11)) 50
    let start = Model.Create(images.ImageShape, layers, 1UL)
    let drawn = filtersOf start
    let trained = train start images (TrainingOptions(Epochs = 1, BatchSize = 8, WeightAveraging = 0.9))
    let filters = filtersOf trained
    differentBits drawn filters
    let longer = train (Model.Create(images.ImageShape, layers, 1UL)) images (TrainingOptions(Epochs = 3, BatchSize = 8, Optimizer = AdamW(WeightDecay = 0.1)))
    sameBits filters (filtersOf longer)
    let further = train trained (smooth 2 images.ImageShape 50) (TrainingOptions(Epochs = 1))
    sameBits filters (filtersOf further)

[<Fact>]
let ``A training with a whitening layer has the same bits on any number of threads, and learns`` () =
    let shape = Shape(2, 10, 10)
    let images = bands 1 shape 3 90
    let trained threads = train (Model.Create(shape, layers, 4UL)) images (TrainingOptions(Epochs = 12, BatchSize = 16, LearningRate = 0.005, Threads = threads))
    sameBits (parametersOf (trained 1)) (parametersOf (trained 3))
    Assert.True((Cnn.Evaluation.Evaluator.Measure(trained 2, images)).Accuracy > 0.9)

[<Fact>]
let ``Pictures without any variance are whitened too`` () =
    let shape = Shape(1, 8, 8)
    let images = ImageSet(Array.zeroCreate (12 * shape.Length), Array.init 12 (fun i -> byte (i % 3)), shape, classNames 3, "black")
    let model = train (Model.Create(shape, layers, 1UL)) images (TrainingOptions(Epochs = 1))
    Assert.All(filtersOf model, fun value -> Assert.True(Single.IsFinite value))

[<Fact>]
let ``A whitening layer stands first, and its squares are small`` () =
    let modelOf (shape: Shape) (layers: Layer list) () = Model(shape, layers) |> ignore
    failsWith "LayerPlace" [ "Layer 1"; "first layer" ] (modelOf (Shape(1, 9, 9)) [ Relu(); Whitening(); Flatten(); Dense 2 ])
    failsWith "LayerSetting" [ "KernelSize"; "17" ] (modelOf (Shape(1, 20, 20)) [ Whitening 17; Flatten(); Dense 2 ])
    failsWith "LayerSetting" [ "Epsilon" ] (modelOf (Shape(1, 20, 20)) [ Whitening(2, 0.0); Flatten(); Dense 2 ])
    failsWith "LayerShape" [ "at most 256 values" ] (modelOf (Shape(65, 9, 9)) [ Whitening(); Flatten(); Dense 2 ])
    failsWith "LayerShape" [ "kernel" ] (modelOf (Shape(1, 1, 9)) [ Whitening(); Flatten(); Dense 2 ])
