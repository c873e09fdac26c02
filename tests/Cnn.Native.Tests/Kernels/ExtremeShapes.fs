/// Sizes at the edge of what is allowed, which nobody would choose and a search over networks tries: images of one pixel, strides beyond
/// the image, more padding than kernel, kernels and windows as large as the image, filters whose taps lie far apart.
module Cnn.Native.Tests.ExtremeShapes

open FsCheck
open FsCheck.FSharp
open Cnn.Native.Tests.KernelShapes

/// One direction of a convolution, rows or columns.
type private Direction =
    { Size: int
      Kernel: int
      Stride: int
      Padding: int
      Dilation: int }

/// A stride from one to more than there is to stride over.
let private strideOver size =
    Gen.frequency [ 3, Gen.constant 1; 2, Gen.choose (2, 5); 2, Gen.choose (max 1 (size - 1), size + 2) ]

let private direction =
    gen {
        let! size = Gen.frequency [ 2, Gen.constant 1; 2, Gen.choose (2, 4); 1, size 19 ]
        let! kernel = Gen.choose (1, 7)
        let! dilation = Gen.frequency [ 2, Gen.constant 1; 1, Gen.choose (2, 9) ]
        let reach = dilation * (kernel - 1) + 1
        let! padding = Gen.frequency [ 2, Gen.constant 0; 2, Gen.choose (1, reach); 1, Gen.choose (reach, reach + 9) ]
        // Where it is too small, the image becomes just as large as the filter.
        let size = max size (reach - 2 * padding)
        let! stride = strideOver (size + 2 * padding)
        return { Size = size; Kernel = kernel; Stride = stride; Padding = padding; Dilation = dilation }
    }

let private groups =
    let few = Gen.choose (1, 9)
    let channels = Gen.elements [ 1; 3; 7; 8; 9; 16; 17; 24 ]

    Gen.oneof
        [ Gen.map2 (fun channels filters -> 1, channels, filters) channels channels
          // As many groups as channels, with a filter each or some.
          Gen.map (fun channels -> channels, 1, 1) channels
          Gen.map2 (fun channels filters -> channels, 1, filters) channels (Gen.choose (2, 9))
          Gen.map3 (fun groups channels filters -> groups, channels, filters) (Gen.choose (2, 4)) few few ]

let private convolution =
    gen {
        let! images = images
        let! groups, groupChannels, groupFilters = groups
        let! y = direction
        let! x = direction
        let! zeros = zeros
        let! seed = seed

        return
            { Images = images
              InputChannels = groups * groupChannels
              Height = y.Size
              Width = x.Size
              Filters = groups * groupFilters
              KernelHeight = y.Kernel
              KernelWidth = x.Kernel
              StrideY = y.Stride
              StrideX = x.Stride
              PaddingY = y.Padding
              PaddingX = x.Padding
              DilationY = y.Dilation
              DilationX = x.Dilation
              Groups = groups
              Zeros = zeros
              Seed = seed }
    }

let extremeConvolutions: Arbitrary<ConvolutionShape> = arbitrary isConvolution convolution smallerConvolutions

/// Without dilation and in one group: for what knows no other convolution.
let extremePlainConvolutions: Arbitrary<ConvolutionShape> =
    let plain (s: ConvolutionShape) = { s with DilationY = 1; DilationX = 1; Groups = 1 }
    arbitrary (fun s -> s.Geometry.IsPlain && isConvolution s) (Gen.map plain convolution) smallerConvolutions

let extremePoolings: Arbitrary<PoolingShape> =
    let window size =
        Gen.frequency [ 2, Gen.constant size; 1, Gen.constant 1; 2, Gen.choose (1, size) ]

    let size = Gen.frequency [ 2, Gen.constant 1; 2, Gen.choose (2, 4); 2, size 19 ]

    let generator =
        gen {
            let! images = images
            let! channels = channels
            let! height = size
            let! width = size
            // Windows up to what the image and as much padding as there can be have together.
            let! isPadded = Gen.elements [ true; false ]
            let! windowHeight = if isPadded then Gen.choose (1, height + 9) else window height
            let! windowWidth = if isPadded then Gen.choose (1, width + 9) else window width
            let! paddingY = if isPadded then Gen.choose (max 0 ((windowHeight - height + 1) / 2), windowHeight - 1) else Gen.constant 0
            let! paddingX = if isPadded then Gen.choose (max 0 ((windowWidth - width + 1) / 2), windowWidth - 1) else Gen.constant 0
            let! excludesPadding = Gen.elements [ true; false ]
            let! strideY = strideOver (height + 2 * paddingY)
            let! strideX = strideOver (width + 2 * paddingX)
            let! values = Gen.elements [ Spread; Ties; Special ]
            let! seed = seed

            return
                { Images = images
                  Channels = channels
                  Height = height
                  Width = width
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
