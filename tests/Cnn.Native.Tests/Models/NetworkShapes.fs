/// Layers and small networks of all shapes. Each shrinks to a smaller valid one, and carries the seed of its data,
/// so that a printed case is a whole counterexample.
module Cnn.Native.Tests.NetworkShapes

open FsCheck
open FsCheck.FSharp
open Cnn.Layers
open Cnn.Memory
open Cnn.Models

/// A size from 1 to the most that a test wants, out of any integer.
let (|Size|) most (NonNegativeInt n) = n % most + 1

type ConvolutionCase =
    { Input: Shape
      Layer: Convolution
      Images: int
      Seed: int }

type PoolingCase =
    { Input: Shape
      Layer: MaxPooling
      Images: int
      Seed: int }

/// What may come before the dense layers. A step that does not fit the image it gets is left out.
type Step =
    | Filters of count: int * height: int * width: int * stride: PerAxis * padding: PerAxis
    | Rectify
    | Activate of Layer
    | Average of window: PerAxis * stride: PerAxis * padding: PerAxis * excludesPadding: bool
    | Normalize
    /// A convolution that keeps the shape, with or without a normalisation after it, and the connection that skips both.
    | Block of kernel: int * normalizes: bool
    | Pool of window: PerAxis * stride: PerAxis * padding: PerAxis
    /// Two convolutions with a stride, and a shortcut with one of the same stride; each may be followed by a normalisation.
    | Branch of count: int * stride: int * normalizes: bool * activation: Layer

type Network =
    { Input: Shape
      Steps: Step list
      /// Outputs of the dense layers before the last; each is followed by ReLU.
      Hidden: int list
      /// Whether all dense layers and convolutions have biases; if not, those of blocks without normalisation have them, and the last dense layer.
      HasBiases: bool
      Classes: int
      Images: int
      Seed: int }

    member network.Layers: Layer list =
        let layersOf (shape: Shape) step: Layer list =
            match step with
            | Filters(count, height, width, stride, padding) -> [ Convolution(count, height, width, stride, padding, 1, 1, network.HasBiases) ]
            | Rectify -> [ Relu() ]
            | Activate layer -> [ layer ]
            | Average(window, stride, padding, excludes) -> [ AveragePooling(window, stride, padding, excludes) ]
            | Pool(window, stride, padding) -> [ MaxPooling(window, stride, padding) ]
            | Normalize -> [ BatchNormalization() ]
            | Branch(count, stride, normalizes, activation) ->
                let more: Layer list = if normalizes then [ BatchNormalization() ] else []
                let hasBias = network.HasBiases || not normalizes

                [ Convolution(count, 3, 3, stride, 1, HasBias = hasBias); yield! more; activation; Convolution(count, 3, 3, 1, 1, HasBias = hasBias); yield! more
                  Convolution(count, 1, 1, stride, HasBias = hasBias); yield! more
                  Residual((if normalizes then 5 else 3), 1 + more.Length); activation ]
            | Block(kernel, normalizes) ->
                [ Convolution(shape.Channels, kernel, kernel, 1, kernel / 2)
                  if normalizes then BatchNormalization()
                  Residual(if normalizes then 2 else 1) ]

        let add (layers, shape: Shape) step =
            try
                let more = layersOf shape step
                layers @ more, Model(shape, more @ [ Flatten(); Dense 2 ]).Shapes[more.Length]
            with :? Cnn.CnnException ->
                layers, shape

        [ yield! List.fold add ([], network.Input) network.Steps |> fst
          Flatten()
          for outputs in network.Hidden do
              Dense(outputs, network.HasBiases)
              Relu()
          Dense network.Classes ]

let private shape least most =
    Gen.map3 (fun channels height width -> Shape(channels, height, width)) (Gen.choose (1, 4)) (Gen.choose (least, most)) (Gen.choose (least, most))

/// Towards the least, at once or by one.
let private smaller least value =
    if value > least then Seq.distinct [ least; value - 1 ] else Seq.empty

let private smallerShape least (shape: Shape) =
    seq {
        for channels in smaller 1 shape.Channels -> Shape(channels, shape.Height, shape.Width)
        for height in smaller least shape.Height -> Shape(shape.Channels, height, shape.Width)
        for width in smaller least shape.Width -> Shape(shape.Channels, shape.Height, width)
    }

/// A number for rows and one for columns: mostly the same.
let private axes number =
    gen {
        let! height = number
        let! width = Gen.frequency [ 2, Gen.constant height; 1, number ]
        return PerAxis(height, width)
    }

let private smallerAxes least (value: PerAxis) =
    seq {
        if value.Height <> value.Width then yield PerAxis(min value.Height value.Width)
        for height in smaller least value.Height -> PerAxis(height, value.Width)
        for width in smaller least value.Width -> PerAxis(value.Height, width)
    }

let private seed = Gen.choose (0, 1_000_000)

let private convolution =
    gen {
        let! input = shape 1 8
        // Now and then more padding than kernel, and a stride beyond the image.
        let! padding = axes (Gen.frequency [ 5, Gen.choose (0, 2); 1, Gen.choose (3, 6) ])
        let! dilation = axes (Gen.frequency [ 2, Gen.constant 1; 1, Gen.choose (2, 3) ])
        let! groups = Gen.frequency [ 2, Gen.constant 1; 1, Gen.elements [ for n in 1 .. input.Channels do if input.Channels % n = 0 then n ] ]
        let! height = Gen.choose (1, min 5 ((input.Height + 2 * padding.Height - 1) / dilation.Height + 1))
        let! width = Gen.choose (1, min 5 ((input.Width + 2 * padding.Width - 1) / dilation.Width + 1))
        let! stride = axes (Gen.frequency [ 5, Gen.choose (1, 3); 1, Gen.choose (4, 21) ])
        // 8 filters have a path of their own in the fast kernels.
        let! filters = Gen.frequency [ 3, Gen.choose (1, 9); 1, Gen.constant 8 ]
        let! images = Gen.choose (1, 3)
        let! hasBias = Gen.elements [ true; false ]
        let! seed = seed
        return { Input = input; Layer = Convolution(groups * filters, height, width, stride, padding, dilation, groups, hasBias); Images = images; Seed = seed }: ConvolutionCase
    }

let private smallerConvolution (case: ConvolutionCase) =
    let layer = case.Layer

    let convolution (filters, height, width, stride, padding) =
        { case with Layer = Convolution(filters, height, width, stride, padding, layer.Dilation, layer.Groups, layer.HasBias) }

    seq {
        for images in smaller 1 case.Images -> { case with Images = images }
        if layer.Dilation <> PerAxis 1 || layer.Groups > 1 then
            yield { case with Layer = Convolution(layer.Filters, layer.KernelHeight, layer.KernelWidth, layer.Stride, layer.Padding, 1, 1, layer.HasBias) }
        for filters in smaller 1 layer.Filters -> convolution (filters, layer.KernelHeight, layer.KernelWidth, layer.Stride, layer.Padding)
        for height in smaller 1 layer.KernelHeight -> convolution (layer.Filters, height, layer.KernelWidth, layer.Stride, layer.Padding)
        for width in smaller 1 layer.KernelWidth -> convolution (layer.Filters, layer.KernelHeight, width, layer.Stride, layer.Padding)
        for stride in smallerAxes 1 layer.Stride -> convolution (layer.Filters, layer.KernelHeight, layer.KernelWidth, stride, layer.Padding)
        for padding in smallerAxes 0 layer.Padding -> convolution (layer.Filters, layer.KernelHeight, layer.KernelWidth, layer.Stride, padding)
        for input in smallerShape 1 case.Input -> { case with Input = input }
    }
    |> Seq.filter (fun case ->
        case.Input.Height + 2 * case.Layer.Padding.Height > case.Layer.Dilation.Height * (case.Layer.KernelHeight - 1)
        && case.Input.Width + 2 * case.Layer.Padding.Width > case.Layer.Dilation.Width * (case.Layer.KernelWidth - 1)
        && case.Layer.Filters % case.Layer.Groups = 0
        && case.Input.Channels % case.Layer.Groups = 0)

let private poolingFits (case: PoolingCase) =
    case.Layer.Padding.Height < case.Layer.Window.Height
    && case.Layer.Padding.Width < case.Layer.Window.Width
    && case.Input.Height + 2 * case.Layer.Padding.Height >= case.Layer.Window.Height
    && case.Input.Width + 2 * case.Layer.Padding.Width >= case.Layer.Window.Width

let private pooling =
    gen {
        let! input = shape 1 9
        let! padding = axes (Gen.frequency [ 2, Gen.constant 0; 1, Gen.choose (1, 3) ])
        let window padding size = Gen.choose (padding + 1, max (padding + 1) (min 4 (size + 2 * padding)))
        let! height = window padding.Height input.Height
        let! width = Gen.frequency [ 2, Gen.constant (max height (padding.Width + 1)); 1, window padding.Width input.Width ]
        let! stride = axes (Gen.frequency [ 5, Gen.choose (1, 4); 1, Gen.choose (5, 10) ])
        let! images = Gen.choose (1, 3)
        let! seed = seed
        return { Input = input; Layer = MaxPooling(PerAxis(height, width), stride, padding); Images = images; Seed = seed }: PoolingCase
    }
    |> Gen.filter poolingFits

let private smallerPooling (case: PoolingCase) =
    seq {
        for images in smaller 1 case.Images -> { case with Images = images }
        for window in smallerAxes 1 case.Layer.Window -> { case with Layer = MaxPooling(window, case.Layer.Stride, case.Layer.Padding) }
        for stride in smallerAxes 1 case.Layer.Stride -> { case with Layer = MaxPooling(case.Layer.Window, stride, case.Layer.Padding) }
        for padding in smallerAxes 0 case.Layer.Padding -> { case with Layer = MaxPooling(case.Layer.Window, case.Layer.Stride, padding) }
        for input in smallerShape 1 case.Input -> { case with Input = input }
    }
    |> Seq.filter poolingFits

let private step =
    let filters =
        gen {
            let! count = Gen.choose (1, 5)
            let! height = Gen.choose (1, 4)
            let! width = Gen.choose (1, 4)
            let! stride = axes (Gen.choose (1, 2))
            let! padding = axes (Gen.choose (0, 2))
            return Filters(count, height, width, stride, padding)
        }

    let window =
        gen {
            let! window = axes (Gen.choose (1, 3))
            let least = min window.Height window.Width
            let! padding = Gen.frequency [ 2, Gen.constant (PerAxis 0); 1, axes (Gen.choose (0, least - 1)) ]
            return window, padding
        }

    let stride = axes (Gen.choose (1, 3))

    Gen.frequency
        [ 3, filters
          2, Gen.constant Rectify
          2, Gen.elements [ LeakyRelu 0.2 :> Layer; Relu6(); Gelu(); Tanh(); Sigmoid(); Scaling -0.5 ] |> Gen.map Activate
          1, Gen.constant Normalize
          1, Gen.map2 (fun half normalizes -> Block(2 * half + 1, normalizes)) (Gen.choose (0, 1)) (Gen.elements [ true; false ])
          1,
          Gen.map4
              (fun count stride normalizes activation -> Branch(count, stride, normalizes, activation))
              (Gen.choose (1, 4)) (Gen.choose (1, 2)) (Gen.elements [ true; false ]) (Gen.elements [ Relu() :> Layer; Tanh(); Gelu() ])
          1, Gen.map3 (fun (window, padding) stride excludes -> Average(window, stride, padding, excludes)) window stride (Gen.elements [ true; false ])
          2, Gen.map2 (fun (window, padding) stride -> Pool(window, stride, padding)) window stride ]

let private upTo most generator =
    Gen.choose (0, most) |> Gen.bind (fun count -> Gen.listOfLength count generator)

let private network =
    gen {
        let! input = shape 1 8
        let! steps = upTo 5 step
        let! hidden = upTo 2 (Gen.choose (1, 14))
        let! hasBiases = Gen.elements [ true; false ]
        let! classes = Gen.choose (2, 6)
        let! images = Gen.frequency [ 3, Gen.choose (1, 6); 1, Gen.choose (7, 20) ]
        let! seed = seed
        let network = { Input = input; Steps = steps; Hidden = hidden; HasBiases = hasBiases; Classes = classes; Images = images; Seed = seed }
        return if network.Layers |> List.exists (fun layer -> layer :? BatchLayer) then { network with Images = max 2 images } else network
    }

let private withoutOne list =
    seq { for index in 0 .. List.length list - 1 -> List.removeAt index list }

let private smallerNetwork (network: Network) =
    seq {
        for steps in withoutOne network.Steps -> { network with Steps = steps }
        for hidden in withoutOne network.Hidden -> { network with Hidden = hidden }
        if not network.HasBiases then yield { network with HasBiases = true }
        for images in smaller 2 network.Images -> { network with Images = images }
        for classes in smaller 2 network.Classes -> { network with Classes = classes }
        for input in smallerShape 1 network.Input -> { network with Input = input }
    }

/// For FsCheck to find.
type NetworkShapes =
    static member Convolution() = Arb.fromGenShrink (convolution, smallerConvolution)
    static member Pooling() = Arb.fromGenShrink (pooling, smallerPooling)
    static member Network() = Arb.fromGenShrink (network, smallerNetwork)
