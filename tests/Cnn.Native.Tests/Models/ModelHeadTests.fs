/// A model for other classes keeps what the layers before its head have learned, bit for bit, and draws the head again.
module Cnn.Native.Tests.ModelHeadTests

open Xunit
open Cnn
open Cnn.Data
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Presets
open Cnn.Training

let private names (count: int) = [| for index in 1..count -> $"class {index}" |]

let private errorOf (action: unit -> Model) = Assert.Throws<CnnException>(fun () -> action () |> ignore)

/// Images of bars: class k has a bright column at 3 (k + 1), with noise around it.
let private bars (classes: int list) (each: int) (seed: uint64) =
    let random = Cnn.Numerics.RandomStream(seed, 0UL)
    let count = each * classes.Length
    let labels = [| for index in 0 .. count - 1 -> byte (index % classes.Length) |]
    let noise () = byte (min 90.0 (abs (30.0 * random.NextNormal())))

    let pixels =
        [| for label in labels do
               for _ in 0..11 do
                   for column in 0..11 -> if column = 2 * (classes[int label] + 1) then 200uy + noise () / 2uy else noise () |]

    ImageSet(pixels, labels, Shape(1, 12, 12), [| for kind in classes -> $"bar {kind}" |], "bars")

let private network () =
    let layers: Layer list = [ Convolution(4, 3); BatchNormalization(); Relu(); MaxPooling(2); Flatten(); Dense(12); Relu(); Dense(3) ]
    Model.Create(Shape(1, 12, 12), layers, 1UL)

let private trained () =
    let model = network ()
    Trainer.Train(model, bars [ 0; 1; 2 ] 40 1UL, TrainingOptions(Epochs = 4)) |> ignore
    model

[<Fact>]
let ``All before the head stays as it is, and the head is drawn by the seed`` () =
    let model = trained ()
    let before = [ for parameter in model.Parameters -> model.GetValues parameter ]
    let other = model.WithHead(names 5, 7UL)
    Assert.Equal(5, other.ClassCount)
    Assert.Equal<string>(names 5, other.ClassNames)
    Assert.Equal(7UL, other.Seed)
    Assert.True other.IsTrained
    Assert.Equal<float32>(model.Normalization.Mean, other.Normalization.Mean)
    Assert.Equal(model.Name, other.Name)

    for own, copy in Seq.zip model.Parameters other.Parameters do
        if own.Layer < 7 then
            Assert.Equal<float32>(model.GetValues own, other.GetValues copy)

    let headWeights (headed: Model) = headed.GetValues headed.Parameters[headed.Parameters.Count - 2]
    Assert.Equal<float32>(headWeights (model.WithHead(names 5, 7UL)), headWeights other)
    Assert.NotEqual<float32>(headWeights (model.WithHead(names 5, 8UL)), headWeights other)

    // The model itself is as it was.
    Assert.Equal<float32 list>(List.map List.ofArray before, [ for parameter in model.Parameters -> List.ofArray (model.GetValues parameter) ])
    Assert.Equal(3, model.ClassCount)

[<Fact>]
let ``A convolution before global average pooling is a head too`` () =
    let layers: Layer list = [ Convolution(4, 3); Relu(); Convolution(10, 1); GlobalAveragePooling() ]
    let model = Model.Create(Shape(1, 8, 8), layers, 1UL)
    let other = model.WithHead(names 3, 2UL)
    Assert.Equal(3, other.ClassCount)
    Assert.Equal(Convolution(3, 1), other.Layers[2] :?> Convolution)
    Assert.Equal<float32>(model.GetValues model.Parameters[0], other.GetValues other.Parameters[0])
    Assert.False other.IsTrained

[<Fact>]
let ``A head without biases gets none`` () =
    let withHead (layers: Layer list) = (Model.Create(Shape(1, 8, 8), layers, 1UL)).WithHead(names 3, 2UL).Layers
    Assert.Equal(Dense(3, false), (withHead [ Flatten(); Dense(10, false) ])[1] :?> Dense)
    Assert.Equal(Convolution(3, 1, 1, HasBias = false), (withHead [ Convolution(10, 1, 1, HasBias = false); GlobalAveragePooling() ])[0] :?> Convolution)

[<Fact>]
let ``What has no head that could be replaced is an error`` () =
    let bare = Model.Create(Shape(2, 4, 4), ([ GlobalAveragePooling() ]: Layer list), 1UL)
    Assert.Equal("ModelHead", (errorOf (fun () -> bare.WithHead(names 3, 1UL))).ErrorId)
    // Each filter gives 2×2 places: no number of filters makes three classes of them.
    let flat = Model.Create(Shape(1, 2, 2), ([ Convolution(2, 1); Flatten() ]: Layer list), 1UL)
    Assert.Equal("ModelHead", (errorOf (fun () -> flat.WithHead(names 3, 1UL))).ErrorId)
    let grouped = Model.Create(Shape(2, 2, 2), ([ Convolution(4, 1, 1, 1, 0, 1, 2); GlobalAveragePooling() ]: Layer list), 1UL)
    Assert.Equal("ModelHead", (errorOf (fun () -> grouped.WithHead(names 3, 1UL))).ErrorId)

[<Fact>]
let ``Names are checked`` () =
    let model = network ()
    Assert.Equal("ClassCount", (errorOf (fun () -> model.WithHead([| "one" |], 1UL))).ErrorId)
    Assert.Equal("ClassCount", (errorOf (fun () -> model.WithHead(names (Cnn.Data.ImageSet.MostClasses + 1), 1UL))).ErrorId)
    Assert.Equal("ClassNames", (errorOf (fun () -> model.WithHead([| "a"; "a" |], 1UL))).ErrorId)
