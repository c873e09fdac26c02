module Cnn.Native.Tests.ModelFileTests

open System
open System.IO
open System.Text.Json
open System.Text
open System.Text.Json.Nodes
open Cnn
open Cnn.Data
open Cnn.Evaluation
open Cnn.Serialization
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Presets
open Cnn.Training
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.SmallModels
open Cnn.Native.Tests.TemporaryFolder
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit

let private present value = Option.ofObj value |> Option.get

let private roundTrip (model: Model) =
    use folder = new TemporaryFolder()
    ModelFile.Save(model, folder.File "a")
    let loaded = ModelFile.Load(folder.File "a")
    ModelFile.Save(loaded, folder.File "b")
    let bytes = File.ReadAllBytes(folder.File "a")
    Assert.Equal<byte>(bytes, File.ReadAllBytes(folder.File "b"))
    Assert.Equal<byte>(bytes, ModelFile.ToBytes model)
    Assert.Equal<byte>(bytes, ModelFile.ToBytes(ModelFile.FromBytes(bytes, "bytes")))
    loaded

/// Gives a model's first tensor whatever bits.
let private setBits (model: Model) (bits: int[]) =
    let values = model.Values model.Parameters[0]

    for i in 0 .. values.Length - 1 do
        values[i] <- BitConverter.Int32BitsToSingle bits[i % bits.Length]

type Generators =
    /// Any layers that fit after each other, with whatever bits as parameters.
    static member Model() =
        let axes least most = Gen.map2 (fun height width -> PerAxis(height, width)) (Gen.choose (least, most)) (Gen.choose (least, most))

        let layer: Gen<Layer> =
            Gen.frequency
                [ 3,
                  gen {
                      let! filters = Gen.choose (1, 4)
                      let! height = Gen.choose (1, 3)
                      let! width = Gen.choose (1, 3)
                      let! stride = axes 1 2
                      let! padding = axes 0 2
                      let! dilation = Gen.frequency [ 3, Gen.constant (PerAxis 1); 1, axes 1 2 ]
                      let! hasBias = Gen.elements [ true; false ]
                      return Convolution(filters, height, width, stride, padding, dilation, 1, hasBias) :> Layer
                  }
                  1,
                  gen {
                      let! window = axes 1 2
                      let! stride = axes 1 2
                      let! padding = axes 0 1
                      return MaxPooling(window, stride, PerAxis(padding.Height % window.Height, padding.Width % window.Width)) :> Layer
                  }
                  1, Gen.constant (Relu()) ]

        let fits shape (layers: Layer list) =
            try
                Model(shape, layers) |> ignore
                true
            with :? CnnException ->
                false

        gen {
            let! channels = Gen.choose (1, 3)
            let! height = Gen.choose (1, 8)
            let! width = Gen.choose (1, 8)
            let! middle = Gen.listOf layer |> Gen.map (List.truncate 4)
            let! classes = Gen.choose (2, 6)
            let! seed = ArbMap.defaults |> ArbMap.generate<uint64>
            let! trained = ArbMap.defaults |> ArbMap.generate<bool>
            let! bits = Gen.arrayOfLength 64 (ArbMap.defaults |> ArbMap.generate<int>)
            let shape = Shape(channels, height, width)
            let ending: Layer list = [ Flatten(); Dense classes ]
            let layers = if fits shape (middle @ ending) then middle @ ending else ending
            let model = Model.Create(shape, layers, seed)
            setBits model bits

            if trained then
                let positive i = MathF.Abs(float32 bits[i % 64]) + 0.1f

                model.Describe(
                    Normalization(Array.init channels (fun i -> 1.0f / positive i), Array.init channels positive),
                    Array.init classes (fun i -> $"class\n{bits[i]} ☃ \"\\")
                )

            return model
        }
        |> Arb.fromGen

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``a model comes back bit for bit, and saves to the same bytes`` (model: Model) =
    Assert.Equal(contentOf model, contentOf (roundTrip model))

[<Fact>]
let ``bytes in memory are checked like a file`` () =
    let bytes = ModelFile.ToBytes((Preset.Find "Baseline").CreateModel 1UL)
    let error (content: byte[]) = Assert.Throws<CnnException>(fun () -> ModelFile.FromBytes(content, "the copy") |> ignore)
    let short = error bytes[.. bytes.Length - 2]
    Assert.Equal("SafetensorsTruncated", short.ErrorId)
    Assert.Contains("the copy", short.Message)
    Assert.Equal("SafetensorsTruncated", (error [||]).ErrorId)
    let changed = Array.copy bytes
    changed[bytes.Length - 1] <- changed[bytes.Length - 1] ^^^ 1uy
    Assert.Equal("ModelFileChecksum", (error changed).ErrorId)

[<Fact>]
let ``every kind of layer comes back with its settings`` () =
    let layers: Layer list = [ Whitening(3, 0.01); Convolution(4, 2, 2, Dilation = 2, Padding = 1); Convolution(4, 1, 1, Groups = 2); AveragePooling(2, 1); AveragePooling(3, 1, 1, true);
                           Convolution(4, 2, 1, PerAxis(1, 2), PerAxis(2, 1), PerAxis(2, 1)); AveragePooling(PerAxis(2, 1), 1); MaxPooling(PerAxis(1, 3), PerAxis(1, 2), PerAxis(0, 2)); LeakyRelu 0.3; Relu6(); Gelu(); Tanh(); Residual 1; Dropout 0.1; Scaling 0.1; BatchNormalization(); Sigmoid(); Convolution(4, 1, 1, HasBias = false);
                           BatchNormalization(0.2, 0.001); Residual 4; Convolution(3, 1); Tanh(); Convolution(3, 1); Residual(2, 1); GlobalAveragePooling(); Dense(4, false); Dense 3 ]
    let model = Model(inputShape, layers)
    // What is not trained is saved too.
    setParameters model [| for i in 1 .. Seq.sumBy (fun (parameter: ModelParameter) -> parameter.Length) model.Parameters -> float32 i |]
    Assert.Equal(contentOf model, contentOf (roundTrip model))

let settings: TheoryData<Layer, string> =
    let data = TheoryData<Layer, string>()
    // One number for both is what earlier versions read.
    data.Add(Convolution(2, 3, 3, 2, 1), """{"kind":"convolution","filters":2,"kernel_height":3,"kernel_width":3,"stride":2,"padding":1}""")
    data.Add(MaxPooling(3, 2), """{"kind":"max pooling","window":3,"stride":2}""")
    data.Add(AveragePooling(3, 2, 1), """{"kind":"average pooling","window":3,"stride":2,"padding":1}""")
    data.Add(
        Convolution(2, 3, 3, PerAxis(2, 1), PerAxis(0, 1), PerAxis(1, 2)),
        """{"kind":"convolution","filters":2,"kernel_height":3,"kernel_width":3,"stride":[2,1],"padding":[0,1],"dilation":[1,2]}""")
    data.Add(MaxPooling(PerAxis(3, 2), PerAxis(2, 1), PerAxis(1, 0)), """{"kind":"max pooling","window":[3,2],"stride":[2,1],"padding":[1,0]}""")
    data

[<Theory; MemberData(nameof settings)>]
let ``rows and columns are written as one number where they are the same`` (layer: Layer) (json: string) =
    let architecture = $"""{{"input_shape":[1,9,9],"layers":[{json}]}}"""
    Assert.Equal(architecture, ArchitectureJson.Write(Shape(1, 9, 9), [ layer ]))
    let struct (_, layers) = ArchitectureJson.Read architecture
    Assert.Equal(layer, Assert.Single layers)

[<Theory>]
[<InlineData "[2,2]">]
[<InlineData "2">]
let ``the same number for rows and columns may be written twice`` (stride: string) =
    let struct (_, layers) = ArchitectureJson.Read $"""{{"input_shape":[1,9,9],"layers":[{{"kind":"max pooling","window":2,"stride":{stride}}}]}}"""
    Assert.Equal<Layer>(MaxPooling 2, Assert.Single layers)

[<Theory>]
[<InlineData "[2]">]
[<InlineData "[2,1,1]">]
[<InlineData "[]">]
[<InlineData "[2,1.5]">]
[<InlineData "[2,\"1\"]">]
[<InlineData "2.5">]
[<InlineData "null">]
let ``other than one number or two for rows and columns is no architecture`` (stride: string) =
    let error =
        Assert.Throws<JsonException>(fun () ->
            ArchitectureJson.Read $"""{{"input_shape":[1,9,9],"layers":[{{"kind":"max pooling","window":2,"stride":{stride}}}]}}""" |> ignore)

    Assert.Contains("'stride' of layer 0 (max pooling)", error.Message)
    Assert.Contains("a list of two of them", error.Message)

[<Fact>]
let ``a file says only of layers without biases that they have none`` () =
    let text = ArchitectureJson.Write(Shape(1, 9, 9), [ Convolution(2, 3, 3, HasBias = false) :> Layer; Flatten(); Dense(3, false); Dense 2 ])
    let settings kind more = $"{{\"kind\":\"{kind}\",{more}}}"
    Assert.Contains(settings "convolution" "\"filters\":2,\"kernel_height\":3,\"kernel_width\":3,\"stride\":1,\"padding\":0,\"has_bias\":false", text)
    Assert.Contains(settings "dense" "\"outputs\":3,\"has_bias\":false", text)
    Assert.Contains(settings "dense" "\"outputs\":2", text)
    let struct (_, layers) = ArchitectureJson.Read(text.Replace("\"outputs\":2", "\"outputs\":2,\"has_bias\":true"))
    Assert.Equal<Layer>([ Convolution(2, 3, 3, HasBias = false) :> Layer; Flatten(); Dense(3, false); Dense 2 ], layers)
    let error = Assert.Throws<JsonException>(fun () -> ArchitectureJson.Read(text.Replace("\"has_bias\":false", "\"has_bias\":0")) |> ignore)
    Assert.Contains("'has_bias' of layer 0 (convolution) is 0, and must be true or false", error.Message)

[<Fact>]
let ``a model file of an earlier version loads`` () =
    let model = ModelFile.Load(Path.Combine(AppContext.BaseDirectory, "golden", "earlier-model.safetensors"))
    Assert.Equal<Layer>(layers, model.Layers)
    Assert.Equal((7UL, true), (model.Seed, model.IsTrained))
    Assert.All(model.Parameters, fun parameter -> Assert.Contains(model.Values(parameter).ToArray(), fun value -> value <> 0f))

[<Fact>]
let ``every preset comes back`` () =
    for preset in Preset.All do
        let model = preset.CreateModel 42UL
        Assert.Equal(contentOf model, contentOf (roundTrip model))

[<Fact>]
let ``every kind of layer can be saved`` () =
    let kinds = [ for kind in typeof<Layer>.Assembly.GetTypes() do if kind.IsSubclassOf typeof<Layer> && not kind.IsAbstract then kind.Name ]
    Assert.Equal<string>(List.sort kinds, ArchitectureJson.Samples |> Seq.map (fun layer -> layer.GetType().Name) |> Seq.sort)
    Assert.Distinct(ArchitectureJson.Samples |> Seq.map _.Kind)

[<Fact>]
let ``a trained model predicts the same when it comes back`` () =
    let images = makeImages 60 1
    let model = newModel 7UL
    Trainer.Train(model, images, TrainingOptions(Epochs = 2, BatchSize = 8)) |> ignore
    let loaded = roundTrip model
    Assert.Equal(contentOf model, contentOf loaded)
    let before = Evaluator.Measure(model, images)
    let after = Evaluator.Measure(loaded, images)
    Assert.Equal(BitConverter.DoubleToInt64Bits before.Loss, BitConverter.DoubleToInt64Bits after.Loss)
    Assert.Equal<int>(Seq.cast<int> (before.ConfusionMatrix.ToArray()), Seq.cast<int> (after.ConfusionMatrix.ToArray()))

[<Fact>]
let ``half a character in a name becomes the replacement character`` () =
    let model = Model(inputShape, layers, Name = "a\ud800")
    Assert.Equal("a\ufffd", (roundTrip model).Name)

[<Fact>]
let ``saving does not replace a file unless it may`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    ModelFile.Save(newModel 1UL, path)
    Assert.Equal(("FileExists", CnnErrorKind.AlreadyExists), fileError path (fun () -> ModelFile.Save(newModel 2UL, path)))
    Assert.Equal(1UL, ModelFile.Load(path).Seed)
    ModelFile.Save(newModel 2UL, path, true)
    Assert.Equal(2UL, ModelFile.Load(path).Seed)

/// The header and the data of a file.
let private split (path: string) =
    let content = File.ReadAllBytes path
    let length = int (BitConverter.ToInt64(content, 0))
    (JsonNode.Parse(Encoding.UTF8.GetString(content, 8, length)) |> present).AsObject(), content[8 + length ..]

let private join (path: string) (header: JsonObject) (data: byte[]) =
    let bytes = Encoding.UTF8.GetBytes(header.ToJsonString())
    File.WriteAllBytes(path, [| yield! BitConverter.GetBytes(int64 bytes.Length); yield! bytes; yield! data |])

/// Saves a model, changes the header, and loads it.
let private changed (change: JsonObject -> JsonObject -> unit) =
    use folder = new TemporaryFolder()
    let path = folder.File "model.safetensors"
    ModelFile.Save(newModel 3UL, path)
    let header, data = split path
    change header ((present header["__metadata__"]).AsObject())
    join path header data
    let before = GC.GetAllocatedBytesForCurrentThread()

    let result =
        try
            Ok(ModelFile.Load path)
        with :? CnnException as error ->
            Assert.Equal(path, string error.Target)
            Assert.Contains(path, error.Message)
            Error(error.ErrorId, error.Kind)

    Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0L, 2_000_000L)
    result

let private errorOf change =
    match changed change with
    | Ok _ -> "loaded"
    | Error(errorId, kind) ->
        Assert.Equal(CnnErrorKind.InvalidData, kind)
        errorId

let private setText (name: string) (value: string) (metadata: JsonObject) = metadata[name] <- JsonValue.Create value

[<Theory>]
[<InlineData("ModelFileFormat", "cnn.format", "other")>]
[<InlineData("ModelFileFormat", "cnn.format", "cnn.ensemble")>]
[<InlineData("ModelFileFormat", "cnn.format", null)>]
[<InlineData("CheckpointMetadata", "cnn.format", "cnn.checkpoint")>]
[<InlineData("ModelFileVersion", "cnn.version", "2")>]
[<InlineData("ModelFileVersion", "cnn.version", "0")>]
[<InlineData("ModelFileVersion", "cnn.version", "one")>]
[<InlineData("ModelFileMetadata", "cnn.version", null)>]
[<InlineData("ModelFileMetadata", "cnn.name", null)>]
[<InlineData("ModelFileMetadata", "cnn.seed", null)>]
[<InlineData("ModelFileMetadata", "cnn.seed", "-1")>]
[<InlineData("ModelFileMetadata", "cnn.seed", "18446744073709551616")>]
[<InlineData("ModelFileMetadata", "cnn.trained", null)>]
[<InlineData("ModelFileMetadata", "cnn.trained", "True")>]
[<InlineData("ModelFileMetadata", "cnn.class_names", null)>]
[<InlineData("ModelFileMetadata", "cnn.class_names", "null")>]
[<InlineData("ModelFileMetadata", "cnn.class_names", "[\"a\",\"b\"]")>]
[<InlineData("ModelFileMetadata", "cnn.class_names", "[\"a\",\"b\",null]")>]
[<InlineData("ModelFileMetadata", "cnn.class_names", "[\"a\",\"b\",3]")>]
[<InlineData("ModelFileMetadata", "cnn.class_names", "[\"a\",\"b\",\"\\ud800\"]")>]
[<InlineData("ModelFileMetadata", "cnn.normalization", null)>]
[<InlineData("ModelFileMetadata", "cnn.normalization", "")>]
[<InlineData("ModelFileMetadata", "cnn.normalization", "{\"mean\":[0,0]}")>]
[<InlineData("ModelFileMetadata", "cnn.normalization", "{\"mean\":null,\"standard_deviation\":[1,1]}")>]
[<InlineData("ModelFileMetadata", "cnn.normalization", "{\"mean\":[0],\"standard_deviation\":[1,1]}")>]
[<InlineData("ModelFileMetadata", "cnn.normalization", "{\"mean\":[0,\"NaN\"],\"standard_deviation\":[1,1]}")>]
[<InlineData("ModelFileMetadata", "cnn.normalization", "{\"mean\":[0,1e99],\"standard_deviation\":[1,1]}")>]
[<InlineData("ModelFileMetadata", "cnn.normalization", "{\"mean\":[0,0],\"standard_deviation\":[1,0]}")>]
[<InlineData("ModelFileMetadata", "cnn.normalization", "{\"mean\":[0,0],\"standard_deviation\":[1,1],\"more\":1}")>]
[<InlineData("ModelFileChecksum", "cnn.name", "Another")>]
let ``bad metadata is reported by its kind`` (errorId: string, name: string, value: string) =
    let actual =
        errorOf (fun _ metadata ->
            if errorId <> "ModelFileChecksum" then
                metadata.Remove "cnn.sha256" |> ignore

            if isNull value then
                metadata.Remove name |> ignore
            else
                setText name value metadata)

    Assert.Equal(errorId, actual)

let private architecture = ArchitectureJson.Write(inputShape, layers)

[<Theory>]
[<InlineData("""{"input_shape":[2,6,5],"layers":[""", """{"input_shape":[2,6,5],"layers":[{"kind":"transformer"},""")>]
[<InlineData("""{"input_shape":[2,6,5],"layers":[""", """{"input_shape":[2,6,5],"layers":[{"outputs":3},""")>]
[<InlineData("""{"input_shape":[2,6,5],"layers":[""", """{"input_shape":[2,6,5],"layers":[7,""")>]
[<InlineData("""{"input_shape":[2,6,5],"layers":[""", """{"input_shape":[2,6,5],"more":1,"layers":[""")>]
[<InlineData("""{"input_shape":[2,6,5],"layers":[""", """{"layers":[""")>]
[<InlineData("""{"input_shape":[2,6,5],"layers":[""", """{"input_shape":[2,6,5],"layers":""")>]
[<InlineData("[2,6,5]", "[2,6]")>]
[<InlineData("[2,6,5]", "[2,6,5.5]")>]
[<InlineData("[2,6,5]", "[2,-6,5]")>]
[<InlineData("[2,6,5]", "[2147483647,2147483647,2147483647]")>]
[<InlineData("[2,6,5]", "[2,4294967296,5]")>]
[<InlineData("\"filters\":3,", "")>]
[<InlineData("\"filters\":3,", "\"filters\":\"3\",")>]
[<InlineData("\"filters\":3,", "\"filters\":3,\"filters\":3,")>]
[<InlineData("\"filters\":3,", "\"filters\":3,\"shuffles\":1,")>]
[<InlineData("\"filters\":3,", "\"filters\":0,")>]
[<InlineData("\"filters\":3,", "\"filters\":2147483647,")>]
[<InlineData("\"stride\":1", "\"stride\":0")>]
[<InlineData("\"padding\":1", "\"padding\":2147483647")>]
[<InlineData("\"window\":2", "\"window\":2147483647")>]
[<InlineData("\"outputs\":4", "\"outputs\":-4")>]
[<InlineData("\"outputs\":3", "\"outputs\":5000")>]
[<InlineData("\"kind\":\"relu\"", "\"kind\":\"\\ud800\"")>]
[<InlineData("\"kind\":\"relu\"", "\"kind\":\"relu\",\"\\udc00\":1")>]
[<InlineData("{\"input_shape\"", "{\"\\ud800\":1,\"input_shape\"")>]
let ``a bad architecture is refused`` (before: string, after: string) =
    Assert.Contains(before, architecture)

    let actual =
        errorOf (fun _ metadata ->
            metadata.Remove "cnn.sha256" |> ignore
            setText "cnn.architecture" (architecture.Replace(before, after)) metadata)

    Assert.Equal("ModelFileArchitecture", actual)

[<Fact>]
let ``an architecture far larger than the file is refused before memory is asked for`` () =
    let huge: Layer list = [ Flatten(); Dense 16384; Dense 16000; Dense 3 ]
    let parameters = ModelLayout.Of(inputShape, huge |> List.toArray).Parameters
    Assert.InRange(parameters |> Seq.sumBy (fun parameter -> int64 parameter.Length), 1L <<< 27, 1L <<< 28)

    let actual =
        errorOf (fun _ metadata ->
            metadata.Remove "cnn.sha256" |> ignore
            setText "cnn.architecture" (ArchitectureJson.Write(inputShape, huge)) metadata)

    Assert.Equal("ModelFileTensors", actual)

[<Fact>]
let ``more layers than anybody has are refused`` () =
    let many = ArchitectureJson.Write(inputShape, [ for _ in 1..5000 -> Relu() :> Layer ])
    Assert.Throws<Text.Json.JsonException>(fun () -> ArchitectureJson.Read many |> ignore) |> ignore

[<Fact>]
let ``an architecture with half of a character is no JSON`` () =
    for text in [ """{"\ud800":1}"""; architecture.Replace("\"relu\"", "\"\\ud800\"") ] do
        Assert.Throws<Text.Json.JsonException>(fun () -> ArchitectureJson.Read text |> ignore) |> ignore

[<Fact>]
let ``a tensor too few, too many, or another is refused`` () =
    let withoutChecksum change =
        errorOf (fun header metadata ->
            metadata.Remove "cnn.sha256" |> ignore
            change header)

    let rename (before: string) (after: string) (header: JsonObject) =
        let tensor = header[before]
        header.Remove before |> ignore
        header[after] <- tensor

    Assert.Equal("ModelFileTensors", withoutChecksum (rename "layers.0.weight" "layers.0.weights"))

    let empty () = JsonNode.Parse """{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"""
    Assert.Equal("ModelFileTensors", withoutChecksum (fun header -> header["layers.7.weight"] <- empty ()))
    Assert.Equal("ModelFileTensors", withoutChecksum (fun header -> (present header["layers.0.weight"])["dtype"] <- JsonValue.Create "I32"))
    Assert.Equal("ModelFileTensors", withoutChecksum (fun header -> (present header["layers.0.weight"])["shape"] <- JsonNode.Parse "[3,2,2,3]"))
    Assert.Equal("ModelFileTensors", withoutChecksum (fun header -> (present header["layers.0.weight"])["shape"] <- JsonNode.Parse "[36]"))

[<Fact>]
let ``what another program adds, reorders or takes out of the checksum does not matter`` () =
    let loads change =
        match changed change with
        | Ok model -> Assert.Equal(contentOf (newModel 3UL), contentOf model)
        | Error error -> failwith $"{error}"

    loads (fun _ metadata -> setText "format" "pt" metadata)
    loads (fun _ metadata -> metadata.Remove "cnn.sha256" |> ignore)

    loads (fun header _ ->
        for name in header |> Seq.map _.Key |> Seq.sortDescending |> Seq.toArray do
            let node = header[name]
            header.Remove name |> ignore
            header[name] <- node)

[<Fact>]
let ``tensors without layers are no model`` () =
    Assert.Equal("ModelFileFormat", errorOf (fun header _ -> header.Remove "__metadata__" |> ignore; header["__metadata__"] <- JsonObject()))
