/// A model knows its shapes before it does anything, and says which layer does not fit, what came in and what it needs.
module Cnn.Native.Tests.ModelTests

open System
open System.Globalization
open FsCheck.Xunit
open Xunit
open Cnn.Data
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Presets
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.NetworkShapes

let private shapesOf (model: Model) = [ for shape in model.Shapes -> string shape ]

let private makes (input: Shape) (layers: Layer list) () = Model(input, layers) |> ignore

let private mnist = Shape(1, 28, 28)

[<Fact>]
let ``Baseline has the article's shapes and parameters`` () =
    let model = (Preset.Find "Baseline").CreateModel 1UL

    Assert.Equal<string list>(
        [ "1×28×28"; "8×24×24"; "8×24×24"; "8×20×20"; "8×20×20"; "8×10×10"; "800"; "128"; "128"; "10" ],
        shapesOf model)

    Assert.Equal(105_634, model.ParameterCount)
    Assert.Equal(10, model.ClassCount)

    Assert.Equal<(string * int list) list>(
        [ "layers.0.weight", [ 8; 1; 5; 5 ]
          "layers.0.bias", [ 8 ]
          "layers.2.weight", [ 8; 8; 5; 5 ]
          "layers.2.bias", [ 8 ]
          "layers.6.weight", [ 128; 800 ]
          "layers.6.bias", [ 128 ]
          "layers.8.weight", [ 10; 128 ]
          "layers.8.bias", [ 10 ] ],
        [ for parameter in model.Parameters -> parameter.Name, List.ofSeq parameter.Dimensions ])

    // conv1 0.23, conv2 1.28, dense 0.21 million.
    Assert.Equal(2L * (24L * 24L * 8L * 25L + 20L * 20L * 8L * 200L + 800L * 128L + 128L * 10L), model.ForwardOperations)

[<Fact>]
let ``LeNet5 has the shapes of 1998`` () =
    let model = (Preset.Find "LeNet5").CreateModel 1UL
    let layersWithShapes = Seq.zip model.Layers (Seq.tail model.Shapes)
    let shapes = [ for layer, shape in layersWithShapes do if not (layer :? Relu) then string shape ]
    Assert.Equal<string list>([ "6×28×28"; "6×14×14"; "16×10×10"; "16×5×5"; "400"; "120"; "84"; "10" ], shapes)
    Assert.Equal(61_706, model.ParameterCount)

[<Property(Arbitrary = [| typeof<NetworkShapes> |])>]
let ``Shapes go from the input to the classes, each the output of its layer`` (network: Network) =
    let model = Model(network.Input, network.Layers)
    Assert.Equal(network.Input, model.Shapes[0])
    Assert.Equal(model.Layers.Count + 1, model.Shapes.Count)
    Assert.Equal(network.Classes, model.ClassCount)

    for index in 0 .. model.Layers.Count - 1 do
        Assert.Equal(model.Layers[index].OutputShape model.Summary[index].InputShape, model.Shapes[index + 1])

    // Only where a shortcut begins something else comes in than what the layer before it gives.
    for layer in model.Summary do
        if isNull layer.ShortcutFrom then
            Assert.Equal(model.Shapes[layer.Index], layer.InputShape)

[<Property(Arbitrary = [| typeof<NetworkShapes> |])>]
let ``Tensors do not overlap, and start at cache lines`` (network: Network) =
    let model = Model(network.Input, network.Layers)
    Assert.All(model.Parameters, fun parameter -> Assert.Equal(0, parameter.Offset % 16))
    Assert.All(model.Parameters, fun parameter -> Assert.Equal(Seq.fold (*) 1 parameter.Dimensions, parameter.Length))

    for before, after in Seq.pairwise model.Parameters do
        Assert.True(before.Offset + before.Length <= after.Offset)

[<Property(Arbitrary = [| typeof<NetworkShapes> |])>]
let ``The output of a convolution and of a pooling has floor((n + 2p − f) / s) + 1 rows and columns`` (c: ConvolutionCase) (p: PoolingCase) =
    let layer = c.Layer
    let size n padding kernel stride = (n + 2 * padding - kernel) / stride + 1

    Assert.Equal(
        Shape(
            layer.Filters,
            size c.Input.Height layer.Padding.Height (layer.Dilation.Height * (layer.KernelHeight - 1) + 1) layer.Stride.Height,
            size c.Input.Width layer.Padding.Width (layer.Dilation.Width * (layer.KernelWidth - 1) + 1) layer.Stride.Width),
        layer.OutputShape c.Input)

    let pool = p.Layer

    Assert.Equal(
        Shape(
            p.Input.Channels,
            size p.Input.Height pool.Padding.Height pool.Window.Height pool.Stride.Height,
            size p.Input.Width pool.Padding.Width pool.Window.Width pool.Stride.Width),
        pool.OutputShape p.Input)

[<Fact>]
let ``A layer that cannot take what comes in is reported by its index, what it gets and what it needs`` () =
    failsWith "LayerShape" [ "Layer 0"; "convolution (8 filters 5×5)"; "1×4×9"; "at least 5 rows" ]
        (makes (Shape(1, 4, 9)) [ Convolution(8, 5); Flatten(); Dense 10 ])

    failsWith "LayerShape" [ "Layer 1"; "convolution"; "2×2×2"; "padding 1 there are 4 and 4" ]
        (makes (Shape(1, 4, 4)) [ Convolution(2, 3); Convolution(2, 5, 5, Padding = 1); Flatten(); Dense 10 ])

    failsWith "LayerShape" [ "Layer 2"; "max pooling (2×2)"; "3×1×1"; "at least 2 rows" ]
        (makes (Shape(1, 3, 3)) [ Convolution(3, 3); Relu(); MaxPooling 2; Flatten(); Dense 10 ])

    failsWith "LayerShape" [ "Layer 1"; "dense (10 outputs)"; "8×24×24"; "flatten" ] (makes mnist [ Convolution(8, 5); Dense 10 ])

let badSettings: TheoryData<Layer, string> =
    let data = TheoryData<Layer, string>()
    let bad (setting: string) layer = data.Add(layer, setting)
    let huge = Int32.MaxValue

    for value in [ 0; -1; huge; Int32.MinValue ] do
        bad "Filters" (Convolution(value, 3))
        bad "KernelHeight" (Convolution(1, value, 3))
        bad "KernelWidth" (Convolution(1, 3, value))
        bad "Stride" (Convolution(1, 3, 3, Stride = value))
        bad "Outputs" (Dense value)

        for pair in [ PerAxis(value, 1); PerAxis(1, value) ] do
            bad "Stride" (Convolution(1, 3, 3, pair, 0, 1))
            bad "Dilation" (Convolution(1, 3, 3, 1, 0, pair))

    for value in [ -1; huge; Int32.MinValue ] do
        bad "Padding" (Convolution(1, 3, 3, Padding = value))
        bad "Padding" (Convolution(1, 3, 3, 1, PerAxis(0, value), 1))
        bad "Padding" (Convolution(1, 3, 3, 1, PerAxis(value, 0), 1))

    for value in [ 0; -1; Int32.MinValue ] do
        bad "Window" (MaxPooling(value, 1))
        bad "Stride" (MaxPooling(2, value))
        let less = value - 1
        bad "Padding" (MaxPooling(2, 1, less))
        bad "Window" (MaxPooling(PerAxis(1, value), 1))
        bad "Window" (MaxPooling(PerAxis(value, 1), 1))
        bad "Stride" (AveragePooling(2, PerAxis(1, value)))
        bad "Stride" (AveragePooling(2, PerAxis(value, 1)))
        bad "Padding" (AveragePooling(PerAxis(2, 3), 1, PerAxis(less, 0)))
        bad "Padding" (AveragePooling(PerAxis(2, 3), 1, PerAxis(0, less)))

    bad "Padding" (MaxPooling(PerAxis(3, 2), 1, PerAxis(0, 2)))
    bad "Padding" (MaxPooling(PerAxis(3, 2), 1, PerAxis(3, 0)))

    data

[<Fact>]
let ``A setting out of its range is reported in the same way in every culture`` () =
    let before = CultureInfo.CurrentCulture

    try
        // The comma is the decimal separator.
        let culture = CultureInfo.InvariantCulture.Clone() :?> CultureInfo
        culture.NumberFormat.NumberDecimalSeparator <- ","
        CultureInfo.CurrentCulture <- culture
        failsWith "LayerSetting" [ "Slope of the leaky relu layer is 1.5." ] (fun () -> LeakyRelu(1.5).CheckSettings())
    finally
        CultureInfo.CurrentCulture <- before

[<Theory>]
[<MemberData(nameof badSettings)>]
let ``A setting out of its range is reported by layer, name and value`` (layer: Layer) (setting: string) =
    let flatten: Layer list = if layer :? Dense then [ Flatten() ] else []

    failsWith "LayerSetting" [ $"Layer {1 + flatten.Length}: {setting} of the {layer.Kind} layer is "; "It must be" ]
        (makes mnist [ Relu(); yield! flatten; layer; Flatten(); Dense 10 ])

[<Fact>]
let ``An input without extent is no input`` () =
    for shape in [ Shape(0, 28, 28); Shape(1, 0, 28); Shape(1, 28, -1); Shape(); Shape(1, 100_000, 100_000) ] do
        failsWith "InputShape" [ string shape; "at least 1" ] (makes shape [ Flatten(); Dense 10 ])

[<Fact>]
let ``A model ends with one output for each class`` () =
    failsWith "OutputShape" [ "8×24×24"; "dense" ] (makes mnist [ Convolution(8, 5) ])
    failsWith "OutputShape" [ "1×28×28"; "2 to 4096" ] (makes mnist [])
    failsWith "OutputShape" [ "output of the last layer is 1 " ] (makes mnist [ Flatten(); Dense 1 ])
    failsWith "OutputShape" [ "output of the last layer is 4097 " ] (makes mnist [ Flatten(); Dense 4097 ])
    makes mnist [ Flatten(); Dense 2 ] ()
    makes mnist [ Flatten(); Dense 4096 ] ()

[<Fact>]
let ``A model that fits no memory is reported at the layer that makes it so`` () =
    failsWith "ModelSize" [ "Layer 1"; "dense (1000000 outputs)"; "784" ] (makes mnist [ Flatten(); Dense 1_000_000; Dense 10 ])
    // So large that the number of its values is no int.
    failsWith "ModelSize" [ "Layer 0"; "65536 filters" ] (makes (Shape(1, 1000, 1000)) [ Convolution(65536, 1); Flatten(); Dense 10 ])
    failsWith "ModelSize" [ "Layer 2"; "1048576 outputs" ] (makes (Shape(1, 128, 128)) [ Flatten(); Relu(); Dense(1 <<< 20); Dense 10 ])

let private spread (values: float32[]) =
    let values = Array.map float values
    let mean = Array.average values
    mean, sqrt (values |> Array.averageBy (fun value -> (value - mean) ** 2.0))

/// So many filters and outputs that the spread of the weights is known well.
let private wide initialization =
    Model.Create(Shape(6, 9, 9), [ Convolution(400, 5, 3) :> Layer; Relu(); MaxPooling 5; Flatten(); Dense 200; Relu(); Dense 50 ], 1UL, initialization)

let private hasSpread expected (model: Model) name =
    let parameter = model.Parameters |> Seq.find (fun parameter -> parameter.Name = name)
    let mean, deviation = spread (model.Values(parameter).ToArray())
    let error = expected / sqrt (float parameter.Length)
    Assert.Equal(0.0, mean, 4.0 * error)
    Assert.Equal(expected, deviation, 4.0 * error)

[<Fact>]
let ``He's weights have the variance 2 / fan-in`` () =
    let model = wide Initialization.He
    hasSpread (sqrt (2.0 / 90.0)) model "layers.0.weight"
    hasSpread (sqrt (2.0 / 400.0)) model "layers.4.weight"
    hasSpread (sqrt (2.0 / 200.0)) model "layers.6.weight"

[<Fact>]
let ``The article's weights have the article's deviations`` () =
    let model = wide Initialization.Article
    hasSpread (1.0 / sqrt (400.0 * 90.0)) model "layers.0.weight"
    hasSpread 0.01 model "layers.4.weight"
    hasSpread 0.01 model "layers.6.weight"

[<Fact>]
let ``Dirac's first filters pass a channel on each, group by group, and the others are He's`` () =
    let layers: Layer list =
        [ Convolution(5, 3, 3, Padding = 1); Convolution(4, 1); Convolution(6, 3, 5, Padding = 2, Groups = 2); Convolution(6, 2); Flatten(); Dense 3 ]

    let model = Model.Create(Shape(2, 7, 7), layers, 3UL, Initialization.Dirac)
    let plain = Model.Create(Shape(2, 7, 7), layers, 3UL)
    let filtersOf (model: Model) layer =
        let weight = model.Parameters |> Seq.find (fun parameter -> parameter.Name = $"layers.{layer}.weight")
        Array.chunkBySize (weight.Length / weight.Dimensions[0]) (model.GetValues weight)

    // The filter, and which of its values is 1.
    for layer, passing in [ 0, [ 0, 4; 1, 9 + 4 ]; 1, [ 0, 0; 1, 1; 2, 2; 3, 3 ]; 2, [ 0, 7; 1, 15 + 7; 3, 7; 4, 15 + 7 ]; 3, [] ] do
        let filters = filtersOf model layer

        for index, filter in Array.indexed filters do
            match List.tryFind (fun (other, _) -> other = index) passing with
            | Some(_, one) -> sameBits (Array.init filter.Length (fun i -> if i = one then 1f else 0f)) filter
            | None -> sameBits (Array.item index (filtersOf plain layer)) filter

    sameBits (Array.concat (filtersOf plain 5)) (Array.concat (filtersOf model 5))

[<Theory>]
[<InlineData(Initialization.He)>]
[<InlineData(Initialization.Article)>]
[<InlineData(Initialization.Dirac)>]
let ``Biases start at zero, and weights do not`` initialization =
    let model = wide initialization

    for parameter in model.Parameters do
        let isBias = parameter.Name.EndsWith ".bias"
        Assert.Equal(isBias, Array.forall ((=) 0f) (model.Values(parameter).ToArray()))

[<Fact>]
let ``A seed draws the same bits again, another seed others`` () =
    let draw seed = parametersOf (smallModel seed)
    sameBits (draw 1UL) (draw 1UL)
    differentBits (draw 1UL) (draw 2UL)
    let again = smallModel 2UL
    again.Initialize 1UL
    sameBits (draw 1UL) (parametersOf again)
    Assert.Equal(1UL, again.Seed)

[<Fact>]
let ``Each tensor has a stream of its own: what one draws does not shift another's`` () =
    let valuesOf index (layers: Layer list) =
        let model = Model.Create(Shape(1, 9, 9), layers, 1UL)
        model.Values(model.Parameters[index]).ToArray()

    let with3 = valuesOf 2 [ Convolution(4, 3); Convolution(5, 2); Flatten(); Dense 3 ]
    let with5 = valuesOf 2 [ Convolution(4, 5); Convolution(5, 2); Flatten(); Dense 3 ]
    sameBits with3 with5
    let first = valuesOf 0 [ Convolution(4, 4); Convolution(4, 2); Flatten(); Dense 3 ]
    let second = valuesOf 2 [ Convolution(4, 4); Convolution(4, 2); Flatten(); Dense 3 ]
    // Both have a fan-in of 16: from one stream they would begin alike.
    differentBits first second[.. first.Length - 1]

[<Fact>]
let ``A model that is made without a seed is all zeros`` () =
    Assert.All(parametersOf (Model(mnist, [ Flatten() :> Layer; Dense 10 ])), fun value -> Assert.Equal(0f, value))

/// The normalised pixels of each channel, as the kernels compute them.
let private normalizedChannels (normalization: Normalization) (images: ImageSet) =
    let channels = images.ImageShape.Channels
    let scale, offset = normalization.Scale(), normalization.Offset()
    let pixels = images.Pixels.ToArray()

    [ for channel in 0 .. channels - 1 ->
          [| for i in channel..channels .. pixels.Length - 1 -> float32 pixels[i] * scale[channel] + offset[channel] |] ]

[<Property>]
let ``Normalised images have mean 0 and variance 1 in each channel`` (Size 4 channels) (Size 20 count) seed =
    let images = noise seed (Shape(channels, 5, 4)) 3 count

    for values in normalizedChannels (Normalization.Of images) images do
        let mean, deviation = spread values
        Assert.Equal(0.0, mean, 1e-4)
        Assert.Equal(1.0, deviation, 1e-4)

[<Fact>]
let ``A channel that never changes becomes zero and not infinite`` () =
    let images = ImageSet(Array.create 24 77uy, [| 0uy; 1uy |], Shape(2, 2, 3), classNames 2, "grey")

    for values in normalizedChannels (Normalization.Of images) images do
        Assert.All(values, fun value -> Assert.Equal(0f, value, 1e-6f))

[<Fact>]
let ``A model that has seen nothing takes pixels from 0 to 1`` () =
    let model = smallModel 1UL
    Assert.False model.IsTrained
    Assert.Equal<float32>([| 0f |], model.Normalization.Mean)
    Assert.Equal<float32>([| 1f |], model.Normalization.StandardDeviation)
    Assert.Equal<string>([ "0"; "1"; "2"; "3" ], model.ClassNames)

[<Fact>]
let ``A normalisation that makes no sense is refused, and changes nothing`` () =
    let model = smallModel 1UL
    let names = classNames smallClasses

    for mean, deviation in
        [ [||], [||]
          [| 0f; 0f |], [| 1f; 1f |]
          [| 0f |], [| 0f |]
          [| 0f |], [| -1f |]
          [| 0f |], [| nanf |]
          [| 0f |], [| infinityf |]
          [| nanf |], [| 1f |]
          [| -infinityf |], [| 1f |] ] do
        failsWith "Normalization" [ "1 channel" ] (fun () -> model.Describe(Normalization(mean, deviation), names))

    failsWith "ClassCount" [ "3 class names"; "4 outputs" ] (fun () -> model.Describe(Normalization.None 1, classNames 3))
    Assert.False model.IsTrained

[<Fact>]
let ``Images that a model cannot take are told with what it takes`` () =
    let model = smallModel 1UL
    let check images () = model.CheckImages images
    failsWith "EmptyImageSet" [ "'noise'"; "at least one" ] (check ((noise 1 smallShape smallClasses 1).Slice(0, 0)))
    failsWith "ImageShape" [ "'noise'"; "2×10×10"; "1×10×10" ] (check (noise 1 (Shape(2, 10, 10)) smallClasses 1))
    failsWith "ClassCount" [ "'noise'"; "5 classes"; "4 outputs" ] (check (noise 1 smallShape 5 1))
    check (noise 1 smallShape smallClasses 1) ()

[<Fact>]
let ``A layer says what it is`` () =
    let says (layer: Layer) = string layer
    Assert.Equal("convolution (8 filters 5×5)", says (Convolution(8, 5)))
    Assert.Equal("convolution (4 filters 3×2, stride 2, padding 1)", says (Convolution(4, 3, 2, 2, 1)))
    Assert.Equal("convolution (4 filters 3×2, stride 2×1, padding 0×1, dilation 1×2)", says (Convolution(4, 3, 2, PerAxis(2, 1), PerAxis(0, 1), PerAxis(1, 2))))
    Assert.Equal("max pooling (3×3, stride 2)", says (MaxPooling(3, 2)))
    Assert.Equal("max pooling (3×2)", says (MaxPooling(PerAxis(3, 2))))
    Assert.Equal("average pooling (3×2, stride 2×1, padding 1×0)", says (AveragePooling(PerAxis(3, 2), PerAxis(2, 1), PerAxis(1, 0))))
    Assert.Equal("max pooling (3×3, stride 2, padding 1)", says (MaxPooling(3, 2, 1)))
    Assert.Equal("average pooling (3×3, padding 1, without the padding)", says (AveragePooling(3, 3, 1, true)))
    Assert.Equal("dense (10 outputs)", says (Dense 10))
    Assert.Equal("dense (10 outputs, no bias)", says (Dense(10, false)))
    Assert.Equal("convolution (8 filters 5×5, padding 2, no bias)", says (Convolution(8, 5, 5, Padding = 2, HasBias = false)))
    Assert.Equal("relu", says (Relu()))
    Assert.Equal("Baseline: 1×28×28 to 10 classes, 9 layers, 105634 parameters", string ((Preset.Find "Baseline").CreateModel(1UL)))

[<Fact>]
let ``The summary names the layers and says what each costs`` () =
    let summary = (Preset.Find "Baseline").CreateModel(1UL).Summary

    Assert.Equal<string>(
        [ "Convolution1"; "Relu1"; "Convolution2"; "Relu2"; "MaxPooling1"; "Flatten1"; "Dense1"; "Relu3"; "Dense2" ],
        summary |> Seq.map _.Name
    )

    let second = summary[2]
    Assert.Equal(2, second.Index)
    Assert.Equal("convolution", second.Kind)
    Assert.Equal("8 filters 5×5", second.Settings)
    Assert.Equal(Shape(8, 24, 24), second.InputShape)
    Assert.Equal(Shape(8, 20, 20), second.OutputShape)
    Assert.Equal(8 * 8 * 5 * 5 + 8, second.ParameterCount)
    Assert.Equal(float (2 * 8 * 20 * 20 * 8 * 5 * 5) / 1e6, second.MegaFlop)

[<Fact>]
let ``A summary says where the shortcuts of blocks come from`` () =
    let model = Model(smallShape, Networks.shortcutLayers)
    let from = [ for layer in model.Summary do if not (isNull layer.ShortcutFrom) then layer.Name, string layer.InputShape, layer.ShortcutFrom ]
    Assert.Equal<(string * string * (string | null)) list>([ "Convolution4", "4×8×8", "Relu1"; "Convolution6", "6×4×4", "Relu3" ], from)
    Assert.Equal("residual (over 5 layers, shortcut of 2 layers)", string (Residual(5, 2)))
    let begins = Model(Shape(1, 2, 2), ([ Convolution(2, 1); Convolution(2, 1); Residual(1, 1); Flatten(); Dense 2 ]: Layer list))
    Assert.Equal("input", begins.Summary[1].ShortcutFrom)

[<Property(Arbitrary = [| typeof<NetworkShapes> |], MaxTest = 60)>]
let ``A summary adds up to its model, and every layer is found by its name`` (network: Network) =
    let model = Model(network.Input, network.Layers)
    Assert.Equal<Layer>(model.Layers, model.Summary |> Seq.map _.Layer)
    Assert.Equal<int>(Seq.init model.Layers.Count id, model.Summary |> Seq.map _.Index)
    Assert.Equal<Shape>(model.Shapes, Seq.append [ model.InputShape ] (model.Summary |> Seq.map _.OutputShape))
    Assert.Equal(model.ParameterCount, model.Summary |> Seq.sumBy _.ParameterCount)
    Assert.Equal(Seq.mapi (fun i (layer: Layer) -> layer.ForwardOperations model.Summary[i].InputShape) model.Layers |> Seq.sum, model.ForwardOperations)

    for layer in model.Summary do
        Assert.Same(layer, model.FindLayer(layer.Name.ToUpperInvariant()))

[<Fact>]
let ``A layer that does not exist is reported, with those that do`` () =
    failsWith "LayerUnknown" [ "Convolution3"; "Convolution1, Relu1, Convolution2" ] (fun () ->
        ((Preset.Find "Baseline").CreateModel 1UL).FindLayer "Convolution3" |> ignore)

[<Fact>]
let ``Groups that do not divide the channels or the filters, and a dilation too wide, are errors at once`` () =
    let make layer () = Model(Shape(6, 8, 8), [ layer :> Layer; Flatten(); Dense 4 ]) |> ignore
    failsWith "LayerShape" [ "Layer 0"; "4 groups"; "6 channels" ] (make (Convolution(8, 3, 3, Groups = 4)))
    failsWith "LayerSetting" [ "Layer 0"; "Groups"; "3"; "filters, 8" ] (make (Convolution(8, 3, 3, Groups = 3)))
    failsWith "LayerSetting" [ "Layer 0"; "Groups"; "0" ] (make (Convolution(8, 3, 3, Groups = 0)))
    failsWith "LayerSetting" [ "Layer 0"; "Dilation"; "0" ] (make (Convolution(8, 3, 3, Dilation = 0)))
    failsWith "LayerShape" [ "Layer 0"; "at least 9 rows" ] (make (Convolution(8, 3, 3, Dilation = 4)))

[<Fact>]
let ``A depthwise convolution has one filter a channel`` () =
    let model = Model(Shape(6, 8, 8), [ Convolution(6, 3, 3, Groups = 6) :> Layer; Flatten(); Dense 4 ])
    Assert.Equal<int seq>([ 6; 1; 3; 3 ], model.Parameters[0].Dimensions)
    Assert.Equal(9, model.Parameters[0].FanIn)
    Assert.Equal(2L * 6L * 6L * 6L * 9L, model.Layers[0].ForwardOperations model.InputShape)
