/// That the generators make what they promise: a law over shapes that never come would hold for nothing.
module Cnn.Native.Tests.ExtremeShapesTests

open FsCheck.FSharp
open Xunit
open Cnn.Native.Tests.ExtremeShapes
open Cnn.Native.Tests.KernelShapes

/// As many as a law looks at; of each kind there are dozens among them on average.
let private made (shapes: FsCheck.Arbitrary<'shape>) = Gen.sample 400 shapes.Generator

let private amongThem (made: 'shape[]) kinds =
    for kind: string, isOne in kinds do
        Assert.True(Array.exists isOne made, $"no shape among {made.Length} is of the kind: {kind}")

[<Fact>]
let ``Among the extreme convolutions is every kind of extreme`` () =
    amongThem
        (made extremeConvolutions)
        [ "an image of one pixel", (fun s -> s.Height = 1 && s.Width = 1)
          "an image of one pixel, padded, under a larger filter",
          (fun s -> s.Height = 1 && s.Width = 1 && s.KernelHeight > 1 && s.KernelWidth > 1)
          "a stride larger than the image with its padding", (fun s -> s.StrideY > s.Height + 2 * s.PaddingY && s.StrideX > 1)
          "a stride larger than the image, and outputs that see padding alone",
          (fun s -> s.StrideX > s.Width && s.Geometry.OutputWidth > 1 && s.PaddingX >= s.KernelWidth)
          "more padding than the filter reaches", (fun s -> s.PaddingX > s.DilationX * (s.KernelWidth - 1) + 1)
          "a filter as large as the image without padding", (fun s -> s.PaddingY = 0 && s.Height > 1 && s.DilationY * (s.KernelHeight - 1) + 1 = s.Height)
          "dilation with padding", (fun s -> s.DilationX > 3 && s.KernelWidth > 1 && s.PaddingX > 0)
          "taps further apart than the image is wide", (fun s -> s.DilationX >= s.Width && s.KernelWidth > 1)
          "as many groups as channels, with padding", (fun s -> s.Groups > 1 && s.Groups = s.InputChannels && s.Filters = s.Groups && s.PaddingY > 0)
          "as many groups as channels, with some filters each and padding",
          (fun s -> s.Groups > 1 && s.Groups = s.InputChannels && s.Filters > s.Groups && s.PaddingY > 0)
          "as many groups as channels, on an image of one row", (fun s -> s.Groups > 1 && s.Groups = s.InputChannels && s.Height = 1)
          "no image at all", (fun s -> s.Images = 0) ]

[<Fact>]
let ``Among the extreme poolings is every kind of extreme`` () =
    amongThem
        (made extremePoolings)
        [ "an image of one pixel", (fun s -> s.Height = 1 && s.Width = 1)
          "a window as large as the image", (fun s -> s.Height > 1 && s.Width > 1 && s.WindowHeight = s.Height && s.WindowWidth = s.Width)
          "a window of one pixel in a larger image", (fun s -> s.WindowHeight = 1 && s.WindowWidth = 1 && s.Height > 1)
          "a stride larger than the image", (fun s -> s.StrideY > s.Height && s.StrideX > s.Width)
          "a stride that leaves pixels between windows out", (fun s -> s.StrideX > s.WindowWidth && s.Width > s.StrideX)
          "a window larger than the image", (fun s -> s.WindowHeight > s.Height && s.WindowWidth > s.Width)
          "as much padding as there can be", (fun s -> s.PaddingY > 1 && s.PaddingY = s.WindowHeight - 1 && s.PaddingX = s.WindowWidth - 1 && s.Height > 1)
          "a large window that overlaps its neighbours", (fun s -> s.WindowWidth > 4 && s.StrideX = 1 && s.Width > s.WindowWidth)
          "no image at all", (fun s -> s.Images = 0) ]
