/// Distorted images are what geometry says, and as strong as they were asked for.
module Cnn.Native.Tests.AugmentationTests

open System
open FsCheck.FSharp
open FsCheck.Xunit
open Microsoft.FSharp.NativeInterop
open Xunit
open Cnn.Data
open Cnn.Kernels
open Cnn.Memory
open Cnn.Numerics
open Cnn.Native.Tests.Networks

let private bufferOf (values: float32[]) =
    let buffer = new NativeBuffer<float32>(int64 values.Length)
    values.CopyTo(buffer.Span(0L, values.Length))
    buffer

/// Bytes to floats by something that is given pixels, scale, offset and a place for the result.
let private load (shape: Shape) (pixels: byte[]) (scale: float32[]) (offset: float32[]) work =
    use scale = bufferOf scale
    use offset = bufferOf offset
    use output = bufferOf (Array.create shape.Length nanf)
    use pixels = fixed pixels
    work pixels scale.Pointer offset.Pointer output.Pointer
    output.Span(0L, shape.Length).ToArray()

let private ones (shape: Shape) = Array.create shape.Channels 1f
let private zeros (shape: Shape) : float32[] = Array.zeroCreate shape.Channels

let private augmented (kernels: KernelSet) (augmentation: Augmentation) shape (random: RandomStream) isMirrored pixels scale offset =
    use augmenter = new Augmenter(augmentation, shape, kernels)
    load shape pixels scale offset (fun pixels scale offset output -> augmenter.Load(pixels, random, isMirrored, scale, offset, output))

let private normalized (kernels: KernelSet) (shape: Shape) pixels scale offset =
    load shape pixels scale offset (fun pixels scale offset output ->
        kernels.Normalize(shape.Height * shape.Width, shape.Channels, pixels, scale, offset, output))

/// Where a draw sends the pixels, without normalisation.
let private warpedWithin (bounds: WarpBounds) (kernels: KernelSet) (shape: Shape) (draw: AugmentationDraw) pixels =
    use scratch = new NativeBuffer<float32>(int64 (kernels.WarpScratch(shape.Channels, shape.Height, shape.Width)))
    let map = draw.Map shape

    load shape pixels (ones shape) (zeros shape) (fun pixels scale offset output ->
        kernels.Warp(
            shape.Channels, shape.Height, shape.Width, pixels, &map, &bounds, NativePtr.nullPtr, scale, offset, output, scratch.Pointer))

let private warped kernels (shape: Shape) =
    warpedWithin (WarpBounds.Black(shape.Height, shape.Width)) kernels shape

let private nothing = AugmentationDraw.None

/// Of each pixel and channel: the value that another place says, 0 outside.
let private moved (shape: Shape) (pixels: byte[]) source =
    [| for row in 0 .. shape.Height - 1 do
           for column in 0 .. shape.Width - 1 do
               let fromRow, fromColumn = source (row, column)
               let isInside = fromRow >= 0 && fromRow < shape.Height && fromColumn >= 0 && fromColumn < shape.Width

               for channel in 0 .. shape.Channels - 1 do
                   if isInside then
                       float32 pixels[(fromRow * shape.Width + fromColumn) * shape.Channels + channel]
                   else
                       0f |]

let private nearly (tolerance: float) (expected: float32[]) (actual: float32[]) =
    Assert.Equal(expected.Length, actual.Length)
    Array.iter2 (fun (e: float32) (a: float32) -> Assert.Equal(float e, float a, tolerance)) expected actual

/// Shapes of images, square ones among them.
type Shapes =
    static member Shape() =
        gen {
            let! channels = Gen.elements [ 1; 1; 2; 3; 4 ]
            let! height = Gen.choose (1, 33)
            let! width = Gen.frequency [ 1, Gen.constant height; 2, Gen.choose (1, 33) ]
            return Shape(channels, height, width)
        }
        |> Arb.fromGen

let private randomBytes (seed: int) count =
    let bytes = Array.zeroCreate<byte> count
    Random(seed).NextBytes bytes
    bytes

[<Property(Arbitrary = [| typeof<Shapes> |], MaxTest = 60)>]
let ``Strengths of zero are the plain load, bit for bit`` (shape: Shape) (seed: int) =
    let pixels = randomBytes seed shape.Length
    let scale = Array.init shape.Channels (fun c -> 0.013f * float32 (c + 1))
    let offset = Array.init shape.Channels (fun c -> -0.4f / float32 (c + 1))

    for kernels in kernelSets do
        let plain = normalized kernels shape pixels scale offset
        sameBits plain (augmented kernels (Augmentation()) shape (RandomStream(uint64 seed, 3UL)) false pixels scale offset)
        // Not because nothing is done: a map that leaves all in its place, and displacements of nothing, do so too.
        sameBits (normalized kernels shape pixels (ones shape) (zeros shape)) (warped kernels shape nothing pixels)
        let still = Augmentation(ElasticStrength = 1e-30)
        sameBits plain (augmented kernels still shape (RandomStream(uint64 seed, 3UL)) false pixels scale offset)

[<Property(Arbitrary = [| typeof<Shapes> |], MaxTest = 60)>]
let ``A shift moves whole pixels exactly, and black comes in`` (shape: Shape) (seed: int) (right: int) (down: int) =
    let pixels = randomBytes seed shape.Length
    let right, down = right % 12, down % 12
    let draw = AugmentationDraw(right, down, 0.0, 1.0, 1.0, 0.0, false)

    for kernels in kernelSets do
        sameBits (moved shape pixels (fun (row, column) -> row - down, column - right)) (warped kernels shape draw pixels)

[<Property(Arbitrary = [| typeof<Shapes> |], MaxTest = 60)>]
let ``Outside a shifted image its edge goes on, or its reflection comes in`` (shape: Shape) (seed: int) (right: int) (down: int) =
    let pixels = randomBytes seed shape.Length
    let right, down = right % 70, down % 70
    let draw = AugmentationDraw(right, down, 0.0, 1.0, 1.0, 0.0, false)
    let held last at = max 0 (min last at)

    // There and back again, one step at a time.
    let reflected last at =
        let mutable place, step = 0, 1

        for _ in 1 .. abs at do
            if last > 0 then
                if place + step > last || place + step < 0 then step <- -step
                place <- place + step

        place

    let sources fold (row, column) = fold (shape.Height - 1) (row - down), fold (shape.Width - 1) (column - right)

    for kernels in kernelSets do
        sameBits (moved shape pixels (sources held)) (warpedWithin (WarpBounds.Edge(shape.Height, shape.Width)) kernels shape draw pixels)
        sameBits (moved shape pixels (sources reflected)) (warpedWithin (WarpBounds.Reflect(shape.Height, shape.Width)) kernels shape draw pixels)

[<Fact>]
let ``An augmentation with a border brings no black into a white picture`` () =
    let shape = Shape(3, 12, 14)
    let white = Array.create shape.Length 255uy

    for border in [ Border.Edge; Border.Reflect ] do
        let augmentation = Augmentation(Shift = 3, Rotation = 40, Scale = 0.3, Shear = 20, ElasticStrength = 20, Mirror = true, Border = border)

        for kernels in kernelSets do
            for i in 1UL .. 20UL do
                let seen = augmented kernels augmentation shape (RandomStream(3UL, i)) false white (ones shape) (zeros shape)
                Assert.All(seen, fun value -> Assert.Equal(255f, value))

[<Fact>]
let ``Half of the images are mirrored in each epoch, and the others in the next`` () =
    let augmentation = Augmentation(Mirror = true)
    let mirrored epoch = [| for index in 0..3999 -> augmentation.IsMirrored(5UL, epoch, index) |]
    Assert.InRange(mirrored 0 |> Array.filter id |> Array.length, 1880, 2120)
    Assert.Equal<bool>(mirrored 0, mirrored 2)
    Assert.Equal<bool>(mirrored 0, Array.map not (mirrored 1))
    let other = [| for index in 0..3999 -> augmentation.IsMirrored(6UL, 0, index) |]
    Assert.InRange(Array.map2 (=) (mirrored 0) other |> Array.filter id |> Array.length, 1880, 2120)
    Assert.All([ 0..99 ], fun index -> Assert.False(Augmentation(Shift = 2).IsMirrored(5UL, 0, index)))

[<Property(Arbitrary = [| typeof<Shapes> |], MaxTest = 60)>]
let ``A mirror turns left to right exactly, and twice is as before`` (shape: Shape) (seed: int) =
    let pixels = randomBytes seed shape.Length
    let mirrored = AugmentationDraw(0, 0, 0.0, 1.0, 1.0, 0.0, true)

    for kernels in kernelSets do
        let once = warped kernels shape mirrored pixels
        sameBits (moved shape pixels (fun (row, column) -> row, shape.Width - 1 - column)) once
        sameBits (Array.map float32 pixels) (warped kernels shape mirrored (Array.map byte once))

[<Property(MaxTest = 40)>]
let ``Quarter turns of a square are transpositions and flips`` (seed: int) (side: int) =
    let side = 1 + abs side % 33
    let shape = Shape(1 + abs seed % 3, side, side)
    let pixels = randomBytes seed shape.Length
    let last = side - 1

    for kernels in kernelSets do
        let turned degrees = warped kernels shape (AugmentationDraw(0, 0, degrees, 1.0, 1.0, 0.0, false)) pixels
        // Clockwise: what was at the left is on top.
        nearly 0.01 (moved shape pixels (fun (row, column) -> last - column, row)) (turned 90.0)
        nearly 0.01 (moved shape pixels (fun (row, column) -> column, last - row)) (turned -90.0)
        nearly 0.01 (moved shape pixels (fun (row, column) -> last - row, last - column)) (turned 180.0)

[<Fact>]
let ``Twice the size shows the middle, half the size the whole`` () =
    let shape = Shape(1, 9, 9)
    let pixels = randomBytes 1 shape.Length

    for kernels in kernelSets do
        let large = warped kernels shape (AugmentationDraw(0, 0, 0.0, 2.0, 2.0, 0.0, false)) pixels
        let small = warped kernels shape (AugmentationDraw(0, 0, 0.0, 0.5, 0.5, 0.0, false)) pixels

        for row in 0..2..8 do
            for column in 0..2..8 do
                Assert.Equal(float32 pixels[(2 + row / 2) * 9 + 2 + column / 2], large[row * 9 + column])

        for row in 2..6 do
            for column in 2..6 do
                Assert.Equal(float32 pixels[(2 * row - 4) * 9 + 2 * column - 4], small[row * 9 + column])

        // Width and height each have their own.
        let wide = warped kernels shape (AugmentationDraw(0, 0, 0.0, 2.0, 1.0, 0.0, false)) pixels
        Assert.Equal(float32 pixels[9 * 7 + 2], wide[9 * 7])

[<Fact>]
let ``A shear slants upright lines`` () =
    let shape = Shape(1, 9, 9)
    let pixels = Array.init 81 (fun i -> if i % 9 = 4 then 200uy else 0uy)

    for kernels in kernelSets do
        // At 45° the line runs along the diagonal, its top to the right.
        let slanted = warped kernels shape (AugmentationDraw(0, 0, 0.0, 1.0, 1.0, 45.0, false)) pixels
        nearly 0.01 (Array.init 81 (fun i -> if i / 9 + i % 9 = 8 then 200f else 0f)) slanted

[<Fact>]
let ``Between four pixels is their bilinear mean`` () =
    let shape = Shape(1, 2, 2)
    let map = AffineMap(0f, 0f, 0.25f, 0f, 0f, 0.5f)
    let bounds = WarpBounds.Black(2, 2)

    for kernels in kernelSets do
        use scratch = new NativeBuffer<float32>(int64 (kernels.WarpScratch(1, 2, 2)))

        let values =
            load shape [| 0uy; 100uy; 200uy; 40uy |] [| 1f |] [| 0f |] (fun pixels scale offset output ->
                kernels.Warp(1, 2, 2, pixels, &map, &bounds, NativePtr.nullPtr, scale, offset, output, scratch.Pointer))

        Assert.Equal<float32[]>(Array.create 4 (0.5f * (25f + 160f)), values)

/// A soft blob in the middle, as wide as a digit: nothing of it reaches the border.
let private blob side =
    Array.init (side * side) (fun i ->
        let distance = float ((i / side - side / 2) * (i / side - side / 2) + (i % side - side / 2) * (i % side - side / 2))
        byte (250.0 * exp (-distance / 18.0)))

let private images28 = ImageSet(blob 28, [| 0uy |], Shape(1, 28, 28), [| "blob" |], "blob")

[<Fact>]
let ``A distorted picture is about as bright as before`` () =
    let bright (images: ImageSet) = Seq.averageBy float (images.Pixels.ToArray())
    let augmentation = Augmentation(Shift = 3, Rotation = 30, Shear = 20, ElasticStrength = 34)

    for kernels in kernelSets do
        Assert.Equal(1.0, bright (augmentation.Apply(images28, 1UL, 400, kernels)) / bright images28, 0.03)
        // To scale both sides independently by 0.7 to 1.3 leaves the area as it is in the mean.
        Assert.Equal(1.0, bright (Augmentation(Scale = 0.3).Apply(images28, 1UL, 400, kernels)) / bright images28, 0.05)

[<Fact>]
let ``What is drawn stays within the strengths, and fills them`` () =
    let augmentation = Augmentation(Shift = 2, Rotation = 30, Scale = 0.2, Shear = 10, Mirror = true)

    let draws =
        [| for i in 1UL .. 4000UL do
               let mutable random = RandomStream(7UL, i)
               AugmentationDraw.Of(augmentation, i % 2UL = 0UL, &random) |]

    let spans (of': AugmentationDraw -> float) least most =
        let values = Array.map of' draws
        Assert.InRange(Array.min values, least, least + 0.01 * (most - least))
        Assert.InRange(Array.max values, most - 0.01 * (most - least), most)
        Assert.Equal((least + most) / 2.0, Array.average values, 0.03 * (most - least))

    spans (fun draw -> draw.Rotation) -30.0 30.0
    spans (fun draw -> draw.ScaleX) 0.8 1.2
    spans (fun draw -> draw.ScaleY) 0.8 1.2
    spans (fun draw -> draw.Shear) -10.0 10.0

    for direction in [ (fun (draw: AugmentationDraw) -> draw.ShiftX); (fun draw -> draw.ShiftY) ] do
        let counts = draws |> Array.countBy direction |> Array.sort
        Assert.Equal<int>([| -2 .. 2 |], Array.map fst counts)
        Assert.All(counts, fun (_, count) -> Assert.InRange(count, 700, 900))

    Assert.Equal(2000, draws |> Array.filter (fun draw -> draw.IsMirrored) |> Array.length)
    Assert.All(draws, fun draw -> Assert.NotEqual(draw.ScaleX, draw.ScaleY))

/// How far pixels are displaced, read off two pictures whose brightness is the column and the row.
let private displacements (augmentation: Augmentation) side count =
    let shape = Shape(2, side, side)
    let pixels = [| for row in 0 .. side - 1 do for column in 0 .. side - 1 do byte column; byte row |]

    [| for i in 1..count ->
           let seen =
               augmented kernelSets[kernelSets.Length - 1] augmentation shape (RandomStream(11UL, uint64 i)) false pixels (ones shape) (zeros shape)

           // Well within, where nothing comes from outside.
           fun row column channel -> float seen[(row * side + column) * 2 + channel] - float (if channel = 0 then column else row) |]

[<Theory>]
[<InlineData(34.0, 4.0)>]
[<InlineData(12.0, 2.0)>]
[<InlineData(60.0, 6.0)>]
let ``The elastic displacement is as strong and as smooth as a Gaussian of the same noise`` (strength: float) (smoothness: float) =
    let augmentation = Augmentation(ElasticStrength = strength, ElasticSmoothness = smoothness)
    let side = 60
    let fields = displacements augmentation side 600
    let middle = [ for row in 20..5..40 do for column in 20..5..40 -> row, column ]

    let mean f =
        List.average [ for row, column in middle -> Array.averageBy (fun field -> f field row column) fields ]

    for channel in 0..1 do
        let variance = mean (fun field row column -> field row column channel ** 2.0)
        Assert.Equal(augmentation.ElasticDisplacement, sqrt variance, 0.05 * augmentation.ElasticDisplacement)
        Assert.Equal(0.0, mean (fun field row column -> field row column channel), 0.1 * augmentation.ElasticDisplacement)

        for lag in [ 1; 3; 6; 10 ] do
            let across = mean (fun field row column -> field row column channel * field row (column + lag) channel)
            let down = mean (fun field row column -> field row column channel * field (row + lag) column channel)
            // Noise smoothed by a Gaussian of deviation σ has the correlation exp(−d²/4σ²).
            let gaussian = exp (-float (lag * lag) / (4.0 * smoothness * smoothness))
            Assert.Equal(gaussian, across / variance, 0.06)
            Assert.Equal(gaussian, down / variance, 0.06)

    // x and y go their own ways.
    Assert.Equal(0.0, mean (fun field row column -> field row column 0 * field row column 1) / augmentation.ElasticDisplacement ** 2.0, 0.1)

[<Fact>]
let ``What is erased is a black rectangle of the area that was asked for, as often as was asked for`` () =
    let shape = Shape(3, 20, 24)
    let pixels = Array.create shape.Length 200uy
    let augmentation = Augmentation(EraseProbability = 0.5, EraseArea = 0.25)
    let black = [| -0.5f; -0.25f; 0.125f |]
    let white = [| 199.5f; 199.75f; 200.125f |]

    let erased =
        [| for i in 1UL .. 600UL do
               let seen = augmented kernelSets[0] augmentation shape (RandomStream(5UL, i)) false pixels (ones shape) black
               let isBlack = seen |> Array.chunkBySize 3 |> Array.map (fun pixel -> pixel = black)
               seen |> Array.chunkBySize 3 |> Array.iter (fun pixel -> Assert.True(pixel = black || pixel = white))

               if Array.contains true isBlack then
                   let places = [ for at in 0 .. 479 do if isBlack[at] then at / 24, at % 24 ]
                   let height = List.max (List.map fst places) - List.min (List.map fst places) + 1
                   let width = List.max (List.map snd places) - List.min (List.map snd places) + 1
                   Assert.Equal(height * width, places.Length)
                   float places.Length / 480.0, float height / float width |]

    Assert.InRange(erased.Length, 250, 350)
    // Sides are whole pixels: an area comes near to what was drawn.
    Assert.InRange(erased |> Array.map fst |> Array.min, 0.01, 0.04)
    Assert.InRange(erased |> Array.map fst |> Array.max, 0.22, 0.28)
    Assert.True(erased |> Array.exists (fun (_, aspect) -> aspect > 2.0))
    Assert.True(erased |> Array.exists (fun (_, aspect) -> aspect < 0.6))

[<Fact>]
let ``Images are distorted differently in each epoch, by the seed, each in its own way`` () =
    let images = ImageSet(Array.replicate 3 (blob 28) |> Array.concat, [| 0uy; 0uy; 0uy |], Shape(1, 28, 28), [| "blob" |], "blobs")
    let augmentation = Augmentation(Shift = 2, Rotation = 10, Scale = 0.1, ElasticStrength = 34)
    let applied = augmentation.Apply(images, 1UL, 2)
    Assert.Equal(6, (Seq.distinct [ for i in 0..5 -> List.ofArray (applied.Image(i).ToArray()) ] |> Seq.length))
    Assert.Equal<byte>(applied.Pixels.ToArray(), (augmentation.Apply(images, 1UL, 2)).Pixels.ToArray())
    Assert.NotEqual<byte>(applied.Pixels.ToArray(), (augmentation.Apply(images, 2UL, 2)).Pixels.ToArray())

[<Fact>]
let ``To apply an augmentation gives what the first epochs of a training see`` () =
    let images = noise 3 (Shape(2, 11, 13)) 4 7
    let augmentation = Augmentation(Shift = 2, Rotation = 20, ElasticStrength = 20, EraseProbability = 0.5, Mirror = true, Border = Border.Reflect)
    let applied = augmentation.Apply(images, 9UL, 3)
    Assert.Equal(21, applied.Count)
    Assert.Equal("noise, augmented", applied.Name)
    Assert.Equal<string>(images.ClassNames, applied.ClassNames)

    for index in 0..6 do
        for epoch in 0..2 do
            let random = Augmentation.NumbersOf(9UL, epoch, index)
            let pixels = images.Image(index).ToArray()
            let seen = augmented kernelSets[kernelSets.Length - 1] augmentation images.ImageShape random (augmentation.IsMirrored(9UL, epoch, index)) pixels (ones images.ImageShape) (zeros images.ImageShape)
            Assert.Equal(images.Label index, applied.Label(3 * index + epoch))
            Assert.Equal<byte>(Array.map (MathF.Round >> byte) seen, applied.Image(3 * index + epoch).ToArray())

[<Fact>]
let ``No two images of any epochs share their random numbers`` () =
    let first (random: RandomStream) =
        let mutable random = random
        random.NextUInt64()

    let numbers = [ for epoch in 0..40 do for index in [ 0 .. 40 ] @ [ 59_999; 1 <<< 30; Int32.MaxValue ] -> first (Augmentation.NumbersOf(1UL, epoch, index)) ]
    Assert.Equal(numbers.Length, (List.distinct numbers).Length)

[<Fact>]
let ``A setting out of its range is reported, with what it may be`` () =
    let check (augmentation: Augmentation) () = augmentation.Check()

    for name, augmentation in
        [ "Shift is -1", Augmentation(Shift = -1)
          "Rotation is 181", Augmentation(Rotation = 181)
          "Rotation is NaN", Augmentation(Rotation = nan)
          "Scale is 1", Augmentation(Scale = 1)
          "Scale is -0.1", Augmentation(Scale = -0.1)
          "Shear is 90", Augmentation(Shear = 90)
          "ElasticStrength is -1", Augmentation(ElasticStrength = -1)
          "ElasticStrength is Infinity", Augmentation(ElasticStrength = infinity)
          "ElasticSmoothness is 0.5", Augmentation(ElasticSmoothness = 0.5)
          "ElasticSmoothness is NaN", Augmentation(ElasticSmoothness = nan)
          "EraseProbability is 1.5", Augmentation(EraseProbability = 1.5)
          "EraseArea is 1.", Augmentation(EraseArea = 1)
          "Brightness is -0.5", Augmentation(Brightness = -0.5)
          "Contrast is 1.5", Augmentation(Contrast = 1.5)
          "Saturation is NaN", Augmentation(Saturation = nan)
          "EraseArea is 0", Augmentation(EraseArea = 0) ] do
        failsWith "AugmentationOption" [ name; "It must be" ] (check augmentation)

[<Fact>]
let ``What would move a picture out of its frame is reported, with what would not`` () =
    let check (augmentation: Augmentation) shape () = augmentation.CheckFor shape
    failsWith "AugmentationOutside" [ "Shift is 28"; "1×28×28"; "at most by 13" ] (check (Augmentation(Shift = 28)) (Shape(1, 28, 28)))
    failsWith "AugmentationOutside" [ "Shift is 2147483647"; "at most by 13" ] (check (Augmentation(Shift = System.Int32.MaxValue)) (Shape(1, 28, 28)))
    failsWith "AugmentationOutside" [ "Shift is 14" ] (check (Augmentation(Shift = 14)) (Shape(1, 28, 40)))
    failsWith "AugmentationOutside" [ "Shift is 1"; "at most by 0" ] (check (Augmentation(Shift = 1)) (Shape(5, 1, 1)))
    failsWith "AugmentationOutside" [ "ElasticStrength is 1000"; "at most 171" ] (check (Augmentation(ElasticStrength = 1000)) (Shape(1, 28, 28)))
    failsWith "AugmentationOption" [] (check (Augmentation(Scale = 1)) (Shape(1, 28, 28)))
    check (Augmentation(Shift = 13, ElasticStrength = 171)) (Shape(1, 28, 28)) ()
    check (Augmentation()) (Shape(5, 1, 1)) ()

    failsWith "AugmentationOutside" [] (fun () -> Augmentation(Shift = 28).Apply(images28, 1UL) |> ignore)
    failsWith "AugmentationCount" [ "0 versions" ] (fun () -> Augmentation().Apply(images28, 1UL, 0) |> ignore)
    failsWith "AugmentationCount" [ "smaller count" ] (fun () -> Augmentation().Apply(images28, 1UL, Int32.MaxValue) |> ignore)

/// Pillow 9.4: ImageEnhance.Brightness, Contrast and Color of an RGB picture of 2×2 pixels.
[<Theory>]
[<InlineData(1.4, 1.0, 1.0, "255 42 84 14 255 179 126 126 126 255 0 23")>]
[<InlineData(0.7, 1.0, 1.0, "140 21 42 7 175 89 63 63 63 178 0 11")>]
[<InlineData(1.0, 1.5, 1.0, "248 0 38 0 255 140 83 83 83 255 0 0")>]
[<InlineData(1.0, 0.6, 1.0, "161 59 77 47 191 118 95 95 95 194 41 51")>]
[<InlineData(1.0, 1.0, 1.5, "255 3 48 0 255 110 90 90 90 255 0 0")>]
[<InlineData(1.0, 1.0, 0.5, "142 57 72 87 207 146 90 90 90 166 39 47")>]
let ``Colours change as in Pillow`` (brightness: float32) (contrast: float32) (saturation: float32) (expected: string) =
    let pixels = [| 200uy; 30uy; 60uy; 10uy; 250uy; 128uy; 90uy; 90uy; 90uy; 255uy; 0uy; 17uy |]
    let actual = Array.zeroCreate<byte> pixels.Length
    ColourJitter(brightness, contrast, saturation).Apply(ReadOnlySpan pixels, 3, Span actual)
    Array.iter2 (fun (e: string) (a: byte) -> Assert.InRange(int a - int e, -1, 1)) (expected.Split ' ') actual

[<Fact>]
let ``Colours change by factors within their strengths, and only where they are asked to`` () =
    let factors = [ for index in 0..999 -> (let mutable random = Augmentation.NumbersOf(3UL, 0, index) in ColourJitter.Of(Augmentation(Brightness = 0.2, Saturation = 1), &random)) ]

    for factor in factors do
        Assert.InRange(factor.Brightness, 0.8f, 1.2f)
        Assert.Equal(1f, factor.Contrast)
        Assert.InRange(factor.Saturation, 0f, 2f)

    Assert.True((factors |> List.averageBy _.Brightness |> fun mean -> abs (mean - 1f)) < 0.02f)
    Assert.True(factors |> List.exists (fun factor -> factor.Saturation < 0.1f) && factors |> List.exists (fun factor -> factor.Saturation > 1.9f))

    // An even grey image has no contrast and no saturation, and its brightness is what all pixels share.
    let grey = new ImageSet(Array.create 48 100uy, [| 0uy |], Shape(3, 4, 4), [| "0" |], "grey")
    Assert.Equal<byte[]>(grey.GetImage 0, (Augmentation(Contrast = 1, Saturation = 1).Apply(grey, 1UL)).GetImage 0)
    let bright = (Augmentation(Brightness = 0.5).Apply(grey, 1UL)).GetImage 0
    Assert.Single(Array.distinct bright) |> ignore
    Assert.NotEqual(100uy, bright[0])
    let one = new ImageSet([| 10uy; 200uy; 30uy; 90uy |], [| 0uy |], Shape(1, 2, 2), [| "0" |], "one channel")
    Assert.NotEqual<byte[]>(one.GetImage 0, (Augmentation(Brightness = 0.3, Contrast = 0.3).Apply(one, 1UL)).GetImage 0)
    failsWith "AugmentationShape" [ "Saturation is 0.5"; "three channels" ] (fun () -> Augmentation(Saturation = 0.5).Apply(one, 1UL) |> ignore)

[<Fact>]
let ``An augmentation says what it does`` () =
    Assert.Equal("none", string (Augmentation()))

    let all =
        Augmentation(Shift = 2, Rotation = 7.5, Scale = 0.1, Shear = 5, ElasticStrength = 34, EraseProbability = 0.5, Brightness = 0.2, Contrast = 0.3, Saturation = 1,
            Mirror = true, Border = Border.Reflect)

    Assert.Equal("shift 2, rotation 7.5°, scale 0.1, shear 5°, elastic 34/4, erase 0.5/0.4, brightness 0.2, contrast 0.3, saturation 1, mirror, border reflect", string all)

/// Any augmentation that can be, whose text tells all of it: what does nothing is as it is to begin with.
type Augmentations =
    static member Augmentation() =
        gen {
            let share = Gen.elements [ 0.0; 0.0; 0.1; 0.25; 1.0 / 3.0; 0.5; 1e-7 ]
            let degrees = Gen.elements [ 0.0; 0.0; 10.0; 7.25; 45.0; 1e-9 ]
            let! shift = Gen.choose (0, 5)
            let! rotation = degrees
            let! shear = degrees
            let! scale = share
            let! strength = Gen.elements [ 0.0; 34.0; 12.5 ]
            let! smoothness = Gen.elements [ 1.0; 4.0; 6.5 ]
            let! probability = share
            let! area = Gen.elements [ 0.1; 0.4; 0.5 ]
            let! brightness = share
            let! contrast = share
            let! saturation = share
            let! mirror = Gen.elements [ true; false ]
            let! border = Gen.elements [ Border.Black; Border.Edge; Border.Reflect ]

            return
                Augmentation(
                    Shift = shift,
                    Rotation = rotation,
                    Shear = shear,
                    Scale = scale,
                    ElasticStrength = strength,
                    ElasticSmoothness = (if strength = 0.0 then 4.0 else smoothness),
                    EraseProbability = probability,
                    EraseArea = (if probability = 0.0 then 0.4 else area),
                    Brightness = brightness,
                    Contrast = contrast,
                    Saturation = saturation,
                    Mirror = mirror,
                    Border = border
                )
        }
        |> Arb.fromGen

[<Property(Arbitrary = [| typeof<Augmentations> |])>]
let ``The text of an augmentation brings it back`` (augmentation: Augmentation) =
    Assert.Equal(augmentation, Augmentation.Parse(string augmentation))

[<Theory>]
[<InlineData("erase 0/1e-320")>]
[<InlineData("erase 0/0.1, shift 1")>]
[<InlineData("elastic 0/7")>]
let ``The second number of what is off says nothing`` (text: string) =
    let augmentation = Augmentation.Parse text
    Assert.Equal(augmentation, Augmentation.Parse(string augmentation))
    Assert.Equal(Augmentation(Shift = augmentation.Shift), augmentation)
    failsWith "AugmentationOption" [ "EraseArea is 7" ] (fun () -> Augmentation.Parse "erase 0/7" |> ignore)

[<Fact>]
let ``A text may be written by hand`` () =
    Assert.Equal(Augmentation(Shift = 2, Rotation = 10, ElasticStrength = 34, EraseProbability = 0.5), Augmentation.Parse "Shift 2,rotation 10 , elastic 34,  erase 0.5")
    Assert.Equal(Augmentation(), Augmentation.Parse "none")

    for text in [ ""; "much"; "shift"; "shift 2.5"; "shift 1/2"; "shift 2, shift 3"; "rotation x"; "mirror 1"; "border"; "border blue"; "border 1"; "none, mirror"; "shift 2,"; "elastic 1/2/3" ] do
        failsWith "AugmentationText" [ "shift 2, rotation 10" ] (fun () -> Augmentation.Parse text |> ignore)

    failsWith "AugmentationOption" [ "Scale is 1" ] (fun () -> Augmentation.Parse "scale 1" |> ignore)
