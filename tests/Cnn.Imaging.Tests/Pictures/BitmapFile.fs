/// Files of pictures, made byte by byte: nothing of what is under test takes part.
module Cnn.Imaging.Tests.BitmapFile

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression
open System.Text

let private bigEndian (value: uint32) =
    let bytes: byte[] = Array.zeroCreate 4
    BinaryPrimitives.WriteUInt32BigEndian(bytes, value)
    bytes

let private littleEndian (value: int) = BitConverter.GetBytes value

/// CRC-32 as PNG has it (PNG specification, annex D).
let private crc (bytes: byte[]) =
    let step (register: uint32) (value: byte) =
        (register ^^^ uint32 value, [ 1..8 ])
        ||> List.fold (fun r _ -> if r &&& 1u = 1u then 0xEDB88320u ^^^ (r >>> 1) else r >>> 1)

    ~~~(Array.fold step 0xFFFFFFFFu bytes)

let private chunk (kind: string) (data: byte[]) =
    let body = Array.append (Encoding.ASCII.GetBytes kind) data
    Array.concat [ bigEndian (uint32 data.Length); body; bigEndian (crc body) ]

/// A PNG with 8 bits a value; colour type 0 is grey, 2 red-green-blue, 6 the same with opacity.
let png (width: int) (height: int) (colorType: byte) (rows: byte[] list) =
    use packed = new MemoryStream()

    using (new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen = true)) (fun stream ->
        for row in rows do
            stream.WriteByte 0uy // this row is not filtered
            stream.Write(row, 0, row.Length))

    Array.concat
        [ [| 0x89uy; 0x50uy; 0x4Euy; 0x47uy; 0x0Duy; 0x0Auy; 0x1Auy; 0x0Auy |]
          chunk "IHDR" (Array.concat [ bigEndian (uint32 width); bigEndian (uint32 height); [| 8uy; colorType; 0uy; 0uy; 0uy |] ])
          chunk "IDAT" (packed.ToArray())
          chunk "IEND" [||] ]

/// A BMP with 24 bits a pixel, rows of (red, green, blue) from the top.
let bmp (rows: (byte * byte * byte) list list) =
    let width, height = rows.Head.Length, rows.Length
    let padding = (4 - (width * 3 % 4)) % 4

    let data =
        [| for row in List.rev rows do
               for red, green, blue in row do
                   yield! [| blue; green; red |]

               yield! Array.zeroCreate padding |]

    Array.concat
        [ Encoding.ASCII.GetBytes "BM"
          littleEndian (54 + data.Length)
          littleEndian 0
          littleEndian 54
          littleEndian 40
          littleEndian width
          littleEndian height
          [| 1uy; 0uy; 24uy; 0uy |]
          littleEndian 0
          littleEndian data.Length
          Array.zeroCreate 16
          data ]

/// A GIF of one frame with two colours; at most 2 by 2 pixels, since the LZW codes are written out with a clear code before each.
let gif (width: int) (height: int) (first: byte * byte * byte) (second: byte * byte * byte) (indices: int list) =
    let color (red, green, blue) = [| red; green; blue |]
    // Minimum code size 2: codes have 3 bits, 4 clears the table, 5 ends; cleared before every pixel they stay that wide.
    let codes = [ for index in indices do 4; index ] @ [ 5 ]
    let bits = [ for code in codes do for bit in 0..2 -> (code >>> bit) &&& 1 ]
    let packed = bits |> List.chunkBySize 8 |> List.map (List.mapi (fun at bit -> bit <<< at) >> List.sum >> byte) |> List.toArray

    Array.concat
        [ Encoding.ASCII.GetBytes "GIF89a"
          [| byte width; 0uy; byte height; 0uy; 0x80uy; 0uy; 0uy |]
          color first
          color second
          [| 0x2Cuy; 0uy; 0uy; 0uy; 0uy; byte width; 0uy; byte height; 0uy; 0uy; 2uy; byte packed.Length |]
          packed
          [| 0uy; 0x3Buy |] ]

/// An Exif block with the orientation and nothing else, in either order of bytes.
let private exif (isLittle: bool) (orientation: int) =
    let number (bytes: byte list) = if isLittle then bytes else List.rev bytes
    let short (value: int) = number [ byte value; byte (value >>> 8) ]
    let long (value: int) = number [ byte value; byte (value >>> 8); 0uy; 0uy ]

    Array.concat
        [ Encoding.ASCII.GetBytes(if isLittle then "II" else "MM")
          List.concat [ short 42; long 8; short 1; short 0x112; short 3; long 1; short orientation; [ 0uy; 0uy ]; long 0 ] |> List.toArray ]

/// A JPEG with the note of a camera how it was held: an Exif segment after the first marker.
let withOrientation (orientation: int) (jpeg: byte[]) =
    let block = Array.append (Encoding.ASCII.GetBytes "Exif\000\000") (exif true orientation)
    let length = block.Length + 2
    Array.concat [ jpeg[..1]; [| 0xFFuy; 0xE1uy; byte (length >>> 8); byte length |]; block; jpeg[2..] ]

/// A PNG with such a note, in a chunk after the header.
let withOrientationChunk (isLittle: bool) (orientation: int) (png: byte[]) =
    Array.concat [ png[..32]; chunk "eXIf" (exif isLittle orientation); png[33..] ]

/// A BMP with 32 bits a pixel and a mask for the opacity, of grey values and their opacity, from the bottom.
let bmpWithOpacity (width: int) (pixels: (byte * byte) list) =
    let masks = [ 0x00FF0000; 0x0000FF00; 0x000000FF; 0xFF000000 ]

    Array.concat
        [ Encoding.ASCII.GetBytes "BM"
          littleEndian (122 + 4 * pixels.Length)
          littleEndian 0
          littleEndian 122
          littleEndian 108
          littleEndian width
          littleEndian (pixels.Length / width)
          [| 1uy; 0uy; 32uy; 0uy |]
          littleEndian 3
          littleEndian (4 * pixels.Length)
          Array.zeroCreate 16
          masks |> List.map littleEndian |> Array.concat
          Array.zeroCreate 52
          [| for grey, opacity in pixels do yield! [| grey; grey; grey; opacity |] |] ]

/// A TIFF of pages with one strip each: the values of their tags, and the bytes of the strip.
let tiff (isLittle: bool) (pages: ((int * int list) list * byte[]) list) =
    use stream = new MemoryStream()
    let number size (value: int) = BitConverter.GetBytes(value)[.. size - 1] |> if isLittle then id else Array.rev
    let write (bytes: byte[]) = stream.Write(bytes, 0, bytes.Length)
    Array.concat [ Encoding.ASCII.GetBytes(if isLittle then "II" else "MM"); number 2 42; number 4 0 ] |> write
    let mutable link = 4L

    for tags, strip in pages do
        let at = int stream.Position
        write strip

        let entries =
            [ for tag, values in (273, [ at ]) :: (279, [ strip.Length ]) :: tags |> List.sortBy fst do
                  // Sizes and places are long, all others short.
                  let size, kind = if List.contains tag [ 256; 257; 273; 279 ] then 4, 4 else 2, 3
                  let bytes = values |> List.map (number size) |> Array.concat
                  let place = int stream.Position
                  if bytes.Length > 4 then write bytes
                  let field = if bytes.Length > 4 then number 4 place else Array.append bytes (Array.zeroCreate (4 - bytes.Length))
                  Array.concat [ number 2 tag; number 2 kind; number 4 values.Length; field ] ]

        let directory = stream.Position
        stream.Position <- link
        number 4 (int directory) |> write
        stream.Position <- directory
        Array.concat [ number 2 entries.Length; Array.concat entries ] |> write
        link <- stream.Position
        number 4 0 |> write

    stream.ToArray()

/// The tags that every page has, and others; photometric 0 is grey from white, 1 from black, 2 red-green-blue, 3 a palette.
let tiffTags width height (bits: int list) photometric others =
    [ 256, [ width ]; 257, [ height ]; 258, bits; 262, [ photometric ]; 277, [ bits.Length ]; 278, [ height ] ] @ others
