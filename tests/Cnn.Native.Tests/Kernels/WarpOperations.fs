/// The part of the table of operations that serves distorted images.
module Cnn.Native.Tests.WarpOperations

open FsCheck
open FsCheck.FSharp
open FSharp.NativeInterop
open Cnn.Kernels
open Cnn.Native.Tests.KernelCases
open Cnn.Native.Tests.KernelData
open Cnn.Native.Tests.KernelShapes

/// Where the pixels of a warped image are sent.
type Displacements =
    /// Nowhere: there is no field of displacements.
    | NoField
    /// Anywhere around and beyond the border.
    | Anywhere
    /// Whole pixels, and halves.
    | Halves
    /// NaN and infinities among numbers.
    | Wild

/// What is outside a warped image.
type Outside =
    | Black
    | Edge
    | Reflected

type WarpShape =
    { Channels: int
      Height: int
      Width: int
      Displacements: Displacements
      Outside: Outside
      /// How far the map is from leaving everything in its place.
      Distortion: float32
      Seed: int }

type SplineShape =
    { Surfaces: int
      Height: int
      Width: int
      /// Pixels from a control point to the next.
      Distance: float32
      /// Control points that nobody needs.
      MoreRows: int
      MoreColumns: int
      Seed: int }

let private warps: Arbitrary<WarpShape> =
    let generator =
        gen {
            let! channels = Gen.frequency [ 3, Gen.constant 1; 2, Gen.choose (2, 4) ]
            let! height = size 40
            let! width = size 40
            let! displacements = Gen.elements [ NoField; Anywhere; Halves; Wild ]
            let! outside = Gen.elements [ Black; Edge; Reflected ]
            let! distortion = Gen.elements [ 0f; 0.1f; 1f; 30f ]
            let! seed = seed

            return
                { Channels = channels
                  Height = height
                  Width = width
                  Displacements = displacements
                  Outside = outside
                  Distortion = distortion
                  Seed = seed }
        }

    arbitrary (fun _ -> true) generator (fun s ->
        [ for n in below 1 s.Channels -> { s with Channels = n }
          for n in below 1 s.Height -> { s with Height = n }
          for n in below 1 s.Width -> { s with Width = n }
          if s.Displacements <> NoField then yield { s with Displacements = NoField }
          if s.Outside <> Black then yield { s with Outside = Black }
          if s.Distortion <> 0f then yield { s with Distortion = 0f } ])

let private splines: Arbitrary<SplineShape> =
    let generator =
        gen {
            let! surfaces = Gen.choose (1, 3)
            let! height = size 40
            let! width = size 40
            // Some pixels between two points, and some points between two pixels.
            let! distance = Gen.elements [ 0.3f; 1f; 1.7320508f; 4f; 6.9282f; 8f; 17.3f; 300f ]
            let! moreRows = Gen.choose (0, 2)
            let! moreColumns = Gen.choose (0, 2)
            let! seed = seed

            return
                { Surfaces = surfaces
                  Height = height
                  Width = width
                  Distance = distance
                  MoreRows = moreRows
                  MoreColumns = moreColumns
                  Seed = seed }
        }

    arbitrary (fun _ -> true) generator (fun s ->
        [ for n in below 1 s.Surfaces -> { s with Surfaces = n }
          for n in below 1 s.Height -> { s with Height = n }
          for n in below 1 s.Width -> { s with Width = n }
          if s.Distance <> 4f then yield { s with Distance = 4f } ])

/// No field of displacements is no buffer: the kernel gets a null pointer.
let private warp (s: WarpShape) =
    let data = Data s.Seed
    let pixels = s.Height * s.Width
    let bend () = data.Fraction() * s.Distortion
    let map = AffineMap(1f + bend (), bend (), 5f * bend (), bend (), 1f + bend (), 5f * bend ())

    let bounds =
        match s.Outside with
        | Black -> WarpBounds.Black(s.Height, s.Width)
        | Edge -> WarpBounds.Edge(s.Height, s.Width)
        | Reflected -> WarpBounds.Reflect(s.Height, s.Width)

    let special = [| nanf; infinityf; -infinityf; 3e38f; -0f |]

    let displacement () =
        match s.Displacements with
        | Halves -> float32 (data.Below 13 - 6) / 2f
        | Wild when data.Chance 30 -> special[data.Below special.Length]
        | _ -> data.Fraction() * float32 (s.Width + 2)

    let hasField = s.Displacements <> NoField

    { case
          [ reads "image" (Bytes(Array.init (pixels * s.Channels) (fun _ -> byte (data.Below 256))))
            if hasField then
                reads "displacement" (Floats(Array.init (2 * pixels) (fun _ -> displacement ())))
            reads "scale" (Floats(Array.init s.Channels (fun _ -> data.Fraction())))
            reads "offset" (Floats(Array.init s.Channels (fun _ -> data.Fraction())))
            writes "output" Exact (pixels * s.Channels) ]
          (fun kernels at ->
              let displacement = if hasField then at.Floats "displacement" else NativePtr.nullPtr

              kernels.Warp(
                  s.Channels, s.Height, s.Width, at.Bytes "image", &map, &bounds, displacement, at.Floats "scale", at.Floats "offset",
                  at.Floats "output", at.Scratch)) with
        Scratch = fun kernels -> kernels.WarpScratch(s.Channels, s.Height, s.Width) }

let private splineSurfaces (s: SplineShape) =
    let data = Data s.Seed
    let step = 1f / s.Distance
    let start () = min (abs (data.Fraction())) 0.999f

    let geometry =
        SplineGeometry(
            s.Surfaces,
            s.Height,
            s.Width,
            SplineGeometry.ControlsFor(s.Height, step) + s.MoreRows,
            SplineGeometry.ControlsFor(s.Width, step) + s.MoreColumns,
            step,
            start (),
            start ()
        )

    // Sixteen products, and what the weights are rounded by.
    { case
          [ reads "controls" (Floats(data.Numbers(s.Surfaces * geometry.Rows * geometry.Columns)))
            writes "values" (Sum 32) (s.Surfaces * s.Height * s.Width) ]
          (fun kernels at -> kernels.SplineSurfaces(&geometry, at.Floats "controls", at.Floats "values", at.Scratch)) with
        Scratch = fun kernels -> kernels.SplineScratch &geometry }

let warpOperations =
    [ operation "Warp" warps warp
      operation "SplineSurfaces" splines splineSurfaces ]
