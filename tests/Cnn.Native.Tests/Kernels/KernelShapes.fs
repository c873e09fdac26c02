/// The sizes on which kernels are tried: tails, primes and ones far more than round numbers, for those are where kernels break.
/// Each shape shrinks to a smaller valid one, and carries the seed of its data, so that a printed shape is a whole counterexample.
module Cnn.Native.Tests.KernelShapes

open FsCheck
open FsCheck.FSharp
open Cnn.Kernels

/// Where the zeros of an output's gradient are: a kernel may take a shortcut past them, and must not miss what is left.
type Zeros =
    /// Any value may be zero; so many of a hundred are not. 0 is a gradient of nothing but zeros, 100 a dense one.
    | Scattered of nonZeroPercent: int
    /// A pixel is zero in all its channels or in none.
    | WholePixels of nonZeroPercent: int
    /// What comes back through 2×2 max pooling and ReLU: of four neighbours at most one is not zero, and often none.
    | AfterPooling

type ConvolutionShape =
    { Images: int
      InputChannels: int
      Height: int
      Width: int
      Filters: int
      KernelHeight: int
      KernelWidth: int
      StrideY: int
      StrideX: int
      PaddingY: int
      PaddingX: int
      DilationY: int
      DilationX: int
      Groups: int
      Zeros: Zeros
      Seed: int }

    member s.Geometry =
        ConvolutionGeometry(
            s.InputChannels, s.Height, s.Width, s.Filters, s.KernelHeight, s.KernelWidth, s.StrideY, s.StrideX, s.PaddingY, s.PaddingX,
            s.DilationY, s.DilationX, s.Groups)

/// What values a kernel of comparisons is shown.
type Values =
    /// Hardly ever equal.
    | Spread
    /// A few small whole numbers, so that equal ones meet often.
    | Ties
    /// NaN, infinities and zeros of both signs among numbers.
    | Special

type PoolingShape =
    { Images: int
      Channels: int
      Height: int
      Width: int
      WindowHeight: int
      WindowWidth: int
      StrideY: int
      StrideX: int
      PaddingY: int
      PaddingX: int
      ExcludesPadding: bool
      Values: Values
      Seed: int }

    member s.Geometry =
        PoolingGeometry(
            s.Channels, s.Height, s.Width, s.WindowHeight, s.WindowWidth, s.StrideY, s.StrideX, s.PaddingY, s.PaddingX, s.ExcludesPadding)

/// A product of matrices; the gaps are floats between two rows (or columns) of an operand that are not its own.
type GemmShape =
    { M: int
      N: int
      K: int
      ATransposed: bool
      BTransposed: bool
      /// From an element of A to its neighbour: 1 where A lies in one piece.
      AStep: int
      AGap: int
      BGap: int
      CGap: int
      Accumulate: bool
      Seed: int }

type DenseShape =
    { Images: int
      Inputs: int
      Outputs: int
      FirstOutput: int
      OutputCount: int
      Zeros: Zeros
      Seed: int }

type VectorShape =
    { Count: int
      Values: Values
      Seed: int }

type ClassesShape =
    { Images: int
      Classes: int
      /// Logits lie around this ...
      Center: float32
      /// ... and no further from it than this.
      Magnitude: float32
      Seed: int }

type PixelsShape =
    { Images: int
      Pixels: int
      Channels: int
      Seed: int }

/// Up to three smaller values: the least first, for a counterexample at its simplest.
let below least value =
    [ least; (least + value) / 2; value - 1 ]
    |> List.filter (fun smaller -> smaller >= least && smaller < value)
    |> List.distinct

let private primes = [ 2; 3; 5; 7; 11; 13; 17; 19; 23; 29; 31; 37; 41; 61; 127; 131; 257; 263 ]

/// A size from 1 on: ones, primes, neighbours of whole vectors, and anything.
let size most =
    let upTo sizes = sizes |> List.filter (fun n -> n <= most) |> Gen.elements

    Gen.frequency
        [ 1, Gen.constant 1
          3, upTo (1 :: primes)
          3, upTo [ for whole in 8..8..264 do yield! [ whole - 1; whole; whole + 1 ] ] |> Gen.map (min most)
          4, Gen.choose (1, most) ]

let channels = Gen.oneof [ Gen.elements [ 1; 3; 6; 7; 8; 9; 16; 17; 24; 33 ]; Gen.choose (1, 12) ]
let images = Gen.frequency [ 1, Gen.constant 0; 9, Gen.choose (1, 4) ]
let seed = Gen.choose (0, 1_000_000)

let zeros =
    Gen.frequency
        [ 3, Gen.constant (Scattered 100)
          4, Gen.elements [ 0; 1; 5; 12; 25; 50; 90 ] |> Gen.map Scattered
          2, Gen.elements [ 5; 25; 50 ] |> Gen.map WholePixels
          3, Gen.constant AfterPooling ]

let private fewerZeros zeros =
    if zeros = Scattered 100 then [] else [ Scattered 100 ]

/// An arbitrary whose shapes are all valid, those it shrinks to included.
let arbitrary isValid generator shrink =
    Arb.fromGenShrink (Gen.filter isValid generator, shrink >> List.filter isValid >> Seq.ofList)

let isConvolution (s: ConvolutionShape) =
    let g = s.Geometry

    s.Height + 2 * s.PaddingY > s.DilationY * (s.KernelHeight - 1)
    && s.Width + 2 * s.PaddingX > s.DilationX * (s.KernelWidth - 1)
    && s.InputChannels % s.Groups = 0
    && s.Filters % s.Groups = 0
    // What the plain loops of the specification do in a few milliseconds.
    && int64 (max 1 s.Images) * int64 g.OutputPixels * int64 g.WeightLength < 2_000_000L

/// Whether a set may make the convolution by squares of the output, with fewer products (Winograd): then whole numbers do not give exact sums.
/// With a stride of 2 the image is folded first, to four times the channels and filters of half the size.
let isBySquares (s: ConvolutionShape) =
    let side, channels =
        if s.StrideX = 2 then (s.KernelHeight + 1) / 2, 4 * s.InputChannels else s.KernelHeight, s.InputChannels

    s.KernelHeight = s.KernelWidth
    && s.StrideY = s.StrideX
    && s.StrideX <= 2
    && (side = 3 || side = 5)
    && (s.DilationY, s.DilationX, s.Groups) = (1, 1, 1)
    && min channels s.Filters >= 16

let smallerConvolutions (s: ConvolutionShape) =
    [ for n in below 0 s.Images -> { s with Images = n }
      if s.Groups = s.InputChannels && s.Groups = s.Filters then
          for n in below 1 s.Groups do yield { s with Groups = n; InputChannels = n; Filters = n }
      for n in below 1 s.Groups -> { s with Groups = n }
      for n in below 1 s.InputChannels -> { s with InputChannels = n }
      for n in below 1 s.Filters -> { s with Filters = n }
      for n in below 1 s.Height -> { s with Height = n }
      for n in below 1 s.Width -> { s with Width = n }
      for n in below 1 s.KernelHeight -> { s with KernelHeight = n }
      for n in below 1 s.KernelWidth -> { s with KernelWidth = n }
      for n in below 1 s.StrideY -> { s with StrideY = n }
      for n in below 1 s.StrideX -> { s with StrideX = n }
      for n in below 1 s.DilationY -> { s with DilationY = n }
      for n in below 1 s.DilationX -> { s with DilationX = n }
      for n in below 0 s.PaddingY -> { s with PaddingY = n }
      for n in below 0 s.PaddingX -> { s with PaddingX = n }
      for zeros in fewerZeros s.Zeros -> { s with Zeros = zeros } ]

let private plainConvolutions =
    let generator =
        gen {
            let! images = images
            let! inputChannels = channels
            let! filters = channels
            let! kernelHeight = Gen.choose (1, 5)
            let! kernelWidth = Gen.choose (1, 7)
            let! strideY = Gen.frequency [ 3, Gen.constant 1; 1, Gen.choose (2, 4) ]
            let! strideX = Gen.frequency [ 3, Gen.constant 1; 1, Gen.choose (2, 4) ]
            // Half of all without padding, for that is another way through the kernels; else up to more than the kernel.
            let! isPadded = Gen.elements [ true; false ]
            let! paddingY = if isPadded then Gen.choose (0, kernelHeight + 1) else Gen.constant 0
            let! paddingX = if isPadded then Gen.choose (0, kernelWidth + 1) else Gen.constant 0
            let! moreRows = size 19
            let! moreColumns = size 23
            let! zeros = zeros
            let! seed = seed

            return
                { Images = images
                  InputChannels = inputChannels
                  Height = max 1 (kernelHeight - 2 * paddingY + moreRows - 1)
                  Width = max 1 (kernelWidth - 2 * paddingX + moreColumns - 1)
                  Filters = filters
                  KernelHeight = kernelHeight
                  KernelWidth = kernelWidth
                  StrideY = strideY
                  StrideX = strideX
                  PaddingY = paddingY
                  PaddingX = paddingX
                  DilationY = 1
                  DilationX = 1
                  Groups = 1
                  Zeros = zeros
                  Seed = seed }
        }

    // The two convolutions of the network that the product is made for, 1×28×28 → 8×24×24 → 8×20×20.
    let familiar =
        gen {
            let! shape = generator
            let! images = Gen.choose (1, 3)
            let! channels, size = Gen.elements [ 1, 28; 8, 24 ]

            return
                { shape with
                    Images = images
                    InputChannels = channels
                    Height = size
                    Width = size
                    Filters = 8
                    KernelHeight = 5
                    KernelWidth = 5
                    StrideY = 1
                    StrideX = 1
                    PaddingY = 0
                    PaddingX = 0 }
        }

    // Square filters with many channels, on images that are whole squares of the output and on others; with a stride fewer channels are enough.
    let bySquares =
        gen {
            let! shape = generator
            let! stride = Gen.elements [ 1; 1; 2 ]
            let! channels = Gen.oneof [ Gen.elements [ 16; 17; 32; 33; 48 ]; Gen.choose (16, 40) ]
            let! filters = Gen.oneof [ Gen.elements [ 16; 17; 32; 33 ]; Gen.choose (16, 40) ]
            let! side = Gen.elements (if stride = 1 then [ 3; 3; 5 ] else [ 5; 5; 6; 9; 10 ])
            let! padding = Gen.choose (0, side)
            let! height = Gen.choose (side, 12 * stride)
            let! width = Gen.choose (side, 12 * stride)

            return
                { shape with
                    InputChannels = if stride = 1 then channels else channels / 4
                    Filters = filters
                    Height = height
                    Width = width
                    KernelHeight = side
                    KernelWidth = side
                    StrideY = stride
                    StrideX = stride
                    PaddingY = padding
                    PaddingX = padding }
        }

    Gen.frequency [ 1, familiar; 3, bySquares; 13, generator ]

let convolutions: Arbitrary<ConvolutionShape> = arbitrary isConvolution plainConvolutions smallerConvolutions

/// Filters with gaps between their taps, and channels in groups: every kind, depthwise ones among them.
let groupedConvolutions: Arbitrary<ConvolutionShape> =
    let generator =
        gen {
            let! shape = plainConvolutions
            let! dilationY = Gen.choose (1, 3)
            let! dilationX = Gen.choose (1, 3)
            let! groups = Gen.oneof [ Gen.choose (1, 4); channels ]
            let! isDepthwise = Gen.elements [ true; false ]
            let! groupChannels = if isDepthwise then Gen.constant 1 else Gen.choose (1, 9)
            let! groupFilters = if isDepthwise then Gen.constant 1 else Gen.oneof [ Gen.choose (1, 9); Gen.elements [ 16; 17 ] ]

            return
                { shape with
                    InputChannels = groups * groupChannels
                    Filters = groups * groupFilters
                    Groups = groups
                    DilationY = dilationY
                    DilationX = dilationX
                    Height = shape.Height + (dilationY - 1) * (shape.KernelHeight - 1)
                    Width = shape.Width + (dilationX - 1) * (shape.KernelWidth - 1) }
        }

    arbitrary isConvolution generator smallerConvolutions

let isPooling (s: PoolingShape) =
    s.WindowHeight <= s.Height + 2 * s.PaddingY
    && s.WindowWidth <= s.Width + 2 * s.PaddingX
    && s.PaddingY < s.WindowHeight
    && s.PaddingX < s.WindowWidth

let smallerPoolings (s: PoolingShape) =
    [ for n in below 0 s.Images -> { s with Images = n }
      for n in below 1 s.Channels -> { s with Channels = n }
      for n in below 1 s.Height -> { s with Height = n }
      for n in below 1 s.Width -> { s with Width = n }
      for n in below 1 s.WindowHeight -> { s with WindowHeight = n }
      for n in below 1 s.WindowWidth -> { s with WindowWidth = n }
      for n in below 1 s.StrideY -> { s with StrideY = n }
      for n in below 1 s.StrideX -> { s with StrideX = n }
      for n in below 0 s.PaddingY -> { s with PaddingY = n }
      for n in below 0 s.PaddingX -> { s with PaddingX = n }
      if s.ExcludesPadding then yield { s with ExcludesPadding = false } ]

let poolings: Arbitrary<PoolingShape> =
    let generator =
        gen {
            let! images = images
            let! channels = channels
            let! windowHeight = Gen.choose (1, 4)
            let! windowWidth = Gen.choose (1, 4)
            // Windows apart, side by side, and overlapping.
            let! strideY = Gen.choose (1, windowHeight + 1)
            let! strideX = Gen.choose (1, windowWidth + 1)
            let! isPadded = Gen.elements [ true; false ]
            let! paddingY = if isPadded then Gen.choose (0, windowHeight - 1) else Gen.constant 0
            let! paddingX = if isPadded then Gen.choose (0, windowWidth - 1) else Gen.constant 0
            let! excludesPadding = Gen.elements [ true; false ]
            let! moreRows = Gen.choose (0, 11)
            let! moreColumns = Gen.choose (0, 11)
            let! values = Gen.elements [ Spread; Ties; Special ]
            let! seed = seed

            return
                { Images = images
                  Channels = channels
                  Height = max 1 (windowHeight - 2 * paddingY) + moreRows
                  Width = max 1 (windowWidth - 2 * paddingX) + moreColumns
                  WindowHeight = windowHeight
                  WindowWidth = windowWidth
                  StrideY = strideY
                  StrideX = strideX
                  PaddingY = paddingY
                  PaddingX = paddingX
                  ExcludesPadding = excludesPadding
                  Values = values
                  Seed = seed }
        }

    arbitrary isPooling generator smallerPoolings

let gemms: Arbitrary<GemmShape> =
    let isValid s = s.M * s.N * s.K < 400_000
    let flag = Gen.elements [ false; true ]
    let gap = Gen.frequency [ 2, Gen.constant 0; 1, Gen.choose (1, 9) ]

    let generator =
        gen {
            let! m = size 40
            let! n = size 50
            // Deeper than any block in which a kernel may go through the sum.
            let! k = Gen.frequency [ 4, size 70; 1, Gen.choose (250, 700) ]
            let! aTransposed = flag
            let! bTransposed = flag
            let! aStep = Gen.frequency [ 4, Gen.constant 1; 1, Gen.choose (2, 3) ]
            let! aGap = gap
            let! bGap = gap
            let! cGap = gap
            let! accumulate = flag
            let! seed = seed

            return
                { M = m
                  N = n
                  K = k
                  ATransposed = aTransposed
                  BTransposed = bTransposed
                  AStep = aStep
                  AGap = aGap
                  BGap = bGap
                  CGap = cGap
                  Accumulate = accumulate
                  Seed = seed }
        }

    arbitrary isValid generator (fun s ->
        [ for n in below 1 s.M -> { s with M = n }
          for n in below 1 s.N -> { s with N = n }
          for n in below 1 s.K -> { s with K = n }
          if s.ATransposed then yield { s with ATransposed = false }
          if s.BTransposed then yield { s with BTransposed = false }
          for n in below 1 s.AStep -> { s with AStep = n }
          for n in below 0 s.AGap -> { s with AGap = n }
          for n in below 0 s.BGap -> { s with BGap = n }
          for n in below 0 s.CGap -> { s with CGap = n }
          if s.Accumulate then yield { s with Accumulate = false } ])

let denses: Arbitrary<DenseShape> =
    let isValid (s: DenseShape) =
        s.FirstOutput + s.OutputCount <= s.Outputs && s.Images * s.Inputs * s.Outputs < 400_000

    let generator =
        gen {
            let! images = Gen.frequency [ 1, Gen.constant 0; 9, size 37 ]
            let! inputs = size 300
            let! outputs = size 70
            let! firstOutput = Gen.choose (0, outputs - 1)
            let! outputCount = Gen.choose (1, outputs - firstOutput)
            let! zeros = zeros
            let! seed = seed

            return
                { Images = images
                  Inputs = inputs
                  Outputs = outputs
                  FirstOutput = firstOutput
                  OutputCount = outputCount
                  Zeros = zeros
                  Seed = seed }
        }

    arbitrary isValid generator (fun s ->
        [ for n in below 0 s.Images -> { s with Images = n }
          for n in below 1 s.Inputs -> { s with Inputs = n }
          for n in below 1 s.Outputs -> { s with Outputs = n }
          for n in below 0 s.FirstOutput -> { s with FirstOutput = n }
          for n in below 1 s.OutputCount -> { s with OutputCount = n }
          for zeros in fewerZeros s.Zeros -> { s with Zeros = zeros } ])

let vectors: Arbitrary<VectorShape> =
    let generator =
        Gen.map3 (fun count values seed -> { Count = count; Values = values; Seed = seed }) (size 270) (Gen.elements [ Spread; Ties; Special ]) seed

    arbitrary (fun _ -> true) generator (fun s ->
        [ for n in below 1 s.Count -> { s with Count = n }
          if s.Values <> Spread then yield { s with Values = Spread } ])

let classes: Arbitrary<ClassesShape> =
    let generator =
        gen {
            let! images = images
            let! classes = Gen.frequency [ 3, size 40; 1, Gen.choose (41, 256) ]
            // Far from 0 the logits themselves are coarse, but their differences are exact, and so is all that hangs on them.
            let! center = Gen.elements [ 0f; 0f; 100f; -1e4f; 1e4f ]
            let! magnitude = Gen.elements [ 0f; 1f; 30f; 1e4f ]
            let! seed = seed
            return { Images = images; Classes = classes; Center = center; Magnitude = magnitude; Seed = seed }
        }

    arbitrary (fun _ -> true) generator (fun s ->
        [ for n in below 0 s.Images -> { s with Images = n }
          for n in below 1 s.Classes -> { s with Classes = n }
          if s.Center <> 0f then yield { s with Center = 0f } ])

let pixels: Arbitrary<PixelsShape> =
    let generator =
        gen {
            let! images = images
            let! pixels = size 90
            let! channels = channels
            let! seed = seed
            return { Images = images; Pixels = pixels; Channels = channels; Seed = seed }
        }

    arbitrary (fun _ -> true) generator (fun s ->
        [ for n in below 0 s.Images -> { s with Images = n }
          for n in below 1 s.Pixels -> { s with Pixels = n }
          for n in below 1 s.Channels -> { s with Channels = n } ])
