/// Learning rates that differ by layer: how names fit, and that a factor does what a rate of its own would.
module Cnn.Native.Tests.LearningRateFactorTests

open System
open System.Text.Json
open Xunit
open Cnn
open Cnn.Layers
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.Networks

let private images = bands 1 smallShape smallClasses 40
let private text (factors: string) = LearningRateFactors.Parse factors

let private layers: Layer list =
    [ Convolution(4, 3); BatchNormalization(); Relu(); Flatten(); Dense 6; Relu(); Dense smallClasses ]

let private network () = Model.Create(smallShape, layers, 3UL)

let private optimizers: Optimizer list =
    [ Adam(WeightDecay = 0.01); AdamW(WeightDecay = 0.1); Sgd(Nesterov = true, WeightDecay = 0.01); RmsProp(Momentum = 0.9) ]

/// The parameters after one epoch, by the name of the tensor.
let private trained (factors: LearningRateFactors) (rate: float) optimizer =
    let model = network ()
    let options = TrainingOptions(Epochs = 1, BatchSize = 10, LearningRate = Nullable rate, Optimizer = optimizer, LearningRateFactor = factors)
    let result = Trainer.Train(model, images, options).Model
    dict [ for tensor in result.Parameters -> tensor.Name, result.GetValues tensor ]

[<Fact>]
let ``Names fit layers and tensors, also by wildcards, and factors that fit the same tensor are multiplied`` () =
    let factors = (text """{"convolution*": 0.5, "*.bias": 3, "Dense2": 10, "dense?.weight": 2}""").For(network ())

    let expected =
        [ "layers.0.bias", 1.5f
          "layers.0.weight", 0.5f
          "layers.1.bias", 3.0f
          "layers.1.weight", 1.0f
          "layers.4.bias", 3.0f
          "layers.4.weight", 2.0f
          "layers.6.bias", 30.0f
          "layers.6.weight", 20.0f ]

    Assert.Equal<(string * float32) list>(expected, [ for entry in factors -> entry.Key, entry.Value ] |> List.sortBy fst)

[<Fact>]
let ``The same factor for all layers is that learning rate, for every optimizer`` () =
    for optimizer in optimizers do
        // A factor of a power of two: the products are exact.
        let expected = trained null 0.004 optimizer
        let actual = trained (text """{"*": 4}""") 0.001 optimizer

        for name in expected.Keys do
            sameBits expected[name] actual[name]

[<Fact>]
let ``With the factor 0 a tensor stays as it is while the others learn`` () =
    let before = network ()

    for optimizer in optimizers do
        let after = trained (text """{"Dense1": 0, "BatchNormalization1.bias": 0}""") 0.01 optimizer

        for tensor in before.Parameters do
            if tensor.IsTrained then
                let isKept = tensor.Layer = 4 || tensor.Name = "layers.1.bias"
                Assert.True((before.GetValues(tensor).AsSpan().SequenceEqual(after[tensor.Name].AsSpan()) = isKept), $"{optimizer.Kind}: {tensor.Name}")

[<Fact>]
let ``The first step of a layer is its factor times the step that it would take`` () =
    let one = bands 1 smallShape smallClasses 10

    let stepOf factors =
        let model = network ()
        let start = [ for tensor in model.Parameters -> model.GetValues tensor ]
        let options = TrainingOptions(Epochs = 1, BatchSize = 10, LearningRate = Nullable 0.01, Optimizer = Sgd(), LearningRateFactor = factors)
        let result = Trainer.Train(model, one, options).Model

        [ for tensor, before in Seq.zip result.Parameters start do
              if tensor.IsTrained then
                  for after, before in Seq.zip (result.GetValues tensor) before -> tensor.Layer, float after - float before ]

    for (layer, plain), (_, scaled) in List.zip (stepOf null) (stepOf (text """{"Dense1": 8}""")) do
        Assert.Equal((if layer = 4 then 8.0 else 1.0) * plain, scaled, 1e-6)

[<Theory>]
[<InlineData("""{"Dense9": 2}""", "no layer 'Dense9'")>]
[<InlineData("""{"Relu1": 2}""", "no layer 'Relu1'")>]
[<InlineData("""{"*.running_mean": 2}""", "no layer")>]
[<InlineData("""{"*": 1e30, "Dense1": 1e30}""", "The product of the factors")>]
let ``A name that fits nothing that learns is an error of the training`` (factors: string) (message: string) =
    let e = Assert.Throws<CnnException>(fun () -> trained (text factors) 0.01 (Sgd()) |> ignore)
    Assert.Equal("LearningRateFactor", e.ErrorId)
    Assert.Contains(message, e.Message)

[<Theory>]
[<InlineData("{}")>]
[<InlineData("null")>]
[<InlineData("10")>]
[<InlineData("""{"Dense1": -1}""")>]
[<InlineData("""{"Dense1": 1e300}""")>]
[<InlineData("""{"Dense1": 1, "dense1": 2}""")>]
let ``Factors that cannot be are an error`` (factors: string) =
    let e = Assert.Throws<CnnException>(fun () -> text factors |> ignore)
    Assert.Equal("LearningRateFactor", e.ErrorId)

[<Fact>]
let ``Factors are equal when they say the same, and survive as JSON`` () =
    let factors = text """{"Dense1": 10, "*.bias": 0.5}"""
    Assert.Equal(text """{ "*.bias": 0.5, "Dense1": 10.0 }""", factors)
    Assert.NotEqual(text """{"Dense1": 10}""", factors)
    Assert.Equal(factors, JsonSerializer.Deserialize<LearningRateFactors>(JsonSerializer.Serialize factors))

[<Fact>]
let ``A training goes on from its checkpoint with its factors, and the bits do not depend on the threads`` () =
    use folder = new Cnn.Native.Tests.TemporaryFolder.TemporaryFolder()
    let path = folder.File "a"
    let options threads =
        TrainingOptions(
            Epochs = 2, BatchSize = 10, LearningRate = Nullable 0.01, Optimizer = AdamW(), LearningRateFactor = text """{"Dense*": 5}""", Threads = threads, ClipNorm = Nullable 0.5)

    let whole = Trainer.Train(network (), images, options 1)
    sameBits (parametersOf whole.Model) (parametersOf (Trainer.Train(network (), images, options 3)).Model)

    use trainer = new Trainer(network (), images, options 2)
    use cancellation = new Threading.CancellationTokenSource()
    trainer.Run((fun (_: TrainingProgress) -> cancellation.Cancel()), cancellation.Token) |> ignore
    trainer.SaveCheckpoint path
    use resumed = Trainer.Resume(path, images)
    Assert.Equal(options(1).LearningRateFactor, resumed.Options.LearningRateFactor)
    sameBits (parametersOf whole.Model) (parametersOf (resumed.Run()).Model)
