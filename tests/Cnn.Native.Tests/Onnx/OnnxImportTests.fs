/// Networks of other programs say here what they say in ONNX Runtime.
module Cnn.Native.Tests.OnnxImportTests

open System
open System.IO
open Xunit
open Cnn
open Cnn.Data
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Onnx
open Cnn.Presets
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.OnnxGraphs
open Cnn.Native.Tests.OnnxRuntime
open Cnn.Native.Tests.TemporaryFolder

let private shape = Shape(2, 9, 7)

let private load (bytes: byte[]) (options: OnnxImportOptions) =
    use folder = new TemporaryFolder()
    File.WriteAllBytes(folder.File "network.onnx", bytes)
    OnnxFile.Load(folder.File "network.onnx", options)

/// Logits, less their mean: what probabilities tell of them.
let private centred (logits: float32[]) =
    logits |> Array.chunkBySize 3 |> Array.collect (fun row -> row |> Array.map (fun value -> value - Array.average row))

let kinds: TheoryData<string> = TheoryData<string>(networks |> List.map (fun (name, _, _, _) -> name))

[<Theory; MemberData(nameof kinds)>]
let ``a network of another program says what it says in ONNX Runtime`` (name: string) =
    let _, opset, isLast, make = networks |> List.find (fun (other, _, _, _) -> other = name)
    let images = noise 5 shape 3 6
    let file = fileOf opset (if isLast then [ 9; 7; 2 ] else [ 2; 9; 7 ]) make
    let model = load file null
    Assert.Equal(shape, model.InputShape)
    use session = openBytes file
    let layout = if isLast then ImageLayout.ChannelsLast else ImageLayout.ChannelsFirst
    let dimensions = if isLast then [ 6; 9; 7; 2 ] else [ 6; 2; 9; 7 ]
    let output = runFloats session "output" dimensions (images.GetPixels layout |> Array.map (fun pixel -> float32 pixel / 255f))
    let logits = if name = "a size from products" then Array.map log output else output
    Assert.True(logits |> Array.chunkBySize 3 |> Array.forall (fun row -> Array.max row - Array.min row > 1e-3f), "The network says nothing.")
    near 1e-4f (centred logits) (probabilitiesOf model images |> Array.map log |> centred)

let private networkOf name =
    let _, opset, isLast, make = networks |> List.find (fun (other, _, _, _) -> other = name)
    load (fileOf opset (if isLast then [ 9; 7; 2 ] else [ 2; 9; 7 ]) make) null

let private hasLayers (expected: Layer list) name =
    Assert.Equal<Layer>(expected, (networkOf name).Layers)

[<Fact>]
let ``nodes become the layers that they mean, and no others`` () =
    hasLayers [ Convolution(4, 3, 3, 1, 1); Relu(); MaxPooling 2; Convolution(6, 2); Relu(); Flatten(); Dense 8; Relu(); Dense 3 ] "LeNet of PyTorch"

    hasLayers
        [ Convolution(4, 3, 3, 1, 1, HasBias = false); BatchNormalization(); Relu(); AveragePooling 2; Flatten(); Dropout 0.25; Dense 8; BatchNormalization(); Dense 3 ]
        "VGG with normalisation"

    hasLayers [ Flatten(); Dense 5; Gelu(); Dense 3 ] "GELU as a product, after a bias"
    hasLayers [ Convolution(4, 3, 3, 1, 1); Flatten(); Dense 3 ] "a normalisation in front"

[<Fact>]
let ``numbers for rows and columns need no zeros around filters`` () =
    hasLayers
        [ Convolution(4, 3, 3, PerAxis(1, 2), PerAxis(2, 1), PerAxis(2, 1)); Relu(); MaxPooling(PerAxis(2, 3), PerAxis(1, 2), PerAxis(0, 1))
          AveragePooling(PerAxis(3, 1), PerAxis(2, 1), PerAxis(1, 0)); AveragePooling(PerAxis(1, 2), 1, 0, false); Flatten(); Dense 3 ]
        "other numbers for rows than for columns"

    hasLayers
        [ Convolution(2, 1, 1, 1, PerAxis(0, 1), 1, 2, false); Tanh(); MaxPooling(PerAxis(3, 1), PerAxis(2, 1)); Flatten(); Dense 3 ]
        "zeros at two sides"

[<Fact>]
let ``products without a bias become layers without one, and what is added afterwards is theirs`` () =
    hasLayers
        [ Convolution(4, 3, 3, HasBias = false); Relu(); Convolution(4, 1, 1, HasBias = false); Tanh(); Convolution(4, 1); Tanh(); Flatten()
          Dense(6, false); Tanh(); Dense(5, false); Tanh(); Dense 4; Tanh(); Dense(3, false) ]
        "products without biases"

[<Fact>]
let ``a normalisation in front is the model's`` () =
    let model = networkOf "a normalisation in front"
    near 1e-6f [| 0.4f; 0.5f |] (Seq.toArray model.Normalization.Mean)
    near 1e-6f [| 0.2f; 0.3f |] (Seq.toArray model.Normalization.StandardDeviation)

[<Fact>]
let ``what the graph does not say of its images is given`` () =
    let plain (g: GraphBuilder) x = g.Linear(g.Flatten x, 126, 3)
    let model = load (fileOf 13 [ 2; 9; 7 ] plain) (OnnxImportOptions(Mean = [| 0.4f; 0.5f |], StandardDeviation = [| 0.2f; 0.3f |]))
    near 1e-6f [| 0.4f; 0.5f |] (Seq.toArray model.Normalization.Mean)
    near 1e-6f [| 0.2f; 0.3f |] (Seq.toArray model.Normalization.StandardDeviation)
    let bytes = load (fileOf 13 [ 2; 9; 7 ] plain) (OnnxImportOptions(InputRange = 255.0))
    near 1e-9f [| 1f / 255f; 1f / 255f |] (Seq.toArray bytes.Normalization.StandardDeviation)
    let opened = fileOf 13 [ 2; 0; 0 ] plain
    Assert.Equal(shape, (load opened (OnnxImportOptions(InputShape = shape))).InputShape)
    failsWith "OnnxFileInput" [ "2×?×?"; "-InputShape" ] (fun () -> load opened null |> ignore)
    failsWith "OnnxFileInput" [ "2×9×7"; "3×9×7" ] (fun () -> load (fileOf 13 [ 2; 9; 7 ] plain) (OnnxImportOptions(InputShape = Shape(3, 9, 7))) |> ignore)
    failsWith "OnnxInputRange" [] (fun () -> load opened (OnnxImportOptions(InputRange = -1.0)) |> ignore)
    failsWith "Normalization" [] (fun () -> load opened (OnnxImportOptions(StandardDeviation = [| 0f |])) |> ignore)
    failsWith "OnnxFileModel" [ "3 means"; "2 channels" ] (fun () -> load (fileOf 13 [ 2; 9; 7 ] plain) (OnnxImportOptions(Mean = [| 0f; 0f; 0f |])) |> ignore)

[<Fact>]
let ``a node without a layer is named with its place`` () =
    let refused told make = failsWith "OnnxFileNode" told (fun () -> load (fileOf 13 [ 2; 9; 7 ] make) null |> ignore)
    refused [ "node 1 '4' (Softplus)"; "no layer here implements"; "network.onnx" ] (fun g x -> g.Flatten(g.Node("Softplus", [ g.Convolution(x, 4, 2, 3) ])))
    refused [ "(Concat)"; "SqueezeNet" ] (fun g x -> g.Linear(g.Flatten(g.Node("Concat", [ x; g.Node("Relu", [ x ]) ], OnnxGraphWriter.Integer("axis", 1L))), 252, 3))
    refused [ "(Mul)"; "two layers"; "an Add of two branches" ] (fun g x -> g.Linear(g.Flatten(g.Node("Mul", [ x; g.Node("Sigmoid", [ x ]) ])), 126, 3))
    refused [ "(Erf)" ] (fun g x -> g.Linear(g.Flatten(g.Node("Erf", [ x ])), 126, 3))
    refused [ "(MaxPool)"; "negative" ] (fun g x -> g.Node("MaxPool", [ g.Convolution(x, 4, 2, 1) ], window 2L, pads [ 0L; 0L; 1L; 1L ]))
    refused [ "(MaxPool)"; "less than the window" ] (fun g x -> g.Node("MaxPool", [ x ], window 2L, pads [ 2L; 2L; 2L; 2L ]))
    refused [ "(AveragePool)"; "count_include_pad" ] (fun g x -> g.Node("AveragePool", [ x ], window 2L, pads [ 0L; 0L; 1L; 1L ]))
    refused [ "(MaxPool)"; "dilated" ] (fun g x -> g.Node("MaxPool", [ x ], integers "kernel_shape" [ 2L; 3L ], integers "dilations" [ 1L; 2L ]))
    refused [ "(Transpose)" ] (fun g x -> g.Node("Transpose", [ x ], integers "perm" [ 0L; 1L; 3L; 2L ]))
    refused [ "(Gemm)"; "375"; "[3, 126]" ] (fun g x -> g.Linear(g.Flatten x, 125, 3))
    refused [ "(Pad)"; "other than zero" ] (fun g x -> g.Node("Pad", [ x; g.Integers [ 0L; 0L; 1L; 1L; 0L; 0L; 1L; 1L ]; g.Number 1f ]))
    refused [ "(Relu)"; "'nothing'" ] (fun g _ -> g.Node("Relu", [ "nothing" ]))
    refused [ "(Relu)"; "softmax" ] (fun g x -> g.Node("Relu", [ g.Node("Softmax", [ g.Linear(g.Flatten x, 126, 3) ]) ]))
    failsWith "OnnxFileModel" [ "2 to 4096 classes" ] (fun () -> load (fileOf 13 [ 2; 9; 7 ] (fun g x -> g.Convolution(x, 4, 2, 3))) null |> ignore)

/// The bytes of a file whose first tensor is said to have its values elsewhere.
let private elsewhere (bytes: byte[]) =
    let external = ProtobufMessage()
    external.Add(1, 3L)
    external.Add(1, 126L)
    external.Add(2, 1L)
    external.Add(8, "weights")
    external.Add(14, 1L)
    let graph = ProtobufMessage()
    graph.Add(5, external)
    let message = ProtobufMessage()
    message.Add(7, graph)
    use stream = new MemoryStream()
    message.WriteTo stream
    Array.append bytes (stream.ToArray())

[<Fact>]
let ``files that are not sound, too old or in two parts are refused`` () =
    let good = fileOf 13 [ 2; 9; 7 ] (fun g x -> g.Linear(g.Flatten x, 126, 3))
    failsWith "OnnxFileExternal" [ "'weights'"; "onnx.save" ] (fun () -> load (elsewhere good) null |> ignore)
    failsWith "OnnxFileOpset" [ "8"; "9 to 25" ] (fun () -> load (fileOf 8 [ 2; 9; 7 ] (fun g x -> g.Flatten x)) null |> ignore)
    failsWith "OnnxFileOpset" [ "26" ] (fun () -> load (fileOf 26 [ 2; 9; 7 ] (fun g x -> g.Flatten x)) null |> ignore)
    failsWith "OnnxFileFormat" [ "no graph" ] (fun () -> load [||] null |> ignore)
    failsWith "OnnxFileFormat" [] (fun () -> load "This is a text, and no network."B null |> ignore)

    for length in [ 1; 40; good.Length / 2; good.Length - 1 ] do
        failsWith "OnnxFileFormat" [ "network.onnx" ] (fun () -> load good[.. length - 1] null |> ignore)

    use folder = new TemporaryFolder()
    Assert.Equal(("FileNotFound", CnnErrorKind.NotFound), fileError (folder.File "none.onnx") (fun () -> OnnxFile.Load(folder.File "none.onnx")))
    Assert.Equal(("ReadFailed", CnnErrorKind.ReadFailed), fileError folder.Path (fun () -> OnnxFile.Load folder.Path))

[<Fact>]
let ``a small file does not make a large model`` () =
    // A filter of one pixel whose padding would make it a thousand rows and columns.
    failsWith "OnnxFileNode" [ "(Conv)"; "more values" ] (fun () ->
        load (fileOf 13 [ 2; 9; 7 ] (fun g x -> g.Convolution(x, 64, 2, 1, pads [ 1000L; 1000L; 0L; 0L ]))) null |> ignore)

    // One tensor, used again and again.
    failsWith "OnnxFileNode" [ "more values" ] (fun () ->
        load
            (fileOf 13 [ 2; 9; 7 ] (fun g x ->
                let weight = g.Weights [ 126; 126 ]
                let mutable x = g.Flatten x
                for _ in 1..1000 do x <- g.Node("MatMul", [ x; weight ])
                x))
            null
        |> ignore)

[<Fact>]
let ``values of all types and in all places are read`` () =
    let tensor (fill: ProtobufMessage -> unit) =
        let message = ProtobufMessage()
        message.Add(1, 2L)
        fill message
        let mutable name = null
        use stream = new MemoryStream()
        message.Add(8, "t")
        message.WriteTo stream
        OnnxTensor.Read(ReadOnlyMemory<byte>(stream.ToArray()), &name)

    let packed (values: byte[] list) = Array.concat values
    let floats = tensor (fun t -> t.Add(2, 1L); t.Add(4, packed [ BitConverter.GetBytes 1.5f; BitConverter.GetBytes -2f ]))
    let unpacked = tensor (fun t -> t.Add(2, 1L); t.Add(4, 1.5f); t.Add(4, -2f))
    let raw = tensor (fun t -> t.Add(2, 1L); t.Add(9, packed [ BitConverter.GetBytes 1.5f; BitConverter.GetBytes -2f ]))
    let doubles = tensor (fun t -> t.Add(2, 11L); t.Add(10, packed [ BitConverter.GetBytes 1.5; BitConverter.GetBytes -2.0 ]))
    let rawDoubles = tensor (fun t -> t.Add(2, 11L); t.Add(9, packed [ BitConverter.GetBytes 1.5; BitConverter.GetBytes -2.0 ]))
    let rawHalves = tensor (fun t -> t.Add(2, 10L); t.Add(9, packed [ BitConverter.GetBytes(Half.op_Explicit 1.5f: Half); BitConverter.GetBytes(Half.op_Explicit -2f: Half) ]))
    let halves = tensor (fun t -> t.Add(2, 10L); t.Add(5, 0x3e00L); t.Add(5, 0xc000L))

    for read in [ floats; unpacked; raw; doubles; rawDoubles; rawHalves; halves ] do
        sameBits [| 1.5f; -2f |] (read.ToFloats())

    let integers = tensor (fun t -> t.Add(2, 7L); t.Add(7, 3L); t.Add(7, -1L))
    Assert.Equal((3L, -1L), (integers.IntegerAt 0, integers.IntegerAt 1))
    Assert.Throws<InvalidDataException>(fun () -> tensor (fun t -> t.Add(2, 1L); t.Add(4, 1.5f)) |> ignore) |> ignore
    Assert.Throws<InvalidDataException>(fun () -> tensor (fun t -> t.Add(2, 8L); t.Add(6, "text")) |> ignore) |> ignore

let private roundTrip (model: Model) (options: OnnxExportOptions) =
    use folder = new TemporaryFolder()
    OnnxFile.Save(model, folder.File "model.onnx", options = options)
    OnnxFile.Load(folder.File "model.onnx")

[<Fact>]
let ``what was exported comes back to the bit`` () =
    let layers: Layer list =
        [ Convolution(5, 3, 2, 1, PerAxis(0, 1), PerAxis(1, 2)); MaxPooling(PerAxis(3, 2), 1, PerAxis(1, 0)); AveragePooling(PerAxis(1, 2), 1, PerAxis(0, 1)); Tanh(); Convolution(5, 1, 3, PerAxis(1, 1), PerAxis(0, 1), PerAxis(3, 1))
          Convolution(5, 3, 3, HasBias = false); BatchNormalization(0.1, 0.001); Relu(); Convolution(5, 3, 3, 1, 2, 2); Convolution(5, 3, 3, Padding = 1, Groups = 5); LeakyRelu 0.3
          Gelu(); Residual 5; MaxPooling 2; Sigmoid(); AveragePooling(2, 1); Relu6(); MaxPooling(3, 2, 1); AveragePooling(3, 1, 1, true); AveragePooling(3, 1, 1); Tanh()
          Convolution(6, 3, 3, 2, 1); Relu(); Convolution(6, 1, 1, 2); BatchNormalization(); Residual(2, 2); Relu(); GlobalAveragePooling(); Dense(13, false); BatchNormalization(); Dense 4 ]

    for model in [ Model(smallShape, layers); (Preset.Find "Baseline").CreateModel 3UL; (Preset.Find "LeNet5").CreateModel 4UL ] do
        drawParameters 5 model
        model.Describe(Normalization([| 0.1307f |], [| 0.3081f |]), classNames model.ClassCount)

        for options in [ null; OnnxExportOptions(InputRange = 1.0); OnnxExportOptions(InputType = OnnxInputType.UInt8); OnnxExportOptions OnnxExportOptions.OldestOpset ] do
            let loaded = roundTrip model options
            Assert.Equal<Layer>(model.Layers, loaded.Layers)
            sameBits (parametersOf model) (parametersOf loaded)
            Assert.Equal<string>(model.ClassNames, loaded.ClassNames)
            Assert.Equal<float32>(model.Normalization.Mean, loaded.Normalization.Mean)
            Assert.Equal<float32>(model.Normalization.StandardDeviation, loaded.Normalization.StandardDeviation)
            Assert.Equal((model.Name, true), (loaded.Name, loaded.IsTrained))

[<Fact>]
let ``every kind of layer comes back, and says the same`` () =
    for name, layers in OnnxExportTests.networks do
        let model = OnnxExportTests.modelOf 3 layers
        let images = noise 1 model.InputShape model.ClassCount 5
        near 1e-5f (probabilitiesOf model images) (probabilitiesOf (roundTrip model null) images)
