/// IDX files of every type, with more than one label an image, and with colours.
module Cnn.Native.Tests.IdxTypeTests

open System
open System.Buffers.Binary
open Cnn
open Cnn.Data
open Cnn.Memory
open Cnn.Native.Tests.ImageSetTests
open Cnn.Native.Tests.IdxTests
open Xunit

let private bigEndian (typeCode: int) (values: float[]) =
    values
    |> Array.map (fun value ->
        let bytes = Array.zeroCreate<byte> 8

        let length =
            match typeCode with
            | 0x08 -> bytes[0] <- byte value; 1
            | 0x09 -> bytes[0] <- byte (sbyte value); 1
            | 0x0B -> BinaryPrimitives.WriteInt16BigEndian(Span bytes, int16 value); 2
            | 0x0C -> BinaryPrimitives.WriteInt32BigEndian(Span bytes, int value); 4
            | 0x0D -> BinaryPrimitives.WriteSingleBigEndian(Span bytes, float32 value); 4
            | _ -> BinaryPrimitives.WriteDoubleBigEndian(Span bytes, value); 8

        bytes[.. length - 1])
    |> Array.concat

let private file typeCode (sizes: uint32 list) values =
    idx (uint32 (typeCode * 256 + sizes.Length)) sizes (bigEndian typeCode values)

let private read (images: byte[]) (labels: byte[]) (names: string[]) =
    use folder = new Folder()
    IdxReader.Read(folder.Write("images", images), folder.Write("labels", labels), names, "mine")

let private twoLabels = file 0x08 [ 2u ] [| 0.0; 1.0 |]

[<Theory>]
[<InlineData(0x08, 200.0)>]
[<InlineData(0x09, 127.0)>]
[<InlineData(0x0B, 255.0)>]
[<InlineData(0x0C, 255.0)>]
[<InlineData(0x0D, 255.0)>]
[<InlineData(0x0E, 254.6)>]
let ``values of every type are pixels`` (typeCode: int) (largest: float) =
    let set = read (file typeCode [ 2u; 1u; 2u ] [| 0.0; 1.0; 77.0; largest |]) twoLabels null
    Assert.Equal<byte>([| 0uy; 1uy; 77uy; byte (Math.Round largest) |], set.GetPixels())
    Assert.Equal(Shape(1, 1, 2), set.ImageShape)

[<Theory>]
[<InlineData(0x0D)>]
[<InlineData(0x0E)>]
let ``floating point numbers up to 1 are fractions of 255`` (typeCode: int) =
    let set = read (file typeCode [ 2u; 1u; 2u ] [| 0.0; 1.0; 0.5; 0.2 |]) twoLabels null
    Assert.Equal<byte>([| 0uy; 255uy; 128uy; 51uy |], set.GetPixels())

[<Fact>]
let ``whole numbers up to 1 are nearly black`` () =
    Assert.Equal<byte>([| 0uy; 1uy; 1uy; 0uy |], (read (file 0x0C [ 2u; 1u; 2u ] [| 0.0; 1.0; 1.0; 0.0 |]) twoLabels null).GetPixels())

[<Theory>]
[<InlineData(0x09, -1.0)>]
[<InlineData(0x0B, 256.0)>]
[<InlineData(0x0C, -2.0)>]
[<InlineData(0x0D, -0.5)>]
[<InlineData(0x0D, Double.NaN)>]
[<InlineData(0x0E, Double.PositiveInfinity)>]
let ``values of another range are refused, with what to do`` (typeCode: int) (value: float) =
    let error = errorOf (fun () -> read (file typeCode [ 2u; 1u; 2u ] [| 0.0; 1.0; value; 0.0 |]) twoLabels null)
    Assert.Equal(("IdxPixelRange", CnnErrorKind.InvalidData), (error.ErrorId, error.Kind))
    Assert.Contains("from 0 to 255", error.Message)

[<Fact>]
let ``of several labels an image the first is its class, as in QMNIST`` () =
    let images = file 0x08 [ 3u; 1u; 1u ] [| 5.0; 6.0; 7.0 |]
    let labels = file 0x0C [ 3u; 8u ] [| for image in 0..2 do float (2 - image); yield! Array.create 7 90000.0 |]
    let set = read images labels null
    Assert.Equal<int>([| 2; 1; 0 |], set.GetLabels())
    Assert.Equal<string>([ "0"; "1"; "2" ], set.ClassNames)

[<Theory>]
[<InlineData(0x0C, -1.0)>]
[<InlineData(0x0C, 4096.0)>]
[<InlineData(0x0E, 0.5)>]
[<InlineData(0x0E, 1e300)>]
[<InlineData(0x0D, Double.NaN)>]
let ``what is no label is refused`` (typeCode: int) (label: float) =
    let images = file 0x08 [ 2u; 1u; 1u ] [| 5.0; 6.0 |]
    Assert.Equal("IdxLabelOutOfRange", (errorOf (fun () -> read images (file typeCode [ 2u ] [| 0.0; label |]) null)).ErrorId)

[<Fact>]
let ``images with colours have four sizes, with the colours last or second`` () =
    let values = [| for value in 1..24 -> float value |]
    let last = read (file 0x08 [ 2u; 2u; 2u; 3u ] values) twoLabels null
    Assert.Equal(Shape(3, 2, 2), last.ImageShape)
    Assert.Equal<byte>(Array.map byte values, last.GetPixels())
    let second = read (file 0x0D [ 2u; 3u; 2u; 2u ] values) twoLabels null
    Assert.Equal(Shape(3, 2, 2), second.ImageShape)
    Assert.Equal<byte>(Array.map byte values, second.GetPixels ImageLayout.ChannelsFirst)
    Assert.Equal("IdxSize", (errorOf (fun () -> read (file 0x08 [ 2u; 2u; 2u; 2u ] values[..15]) twoLabels null)).ErrorId)

[<Fact>]
let ``files of other types are held to their length too`` () =
    let images = file 0x0E [ 2u; 1u; 2u ] [| 0.0; 1.0; 2.0; 3.0 |]
    Assert.Equal("IdxTruncated", (errorOf (fun () -> read images[.. images.Length - 2] twoLabels null)).ErrorId)
    Assert.Equal("IdxTrailingData", (errorOf (fun () -> read (Array.append images [| 0uy |]) twoLabels null)).ErrorId)
    Assert.Equal("IdxTruncated", (errorOf (fun () -> read images[..10] twoLabels null)).ErrorId)
    Assert.Equal("IdxMagicNumber", (errorOf (fun () -> read (idx 0x0A03u [ 1u; 1u; 1u ] [| 1uy |]) twoLabels null)).ErrorId)
    Assert.Equal("IdxMagicNumber", (errorOf (fun () -> read (idx 0x0805u [ 1u; 1u; 1u; 1u; 1u ] [| 1uy |]) twoLabels null)).ErrorId)
