/// Tables of pixels: an image a line, a pixel a column.
module Cnn.Native.Tests.CsvImagesTests

open System
open System.IO
open System.IO.Compression
open System.Text
open Cnn
open Cnn.Data
open Cnn.Memory
open Cnn.Native.Tests.TemporaryFolder
open Xunit
open FsCheck
open FsCheck.Xunit

let private readWith (labelColumn: string | null) (shape: Nullable<Shape>) (names: string list option) (text: string) =
    use folder = new TemporaryFolder()
    let path = folder.File "table.csv"
    File.WriteAllText(path, text)
    CsvImages.Read(path, labelColumn, shape, (match names with Some names -> ResizeArray names :> Collections.Generic.IReadOnlyList<string> | None -> null))

let private read text = readWith null (Nullable()) None text
let private labelled column text = readWith column (Nullable()) None text

let private refused id (message: string) (action: unit -> ImageSet) =
    let error = Assert.Throws<CnnException>(fun () -> action () |> ignore)
    Assert.Equal(id, error.ErrorId)
    Assert.Contains(message, error.Message)

let private is (pixels: int list) (labels: int list) (names: string list) (images: ImageSet) =
    Assert.Equal<int>(pixels, [ for value in images.Pixels.ToArray() -> int value ])
    Assert.Equal<int>(labels, images.Labels.ToArray())
    Assert.Equal<string>(names, images.ClassNames)
    Assert.Equal("table.csv", images.Name)

[<Fact>]
let ``The label is the column that the header calls so, wherever it stands`` () =
    read "label,a,b,c,d\n2,0,1,2,255\n0,5,6,7,8\n" |> is [ 0; 1; 2; 255; 5; 6; 7; 8 ] [ 2; 0 ] [ "0"; "1"; "2" ]
    read "a,b,Label,c,d\r\n0,1,1,2,3" |> is [ 0; 1; 2; 3 ] [ 1 ] [ "0"; "1" ]
    labelled "digit" "a,b,c,d,digit\n0,1,2,3,1\n" |> is [ 0; 1; 2; 3 ] [ 1 ] [ "0"; "1" ]

    // As pandas writes columns that have no names.
    read "label,0,1,2,3\n1,9,8,7,6\n" |> is [ 9; 8; 7; 6 ] [ 1 ] [ "0"; "1" ]

[<Fact>]
let ``Without a header the label is first or last`` () =
    labelled "First" "1,9,8,7,6\n" |> is [ 9; 8; 7; 6 ] [ 1 ] [ "0"; "1" ]
    labelled "last" "9,8,7,6,1\n" |> is [ 9; 8; 7; 6 ] [ 1 ] [ "0"; "1" ]
    labelled "Last" "9,8,7,6,pear\n1,1,1,1,apple\n" |> is [ 9; 8; 7; 6; 1; 1; 1; 1 ] [ 1; 0 ] [ "apple"; "pear" ]

[<Fact>]
let ``Images without labels are of one class that is not known`` () =
    read "a,b,c,d\n0,1,2,3\n" |> is [ 0; 1; 2; 3 ] [ 0 ] [ "unknown" ]
    read "0,1,2,3\n4,5,6,7" |> is [ 0..7 ] [ 0; 0 ] [ "unknown" ]
    readWith null (Nullable()) (Some [ "x"; "y" ]) "0,1,2,3\n" |> is [ 0..3 ] [ 0 ] [ "x"; "y" ]

[<Fact>]
let ``Shapes are squares or said, and classes have names that are given`` () =
    Assert.Equal(Shape(1, 2, 2), (read "0,1,2,3\n").ImageShape)
    let colours = readWith "First" (Nullable(Shape(3, 1, 2))) (Some [ "x"; "y" ]) "1,1,2,3,4,5,6\n"
    Assert.Equal(Shape(3, 1, 2), colours.ImageShape)
    colours |> is [ 1..6 ] [ 1 ] [ "x"; "y" ]
    readWith "First" (Nullable()) (Some [ "pear"; "apple" ]) "apple,7\n" |> is [ 7 ] [ 1 ] [ "pear"; "apple" ]

[<Fact>]
let ``Quotes, blanks, empty lines and the mark of UTF-8 are taken as others write them`` () =
    read "\uFEFF\"label\",\"a\",b,c,d\r\n\r\n\"1\", 2,3 ,\"4\",5\r\n\r\n" |> is [ 2; 3; 4; 5 ] [ 1 ] [ "0"; "1" ]
    labelled "First" "\"a \"\"b\"\", c\",7\n" |> is [ 7 ] [ 0 ] [ "a \"b\", c" ]

[<Fact>]
let ``Errors name the line and the column`` () =
    let badField value = $"label,a,b,c,d\n1,0,0,0,0\n1,0,{value},0,0\n"

    for value in [ "256"; "-1"; "-0.5"; "255.1"; "1e3"; "NaN"; "0.5.5"; "0x1p-1"; "x"; ""; "٣"; "+1" ] do
        refused "CsvFormat" "line 3, column 3" (fun () -> read (badField value))

    refused "CsvFormat" "line 2, column 4: the line ends after 4 of 5 columns" (fun () -> read "label,a,b,c,d\n1,0,0,0\n")
    refused "CsvFormat" "line 2, column 5: the line has more than 5" (fun () -> read "label,a,b,c,d\n1,0,0,0,0,0\n")
    refused "CsvFormat" "line 2, column 1: the label is missing" (fun () -> read "label,a,b,c,d\n,0,0,0,0\n")
    refused "CsvFormat" "line 1, column 2: the opening quote" (fun () -> read "label,\"a\n")
    refused "CsvFormat" "line 1, column 1: the closing quote" (fun () -> read "\"label\"x,a\n")
    refused "CsvFormat" "more than 1024 bytes" (fun () -> read ("label," + String('a', 1025)))
    refused "CsvFormat" "is empty" (fun () -> read "\n\n")

    // The first line of a file without a header is an image, and in German a comma is a comma.
    refused "CsvFormat" "in column 2 'x'" (fun () -> labelled "First" "1,x,0,0,0\n")

[<Fact>]
let ``Numbers with decimals up to 1 are fractions of 255, as in IDX files`` () =
    read "label,a,b,c,d\n1,0,1,0.5,0.2\n0,0.0,1.0,1e-1,2.5e-01\n" |> is [ 0; 255; 128; 51; 0; 255; 26; 64 ] [ 1; 0 ] [ "0"; "1" ]

    // All before are whole, and 0 or 1.
    read "label,a,b,c,d\n1,0,1,1,0\n0,1,0,0,0.5\n" |> is [ 0; 255; 255; 0; 255; 0; 0; 128 ] [ 1; 0 ] [ "0"; "1" ]

    // One is above 1: all are pixels, to the next whole number.
    read "label,a,b,c,d\n1,0,1,0.5,0.49\n0,1.0,254.5,77,0.4\n" |> is [ 0; 1; 1; 0; 1; 255; 77; 0 ] [ 1; 0 ] [ "0"; "1" ]
    read "label,a,b,c,d\n1,0,1,2,1\n0,1.0,0.6,77,0.4\n" |> is [ 0; 1; 2; 1; 1; 1; 77; 0 ] [ 1; 0 ] [ "0"; "1" ]

    // Whole numbers up to 1 are nearly black.
    read "label,a,b,c,d\n1,0,1,1,0\n" |> is [ 0; 1; 1; 0 ] [ 1 ] [ "0"; "1" ]

[<Fact>]
let ``Fractions need no header, and their labels may be written like them`` () =
    read "0.25,0.5,0.75,1.0\n" |> is [ 64; 128; 191; 255 ] [ 0 ] [ "unknown" ]
    labelled "First" "2.000000000000000000e+00,0.000000000000000000e+00,1.000000000000000000e+00,5.000000000000000000e-01,2.000000000000000000e-01\n0.0,0,1,1,0\n"
    |> is [ 0; 255; 128; 51; 0; 255; 255; 0 ] [ 2; 0 ] [ "0"; "1"; "2" ]
    labelled "First" "1.5,7\n1.0,8\n" |> is [ 7; 8 ] [ 1; 0 ] [ "1.0"; "1.5" ]
    refused "CsvFormat" "255 · (value − least)" (fun () -> read "label,a,b,c,d\n1,0,1,-0.5,0.49\n")

/// As they are when all numbers are there.
[<Property>]
let ``Pixels of a table do not depend on the order of its rows`` (numbers: NonEmptyArray<byte>) (fractions: bool) (seed: int) =
    let most = if fractions then 1.0 else 255.0
    let texts = numbers.Get |> Array.mapi (fun i n -> let value = float n / 255.0 * most in if i % 3 = 0 then $"%.0f{value}" else $"%.4f{value}")
    let order = Array.init texts.Length id
    Random(seed).Shuffle order
    let pixels (texts: string[]) = (readWith "First" (Nullable(Shape(1, 1, 1))) None (String.Join("\n", texts |> Array.map (fun text -> $"0,{text}")))).GetPixels()
    let straight, shuffled = pixels texts, pixels (order |> Array.map (fun i -> texts[i]))
    Assert.Equal<byte>(order |> Array.map (fun i -> straight[i]), shuffled)

[<Fact>]
let ``What is not known is asked for`` () =
    refused "CsvLabel" "-LabelColumn First, Last or None" (fun () -> read "1,0,0,0,0\n")
    refused "CsvLabel" "no column 'class'" (fun () -> labelled "class" "label,a\n1,2\n")
    refused "CsvLabel" "no header" (fun () -> labelled "class" "1,2\n")
    refused "CsvShape" "do not form a square" (fun () -> read "label,a,b\n1,2,3\n")
    refused "CsvShape" "has 4" (fun () -> readWith null (Nullable(Shape(1, 2, 2))) None "label,a,b\n1,2,3\n")
    refused "CsvLabel" "'3', which is not among" (fun () -> readWith null (Nullable()) (Some [ "x"; "y" ]) "label,a\n3,2\n")
    refused "CsvLabel" "'eel', which is not among" (fun () -> readWith null (Nullable()) (Some [ "x"; "y" ]) "label,a\neel,2\n")
    let error = Assert.Throws<CnnException>(fun () -> CsvImages.Read "/nowhere/at/all.csv" |> ignore)
    Assert.Equal("ReadFailed", error.ErrorId)

[<Fact>]
let ``A line may end between two pieces that are read`` () =
    let lines = 3000
    let text = "label,a,b,c,d\r\n" + String.Join("\r\n", [ for i in 0 .. lines - 1 -> $"{i % 10},{i % 256},10,{i % 7},255" ])
    let images = read text
    Assert.Equal(lines, images.Count)
    Assert.All(Seq.init lines id, fun i -> Assert.Equal<byte>([| byte (i % 256); 10uy; byte (i % 7); 255uy |], (images.Image i).ToArray()))

let private compressed (text: string) =
    use bytes = new MemoryStream()

    using (new GZipStream(bytes, CompressionLevel.Optimal, true)) (fun gzip -> gzip.Write(Encoding.UTF8.GetBytes text))
    bytes.ToArray()

let private readBytes (name: string) (bytes: byte[]) =
    use folder = new TemporaryFolder()
    let path = folder.File name
    File.WriteAllBytes(path, bytes)
    CsvImages.Read path

/// What bgzip puts at the end: a member without content.
let private bgzipEnd = Convert.FromHexString "1f8b08040000000000ff0600424302001b0003000000000000000000"

[<Fact>]
let ``A table may be compressed with gzip, in several members and with padding`` () =
    Assert.All([ "a.csv"; "a.CSV"; "a.csv.gz"; "a.Csv.GZ" ], (fun path -> Assert.True(CsvImages.IsCsv path)))
    Assert.All([ "a.gz"; "a.csv.zip"; "csv.gz" ], (fun path -> Assert.False(CsvImages.IsCsv path)))
    let whole = Array.concat [ compressed "label,a,b,c,d\n2,0,1,2,255\n"; compressed "0,5,6,7,8\n"; Array.zeroCreate 512 ]
    readBytes "table.csv" whole |> is [ 0; 1; 2; 255; 5; 6; 7; 8 ] [ 2; 0 ] [ "0"; "1"; "2" ]

    // A last member without content, as programs write it: of bgzip, with a file name, and as a block that is not compressed.
    let named = [| 0x1fuy; 0x8buy; 8uy; 8uy; 1uy; 2uy; 3uy; 4uy; 0uy; 3uy; yield! "name.csv\000"B; 3uy; 0uy; yield! Array.zeroCreate 8 |]
    let stored = [| 0x1fuy; 0x8buy; 8uy; 0uy; 0uy; 0uy; 0uy; 0uy; 0uy; 3uy; 1uy; 0uy; 0uy; 0xffuy; 0xffuy; yield! Array.zeroCreate 8 |]

    for last in [ bgzipEnd; named; stored; compressed ""; Array.append named bgzipEnd ] do
        for padding in [ 0; 1; 512 ] do
            let file = Array.concat [ compressed "label,a,b,c,d\n2,0,1,2,255\n"; last; Array.zeroCreate padding ]
            readBytes "table.csv" file |> is [ 0; 1; 2; 255 ] [ 2 ] [ "0"; "1"; "2" ]

    Assert.Equal("train.csv.gz", (readBytes "train.csv.gz" whole).Name)
    refused "CsvFormat" "line 2, column 2" (fun () -> readBytes "table.csv.gz" (compressed "label,a\n2,0,1\n"))

[<Fact>]
let ``A compressed table that ends too early or is changed is refused`` () =
    let random = Random 1
    let bytes = compressed ("label,a,b,c,d\n" + String.Join("\n", [ for i in 0 .. 999 -> $"{i % 10},{random.Next 256},10,{i % 7},255" ]))
    Assert.Equal(1000, (readBytes "table.csv.gz" bytes).Count)

    for length in [ 2; 12; bytes.Length / 2; bytes.Length - 9; bytes.Length - 8; bytes.Length - 1 ] do
        refused "CsvFormat" "Get the file again" (fun () -> readBytes "table.csv.gz" bytes[.. length - 1])

    let changed = Array.copy bytes
    changed[bytes.Length - 6] <- changed[bytes.Length - 6] ^^^ 1uy
    refused "CsvFormat" "Get the file again" (fun () -> readBytes "table.csv.gz" changed)

[<Fact>]
let ``A compressed table of several members is refused wherever it is cut`` () =
    let members = [ compressed "label,a,b,c,d\n2,0,1,2,255\n"; bgzipEnd; compressed "0,5,6,7,8\n"; compressed "" ]
    let file = Array.concat members
    // A file that is cut between two members is a whole one.
    let ends = members |> List.scan (fun at member' -> at + member'.Length) 0

    for length in [ 2 .. file.Length - 1 ] |> List.except ends do
        refused "CsvFormat" "Get the file again" (fun () -> readBytes "table.csv.gz" file[.. length - 1])

    for extra in [ [| 9uy |]; Array.create 5000 9uy; Array.append (Array.zeroCreate 600) [| 9uy |] ] do
        refused "CsvFormat" "Get the file again" (fun () -> readBytes "table.csv.gz" (Array.append file extra))

    for zeros in [ 1; 2; 3; 4; 7; 8; 9; 511; 100_000 ] do
        Assert.Equal(2, (readBytes "table.csv.gz" (Array.append file (Array.zeroCreate zeros))).Count)

[<Fact>]
let ``No changed bit of a compressed table gives other pixels`` () =
    let good = compressed ("label,a\n" + String.Join("\n", [ for i in 0 .. 29 -> $"{i % 3},{i * 7 % 256}" ]))
    let pixels = (readBytes "table.csv.gz" good).GetPixels()

    for position in 10 .. good.Length - 1 do
        for bit in 0..7 do
            let bad = Array.copy good
            bad[position] <- bad[position] ^^^ (1uy <<< bit)

            try
                Assert.Equal<byte>(pixels, (readBytes "table.csv.gz" bad).GetPixels())
            with :? CnnException as error ->
                Assert.Contains(error.ErrorId, [ "CsvFormat"; "CsvLabel"; "CsvShape" ])

[<Fact>]
let ``Pieces in which pixels are gathered change nothing of them`` () =
    let text = "label,a,b,c,d\n" + String.Join("\n", [ for i in 0 .. 99 -> $"{i % 10},{i % 256},10,{i % 7},255" ])
    let whole = (read text).GetPixels()
    let before = PixelPieces.MostPieceBytes

    for most in [ 1; 3; 4; 100; 399; 400; 401 ] do
        try
            PixelPieces.MostPieceBytes <- most
            Assert.Equal<byte>(whole, (read text).GetPixels())
        finally
            PixelPieces.MostPieceBytes <- before
