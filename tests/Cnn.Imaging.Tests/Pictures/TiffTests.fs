/// TIFF files: of every kind that is read, made by hand and by Pillow, and those that say what is not so.
module Cnn.Imaging.Tests.TiffTests

open System
open Cnn
open Cnn.Imaging.Tests.BitmapFile
open Cnn.Native.Tests.TemporaryFolder
open Cnn.Pictures
open Xunit

let private decode channels bytes = PictureReader.Decode(bytes, channels, "picture")

let private failure bytes = failureOf (fun () -> decode 1 bytes)

let private grey2x2 others = tiffTags 2 2 [ 8 ] 1 others, [| 0uy; 80uy; 160uy; 240uy |]

[<Theory>]
[<InlineData(true)>]
[<InlineData(false)>]
let ``a TIFF is read as it is, in both orders of bytes`` (isLittle: bool) =
    let read channels tags data = (tiff isLittle [ tags, data ] |> decode channels).Pixels
    Assert.Equal<byte>([| 0uy; 80uy; 160uy; 240uy |], grey2x2 [] ||> read 1)
    Assert.Equal<byte>([| 255uy; 175uy; 95uy; 15uy |], read 1 (tiffTags 2 2 [ 8 ] 0 []) [| 0uy; 80uy; 160uy; 240uy |])
    Assert.Equal<byte>([| 1uy; 2uy; 3uy; 4uy; 5uy; 6uy |], read 3 (tiffTags 2 1 [ 8; 8; 8 ] 2 []) [| 1uy; 2uy; 3uy; 4uy; 5uy; 6uy |])
    Assert.Equal<byte>([| 255uy; 0uy; 255uy |], read 1 (tiffTags 3 1 [ 1 ] 1 []) [| 0b10100000uy |])
    // 16 bits a value: 257 times the value of 8 bits.
    let sixteen = [ 0; 0x8080; 0xFFFF ] |> List.map (fun value -> BitConverter.GetBytes(uint16 value)) |> Array.concat
    Assert.Equal<byte>([| 0uy; 128uy; 255uy |], read 1 (tiffTags 3 1 [ 16 ] 1 []) sixteen)
    // A palette of four colours: all reds, all greens, all blues, each in 16 bits.
    let colours = [ 0; 65535; 0; 257 ] @ [ 0; 0; 65535; 514 ] @ [ 0; 0; 0; 771 ]
    Assert.Equal<byte>([| 255uy; 0uy; 0uy; 1uy; 2uy; 3uy |], read 3 (tiffTags 2 1 [ 2 ] 3 [ 320, colours ]) [| 0b01110000uy |])

[<Theory>]
[<InlineData(1, "ab/cd")>]
[<InlineData(2, "ba/dc")>]
[<InlineData(3, "dc/ba")>]
[<InlineData(4, "cd/ab")>]
[<InlineData(5, "ac/bd")>]
[<InlineData(6, "ca/db")>]
[<InlineData(7, "db/ca")>]
[<InlineData(8, "bd/ac")>]
[<InlineData(9, "ab/cd")>]
let ``the note of a camera is obeyed in a TIFF as in a JPEG`` (orientation: int) (seen: string) =
    let picture = tiff false [ grey2x2 [ 274, [ orientation ] ] ] |> decode 1
    let letters = picture.Pixels |> Array.map (fun value -> "abcd"[int value / 80])
    Assert.Equal(seen, $"{letters[0]}{letters[1]}/{letters[2]}{letters[3]}")

/// Extra value 1 is an opacity that colours were multiplied with, 2 one that they were not.
[<Theory>]
[<InlineData(1, 40uy)>]
[<InlineData(2, 200uy)>]
let ``what is transparent in a TIFF becomes white`` (kind: int) (grey: byte) =
    let pixels = [| grey; grey; grey; 51uy; 10uy; 20uy; 30uy; 255uy; 0uy; 0uy; 0uy; 0uy |]
    let picture = tiff true [ tiffTags 3 1 [ 8; 8; 8; 8 ] 2 [ 338, [ kind ] ], pixels ] |> decode 3
    Assert.Equal<byte>([| 244uy; 244uy; 244uy; 10uy; 20uy; 30uy; 255uy; 255uy; 255uy |], picture.Pixels)

[<Fact>]
let ``the first page is read, and the others are told`` () =
    let told = ResizeArray()
    let read pages = PictureReader.Decode(tiff true pages, 1, "scan", Action<string> told.Add).Pixels
    let second others = tiffTags 1 1 [ 8 ] 1 others, [| 9uy |]
    Assert.Equal<byte>([| 0uy; 80uy; 160uy; 240uy |], read [ grey2x2 []; second []; second [] ])
    Assert.Contains("'scan' has 3 pages. Only the first one is read", Assert.Single told)
    told.Clear()
    // What is the same picture again, smaller, is no page.
    Assert.Equal<byte>([| 0uy; 80uy; 160uy; 240uy |], read [ grey2x2 []; second [ 254, [ 1 ] ] ])
    Assert.Empty told

[<Fact>]
let ``pages that follow each other in a circle come to an end`` () =
    let file = tiff true [ grey2x2 [] ]
    // The link at the end leads to the directory itself.
    Array.blit file 4 file (file.Length - 4) 4
    let told = ResizeArray()
    Assert.Equal(4, PictureReader.Decode(file, 1, "scan", Action<string> told.Add).Pixels.Length)
    Assert.Contains("at least 1000 pages", Assert.Single told)

/// Files of Pillow 9.4 of 18 by 5 pixels, and Σ (place + 1) · value of their values in red, green and blue, as Pillow reads them.
[<Theory>]
[<InlineData("LZW",
             4848333L,
             "SUkqAGwAAACAAAGhoTjQgk4tmg6oJHpxUrZhtBuh0VDciFEvGs8IVJJ9WLljNNwO19DojlQwm49ohKqJXrxktZxvB+goLlcyHE/ItMKVZL9mNlzPOBQQaHRAo5NqhasJntx0vYBhCKRYowEACQAAAQMAAQAAABIAAAABAQMAAQAAAAUAAAACAQMAAQAAAAgAAAADAQMAAQAAAAUAAAAGAQMAAQAAAAEAAAARAQQAAQAAAAgAAAAWAQMAAQAAAAUAAAAXAQQAAQAAAGMAAAAcAQMAAQAAAAEAAAAAAAAA")>]
[<InlineData("deflate",
             4165740L,
             "SUkqAP4AAAB4nAXBsWYEURQG4J+wLGPCEIYdSxjCZRknrCmWkGJMFcKttlqTI9UW04RUtwppptjqkCsPcB8gpk5xi1OkmieYJ5hnyPcBSIECMEANNIAFOqAHHDAAHgjACERgAmZgAUBI6aqglaF1TUlD15ayjm56yh1tBtp6ug1UjnQXyUy0m6la6B6MlFcFJ4azmvOGt5bLjk3PleP9wAfPj4HbkZ8i24mPM58WfoUglXUhmZFNLWUjOyv7Th56aZ08D3L08hLkPMpbFDfJ5yyXRb6gSDUpNDda1lo1erDadmp7PTk9D/ru9SPoZdTvqGHSn1l/F/37B+6SXu0KAAABAwABAAAAEgAAAAEBAwABAAAABQAAAAIBAwADAAAAfAEAAAMBAwABAAAACAAAAAYBAwABAAAAAgAAABEBBAABAAAACAAAABUBAwABAAAAAwAAABYBAwABAAAABQAAABcBBAABAAAA9gAAABwBAwABAAAAAQAAAAAAAAAIAAgACAA=")>]
[<InlineData("PackBits",
             4848333L,
             "SUkqAGgAAAARAA0aJzRBTltodYKPnKm2w9DdER0qN0RRXmt4hZKfrLnG0+Dt+hE6R1RhbnuIlaKvvMnW4/D9ChcRV2RxfouYpbK/zNnm8wANGic0EXSBjpuotcLP3On2AxAdKjdEUQAJAAABAwABAAAAEgAAAAEBAwABAAAABQAAAAIBAwABAAAACAAAAAMBAwABAAAABYAAAAYBAwABAAAAAQAAABEBBAABAAAACAAAABYBAwABAAAABQAAABcBBAABAAAAXwAAABwBAwABAAAAAQAAAAAAAAA=")>]
[<InlineData("fax",
             5146155L,
             "SUkqABQAAAAnFChBQgUEFABABAAJAAABAwABAAAAEgAAAAEBAwABAAAABQAAAAIBAwABAAAAAQAAAAMBAwABAAAABAAAAAYBAwABAAAAAQAAABEBBAABAAAACAAAABYBAwABAAAABQAAABcBBAABAAAACwAAABwBAwABAAAAAQAAAAAAAAA=")>]
let ``what another program compressed is read as that program reads it`` (_kind: string) (sum: int64) (file: string) =
    let picture = Convert.FromBase64String file |> decode 3
    Assert.Equal((18, 5), (picture.Width, picture.Height))
    Assert.Equal(sum, picture.Pixels |> Array.mapi (fun place value -> int64 (place + 1) * int64 value) |> Array.sum)

[<Fact>]
let ``a TIFF that is cut short is an error wherever it is cut`` () =
    // The pixels come after the directory.
    let file = Convert.FromBase64String "SUkqAAgAAAAJAAABBAABAAAAAgAAAAEBBAABAAAAAgAAAAIBAwABAAAACAAAAAMBAwABAAAAAQAAAAYBAwABAAAAAQAAABEBBAABAAAAegAAABUBAwABAAAAAQAAABYBBAABAAAAAgAAABcBBAABAAAABAAAAAAAAAAAUKDw"
    Assert.Equal<byte>([| 0uy; 80uy; 160uy; 240uy |], (decode 1 file).Pixels)

    for length in 1 .. file.Length - 1 do
        let error = failure file[.. length - 1]
        Assert.Contains(error.ErrorId, [ "PictureFormat"; "PictureDamaged" ])
        Assert.Equal(CnnErrorKind.InvalidData, error.Kind)
        Assert.Equal("picture", string error.Target)

[<Fact>]
let ``a TIFF whose sizes are not those of its bytes is refused before anything is decoded`` () =
    let refused tags =
        let error = failure (tiff true [ tags, [| 1uy; 2uy; 3uy; 4uy |] ])
        error.ErrorId, error.Message

    let id, message = refused (tiffTags 20000 20000 [ 8 ] 1 [])
    Assert.Equal("PictureTooLarge", id)
    Assert.Contains("20,000×20,000 pixels", message)
    Assert.Equal("PictureDamaged", fst (refused (tiffTags 10000 10000 [ 8 ] 1 [])))
    Assert.Equal("PictureDamaged", fst (refused (tiffTags 10000 10000 [ 1 ] 1 [ 259, [ 4 ] ])))
    Assert.Equal("PictureDamaged", fst (refused (tiffTags 1000 1000 (List.replicate 32 8) 1 [])))
    // Tiles of 2³² bytes, and more strips than there are places of strips.
    Assert.Equal("PictureTooLarge", fst (refused (tiffTags 2 2 [ 8 ] 1 [ 322, [ 65535 ]; 323, [ 65535 ]; 324, [ 8 ]; 325, [ 4 ] ])))
    Assert.Equal("PictureDamaged", fst (refused (tiffTags 2 2 [ 8 ] 1 [ 322, [ 0 ]; 323, [ 1 ]; 324, [ 8 ]; 325, [ 4 ] ])))
    Assert.Equal("PictureDamaged", fst (refused [ 256, [ 2 ]; 257, [ 2 ]; 258, [ 8 ]; 262, [ 1 ]; 277, [ 1 ]; 278, [ 1 ] ]))
    Assert.Equal("PictureDamaged", fst (refused [ 258, [ 8 ]; 262, [ 1 ] ]))
    // Two widths, of which the decoder might take the other.
    Assert.Equal("PictureDamaged", fst (refused (tiffTags 2 2 [ 8 ] 1 [ 256, [ 3 ] ])))

[<Fact>]
let ``what no decoder is there for says what to do`` () =
    let refused tags = failure (tiff true [ tags, Array.zeroCreate 16 ])
    let compressed = refused (tiffTags 2 2 [ 8 ] 1 [ 259, [ 50000 ] ])
    Assert.Equal("PictureFormat", compressed.ErrorId)
    Assert.Contains("number 50000). Save it without compression", compressed.Message)

    for tags in [ tiffTags 2 2 [ 32 ] 1 [ 339, [ 3 ] ]; tiffTags 2 2 [ 8 ] 1 [ 339, [ 2 ] ]; tiffTags 2 2 [ 32 ] 1 [] ] do
        let error = refused tags
        Assert.Equal("PictureFormat", error.ErrorId)
        Assert.Contains("Save it with 8 bits a value", error.Message)

[<Theory>]
[<InlineData("\000\000\000\024ftypheic\000\000\000\000mif1", "HEIC")>]
[<InlineData("\000\000\000\024ftypmif1\000\000\000\000heic", "HEIC")>]
[<InlineData("\000\000\000\028ftypavif\000\000\000\000avif", "AVIF")>]
[<InlineData("II+\000\008\000\000\000\016\000\000\000", "BigTIFF")>]
[<InlineData("%PDF-1.7 and so on", "PDF")>]
[<InlineData("8BPS\000\001\000\000\000\000\000\000", "PSD")>]
let ``a format that is not read is named, whatever the file is called`` (start: string) (format: string) =
    let error = failure (start |> Seq.map byte |> Seq.toArray)
    Assert.Equal("PictureFormat", error.ErrorId)
    Assert.Contains($"is a picture in the format {format}", error.Message)
    Assert.Contains("Convert it to JPEG or PNG", error.Message)

[<Fact>]
let ``what may be any bytes is called no format`` () =
    Assert.Contains("is not a picture that can be read: PNG, JPEG, BMP, GIF, TIFF or WebP", (failure [| 0uy; 0uy; 0uy; 24uy; 102uy; 116uy; 121uy; 112uy |]).Message)
