/// What must hold of each set of kernels by itself, the specification included: the laws of the mathematics.
/// The data are small whole numbers wherever the mathematics is made of sums and products: then nothing is rounded,
/// and the laws are equalities.
module Cnn.Native.Tests.AlgebraicLawsTests

open System
open FsCheck.FSharp
open Xunit
open Cnn.Kernels
open Cnn.Native.Tests.GuardedMemory
open Cnn.Native.Tests.KernelCases
open Cnn.Native.Tests.KernelData
open Cnn.Native.Tests.KernelOperations
open Cnn.Native.Tests.KernelSets
open Cnn.Native.Tests.KernelShapes

let private times = 250

/// Runs one call and returns what is in the buffer of that name after it.
let private resultOf name kernels case =
    let results = run Aligned nanf kernels case

    match results[case.Buffers |> List.findIndex (fun buffer -> buffer.Name = name)] with
    | Floats values -> values
    | _ -> failwith $"'{name}' does not hold floats"

let private whole (random: Random) count =
    Array.init count (fun _ -> float32 (random.Next(-4, 5)))

let private inner (left: float32[]) (right: float32[]) =
    Array.fold2 (fun sum a b -> sum + float a * float b) 0.0 left right

let private sameBits (expected: float32[]) (actual: float32[]) =
    Assert.Equal<int[]>(Array.map BitConverter.SingleToInt32Bits expected, Array.map BitConverter.SingleToInt32Bits actual)

let private mustEqual (expected: 'value) (actual: 'value) = Assert.Equal<'value>(expected, actual)

/// The table's call on data of the law's own choosing.
let private withContents contents case =
    { case with
        Buffers =
            case.Buffers
            |> List.map (fun buffer ->
                match Map.tryFind buffer.Name contents with
                | Some values -> { buffer with Content = Floats values }
                | None -> buffer) }

let private convolve (kernels: KernelSet) (s: ConvolutionShape) input weight bias =
    convolutionForward s
    |> withContents (Map [ "input", input; "weight", weight; "bias", bias ])
    |> resultOf "output" kernels

let private inputGradient (kernels: KernelSet) (s: ConvolutionShape) outputGradient weight =
    convolutionInputGradient s
    |> withContents (Map [ "outputGradient", outputGradient; "weight", weight ])
    |> resultOf "inputGradient" kernels

let private weightGradientOf (kernels: KernelSet) (s: ConvolutionShape) input outputGradient =
    convolutionWeightGradient s
    |> withContents (Map [ "input", input; "outputGradient", outputGradient ])
    |> run Aligned nanf kernels
    |> function
        | [ _; _; Floats weight; Floats bias ] -> weight, bias
        | _ -> failwith "the weight gradient has two results"

/// Whole numbers for a shape: an input, weights, biases and a gradient of the output with the zeros that the shape asks for.
let private convolutionData (s: ConvolutionShape) =
    let g = s.Geometry
    let random = Random s.Seed
    let data = Data(2 * s.Seed)

    {| Input = whole random (s.Images * g.InputLength)
       Weight = whole random g.WeightLength
       Bias = whole random s.Filters
       OutputGradient = data.Gradient(s.Zeros, s.Images, g.OutputHeight, g.OutputWidth, s.Filters) |}

/// Without those whose sums are not exact: their values are held against the specification's, and these laws against the specification.
let private convolutions = Arb.filter (not << isBySquares) convolutions

/// With dilation and groups, and without.
let private anyConvolutions =
    let either = [ convolutions; groupedConvolutions ]
    Arb.fromGenShrink (either |> List.map Arb.toGen |> Gen.oneof, Arb.toShrink groupedConvolutions)
    |> Arb.filter (not << isBySquares)

/// The patches that the output pixels of an image see, side by side: [pixel][ky][kx][channel], zero outside the image.
let private im2Col (g: ConvolutionGeometry) (image: float32[]) =
    [| for row in 0 .. g.OutputHeight - 1 do
           for column in 0 .. g.OutputWidth - 1 do
               for ky in 0 .. g.KernelHeight - 1 do
                   for kx in 0 .. g.KernelWidth - 1 do
                       let y, x = row * g.StrideY - g.PaddingY + ky, column * g.StrideX - g.PaddingX + kx
                       let isInside = y >= 0 && y < g.InputHeight && x >= 0 && x < g.InputWidth

                       for channel in 0 .. g.InputChannels - 1 do
                           if isInside then image[(y * g.InputWidth + x) * g.InputChannels + channel] else 0f |]

[<Theory; ForEachKernelSet>]
let ``Col2Im is the adjoint of im2col`` (set: string) =
    check times (Prop.forAll convolutions (fun s ->
        let kernels, g, random = named set, s.Geometry, Random s.Seed
        let image = whole random g.InputLength
        let columns = whole random (g.OutputPixels * g.PatchLength)

        let gathered =
            case
                [ reads "columns" (Floats columns); updates "image" Exact (Array.zeroCreate image.Length) ]
                (fun kernels at -> kernels.Col2Im(&g, at.Floats "columns", 0, g.OutputHeight, at.Floats "image"))
            |> resultOf "image" kernels

        mustEqual (inner (im2Col g image) columns) (inner image gathered)))

[<Theory; ForEachKernelSet>]
let ``The input gradient of a convolution is the adjoint of the convolution`` (set: string) =
    check times (Prop.forAll anyConvolutions (fun s ->
        let kernels, d = named set, convolutionData s
        let output = convolve kernels s d.Input d.Weight (Array.zeroCreate s.Filters)
        let gradient = inputGradient kernels s d.OutputGradient d.Weight
        mustEqual (inner output d.OutputGradient) (inner d.Input gradient)))

/// Small images with few and with many channels, some with wide padding: several of them go through other tiles than one alone.
[<Theory; ForEachKernelSet>]
let ``An image has the same bits alone and among others`` (set: string) =
    let kernels = named set

    for width, kernel, padding, stride, channels in
        [ 4, 5, 4, 1, 40; 4, 3, 1, 1, 34; 8, 5, 0, 1, 33; 8, 3, 1, 1, 48; 7, 3, 1, 1, 32; 5, 3, 1, 2, 17; 3, 3, 2, 1, 5; 9, 3, 0, 1, 20; 24, 5, 2, 2, 24; 11, 5, 1, 2, 17; 13, 9, 4, 2, 5; 7, 5, 2, 1, 9 ] do
        let shape =
            { Images = 9; InputChannels = channels; Height = width; Width = width; Filters = channels + 3
              KernelHeight = kernel; KernelWidth = kernel; StrideY = stride; StrideX = stride; PaddingY = padding; PaddingX = padding
              DilationY = 1; DilationX = 1; Groups = 1; Zeros = Scattered 100; Seed = width }

        let g, data = shape.Geometry, Data 7
        let weight, bias = data.Numbers g.WeightLength, data.Numbers shape.Filters
        let input, gradient = data.Numbers(9 * g.InputLength), data.Numbers(9 * g.OutputLength)
        let alone = { shape with Images = 1 }
        let one length (values: float32[]) image = Array.sub values (image * length) length
        let each (pass: int -> float32[]) = [| 0 .. 8 |] |> Array.collect pass
        sameBits (each (fun image -> convolve kernels alone (one g.InputLength input image) weight bias)) (convolve kernels shape input weight bias)

        sameBits
            (each (fun image -> inputGradient kernels alone (one g.OutputLength gradient image) weight))
            (inputGradient kernels shape gradient weight)

[<Theory; ForEachKernelSet>]
let ``The weight and bias gradients of a convolution are its adjoint in weights and biases`` (set: string) =
    check times (Prop.forAll anyConvolutions (fun s ->
        let kernels, d = named set, convolutionData s
        let output = convolve kernels s d.Input d.Weight d.Bias
        let weight, bias = weightGradientOf kernels s d.Input d.OutputGradient
        mustEqual (inner output d.OutputGradient) (inner d.Weight weight + inner d.Bias bias)))

[<Theory; ForEachKernelSet>]
let ``A convolution is im2col and a product with the weights`` (set: string) =
    check times (Prop.forAll convolutions (fun s ->
        let kernels, g, d = named set, s.Geometry, convolutionData s
        let taps = g.KernelHeight * g.KernelWidth

        // [filter][channel][tap] to [filter][tap][channel], the order of a patch.
        let rows =
            Array.init g.WeightLength (fun i ->
                let filter, tap, channel = i / g.PatchLength, i % g.PatchLength / s.InputChannels, i % s.InputChannels
                d.Weight[(filter * s.InputChannels + channel) * taps + tap])

        let product image =
            case
                [ reads "columns" (Floats(im2Col g d.Input[image * g.InputLength .. (image + 1) * g.InputLength - 1]))
                  reads "rows" (Floats rows)
                  updates "output" Exact (Array.init g.OutputLength (fun i -> d.Bias[i % s.Filters])) ]
                (fun kernels at ->
                    kernels.Gemm(
                        g.OutputPixels, s.Filters, g.PatchLength, at.Floats "columns", g.PatchLength, 1,
                        at.Floats "rows", 1, g.PatchLength, at.Floats "output", s.Filters, true))
            |> resultOf "output" kernels

        mustEqual (Array.collect product [| 0 .. s.Images - 1 |]) (convolve kernels s d.Input d.Weight d.Bias)))

[<Theory; ForEachKernelSet>]
let ``The gradients of a convolution are central differences of it`` (set: string) =
    check times (Prop.forAll anyConvolutions (fun s ->
        let kernels, d, random = named set, convolutionData s, Random s.Seed
        let loss input weight bias = inner (convolve kernels s input weight bias) d.OutputGradient

        // A convolution is linear in each of its arguments: the difference over a whole step is the derivative.
        let difference values at (lossOf: float32[] -> float) =
            let moved by = lossOf (Array.mapi (fun i value -> if i = at then value + by else value) values)
            (moved 1f - moved -1f) / 2.0

        let weight, bias = weightGradientOf kernels s d.Input d.OutputGradient
        let w, b = random.Next weight.Length, random.Next bias.Length
        mustEqual (difference d.Weight w (fun weight -> loss d.Input weight d.Bias)) (float weight[w])
        mustEqual (difference d.Bias b (fun bias -> loss d.Input d.Weight bias)) (float bias[b])

        if s.Images > 0 then
            let input = inputGradient kernels s d.OutputGradient d.Weight
            let i = random.Next input.Length
            mustEqual (difference d.Input i (fun input -> loss input d.Weight d.Bias)) (float input[i])))

[<Theory; ForEachKernelSet>]
let ``The gradients of a dense layer are its adjoint in input, weights and biases`` (set: string) =
    check times (Prop.forAll denses (fun s ->
        let s = { s with FirstOutput = 0; OutputCount = s.Outputs }
        let kernels, random = named set, Random s.Seed
        let input, weight, bias = whole random (s.Images * s.Inputs), whole random (s.Outputs * s.Inputs), whole random s.Outputs
        let gradient = Data(2 * s.Seed).Gradient(s.Zeros, s.Images, 1, 1, s.Outputs)
        let contents = Map [ "input", input; "weight", weight; "bias", bias; "outputGradient", gradient ]
        let call toCase result = toCase s |> withContents contents |> resultOf result kernels
        let withoutBias = denseForward s |> withContents (contents.Add("bias", Array.zeroCreate s.Outputs))

        mustEqual (inner (resultOf "output" kernels withoutBias) gradient) (inner input (call denseInputGradient "inputGradient"))

        mustEqual
            (inner (call denseForward "output") gradient)
            (inner weight (call denseWeightGradient "weightGradient") + inner bias (call denseWeightGradient "biasGradient"))))

[<Theory; ForEachKernelSet>]
let ``Parts of a dense layer's weight gradient are rows of the whole, bit for bit`` (set: string) =
    check times (Prop.forAll denses (fun s ->
        let gradientOf shape = denseWeightGradient shape |> resultOf "weightGradient" (named set)
        let whole = gradientOf { s with FirstOutput = 0; OutputCount = s.Outputs }
        mustEqual (Array.sub whole (s.FirstOutput * s.Inputs) (s.OutputCount * s.Inputs)) (gradientOf s)))

[<Theory; ForEachKernelSet>]
let ``The gradient of max pooling is a central difference of it where no two values are equal`` (set: string) =
    check times (Prop.forAll poolings (fun s ->
        let kernels, g, random = named set, s.Geometry, Random s.Seed
        // A permutation: a quarter up or down changes no order.
        let input = Array.init (s.Images * g.InputLength) float32
        random.Shuffle input
        let gradient = whole random (s.Images * g.OutputLength)

        let pool (values: float32[]) =
            maxPoolingForward s |> withContents (Map [ "input", values ]) |> run Aligned nanf kernels

        let loss values =
            match pool values with
            | [ _; Floats output; _ ] -> inner output gradient
            | _ -> failwith "max pooling has two results"

        let backward =
            match pool input with
            | [ _; _; index ] ->
                case
                    [ reads "outputGradient" (Floats gradient); reads "index" index; writes "inputGradient" Exact input.Length ]
                    (fun kernels at ->
                        kernels.MaxPoolingBackward(&g, s.Images, at.Floats "outputGradient", at.Ints "index", at.Floats "inputGradient"))
                |> resultOf "inputGradient" kernels
            | _ -> failwith "max pooling has two results"

        if s.Images > 0 then
            let at = random.Next input.Length
            let moved by = loss (Array.mapi (fun i value -> if i = at then value + by else value) input)
            mustEqual ((moved 0.25f - moved -0.25f) * 2.0) (float backward[at])))

[<Theory; ForEachKernelSet>]
let ``ChannelsLast inverts ChannelsFirst`` (set: string) =
    check times (Prop.forAll pixels (fun s ->
        let length = s.Images * s.Pixels * s.Channels
        let input = Array.init length float32

        let thereAndBack =
            case
                [ reads "input" (Floats input); writes "between" Exact length; writes "output" Exact length ]
                (fun kernels at ->
                    kernels.ChannelsFirst(s.Images, s.Pixels, s.Channels, at.Floats "input", at.Floats "between")
                    kernels.ChannelsLast(s.Images, s.Pixels, s.Channels, at.Floats "between", at.Floats "output"))

        mustEqual input (resultOf "output" (named set) thereAndBack)))

/// A convolution with many channels, its input and its output's gradient, and what its results are in double precision.
type private Exact(s: ConvolutionShape) =
    let g, random = s.Geometry, Random 3
    let normal () = Seq.init 12 (fun _ -> random.NextDouble()) |> Seq.sum |> fun sum -> float32 (sum - 6.0)
    let input = Array.init (s.Images * g.InputLength) (fun _ -> max 0f (normal ()))
    let weight = Array.init g.WeightLength (fun _ -> normal ())
    let gradient = Array.init (s.Images * g.OutputLength) (fun _ -> normal ())
    let output = Array.zeroCreate<float> gradient.Length
    let weightGradient = Array.zeroCreate<float> weight.Length
    let inputGradients = Array.zeroCreate<float> input.Length

    do
        for i in 0 .. output.Length - 1 do
            let filter, pixel = i % s.Filters, i / s.Filters

            for ky in 0 .. s.KernelHeight - 1 do
                for kx in 0 .. s.KernelWidth - 1 do
                    let y = pixel / g.OutputWidth * s.StrideY + ky - s.PaddingY
                    let x = pixel % g.OutputWidth * s.StrideX + kx - s.PaddingX

                    if y >= 0 && y < s.Height && x >= 0 && x < s.Width then
                        for channel in 0 .. s.InputChannels - 1 do
                            let at = (y * s.Width + x) * s.InputChannels + channel
                            let tap = ((filter * s.InputChannels + channel) * s.KernelHeight + ky) * s.KernelWidth + kx
                            output[i] <- output[i] + float input[at] * float weight[tap]
                            weightGradient[tap] <- weightGradient[tap] + float input[at] * float gradient[i]
                            inputGradients[at] <- inputGradients[at] + float weight[tap] * float gradient[i]

    /// How far a set is from it, as roots of the mean squares: the output and the gradients of input and weights.
    member _.ErrorsOf(kernels: KernelSet) =
        let distance (exact: float[]) (actual: float32[]) =
            sqrt (Array.averageBy (fun (e, a) -> (e - float a) ** 2.0) (Array.zip exact actual))

        [ distance output (convolve kernels s input weight (Array.zeroCreate s.Filters))
          distance inputGradients (inputGradient kernels s gradient weight)
          distance weightGradient (fst (weightGradientOf kernels s input gradient)) ]

[<Theory; ForEachKernelSet>]
let ``Fewer products cost little accuracy: at most three times the error of plain sums, five times in the gradients`` (set: string) =
    for side, stride, channels in [ 3, 1, 16; 3, 1, 128; 5, 1, 48; 5, 2, 24; 9, 2, 16 ] do
        let exact =
            Exact
                { Images = 1; InputChannels = channels; Height = 12 * stride; Width = 12 * stride; Filters = 16
                  KernelHeight = side; KernelWidth = side; StrideY = stride; StrideX = stride; PaddingY = side / 2; PaddingX = side / 2
                  DilationY = 1; DilationX = 1; Groups = 1; Zeros = Scattered 100; Seed = 1 }

        for most, plain, fewer in List.zip3 [ 3.0; 5.0; 5.0 ] (exact.ErrorsOf(named "scalar")) (exact.ErrorsOf(named set)) do
            Assert.True(fewer <= most * plain, $"{side}×{side}, stride {stride}, {channels} channels: {fewer:G3} is more than {most} times {plain:G3}")
