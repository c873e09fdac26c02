/// What becomes of a picture on its way to a model.
module Cnn.Native.Tests.PictureTests

open System
open Cnn
open Cnn.Memory
open Cnn.Pictures
open Cnn.Native.Tests.ImageSetTests
open Xunit
open FsCheck.FSharp
open FsCheck.Xunit

let picture width height channels (value: int -> int -> int -> int) =
    Picture(
        width,
        height,
        channels,
        [| for row in 0 .. height - 1 do
               for column in 0 .. width - 1 do
                   for channel in 0 .. channels - 1 -> byte (value row column channel) |]
    )

let grey width height value = picture width height 1 (fun row column _ -> value row column)

/// A picture of noise, and a size to bring it to.
type Case =
    { Picture: Picture
      Width: int
      Height: int }

type Generators =
    static member Case() =
        gen {
            let! sizes = Gen.listOfLength 4 (Gen.choose (1, 23))
            let! channels = Gen.elements [ 1; 3 ]
            let! seed = Gen.choose (0, Int32.MaxValue)
            let random = Random seed

            return
                { Picture = picture sizes[0] sizes[1] channels (fun _ _ _ -> random.Next 256)
                  Width = sizes[2]
                  Height = sizes[3] }
        }
        |> Arb.fromGen

/// The part of the interval from a to a + 1, on the scale of the other, that it shares with b to b + 1.
let private overlap a (scaleA: float) b (scaleB: float) =
    max 0.0 (min (float (a + 1) * scaleA) (float (b + 1) * scaleB) - max (float a * scaleA) (float b * scaleB))

/// The mean of the area, straight from its definition.
let private areaMean (case: Case) row column channel =
    let source = case.Picture
    let tall, wide = float source.Height / float case.Height, float source.Width / float case.Width

    Seq.sum (
        seq {
            for y in 0 .. source.Height - 1 do
                for x in 0 .. source.Width - 1 ->
                    overlap y 1.0 row tall
                    * overlap x 1.0 column wide
                    * float source.Pixels[((y * source.Width) + x) * source.Channels + channel]
        }
    )
    / (tall * wide)

[<Property(Arbitrary = [| typeof<Generators> |], MaxTest = 60)>]
let ``a new pixel is the mean of the area that it covers`` (case: Case) =
    let resized = case.Picture.Resize(case.Width, case.Height)

    resized.Width = case.Width
    && resized.Height = case.Height
    && Seq.forall id (seq {
        for row in 0 .. case.Height - 1 do
            for column in 0 .. case.Width - 1 do
                for channel in 0 .. resized.Channels - 1 ->
                    let found = float resized.Pixels[((row * case.Width) + column) * resized.Channels + channel]
                    abs (found - areaMean case row column channel) <= 0.5 + 1e-6
    })

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``resampling keeps the mean, except for rounding`` (case: Case) =
    let mean (picture: Picture) = picture.Pixels |> Array.averageBy float
    abs (mean case.Picture - mean (case.Picture.Resize(case.Width, case.Height))) <= 0.5

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``a constant picture stays constant in any size`` (case: Case) (value: byte) =
    let constant = picture case.Picture.Width case.Picture.Height case.Picture.Channels (fun _ _ _ -> int value)
    constant.Resize(case.Width, case.Height).Pixels |> Array.forall ((=) value)

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``in its own size a picture is itself`` (case: Case) =
    case.Picture.Resize(case.Picture.Width, case.Picture.Height).Pixels = case.Picture.Pixels

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``each pixel made larger k times and smaller again is itself`` (case: Case) (scale: FsCheck.PositiveInt) =
    let k = 1 + scale.Get % 5
    let source = case.Picture
    let large = source.Resize(k * source.Width, k * source.Height)
    large.Resize(source.Width, source.Height).Pixels = source.Pixels

[<Fact>]
let ``a large picture does not overflow`` () =
    let white = Picture(7001, 4099, 1, Array.create (7001 * 4099) 255uy)
    Assert.All(white.Resize(28, 28).Pixels, (fun value -> Assert.Equal(255uy, value)))

[<Property>]
let ``grey of grey is the same, and colours weigh as they do in BT.601`` (red: byte) (green: byte) (blue: byte) =
    let luma r g b = Picture(1, 1, 3, [| r; g; b |]).ToGrey().Pixels[0]
    let exact = 0.299 * float red + 0.587 * float green + 0.114 * float blue

    luma red red red = red
    && abs (float (luma red green blue) - exact) <= 0.51
    && Picture(1, 1, 1, [| red |]).ToColour().ToGrey().Pixels = [| red |]
    && Picture(1, 1, 3, [| red; green; blue |]).IsGrey = (red = green && green = blue)

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``the border is the outermost pixels, each counted once`` (case: Case) =
    let source = case.Picture

    let border =
        [ for row in 0 .. source.Height - 1 do
              for column in 0 .. source.Width - 1 do
                  if row = 0 || column = 0 || row = source.Height - 1 || column = source.Width - 1 then
                      for channel in 0 .. source.Channels - 1 ->
                          float source.Pixels[((row * source.Width) + column) * source.Channels + channel] ]

    abs (source.BorderMean() - List.average border) < 1e-9

/// A bright rectangle on a dark ground.
let rectangle width height left top columns rows =
    grey width height (fun row column ->
        if row >= top && row < top + rows && column >= left && column < left + columns then 250 else 10)

let private convert inversion center (picture: Picture) =
    PictureConversion(Shape(1, 28, 28), inversion, center).Apply picture

[<Fact>]
let ``a light border inverts, a dark one does not, and both can be overruled`` () =
    let bright = rectangle 28 28 10 10 6 6
    let dark = bright.Invert()
    Assert.Equal<byte>(bright.Pixels, convert PictureInversion.Auto false bright)
    Assert.Equal<byte>(bright.Pixels, convert PictureInversion.Auto false dark)
    Assert.Equal<byte>(dark.Pixels, convert PictureInversion.Never false dark)
    Assert.Equal<byte>(dark.Pixels, convert PictureInversion.Always false bright)

[<Fact>]
let ``pictures of colours are inverted only when that is asked for`` () =
    let white = picture 3 3 3 (fun _ _ _ -> 255)
    let convert inversion = PictureConversion(Shape(3, 3, 3), inversion).Apply white
    Assert.All(convert PictureInversion.Auto, (fun value -> Assert.Equal(255uy, value)))
    Assert.All(convert PictureInversion.Always, (fun value -> Assert.Equal(0uy, value)))

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``an image has the shape that was asked for`` (case: Case) (colours: bool) =
    let shape = Shape((if colours then 3 else 1), case.Height, case.Width)
    PictureConversion(shape).Apply(case.Picture).Length = shape.Length

let private centred = convert PictureInversion.Auto true

let private centerOfMass (field: byte[]) =
    let sum = field |> Array.sumBy float
    let along coordinate = (field |> Seq.mapi (fun i value -> float value * (coordinate i + 0.5)) |> Seq.sum) / sum
    along (fun i -> float (i % 28)), along (fun i -> float (i / 28))

[<Theory>]
[<InlineData(100, 80, 3, 5, 40, 60)>]
[<InlineData(64, 64, 50, 2, 4, 40)>]
[<InlineData(300, 40, 20, 20, 250, 5)>]
[<InlineData(30, 30, 4, 4, 3, 3)>]
let ``what is centred fills a box of 20 pixels and keeps its proportions``
    (width: int)
    (height: int)
    (left: int)
    (top: int)
    (columns: int)
    (rows: int)
    =
    for drawing in [ rectangle width height left top columns rows; (rectangle width height left top columns rows).Invert() ] do
        let field = centred drawing
        let longer = max columns rows
        let lit coordinate = field |> Seq.mapi (fun i value -> i, value) |> Seq.filter (snd >> (<>) 0uy) |> Seq.map (fst >> coordinate) |> Seq.distinct |> Seq.length
        Assert.Equal(max 1 (int (round (20.0 * float columns / float longer))), lit (fun i -> i % 28))
        Assert.Equal(max 1 (int (round (20.0 * float rows / float longer))), lit (fun i -> i / 28))
        let x, y = centerOfMass field
        Assert.InRange(x, 13.5, 14.5)
        Assert.InRange(y, 13.5, 14.5)

        // The ground is gone and the ink has its full contrast.
        Assert.Equal<byte>([| 0uy; 255uy |], field |> Array.distinct |> Array.sort)

[<Fact>]
let ``the centre of mass counts, and not the middle of the drawing`` () =
    // A heavy foot and a thin pole: without the centre of mass it would stand from 4 to 24.
    let drawing =
        grey 60 60 (fun row column -> if row >= 30 && row < 50 && column >= 20 && column < 40 || row >= 10 && row < 30 && column >= 20 && column < 26 then 255 else 0)

    let field = centred drawing
    let x, y = centerOfMass field
    Assert.InRange(x, 13.5, 14.5)
    Assert.InRange(y, 13.5, 14.5)
    Assert.Equal(1, (field |> Array.findIndex ((<>) 0uy)) / 28)

[<Fact>]
let ``no part of what is centred is cut off, however heavy one end is`` () =
    let drawing = grey 101 101 (fun row column -> if row > 90 && row < 100 || column = 50 && row > 0 then 255 else 0)
    let field = centred drawing
    let rows = field |> Array.chunkBySize 28 |> Array.filter (Array.exists ((<>) 0uy))
    Assert.Equal(20, rows.Length)

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``whatever is centred, the field has its size, and nothing is drawn where there is nothing`` (case: Case) (value: byte) =
    let shape = Shape(1, case.Height, case.Width)
    let field (picture: Picture) = PictureConversion(shape, Center = true).Apply picture
    let empty = picture case.Picture.Width case.Picture.Height 1 (fun _ _ _ -> int value)
    (field case.Picture).Length = shape.Length && field empty |> Array.forall ((=) 0uy)

[<Fact>]
let ``shapes that no picture can have are told`` () =
    let apply shape center () = PictureConversion(shape, PictureInversion.Auto, center).Apply(grey 2 2 (fun _ _ -> 0))
    Assert.Equal("PictureShape", (errorOf (apply (Shape(2, 4, 4)) false)).ErrorId)
    Assert.Equal("ImageSetShape", (errorOf (apply (Shape(1, 0, 4)) false)).ErrorId)
    Assert.Equal("CenterColour", (errorOf (apply (Shape(3, 4, 4)) true)).ErrorId)

/// What the tests of Pillow were given.
let private patterned width height channels =
    picture width height channels (fun row column channel -> (row * 37 + column * 59 + channel * 101 + row * column * 13) % 256)

let private fitted fit fill shape (picture: Picture) =
    PictureConversion(shape, PictureInversion.Never, false, fit, fill).Apply picture

/// Pillow resizes twice, and rounds in between.
let private isNearly (expected: int list) (found: byte[]) =
    Assert.Equal(expected.Length, found.Length)
    Assert.All(Seq.zip expected found, (fun (expected, found) -> Assert.InRange(int found, expected - 1, expected + 1)))

[<Fact>]
let ``a padded picture is that of Pillow's ImageOps.pad`` () =
    // Pillow 9.4: ImageOps.pad(picture, (width, height), method=Image.BOX, color=...).
    let pad fill = fitted PictureFit.Pad (PictureFill.Parse fill)

    isNearly
        [ 9; 9; 9; 9; 9; 9; 9; 9; 9; 9; 9; 9; 52; 183; 122; 125; 128; 131; 139; 130; 185; 112; 167; 158; 98; 141; 120; 99; 78; 121; 9; 9; 9; 9; 9; 9 ]
        (pad "#090909" (Shape(1, 6, 6)) (patterned 12 6 1))

    isNearly [ 9; 124; 9; 9; 123; 9; 9; 122; 9; 9; 142; 9 ] (pad "#090909" (Shape(1, 4, 3)) (patterned 4 12 1))

    isNearly
        [ 52; 153; 126; 183; 92; 129; 255; 128; 0; 139; 112; 85; 130; 167; 140; 255; 128; 0 ]
        (pad "#FF8000" (Shape(3, 2, 3)) (patterned 4 4 3))

[<Fact>]
let ``a cropped picture is that of Pillow's ImageOps.fit`` () =
    // Pillow 9.4: ImageOps.fit(picture, (width, height), method=Image.BOX).
    let crop = fitted PictureFit.Crop null
    isNearly [ 184; 123; 126; 157; 148; 139; 130; 109; 88 ] (crop (Shape(1, 3, 3)) (patterned 12 6 1))
    isNearly [ 98; 141; 120; 121; 152; 119; 144; 99; 118; 103; 174; 117 ] (crop (Shape(1, 4, 3)) (patterned 6 16 1))
    isNearly [ 183; 92; 129; 122; 159; 132; 130; 167; 140; 185; 94; 131 ] (crop (Shape(3, 2, 2)) (patterned 8 4 3))

[<Fact>]
let ``padding is the edge drawn out, the mean, or a colour`` () =
    let source = grey 2 1 (fun _ column -> if column = 0 then 40 else 81)
    let pad fill = fitted PictureFit.Pad fill (Shape(1, 3, 2)) source
    Assert.Equal<byte>([| 40uy; 81uy; 40uy; 81uy; 40uy; 81uy |], pad null)
    Assert.Equal<byte>([| 40uy; 81uy; 40uy; 81uy; 40uy; 81uy |], pad PictureFill.Edge)
    Assert.Equal<byte>([| 61uy; 61uy; 40uy; 81uy; 61uy; 61uy |], pad PictureFill.Mean)
    Assert.Equal<byte>([| 255uy; 255uy; 40uy; 81uy; 255uy; 255uy |], pad (PictureFill.Parse "White"))

    // Orange as a grey one.
    Assert.Equal<byte>([| 151uy; 151uy; 40uy; 81uy; 151uy; 151uy |], pad (PictureFill.Parse "#ff8000"))

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``whatever the fit, the image has its shape, and a picture of the same proportions is the same in all`` (case: Case) (fit: PictureFit) (times: byte) =
    let shape = Shape(case.Picture.Channels, case.Height, case.Width)
    let times = 1 + int times % 4
    let larger = case.Picture.Resize(case.Width * times, case.Height * times)
    let stretched = fitted PictureFit.Stretch null shape larger
    (fitted fit null shape case.Picture).Length = shape.Length && fitted fit null shape larger = stretched

[<Fact>]
let ``settings without an effect are not remembered, and others tell conversions apart`` () =
    let shape = Shape(1, 4, 4)
    let make center fit fill = PictureConversion(shape, PictureInversion.Never, center, fit, fill)
    Assert.Equal(make true PictureFit.Stretch null, make true PictureFit.Pad PictureFill.Mean)
    Assert.Equal(make false PictureFit.Crop null, make false PictureFit.Crop PictureFill.Mean)
    Assert.Equal(make false PictureFit.Pad null, make false PictureFit.Pad PictureFill.Edge)
    Assert.Equal(make false PictureFit.Pad (PictureFill.Parse "black"), make false PictureFit.Pad (PictureFill.Parse "#000000"))
    let different = [ make true PictureFit.Stretch null; make false PictureFit.Stretch null; make false PictureFit.Crop null; make false PictureFit.Pad null; make false PictureFit.Pad PictureFill.Mean; make false PictureFit.Pad (PictureFill.Parse "black") ]
    Assert.Equal(different.Length, (different |> List.map string |> List.distinct).Length)
    Assert.All(Seq.allPairs (Seq.indexed different) (Seq.indexed different), (fun ((i, one), (j, other)) -> Assert.Equal(i <> j, one.DiffersFrom other)))

[<Theory>]
[<InlineData("")>]
[<InlineData("grey")>]
[<InlineData("#fff")>]
[<InlineData("ffffff")>]
[<InlineData("#12345g")>]
[<InlineData("#1234567")>]
let ``a text that is no fill is told`` (text: string) =
    Assert.Equal("PictureFill", (errorOf (fun () -> PictureFill.Parse text)).ErrorId)

[<Theory>]
[<InlineData(2, 2, 1, 3)>]
[<InlineData(2, 2, 3, 4)>]
[<InlineData(0, 2, 1, 0)>]
[<InlineData(2, -1, 1, 0)>]
[<InlineData(1, 1, 2, 2)>]
[<InlineData(Int32.MaxValue, Int32.MaxValue, 3, 0)>]
let ``numbers that are no picture are told`` (width: int) (height: int) (channels: int) (length: int) =
    Assert.Equal("PictureShape", (errorOf (fun () -> Picture(width, height, channels, Array.zeroCreate length))).ErrorId)
