/// Graphs that are exported say in ONNX Runtime what the model says here.
module Cnn.Native.Tests.OnnxExportTests

open System
open System.IO
open System.Text.Json
open Microsoft.ML.OnnxRuntime
open Xunit
open Cnn
open Cnn.Data
open Cnn.Serialization
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Onnx
open Cnn.Presets
open Cnn.Training
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.OnnxRuntime
open Cnn.Native.Tests.TemporaryFolder

let private shape = Shape(2, 9, 7)

/// Networks that have every kind of layer between them, and vectors and images in each other's places.
let networks: (string * Layer list) list =
    [ "convolution", [ Convolution(4, 3, 2, 2, 1); Flatten(); Dense 3 ]
      "dilation", [ Convolution(4, 3, 3, 1, 2, 2); Relu(); Flatten(); Dense 3 ]
      "groups", [ Convolution(6, 3, 3, 1, 1, 1, 2); Convolution(12, 3, 3, 1, 1, 1, 6); Flatten(); Dense 3 ]
      "rows and columns",
      [ Convolution(4, 3, 2, PerAxis(2, 1), PerAxis(0, 1), PerAxis(1, 2)); MaxPooling(PerAxis(3, 2), PerAxis(1, 2), PerAxis(1, 0))
        AveragePooling(PerAxis(2, 1), PerAxis(1, 2), PerAxis(1, 0), true); AveragePooling(PerAxis(2, 1), 1, PerAxis(1, 0)); Flatten(); Dense 3 ]
      "whitening", [ Whitening(); Gelu(); Convolution(4, 3); Flatten(); Dense 3 ]
      "pooling with padding", [ Convolution(3, 2); MaxPooling(3, 2, 1); AveragePooling(3, 1, 1, true); AveragePooling(3, 1, 2); Flatten(); Dense 3 ]
      "pooling", [ Convolution(3, 2); MaxPooling(3, 1); AveragePooling(2, 1); MaxPooling 2; Flatten(); Dense 3 ]
      "normalization", [ BatchNormalization(0.1, 0.01); Convolution(4, 3); BatchNormalization(); Relu(); Flatten(); Dense 5; BatchNormalization(); Dense 3 ]
      "activations", [ Convolution(4, 3); LeakyRelu 0.2; Convolution(4, 1); Sigmoid(); Convolution(4, 1); Tanh(); Convolution(4, 1); Gelu(); Flatten(); Dense 5; Gelu(); Dropout 0.5; Dense 3 ]
      "scaling", [ Scaling 0.5; Convolution(4, 3); Relu(); Scaling -2.0; Flatten(); Scaling 0.1; Dense 3; Scaling 3.0 ]
      "residual", [ Convolution(4, 3); Relu(); Convolution(4, 3, 3, 1, 1); BatchNormalization(); Residual 2; Relu(); Flatten(); Dense 5; Dense 5; Residual 1; Dense 3 ]
      "residual with shortcuts", shortcutLayers
      "inverted residual", [ Convolution(4, 3); Relu6(); Convolution(8, 1); Relu6(); Convolution(8, 3, 3, 1, 1, 1, 8); Relu6(); Convolution(4, 1); Residual 5; GlobalAveragePooling(); Scaling 20; Relu6(); Dense 3 ]
      "a shortcut from the image", [ Convolution(4, 3, 3, 2, 1); Convolution(4, 1, 1, 2); Residual(1, 1); GlobalAveragePooling(); Dense 5; Dense 5; Relu(); Residual(1, 2); Dense 3 ]
      "dropout at the ends", [ Dropout 0.5; Residual 1; Flatten(); Dense 3; Dropout 0.5 ]
      "global pooling", [ Convolution(3, 3); GlobalAveragePooling() ]
      "a vector as an image", [ Convolution(5, 3); GlobalAveragePooling(); Convolution(6, 1); Relu(); MaxPooling 1; GlobalAveragePooling(); Flatten(); Dense 3; Convolution(3, 1); Residual 1 ]
      "no biases", [ Convolution(4, 3, 3, HasBias = false); BatchNormalization(); Relu(); Convolution(4, 3, 3, 1, 1, 1, 2, false); Flatten(); Dense(5, false); Tanh(); Dense(3, false) ] ]

let private describe (model: Model) =
    let channels = model.InputShape.Channels

    model.Describe(
        Normalization(Array.init channels (fun i -> 0.3f + 0.1f * float32 i), Array.init channels (fun i -> 0.25f + 0.05f * float32 i)),
        [| for c in 1 .. model.ClassCount -> $"class {c}" |]
    )

let modelOf seed layers =
    let model = Model(shape, layers)
    drawParameters seed model

    // A variance is not negative.
    for parameter in model.Parameters do
        if parameter.Name.EndsWith("running_var", StringComparison.Ordinal) then
            model.SetValues(parameter, model.GetValues parameter |> Array.map (fun value -> abs value + 0.1f))

    describe model
    model

let private save (folder: TemporaryFolder) (model: IClassifier) (options: OnnxExportOptions) =
    let path = folder.File $"{Guid.NewGuid()}.onnx"
    OnnxFile.Save(model, path, options = options)
    path

let kinds: TheoryData<string> = TheoryData<string>(networks |> List.map fst)

[<Theory; MemberData(nameof kinds)>]
let ``every kind of layer says the same in ONNX Runtime, at every opset`` (name: string) =
    use folder = new TemporaryFolder()
    let model = modelOf 3 (networks |> List.find (fun (other, _) -> other = name) |> snd)
    let images = noise 1 shape model.ClassCount 5
    let expected = probabilitiesOf model images

    for opset in OnnxExportOptions.OldestOpset .. OnnxExportOptions.NewestOpset do
        use session = openFile (save folder model (OnnxExportOptions opset))
        near 1e-5f expected (run "probabilities" session images)

[<Fact>]
let ``the networks have every kind of layer`` () =
    Assert.Equal<string>(
        ArchitectureJson.Samples |> Seq.map _.Kind |> Seq.sort,
        networks |> Seq.collect snd |> Seq.map _.Kind |> Seq.distinct |> Seq.sort
    )

[<Fact>]
let ``every preset says the same`` () =
    use folder = new TemporaryFolder()

    for preset in Preset.All do
        let model = preset.CreateModel 2UL
        use session = openFile (save folder model (OnnxExportOptions()))
        let images = noise 2 model.InputShape model.ClassCount 3
        near 1e-5f (probabilitiesOf model images) (run "probabilities" session images)

[<Fact>]
let ``the logits are those whose softmax are the probabilities`` () =
    use folder = new TemporaryFolder()
    let first, second = modelOf 1 (snd networks[0]), modelOf 2 (snd networks[6])
    let images = noise 1 shape 3 4

    for model in [ first :> IClassifier; Ensemble [ first; second ] ] do
        use session = openFile (save folder model (OnnxExportOptions()))

        let softmax (logits: float32[]) =
            let powers = logits |> Array.map exp
            powers |> Array.map (fun power -> power / Array.sum powers)

        let logits = run "logits" session images
        near 1e-5f (probabilitiesOf model images) (logits |> Array.chunkBySize 3 |> Array.collect softmax)

[<Fact>]
let ``an ensemble is one graph`` () =
    use folder = new TemporaryFolder()
    let ensemble = Ensemble [ modelOf 1 (snd networks[0]); modelOf 2 (snd networks[6]); modelOf 3 (snd networks[4]) ]
    let images = noise 1 shape 3 6

    for opset in [ OnnxExportOptions.OldestOpset; OnnxExportOptions.UsualOpset; OnnxExportOptions.NewestOpset ] do
        use session = openFile (save folder ensemble (OnnxExportOptions opset))
        near 1e-5f (probabilitiesOf ensemble images) (run "probabilities" session images)

[<Fact>]
let ``the input may be bytes, or floats up to one`` () =
    use folder = new TemporaryFolder()
    let model = modelOf 1 (snd networks[0])
    let images = noise 1 shape 3 6
    let expected = probabilitiesOf model images
    use bytes = openFile (save folder model (OnnxExportOptions(InputType = OnnxInputType.UInt8)))
    Assert.Equal(typeof<byte>, bytes.InputMetadata["input"].ElementType)
    near 1e-5f expected (runBytes bytes "probabilities" images)
    use unit = openFile (save folder model (OnnxExportOptions(InputRange = 1)))
    near 1e-5f expected (runRange 1f "probabilities" unit images)

[<Fact>]
let ``inputs, outputs and metadata are as they are documented`` () =
    use folder = new TemporaryFolder()
    let model = modelOf 1 (snd networks[0])
    let path = save folder model (OnnxExportOptions())
    use session = openFile path
    let input = session.InputMetadata["input"]
    Assert.Equal(typeof<float32>, input.ElementType)
    Assert.Equal<int>([| -1; 2; 9; 7 |], input.Dimensions)
    Assert.Equal("N", input.SymbolicDimensions[0])
    Assert.Equal<string>([ "logits"; "probabilities" ], Seq.sort session.OutputMetadata.Keys)
    Assert.All(session.OutputMetadata.Values, fun output -> Assert.Equal<int>([| -1; 3 |], output.Dimensions))
    let metadata = session.ModelMetadata
    Assert.Equal("Cnn", metadata.ProducerName)
    Assert.Equal("Custom", metadata.GraphName)
    Assert.Equal<string>(model.ClassNames, JsonSerializer.Deserialize<string[]> metadata.CustomMetadataMap["class_names"])
    Assert.Equal("255", metadata.CustomMetadataMap["cnn.input_range"])
    Assert.Equal(ArchitectureJson.Write(shape, model.Layers), metadata.CustomMetadataMap["cnn.architecture"])

    // ir_version = 7 at the beginning, and the opset 12 of the default domain.
    let bytes = File.ReadAllBytes path
    Assert.Equal<byte>([| 0x08uy; 7uy |], bytes[0..1])
    Assert.True(bytes.AsSpan().IndexOf([| 0x42uy; 4uy; 0x0auy; 0uy; 0x10uy; 12uy |].AsSpan()) > 0)

[<Theory>]
[<InlineData(8, 0, 255.0, "OnnxOpset")>]
[<InlineData(26, 0, 255.0, "OnnxOpset")>]
[<InlineData(12, 0, 0.0, "OnnxInputRange")>]
[<InlineData(12, 0, Double.NaN, "OnnxInputRange")>]
[<InlineData(12, 0, 1e300, "OnnxInputRange")>]
[<InlineData(12, 1, 1.0, "OnnxInputRange")>]
let ``settings that make no graph are refused, and nothing is written`` (opset: int, inputType: OnnxInputType, range: float, errorId: string) =
    use folder = new TemporaryFolder()
    failsWith errorId [] (fun () -> OnnxFile.Save(modelOf 1 (snd networks[0]), folder.File "a.onnx", options = OnnxExportOptions(opset, inputType, range)))
    Assert.Empty folder.Files

[<Fact>]
let ``a file that exists is kept unless it may be replaced`` () =
    use folder = new TemporaryFolder()
    let model = modelOf 1 (snd networks[0])
    OnnxFile.Save(model, folder.File "a.onnx")
    let before = File.ReadAllBytes(folder.File "a.onnx")
    Assert.Equal(("FileExists", CnnErrorKind.AlreadyExists), fileError (folder.File "a.onnx") (fun () -> OnnxFile.Save(modelOf 2 (snd networks[0]), folder.File "a.onnx")))
    Assert.Equal<byte>(before, File.ReadAllBytes(folder.File "a.onnx"))
    OnnxFile.Save(modelOf 2 (snd networks[0]), folder.File "a.onnx", overwrite = true)
    Assert.NotEqual<byte>(before, File.ReadAllBytes(folder.File "a.onnx"))

[<Fact>]
let ``a network trained on MNIST predicts the same 10,000 digits`` () =
    use folder = new TemporaryFolder()
    let loader = DatasetLoader()
    let model = (Preset.Find "Baseline").CreateModel 1UL
    Trainer.Train(model, loader.Load(Dataset.Mnist, DataSubset.Train).Slice(0, 12_000), TrainingOptions(Epochs = 1)) |> ignore
    let test = loader.Load(Dataset.Mnist, DataSubset.Test)
    use session = openFile (save folder model (OnnxExportOptions()))
    let best (values: float32[]) = values |> Array.chunkBySize 10 |> Array.map (fun row -> row |> Array.findIndex ((=) (Array.max row)))
    let expected, actual = probabilitiesOf model test, run "probabilities" session test
    near 1e-5f expected actual
    Assert.Equal<int>(best expected, best actual)
