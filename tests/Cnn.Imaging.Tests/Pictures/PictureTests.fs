module Cnn.Imaging.Tests.PictureTests

open System.IO
open Cnn
open Cnn.Imaging.Tests.BitmapFile
open Cnn.Native.Tests.TemporaryFolder
open Cnn.Pictures
open SkiaSharp
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit

let private decode channels bytes = PictureReader.Decode(bytes, channels, "picture")

let private errorId (action: unit -> 'a) =
    let error = failureOf action
    Assert.Equal("picture", string error.Target)
    Assert.Contains("'picture'", error.Message)
    error.ErrorId, error.Kind

/// What SkiaSharp itself encodes, for the formats that are too much to write by hand.
let private encoded (format: SKEncodedImageFormat) width height (color: int -> int -> SKColor) =
    use bitmap = new SKBitmap(SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque))

    for y in 0 .. height - 1 do
        for x in 0 .. width - 1 do
            bitmap.SetPixel(x, y, color x y)

    use data = bitmap.Encode(format, 100)
    data.ToArray()

let private pictures =
    gen {
        let! width = Gen.choose (1, 40)
        let! height = Gen.choose (1, 40)
        let! channels = Gen.elements [ 1; 3 ]
        let! pixels = Gen.choose (0, 255) |> Gen.map byte |> Gen.arrayOfLength (width * height * channels)
        return Picture(width, height, channels, pixels)
    }

[<Property>]
let ``what is written as PNG is read again, value for value`` () =
    Prop.forAll (Arb.fromGen pictures) (fun picture ->
        let again = PictureWriter.Encode picture |> decode picture.Channels
        (again.Width, again.Height, again.Channels, again.Pixels) = (picture.Width, picture.Height, picture.Channels, picture.Pixels))

[<Property>]
let ``a grey picture keeps its values in three channels, and they come back as grey`` () =
    let grey = pictures |> Gen.map (fun picture -> Picture(picture.Width, picture.Height * picture.Channels, 1, picture.Pixels))

    Prop.forAll (Arb.fromGen grey) (fun picture ->
        let three = PictureWriter.Encode picture |> decode 3
        let one = PictureWriter.Encode three |> decode 1
        three.Pixels = Array.collect (Array.replicate 3) picture.Pixels && one.Pixels = picture.Pixels)

[<Fact>]
let ``a PNG of grey values is read as it is`` () =
    let picture = png 3 2 0uy [ [| 0uy; 1uy; 127uy |]; [| 128uy; 254uy; 255uy |] ] |> decode 1
    Assert.Equal((3, 2, 1), (picture.Width, picture.Height, picture.Channels))
    Assert.Equal<byte>([| 0uy; 1uy; 127uy; 128uy; 254uy; 255uy |], picture.Pixels)

[<Fact>]
let ``what is transparent becomes white`` () =
    let picture = png 3 1 6uy [ [| 10uy; 20uy; 30uy; 0uy; 10uy; 20uy; 30uy; 255uy; 0uy; 0uy; 0uy; 51uy |] ] |> decode 3
    Assert.Equal<byte>([| 255uy; 255uy; 255uy; 10uy; 20uy; 30uy; 204uy; 204uy; 204uy |], picture.Pixels)

[<Fact>]
let ``what is white on a transparent ground is seen on black`` () =
    let picture = png 3 1 6uy [ [| 255uy; 255uy; 255uy; 0uy; 250uy; 250uy; 250uy; 255uy; 255uy; 255uy; 255uy; 51uy |] ] |> decode 1
    Assert.Equal<byte>([| 0uy; 250uy; 51uy |], picture.Pixels)
    let opaque = png 2 1 6uy [ [| 255uy; 255uy; 255uy; 255uy; 250uy; 250uy; 250uy; 255uy |] ] |> decode 1
    Assert.Equal<byte>([| 255uy; 250uy |], opaque.Pixels)
    let nothing = png 2 1 6uy [ [| 255uy; 255uy; 255uy; 0uy; 0uy; 0uy; 0uy; 0uy |] ] |> decode 1
    Assert.Equal<byte>([| 255uy; 255uy |], nothing.Pixels)

[<Fact>]
let ``a BMP is read as it is, and grey is the luma of its colours`` () =
    let file = bmp [ [ 255uy, 0uy, 0uy; 0uy, 255uy, 0uy; 0uy, 0uy, 255uy ]; [ 1uy, 2uy, 3uy; 255uy, 255uy, 255uy; 9uy, 9uy, 9uy ] ]
    Assert.Equal<byte>([| 255uy; 0uy; 0uy; 0uy; 255uy; 0uy; 0uy; 0uy; 255uy; 1uy; 2uy; 3uy; 255uy; 255uy; 255uy; 9uy; 9uy; 9uy |], (decode 3 file).Pixels)
    // 0.299, 0.587 and 0.114 of 255 (ITU-R BT.601).
    Assert.Equal<byte>([| 76uy; 150uy; 29uy; 2uy; 255uy; 9uy |], (decode 1 file).Pixels)

[<Fact>]
let ``a GIF is read as it is`` () =
    let picture = gif 2 2 (255uy, 255uy, 255uy) (10uy, 20uy, 30uy) [ 0; 1; 1; 0 ] |> decode 3
    Assert.Equal((2, 2), (picture.Width, picture.Height))
    Assert.Equal<byte>([| 255uy; 255uy; 255uy; 10uy; 20uy; 30uy; 10uy; 20uy; 30uy; 255uy; 255uy; 255uy |], picture.Pixels)

[<Theory>]
[<InlineData(SKEncodedImageFormat.Jpeg)>]
[<InlineData(SKEncodedImageFormat.Webp)>]
let ``lossy formats are read nearly as they were`` (format: SKEncodedImageFormat) =
    let grey x y = byte (10 * x + 5 * y)
    let picture = encoded format 16 8 (fun x y -> SKColor(grey x y, grey x y, grey x y)) |> decode 1
    Assert.Equal((16, 8), (picture.Width, picture.Height))

    for y in 0..7 do
        for x in 0..15 do
            Assert.InRange(int picture.Pixels[y * 16 + x] - int (grey x y), -6, 6)

/// For each Exif orientation, where the four quarters of the file, a b over c d, are seen.
let orientations: TheoryData<int, string> =
    let data = TheoryData<int, string>()

    for index, seen in List.indexed [ "ab/cd"; "ba/dc"; "dc/ba"; "cd/ab"; "ac/bd"; "ca/db"; "db/ca"; "bd/ac" ] do
        data.Add(index + 1, seen)

    data

[<Theory>]
[<MemberData(nameof orientations)>]
let ``a camera's note of how it was held is obeyed`` (orientation: int) (seen: string) =
    // 32 by 16 pixels in four quarters of 0, 80, 160 and 240: whole blocks of the JPEG, so that they stay apart.
    let value x y = byte (80 * (x / 16) + 160 * (y / 8))
    let file = encoded SKEncodedImageFormat.Jpeg 32 16 (fun x y -> SKColor(value x y, value x y, value x y))
    let picture = file |> withOrientation orientation |> decode 1
    Assert.Equal((if orientation < 5 then (32, 16) else (16, 32)), (picture.Width, picture.Height))

    let quarter row column =
        let y = picture.Height / 4 + row * picture.Height / 2
        let x = picture.Width / 4 + column * picture.Width / 2
        "abcd"[(int picture.Pixels[y * picture.Width + x] + 40) / 80]

    Assert.Equal(seen, $"{quarter 0 0}{quarter 0 1}/{quarter 1 0}{quarter 1 1}")

[<Theory>]
[<MemberData(nameof orientations)>]
let ``the note of a camera is obeyed in a PNG as in a JPEG`` (orientation: int) (seen: string) =
    let file = png 2 2 0uy [ [| 0uy; 80uy |]; [| 160uy; 240uy |] ]

    for isLittle in [ true; false ] do
        let picture = file |> withOrientationChunk isLittle orientation |> decode 1
        let letters = picture.Pixels |> Array.map (fun value -> "abcd"[int value / 80])
        Assert.Equal(seen, $"{letters[0]}{letters[1]}/{letters[2]}{letters[3]}")

[<Fact>]
let ``a note of a camera that is cut or makes no sense is none`` () =
    let file = png 2 2 0uy [ [| 0uy; 80uy |]; [| 160uy; 240uy |] ]
    let noted = withOrientationChunk true 6 file

    for orientation in [ 0; 9; 65535 ] do
        Assert.Equal<byte>([| 0uy; 80uy; 160uy; 240uy |], (withOrientationChunk false orientation file |> decode 1).Pixels)

    // Every byte of the block spoilt: it is read in some way or as damaged, and nothing else happens.
    for at in 33 .. 33 + 34 do
        let bad = Array.copy noted
        bad[at] <- bad[at] ^^^ 0xFFuy

        try
            Assert.Equal(4, (decode 1 bad).Pixels.Length)
        with :? CnnException as error ->
            Assert.Contains(error.ErrorId, [ "PictureDamaged"; "PictureFormat" ])

[<Fact>]
let ``a BMP in which nothing is to be seen is read as opaque`` () =
    Assert.Equal<byte>([| 10uy; 200uy; 30uy; 40uy |], (bmpWithOpacity 2 [ 30uy, 0uy; 40uy, 0uy; 10uy, 0uy; 200uy, 0uy ] |> decode 1).Pixels)
    Assert.Equal<byte>([| 255uy; 255uy; 255uy; 40uy |], (bmpWithOpacity 2 [ 30uy, 0uy; 40uy, 255uy; 10uy, 0uy; 200uy, 0uy ] |> decode 1).Pixels)

[<Theory>]
[<InlineData(8, 8)>]
[<InlineData(64, 48)>]
[<InlineData(301, 97)>]
let ``a JPEG that lacks the mark of its end is read with a warning, and one that lacks pixels is not`` (width: int) (height: int) =
    let whole = encoded SKEncodedImageFormat.Jpeg width height (fun x y -> SKColor(byte (7 * x + y), byte (x * y), byte (5 * y)))
    let told = ResizeArray<string>()
    let decodeLoudly (bytes: byte[]) = PictureReader.Decode(bytes, 3, "picture", System.Action<string> told.Add)
    let expected = (decode 3 whole).Pixels
    Assert.Equal<byte>(expected, (decodeLoudly whole).Pixels)
    Assert.Empty told

    for missing in [ 1; 2 ] do
        Assert.Equal<byte>(expected, (decodeLoudly whole[.. whole.Length - 1 - missing]).Pixels)
        Assert.Contains("'picture'", told[told.Count - 1])

    Assert.Equal(2, told.Count)

    for missing in [ 12; whole.Length / 4; whole.Length / 3 ] do
        // Of the smallest even the header is cut.
        let id, kind = errorId (fun () -> decodeLoudly whole[.. whole.Length - 1 - missing])
        Assert.Contains(id, [ "PictureDamaged"; "PictureFormat" ])
        Assert.Equal(CnnErrorKind.InvalidData, kind)

    Assert.Equal(2, told.Count)

/// 8 by 8 pixels in ten scans, as the library of Pillow writes them.
let private progressive =
    System.Convert.FromBase64String(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09P"
        + "T09PT09PT09PT09PT09PT09PT0//wgARCAAIAAgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAVAQEBAAAAAAAAAAAAAAAAAAABA//aAAwDAQACEAMQAAABgJv/xAAWEAADAAAAAAAAAAAAAAAAAAAAAwT/2gAIAQEAAQUCXOf/xAAY"
        + "EQACAwAAAAAAAAAAAAAAAAAAAgMEEv/aAAgBAwEBPwGtM+D/xAAXEQEAAwAAAAAAAAAAAAAAAAACAAMR/9oACAECAQE/AXatn//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEABj8Cf//EABUQAQEAAAAAAAAAAAAAAAAAAABh/9oACAEBAAE/IZP/"
        + "2gAMAwEAAgADAAAAEP8A/8QAFhEAAwAAAAAAAAAAAAAAAAAAABEh/9oACAEDAQE/EEtP/8QAFREBAQAAAAAAAAAAAAAAAAAAAEH/2gAIAQIBAT8QpP/EABYQAAMAAAAAAAAAAAAAAAAAAAAxwf/aAAgBAQABPxBEn//Z")

[<Fact>]
let ``no cut of a progressive JPEG gives other pixels, not even between two of its scans`` () =
    let expected = (decode 3 progressive).Pixels

    for length in 1 .. progressive.Length - 3 do
        try
            Assert.Equal<byte>(expected, (decode 3 progressive[.. length - 1]).Pixels)
        with :? CnnException as error ->
            Assert.Contains(error.ErrorId, [ "PictureDamaged"; "PictureFormat" ])

    // Of the last scan, at least its own bytes have to be there.
    Assert.Equal("PictureDamaged", fst (errorId (fun () -> decode 3 progressive[.. progressive.Length - 60])))

    for missing in [ 1; 2 ] do
        Assert.Equal<byte>(expected, (decode 3 progressive[.. progressive.Length - 1 - missing]).Pixels)

[<Fact>]
let ``a file is read, and its name is in the errors`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a.png"
    PictureWriter.Save(Picture(2, 1, 1, [| 3uy; 4uy |]), path)
    Assert.Equal<byte>([| 3uy; 4uy |], PictureReader.Read(path, 1).Pixels)
    Assert.Equal("FileExists", (failureOf (fun () -> PictureWriter.Save(Picture(1, 1, 1, [| 0uy |]), path))).ErrorId)
    PictureWriter.Save(Picture(1, 1, 1, [| 0uy |]), path, overwrite = true)
    Assert.Equal(1, PictureReader.Read(path, 1).Width)
    File.WriteAllBytes(path, [||])
    Assert.Equal(("PictureEmpty", CnnErrorKind.InvalidData), fileError path (fun () -> PictureReader.Read(path, 1)))
    Assert.Equal(("ReadFailed", CnnErrorKind.ReadFailed), fileError folder.Path (fun () -> PictureReader.Read(folder.Path, 1)))
    let missing = folder.File "b.png"
    Assert.Equal(("FileNotFound", CnnErrorKind.NotFound), fileError missing (fun () -> PictureReader.Read(missing, 1)))
    let noFolder = Path.Combine(folder.File "no", "c.png")
    Assert.Equal("FolderNotFound", (failureOf (fun () -> PictureWriter.Save(Picture(1, 1, 1, [| 0uy |]), noFolder))).ErrorId)

[<Theory>]
[<InlineData("")>]
[<InlineData("This is a text, and not a picture of any kind.")>]
[<InlineData("GIF89a")>]
[<InlineData("BM")>]
let ``what is no picture is an error`` (text: string) =
    let expected = if text = "" then "PictureEmpty" else "PictureFormat"
    let bytes = System.Text.Encoding.ASCII.GetBytes text
    Assert.Equal((expected, CnnErrorKind.InvalidData), errorId (fun () -> decode 1 bytes))

[<Fact>]
let ``a picture that is too large is refused by its header`` () =
    let before = System.GC.GetAllocatedBytesForCurrentThread()
    Assert.Equal(("PictureTooLarge", CnnErrorKind.InvalidData), errorId (fun () -> png 20_000 20_000 0uy [] |> decode 1))
    Assert.Equal(("PictureTooLarge", CnnErrorKind.InvalidData), errorId (fun () -> png 16_385 8_192 0uy [] |> decode 1))
    Assert.InRange(System.GC.GetAllocatedBytesForCurrentThread() - before, 0L, 1L <<< 20)

/// The pixels that the header of a GIF or a BMP claims.
let private claim (at: int * int) (width: uint16) (height: uint16) (file: byte[]) =
    let bytes = Array.copy file
    System.BitConverter.GetBytes(width).CopyTo(bytes, fst at)
    System.BitConverter.GetBytes(height).CopyTo(bytes, snd at)
    bytes

[<Fact>]
let ``a header that claims more pixels than its file can hold is refused before memory is asked for`` () =
    let white = 255uy, 255uy, 255uy
    let smallGif = gif 2 2 white (10uy, 20uy, 30uy) [ 0; 1; 1; 0 ]
    let before = System.GC.GetAllocatedBytesForCurrentThread()

    for file in
        [ claim (6, 8) 8_000us 8_000us smallGif
          claim (18, 22) 8_000us 8_000us (bmp [ [ white; white ] ])
          png 8_000 8_000 0uy [] ] do
        Assert.Equal(("PictureDamaged", CnnErrorKind.InvalidData), errorId (fun () -> decode 1 file))

    Assert.InRange(System.GC.GetAllocatedBytesForCurrentThread() - before, 0L, 1L <<< 20)

[<Theory>]
[<InlineData(SKEncodedImageFormat.Png)>]
[<InlineData(SKEncodedImageFormat.Jpeg)>]
[<InlineData(SKEncodedImageFormat.Webp)>]
let ``a large picture of one colour is read, however short its file is`` (format: SKEncodedImageFormat) =
    use bitmap = new SKBitmap(SKImageInfo(3_000, 2_000, SKColorType.Rgba8888, SKAlphaType.Opaque))
    bitmap.Erase(SKColor(7uy, 7uy, 7uy))
    use data = bitmap.Encode(format, 20)
    let picture = data.ToArray() |> decode 1
    Assert.Equal((3_000, 2_000), (picture.Width, picture.Height))
    Assert.InRange(int picture.Pixels[1_999 * 3_000], 5, 9)

[<Fact>]
let ``a picture of a hundred million pixels is read`` () =
    let row = Array.create 10_000 200uy
    let picture = png 10_000 10_000 0uy (List.replicate 10_000 row) |> decode 1
    Assert.Equal((10_000, 10_000, 200uy), (picture.Width, picture.Height, picture.Pixels[99_999_999]))

[<Fact>]
let ``a JPEG of too many pixels is read at a fraction, and other pictures say what to do`` () =
    let told = ResizeArray()
    let read file most = PictureReader.DecodeUpTo(most, file, 1, "photo", System.Action<string> told.Add)
    let grey x y = byte (x + y / 2)
    let picture format = encoded format 160 96 (fun x y -> SKColor(grey x y, grey x y, grey x y))
    let file = picture SKEncodedImageFormat.Jpeg
    // 160 × 96 are 15,360: five eighths of each side are 6,000 pixels, and four are 3,840.
    let half = read file 5000
    Assert.Equal((80, 48), (half.Width, half.Height))
    Assert.Contains("'photo' has 160×96 pixels, more than 5,000, and is read at a fraction of its size: 80×48 pixels", Assert.Single told)
    let means = (decode 1 file).Resize(80, 48)
    Array.iter2 (fun (value: byte) (mean: byte) -> Assert.InRange(int value - int mean, -4, 4)) half.Pixels means.Pixels
    let turned = read (withOrientation 6 file) 6000
    Assert.Equal((60, 100), (turned.Width, turned.Height))
    // The mark of the end is missing, in two of the ways.
    Assert.Equal<byte>(half.Pixels, (read file[.. file.Length - 3] 5000).Pixels)
    told.Clear()
    Assert.Equal((160, 96), (let whole = read file 15360 in whole.Width, whole.Height))
    Assert.Empty told

    let refused file most =
        let error = failureOf (fun () -> read file most)
        Assert.Contains("save it as a JPEG that is not progressive", error.Message)
        error.ErrorId

    // An eighth of each side are still 240 pixels; a PNG has no fractions, and a progressive JPEG none that take less memory.
    Assert.Equal("PictureTooLarge", refused file 239)
    Assert.Equal("PictureTooLarge", refused (picture SKEncodedImageFormat.Png) 5000)
    let frame = System.Array.IndexOf(file, 0xC0uy, System.Array.IndexOf(file, 0xDBuy))
    let progressive = Array.copy file
    progressive[frame] <- 0xC2uy
    Assert.Equal(0xFFuy, file[frame - 1])
    Assert.Equal("PictureTooLarge", refused progressive 5000)

[<Fact>]
let ``an icon is no picture that is read`` () =
    let image = PictureWriter.Encode(Picture(2, 2, 1, [| 1uy; 2uy; 3uy; 4uy |]))
    let length = System.BitConverter.GetBytes image.Length
    let icon = Array.concat [ [| 0uy; 0uy; 1uy; 0uy; 1uy; 0uy; 2uy; 2uy; 0uy; 0uy; 1uy; 0uy; 32uy; 0uy |]; length; [| 22uy; 0uy; 0uy; 0uy |]; image ]
    Assert.Equal(("PictureFormat", CnnErrorKind.InvalidData), errorId (fun () -> decode 1 icon))

[<Fact>]
let ``a file that is too large is refused before it is read`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a.png"
    using (File.Create path) (fun stream -> stream.SetLength(1L <<< 30))
    Assert.Equal(("PictureTooLarge", CnnErrorKind.InvalidData), fileError path (fun () -> PictureReader.Read(path, 1)))

[<Fact>]
let ``a picture that is cut short is an error wherever it is cut`` () =
    let whole = PictureWriter.Encode(Picture(16, 16, 1, Array.init 256 byte))

    // The last 24 bytes are no pixels: the end of the packed data, its checksum, and the mark of the end.
    for length in 1 .. whole.Length - 24 do
        let id, kind = errorId (fun () -> decode 1 whole[.. length - 1])
        Assert.Contains(id, [ "PictureFormat"; "PictureDamaged" ])
        Assert.Equal(CnnErrorKind.InvalidData, kind)

[<Theory>]
[<InlineData(0, 1, 1, 0)>]
[<InlineData(1, -1, 1, 1)>]
[<InlineData(2, 2, 1, 3)>]
[<InlineData(2, 2, 3, 4)>]
[<InlineData(1, 1, 2, 2)>]
[<InlineData(65536, 65536, 1, 0)>]
let ``a picture without a shape cannot be made`` (width: int) (height: int) (channels: int) (values: int) =
    Assert.Equal("PictureShape", (failureOf (fun () -> Picture(width, height, channels, Array.zeroCreate values))).ErrorId)

[<Fact>]
let ``pictures have one channel or three`` () =
    let file = PictureWriter.Encode(Picture(1, 1, 1, [| 0uy |]))
    Assert.Equal("PictureShape", (failureOf (fun () -> decode 2 file)).ErrorId)
