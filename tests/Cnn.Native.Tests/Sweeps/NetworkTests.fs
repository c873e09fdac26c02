/// Networks whose layers a sweep varies.
module Cnn.Native.Tests.NetworkTests

open Xunit
open Cnn
open Cnn.Serialization
open Cnn.Layers
open Cnn.Models
open Cnn.Presets
open Cnn.Sweeps
open Cnn.Native.Tests.TemporaryFolder

let private lenet = Network.Of(Preset.Find "LeNet5")

[<Fact>]
let ``the parameters are named after the layers and their settings`` () =
    let names = lenet.Parameters |> Seq.map _.Name |> Set.ofSeq
    for name in [ "Convolution1Filters"; "Convolution2KernelHeight"; "Convolution2KernelSize"; "Convolution2Stride"; "Convolution2PaddingWidth"; "MaxPooling2Window"; "MaxPooling1WindowHeight"; "Dense3Outputs" ] do
        Assert.Contains(name, names)
    Assert.DoesNotContain("Convolution3Filters", names)
    Assert.DoesNotContain("Convolution1Kind", names)

[<Fact>]
let ``one setting of one layer is changed, and nothing else`` () =
    let changed = lenet.With("convolution2filters", 5).With("Convolution1KernelSize", 3)
    Assert.Equal<Layer>(Convolution(6, 3, 3, 1, 2), changed.Layers[0])
    Assert.Equal<Layer>(Convolution(5, 5), changed.Layers[3])
    let others (network: Network) = network.Layers |> Seq.indexed |> Seq.filter (fun (index, _) -> index <> 0 && index <> 3) |> Seq.map snd
    Assert.Equal<Layer>(others lenet, others changed)
    Assert.Equal<Layer>(Convolution(6, 5, 5, 1, 2), lenet.Layers[0])
    let model = changed.CreateModel 7UL
    Assert.Equal("LeNet5", model.Name)
    Assert.Equal(7UL, model.Seed)
    Assert.Equal<Layer>(changed.Layers, model.Layers)

/// A setting that is saved and cannot be varied, or the other way round, would be one that somebody forgot.
[<Fact>]
let ``every setting of every kind of layer can be varied`` () =
    for layer in ArchitectureJson.Samples do
        let network = Network("Custom", Cnn.Memory.Shape(1, 28, 28), [| layer |])
        for parameter in network.Parameters do
            // A property, or a property of what has a number for rows and one for columns.
            let valueIn (layer: Layer) (path: string) =
                path.Split '.' |> Array.fold (fun value name -> nonNull ((nonNull (value.GetType().GetProperty name)).GetValue value)) (box layer)

            let value: obj =
                match valueIn layer parameter.Properties[0] with
                | :? int as number -> box (number + 1)
                | :? float as number -> box (number / 2.0 + 0.1)
                | :? float32 as number -> box (number / 2.0f + 0.1f)
                | :? bool as truth -> box (not truth)
                | other -> other
            let changed = network.With(parameter.Name, value)
            for property in parameter.Properties do
                Assert.Equal(value, valueIn changed.Layers[0] property)
            if not (value.GetType().IsEnum) then
                Assert.NotEqual<string>(network.Id, changed.Id)

[<Fact>]
let ``rows and columns are varied together or alone`` () =
    let changed = lenet.With("Convolution2Stride", 2).With("Convolution2PaddingHeight", 3).With("MaxPooling2WindowWidth", 1).With("MaxPooling2StrideWidth", 1)
    Assert.Equal<Layer>(Convolution(16, 5, 5, 2, PerAxis(3, 0), 1), changed.Layers[3])
    Assert.Equal<Layer>(MaxPooling(PerAxis(2, 1), PerAxis(2, 1)), changed.Layers[5])
    Assert.Equal(lenet.Id, changed.With("Convolution2Stride", 1).With("Convolution2Padding", 0).With("MaxPooling2Window", 2).With("MaxPooling2Stride", 2).Id)

[<Fact>]
let ``biases are varied like other settings`` () =
    let changed = lenet.With("Convolution2HasBias", false).With("Dense1HasBias", false)
    Assert.Equal<Layer>(Convolution(16, 5, 5, HasBias = false), changed.Layers[3])
    Assert.Equal<Layer>(Dense(120, false), changed.Layers[7])
    Assert.NotEqual<string>(lenet.Id, changed.Id)
    Assert.Equal(lenet.Id, changed.With("Convolution2HasBias", true).With("Dense1HasBias", true).Id)

[<Fact>]
let ``the identifier tells the layers, and not the way to them`` () =
    Assert.StartsWith("LeNet5-", lenet.Id)
    Assert.Equal(lenet.Id, (lenet.With("Dense1Outputs", 120)).Id)
    Assert.NotEqual<string>(lenet.Id, (lenet.With("Dense1Outputs", 121)).Id)
    Assert.Equal(lenet.Id, Network.Of((Preset.Find "LeNet5").CreateModel(5UL)).Id)

[<Fact>]
let ``an unknown setting is reported with the nearest known one and all`` () =
    let error = failureOf (fun () -> lenet.With("Conv1Filters", 5))
    Assert.Equal(("SweepParameterUnknown", CnnErrorKind.InvalidArgument), (error.ErrorId, error.Kind))
    Assert.Contains("Did you mean Convolution1Filters?", error.Message)
    Assert.Contains("Dense3Outputs", error.Message)

[<Theory>]
[<InlineData("LerningRate", "LearningRate")>]
[<InlineData("learningrate", "LearningRate")>]
[<InlineData("Batch", "BatchSize")>]
[<InlineData("Epoch", "Epochs")>]
let ``the nearest name is what was probably meant`` (name: string) (meant: string) =
    Assert.Equal(meant, NearestName.Of(name, [ "Epochs"; "BatchSize"; "LearningRate"; "Beta1" ]))
