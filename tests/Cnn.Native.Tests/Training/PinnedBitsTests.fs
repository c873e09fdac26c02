/// Law 4, to the letter: which bits one training makes. Any change of the order in which numbers are added shows here.
/// Whoever changes it knowingly puts the new hashes down, and says in the history that seeds give other models from now on.
[<Xunit.Collection("Alone")>]
module Cnn.Native.Tests.PinnedBitsTests

open System
open System.Runtime.InteropServices
open System.Security.Cryptography
open Xunit
open Cnn.Data
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Numerics
open Cnn.Training
open Cnn.Native.Tests.KernelSets
open Cnn.Native.Tests.Networks

// The hashes hold on every machine, so nothing may come from the mathematical library of the system, whose last bits differ between
// systems. Basic arithmetic and roots are exact by IEEE 754. What is left is the exponential of softmax: the last layer's weights are so large
// that all logits but the largest are further below it than 104, and of those the exponential is 0 on every system, as that of 0 is 1.
// (Softmax with an exponential that is off by a thousandth makes the same bits. A leaky last activation keeps logits from being biases alone.)
// Adam's powers are exact with these β. The weights are drawn as fractions with few bits, and not from the normal distribution.

let private shape = Shape(2, 14, 14)
let private classes = 4

/// Convolutions of every kind, normalisation over the batch, dropout, both poolings, a block with a connection that skips it.
let private layers: Layer list =
    [ Convolution(24, 3); BatchNormalization(); LeakyRelu 0.125
      Convolution(24, 3, 3, Padding = 1, Groups = 24); BatchNormalization(); Relu(); Convolution(24, 1); Residual 4
      MaxPooling 2; Dropout 0.25
      Convolution(16, 3, 3, Padding = 2, Dilation = 2, Groups = 2); Relu(); AveragePooling 2
      Flatten(); Dense 13; LeakyRelu 0.5; Dense classes ]

let private images =
    let mutable random = RandomStream(1UL, 0UL)
    let count = 95
    let pixels = [| for _ in 1 .. count * shape.Length -> byte (random.NextInt32 256) |]
    let labels = [| for _ in 1..count -> byte (random.NextInt32 classes) |]
    ImageSet(pixels, labels, shape, classNames classes, "noise")

let private drawnModel () =
    let model = Model(shape, layers)
    let mutable random = RandomStream(2UL, 0UL)
    let last = List.length layers - 1

    for parameter in model.Parameters do
        let values = model.Values parameter
        let scale = if parameter.Layer = last then float32 (1 <<< 24) else 0.5f

        for i in 0 .. values.Length - 1 do
            values[i] <-
                if parameter.FanIn = 0 then
                    parameter.Start
                else
                    scale * float32 (random.NextInt32 65 - 32) / 32f

    model

/// Three epochs in batches of eight shards; the last batch has seven, the last of them smaller.
let private hashAfterTraining kernels threads =
    let options =
        TrainingOptions(Epochs = 3, BatchSize = 40, Threads = threads, Seed = 3UL, LearningRate = 0.0625, Optimizer = Adam(Beta1 = 0.5, Beta2 = 0.75))

    use trainer = new Trainer(drawnModel (), images, options, kernels = kernels)
    let result = trainer.Run()
    // Where the training had diverged it would have ended early, and its bits would say little.
    Assert.Equal(9, result.History.Losses.Count)
    Assert.All(result.History.Losses, fun loss -> Assert.True(Single.IsFinite loss && loss > 0f))
    let bytes = MemoryMarshal.AsBytes(ReadOnlySpan(parametersOf result.Model))
    Convert.ToHexStringLower(SHA256.HashData bytes)

// 128 and 512 bits make the same here: they add in another order only where the sum is a loss, or a change too small for weights as large.
let private hashes =
    dict
        [ "scalar", "c946b66e75357fa9aaaa078c91e9a4ff66e780ae83b91d20525946952d1568ca"
          "avx2", "33cfad5f8c5f5314037ec74355ee28c80ff5d1874ca6b3be647454635eac6f4c"
          "avx512", "5a8612c922e34fbfb793ac8a6b8e4255b160647000224600a216fcd391166726"
          "vector128", "5a8612c922e34fbfb793ac8a6b8e4255b160647000224600a216fcd391166726" ]

[<Fact>]
let ``The exponentials that the pinned training stands on are the same everywhere`` () =
    Assert.Equal(1f, MathF.Exp 0f)
    Assert.All([ -104f; -105f; -1e6f; -1e9f ], fun x -> Assert.Equal(0f, MathF.Exp x))

[<Theory; ForEachKernelSet>]
let ``One training makes these bits, on any number of threads`` (set: string) =
    for threads in [ 1; 2; 3; 8 ] do
        let hash = hashAfterTraining (named set) threads
        Assert.True((hash = hashes[set]), $"The {set} kernels on {threads} threads made {hash}.")
