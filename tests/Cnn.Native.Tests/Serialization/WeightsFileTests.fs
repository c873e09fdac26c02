/// Tensors of other programs, on networks that are described here.
module Cnn.Native.Tests.WeightsFileTests

open System
open System.IO
open System.Text
open Cnn.Serialization
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.TemporaryFolder
open Xunit

/// A safetensors file as PyTorch writes it: tensors in the order of their names.
let private write (path: string) (tensors: (string * string * int list * byte[]) list) =
    let mutable start = 0

    let header =
        [ for name, kind, dimensions, bytes in tensors do
              let first = start
              start <- start + bytes.Length
              $"\"{name}\":{{\"dtype\":\"{kind}\",\"shape\":[{String.Join(',', dimensions)}],\"data_offsets\":[{first},{start}]}}" ]

    let text = Encoding.UTF8.GetBytes("{" + String.Join(',', header) + "}")
    File.WriteAllBytes(path, Array.concat [ yield BitConverter.GetBytes(int64 text.Length); yield text; for _, _, _, bytes in tensors do yield bytes ])

let private bytesOf kind (values: float32[]) =
    values
    |> Array.collect (fun value ->
        match kind with
        | "F16" -> BitConverter.GetBytes(Half.op_Explicit value: Half)
        | "BF16" -> (BitConverter.GetBytes value)[2..3]
        | "F64" -> BitConverter.GetBytes(float value)
        | _ -> BitConverter.GetBytes value)

let private shape = Shape(2, 6, 6)

let private layers: Layer list =
    [ Convolution(3, 3); BatchNormalization(); Relu(); Convolution(4, 1); Flatten(); Dense 5; Relu(); Dense 3 ]

let private network () = Model.Create(shape, layers, 1UL)

/// The tensors of a model under the names that a program gives its modules, in the order of the names.
let private state (model: Model) kind (names: (int * string) list) =
    [ for layer, name in names do
          for parameter in model.Parameters |> Seq.filter (fun parameter -> parameter.Layer = layer) do
              $"{name}.{parameter.Name.Split('.')[2]}", kind, List.ofSeq parameter.Dimensions, bytesOf kind (model.GetValues parameter)
      "bn1.num_batches_tracked", "I64", [], Array.zeroCreate 8 ]
    |> List.sortBy (fun (name, _, _, _) -> name)

let private trained () =
    let model = network ()
    // Values that are the same in all types.
    setParameters model [| for i in 1 .. Seq.sumBy (fun (parameter: ModelParameter) -> parameter.Length) model.Parameters -> float32 (i % 97) |]
    model

let private modules = [ 0, "conv2"; 1, "bn1"; 3, "conv10"; 5, "fc1"; 7, "fc2" ]

[<Theory>]
[<InlineData("F32")>]
[<InlineData("F16")>]
[<InlineData("BF16")>]
[<InlineData("F64")>]
let ``a state_dict goes in by order within each kind of layer, with numbers in names as numbers`` (kind: string) =
    use folder = new TemporaryFolder()
    write (folder.File "state.safetensors") (state (trained ()) kind modules)
    let before = network ()
    let model = WeightsFile.Load(folder.File "state.safetensors", before)
    sameBits (parametersOf (trained ())) (parametersOf model)
    sameBits (parametersOf (network ())) (parametersOf before)
    Assert.Equal(Path.GetFullPath(folder.File "state.safetensors"), model.Path)

[<Fact>]
let ``names of a Sequential and those of a model file decide`` () =
    use folder = new TemporaryFolder()
    write (folder.File "sequential") (state (trained ()) "F32" [ 0, "0"; 1, "1"; 3, "3"; 5, "5"; 7, "7" ])
    sameBits (parametersOf (trained ())) (parametersOf (WeightsFile.Load(folder.File "sequential", network ())))
    ModelFile.Save(trained (), folder.File "own")
    sameBits (parametersOf (trained ())) (parametersOf (WeightsFile.Load(folder.File "own", network ())))

[<Fact>]
let ``a bias that is not there is zero`` () =
    use folder = new TemporaryFolder()
    write (folder.File "state") (state (trained ()) "F32" modules |> List.filter (fun (name, _, _, _) -> name <> "conv10.bias"))
    let model = WeightsFile.Load(folder.File "state", network ())
    sameBits [| 0f; 0f; 0f; 0f |] (model.GetBiases "Convolution2")
    sameBits ((trained ()).GetBiases "Dense2") (model.GetBiases "Dense2")

[<Fact>]
let ``tensors without biases fit layers without biases, and others do not`` () =
    use folder = new TemporaryFolder()
    let bare: Layer list = layers |> List.map (function :? Convolution as c -> Convolution(c.Filters, c.KernelHeight, c.KernelWidth, HasBias = false) :> Layer | :? Dense as d -> Dense(d.Outputs, false) | other -> other)
    let all = state (trained ()) "F32" modules
    let isBias (name: string, _, _, _) = name.EndsWith(".bias", StringComparison.Ordinal) && not (name.StartsWith("bn1", StringComparison.Ordinal))
    write (folder.File "bare") (List.filter (isBias >> not) all)
    let described = Model.Create(shape, bare, 1UL)
    let model = WeightsFile.Load(folder.File "bare", described)
    Assert.DoesNotContain(model.Parameters, fun parameter -> parameter.Layer <> 1 && parameter.Name.EndsWith(".bias", StringComparison.Ordinal))

    for layer in [ "Convolution1"; "Convolution2"; "Dense1"; "Dense2" ] do
        Assert.Equal((trained ()).GetWeights layer, model.GetWeights layer)

    failsWith "ParameterUnknown" [ "Dense1"; "no bias"; "BatchNormalization1" ] (fun () -> model.GetBiases "Dense1" |> ignore)
    write (folder.File "state") all
    failsWith "WeightsMismatch" [ "≠ Dense2: weight [3, 5]  "; "fc2: weight [3, 5], bias [3]" ] (fun () -> WeightsFile.Load(folder.File "state", described) |> ignore)

[<Fact>]
let ``the normalisation is given, and names of classes stay`` () =
    use folder = new TemporaryFolder()
    write (folder.File "state") (state (trained ()) "F32" modules)
    let described = network ()
    described.NameClasses [| "a"; "b"; "c" |]
    let model = WeightsFile.Load(folder.File "state", described, Normalization([| 0.4f; 0.5f |], [| 0.2f; 0.3f |]))
    Assert.Equal<float32>([ 0.4f; 0.5f ], model.Normalization.Mean)
    Assert.Equal<string>([ "a"; "b"; "c" ], model.ClassNames)
    Assert.True model.IsTrained
    failsWith "Normalization" [ "2 channels" ] (fun () -> WeightsFile.Load(folder.File "state", described, Normalization([| 0f |], [| 1f |])) |> ignore)

[<Fact>]
let ``what does not fit is listed side by side`` () =
    use folder = new TemporaryFolder()
    let refused told tensors =
        write (folder.File "state") tensors
        failsWith "WeightsMismatch" (folder.File "state" :: told) (fun () -> WeightsFile.Load(folder.File "state", network ()) |> ignore)

    let all = state (trained ()) "F32" modules
    refused [ "≠ Dense2: weight [3, 5], bias [3]"; "fc2: weight [4, 5], bias [4]" ] (
        all |> List.map (fun (name, kind, dimensions, bytes) ->
            match name with
            | "fc2.weight" -> name, kind, [ 4; 5 ], Array.zeroCreate 80
            | "fc2.bias" -> name, kind, [ 4 ], Array.zeroCreate 16
            | _ -> name, kind, dimensions, bytes))
    refused [ "≠ Dense2: weight [3, 5], bias [3]" ] (all |> List.filter (fun (name, _, _, _) -> not (name.StartsWith("fc2", StringComparison.Ordinal))))
    refused [ "fc3: weight [2, 3]" ] (all @ [ "fc3.weight", "F32", [ 2; 3 ], Array.zeroCreate 24 ])
    refused [ "gamma" ] (all @ [ "zz.gamma", "F32", [ 2 ], Array.zeroCreate 8 ])
    refused [ "weight I32 [3, 5]" ] (all |> List.map (fun (name, kind, dimensions, bytes) -> name, (if name = "fc2.weight" then "I32" else kind), dimensions, bytes))
    refused [ "≠ Convolution1" ] []
    Assert.Equal("FileNotFound", (failureOf (fun () -> WeightsFile.Load(folder.File "none", network ()))).ErrorId)
