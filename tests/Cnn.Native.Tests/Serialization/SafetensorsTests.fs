module Cnn.Native.Tests.SafetensorsTests

open System
open System.Collections.Generic
open System.IO
open System.Text
open Cnn
open Cnn.Serialization
open Cnn.Memory
open Cnn.Native.Tests.TemporaryFolder
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit

/// A tensor as plain values.
type Tensor =
    { Name: string
      Dimensions: int list
      Bits: int[] }

type Content =
    { Tensors: Tensor list
      Texts: Map<string, string> }

type Generators =
    static member Content() =
        // Half of a character is no text, and UTF-8 has no place for it.
        let text =
            ArbMap.defaults
            |> ArbMap.generate<NonNull<string>>
            |> Gen.map (fun text -> Encoding.UTF8.GetString(Encoding.UTF8.GetBytes text.Get))

        let tensor =
            gen {
                let! name = text
                let! dimensions = Gen.choose (0, 5) |> Gen.listOf |> Gen.map (List.truncate 4)
                let! bits = Gen.arrayOfLength (List.fold (*) 1 dimensions) (ArbMap.defaults |> ArbMap.generate<int>)
                return { Name = name; Dimensions = dimensions; Bits = bits }
            }

        gen {
            let! tensors = Gen.listOf tensor
            let! texts = Gen.listOf (Gen.zip text text)

            return
                { Tensors = tensors |> List.distinctBy _.Name |> List.filter (fun tensor -> tensor.Name <> "__metadata__")
                  Texts = Map texts }
        }
        |> Arb.fromGen

let private save (path: string) content =
    let buffers =
        [ for tensor in content.Tensors do
              let buffer = new NativeBuffer<float32>(int64 tensor.Bits.Length)
              tensor.Bits |> Array.iteri (fun i bits -> buffer.Span(int64 i, 1)[0] <- BitConverter.Int32BitsToSingle bits)
              buffer ]

    let sources = List.map2 (fun tensor buffer -> TensorSource(tensor.Name, List.toArray tensor.Dimensions, buffer, 0L)) content.Tensors buffers
    use stream = File.Create path
    SafetensorsWriter.Write(stream, Dictionary content.Texts, List.toArray sources)
    buffers |> List.iter _.Dispose()

let private load (path: string) =
    use reader = SafetensorsReader.Open path

    { Texts = Map [ for pair in reader.Metadata -> pair.Key, pair.Value ]
      Tensors =
        [ for tensor in reader.Tensors do
              let values = Array.zeroCreate (int (tensor.ByteLength / 4L))
              reader.Read(tensor, values.AsSpan())

              { Name = tensor.Name
                Dimensions = [ for dimension in tensor.Dimensions -> int dimension ]
                Bits = values |> Array.map BitConverter.SingleToInt32Bits } ] }

/// Tensors without values have no place of their own among the others: their order is free.
let private sorted content = { content with Tensors = List.sortBy _.Name content.Tensors }

[<Property(Arbitrary = [| typeof<Generators> |])>]
let ``what is written is read, bit for bit, and writes the same bytes again`` (content: Content) =
    use folder = new TemporaryFolder()
    save (folder.File "a") content
    let read = load (folder.File "a")
    Assert.Equal(sorted content, sorted read)
    save (folder.File "b") { content with Texts = Map(Seq.rev (Map.toSeq content.Texts)) }
    Assert.Equal<byte>(File.ReadAllBytes(folder.File "a"), File.ReadAllBytes(folder.File "b"))
    let header = BitConverter.ToInt64(File.ReadAllBytes(folder.File "a"), 0)
    Assert.Equal(0L, header % 8L)

/// The bytes that the reference implementation's own tests expect, plus those of an empty file.
[<Fact>]
let ``the bytes are those of the reference implementation`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    let values = [| for value in 0.0f .. 5.0f -> BitConverter.SingleToInt32Bits value |]
    save path { Tensors = [ { Name = "attn0"; Dimensions = [ 1; 1; 2; 3 ]; Bits = values } ]; Texts = Map.empty }
    let header = """{"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}}       """

    let expected =
        [| yield! BitConverter.GetBytes 72L
           yield! Encoding.ASCII.GetBytes header
           for value in 0.0f .. 5.0f do
               yield! BitConverter.GetBytes value |]

    Assert.Equal<byte>(expected, File.ReadAllBytes path)
    save path { Tensors = []; Texts = Map.empty }
    Assert.Equal<byte>([| yield! BitConverter.GetBytes 8L; yield! Encoding.ASCII.GetBytes "{}      " |], File.ReadAllBytes path)
    save path { Tensors = []; Texts = Map [ "framework", "pt" ] }
    let header = """{"__metadata__":{"framework":"pt"}}     """
    Assert.Equal<byte>([| yield! BitConverter.GetBytes 40L; yield! Encoding.ASCII.GetBytes header |], File.ReadAllBytes path)

[<Fact>]
let ``tensors of other types, in any order in the header, are known`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    let header = """{"b":{"dtype":"BF16","shape":[3],"data_offsets":[4,10],"more":1},"a":{"dtype":"F4","shape":[2,4],"data_offsets":[0,4]}} """
    File.WriteAllBytes(path, [| yield! BitConverter.GetBytes(int64 header.Length); yield! Encoding.UTF8.GetBytes header; yield! Array.zeroCreate 10 |])
    use reader = SafetensorsReader.Open path
    Assert.Equal<string>([ "a F4 [2, 4]"; "b BF16 [3]" ], reader.Tensors |> Seq.map string)

/// A file of a header and so many bytes after it.
let private fileOf (header: byte[]) (data: int) =
    [| yield! BitConverter.GetBytes(int64 header.Length); yield! header; yield! Array.zeroCreate data |]

let private errorOfBytes (content: byte[]) =
    use folder = new TemporaryFolder()
    let path = folder.File "bad.safetensors"
    File.WriteAllBytes(path, content)
    let before = GC.GetAllocatedBytesForCurrentThread()
    let error = fileError path (fun () -> SafetensorsReader.Open path)
    Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0L, 1_000_000L)
    error

let private tensor (name: string) (dtype: string) (shape: string) (offsets: string) =
    $"\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],\"data_offsets\":[{offsets}]}}"

let badHeaders: TheoryData<string, string, int> =
    let data = TheoryData<string, string, int>()
    let good = tensor "a" "F32" "2" "0,8"
    let braced tensors = "{" + String.concat "," tensors + "}"

    for errorId, header, length in
        [ "SafetensorsHeader", "", 0
          "SafetensorsHeader", " {}", 0
          "SafetensorsHeader", "[]", 0
          "SafetensorsHeader", "{", 0
          "SafetensorsHeader", "{}}", 0
          "SafetensorsHeader", "{} \000", 0
          "SafetensorsHeader", """{"a":1}""", 0
          "SafetensorsHeader", """{"a":{}}""", 0
          "SafetensorsHeader", """{"a":{"dtype":3,"shape":[2],"data_offsets":[0,8]}}""", 8
          "SafetensorsHeader", """{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8
          "SafetensorsHeader", """{"a":{"dtype":"F32","shape":[2]}}""", 8
          "SafetensorsHeader", """{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8
          "SafetensorsHeader", """{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8
          "SafetensorsHeader", """{"a":{"dtype":"\ud800","shape":[2],"data_offsets":[0,8]}}""", 8
          "SafetensorsHeader", """{"__metadata__":{"a":"\ud800"}}""", 0
          "SafetensorsHeader", """{"__metadata__":{"\ud800":"a"}}""", 0
          "SafetensorsHeader", """{"__metadata__":{"a":1}}""", 0
          "SafetensorsHeader", """{"__metadata__":"a"}""", 0
          "SafetensorsHeader", """{"__metadata__":{"a":"1","a":"2"}}""", 0
          "SafetensorsHeader", """{"__metadata__":{},"__metadata__":{}}""", 0
          "SafetensorsHeader", braced [ good; good ], 8
          "SafetensorsHeader", braced [ good; tensor "\\u0061" "F32" "2" "0,8" ], 8
          "SafetensorsHeader", braced [ tensor "a" "F32" "2.5" "0,8" ], 8
          "SafetensorsHeader", braced [ tensor "a" "F32" "\"2\"" "0,8" ], 8
          "SafetensorsHeader", braced [ tensor "a" "F32" "9223372036854775808" "0,8" ], 8
          "SafetensorsHeader", braced [ tensor "a" "F32" "2" "0,8,16" ], 8
          "SafetensorsHeader", braced [ tensor "a" "F32" "2" "8" ], 8
          "SafetensorsHeader", braced [ tensor "a" "F32" "2" "0,1e400" ], 8
          "SafetensorsHeader", String.replicate 100 "{\"a\":" + String.replicate 100 "}", 0
          "SafetensorsType", braced [ tensor "a" "F33" "2" "0,8" ], 8
          "SafetensorsType", braced [ tensor "a" "f32" "2" "0,8" ], 8
          "SafetensorsShape", braced [ tensor "a" "F32" "3" "0,8" ], 8
          "SafetensorsShape", braced [ tensor "a" "F32" "" "0,8" ], 8
          "SafetensorsShape", braced [ tensor "a" "F64" "2" "0,8" ], 8
          "SafetensorsShape", braced [ tensor "a" "F4" "3" "0,1" ], 1
          "SafetensorsShape", braced [ tensor "a" "F32" "-2" "0,8" ], 8
          "SafetensorsShape", braced [ tensor "a" "F32" "-1,-2" "0,8" ], 8
          "SafetensorsShape", braced [ tensor "a" "F32" "4294967296,4294967296,2" "0,8" ], 8
          "SafetensorsShape", braced [ tensor "a" "F32" "9223372036854775807,9223372036854775807,0" "0,0" ], 0
          "SafetensorsShape", braced [ tensor "a" "F32" "2" "0,9223372036854775807" ], 8
          "SafetensorsOffsets", braced [ tensor "a" "F32" "2" "8,0" ], 8
          "SafetensorsOffsets", braced [ tensor "a" "F32" "2" "-8,0" ], 8
          "SafetensorsOffsets", braced [ tensor "a" "F32" "2" "-9223372036854775808,9223372036854775807" ], 8
          "SafetensorsOverlap", braced [ good; tensor "b" "F32" "2" "4,12" ], 12
          "SafetensorsOverlap", braced [ good; tensor "b" "F32" "2" "0,8" ], 8
          "SafetensorsOverlap", braced [ good; tensor "b" "F32" "0" "4,4" ], 8
          "SafetensorsHole", braced [ good; tensor "b" "F32" "2" "12,20" ], 20
          "SafetensorsHole", braced [ tensor "a" "F32" "2" "4,12" ], 12
          "SafetensorsTruncated", braced [ good ], 7
          "SafetensorsTruncated", braced [ good ], 0
          "SafetensorsTruncated", braced [ tensor "a" "U8" "576460752303423488" "0,576460752303423488" ], 8
          "SafetensorsTrailing", braced [ good ], 9
          "SafetensorsTrailing", "{}", 1 ] do
        data.Add(errorId, header, length)

    data

[<Theory; MemberData(nameof badHeaders)>]
let ``a bad header is reported by its kind`` (errorId: string) (header: string) (data: int) =
    // Half a character cannot be had from UTF-8 either: the escapes above stay escapes.
    Assert.Equal((errorId, CnnErrorKind.InvalidData), errorOfBytes (fileOf (Encoding.UTF8.GetBytes header) data))

[<Fact>]
let ``a header that is not UTF-8 is refused`` () =
    let header = Encoding.Latin1.GetBytes("{" + tensor "ä" "F32" "2" "0,8" + "}")
    Assert.Equal(("SafetensorsHeader", CnnErrorKind.InvalidData), errorOfBytes (fileOf header 8))

[<Theory>]
[<InlineData("SafetensorsTruncated", 3UL)>]
[<InlineData("SafetensorsTruncated", 100000000UL)>]
[<InlineData("SafetensorsHeader", 100000001UL)>]
[<InlineData("SafetensorsHeader", 9223372036854775808UL)>]
[<InlineData("SafetensorsHeader", 18446744073709551615UL)>]
let ``an absurd length of the header is refused before memory is asked for`` (errorId: string) (length: uint64) =
    let content = [| yield! BitConverter.GetBytes length; yield! Encoding.ASCII.GetBytes "{}" |]
    Assert.Equal((errorId, CnnErrorKind.InvalidData), errorOfBytes content)

[<Theory; InlineData(0); InlineData(1); InlineData(7)>]
let ``a file too short for the length of its header is refused`` (length: int) =
    Assert.Equal(("SafetensorsTruncated", CnnErrorKind.InvalidData), errorOfBytes (Array.zeroCreate length))

[<Fact>]
let ``no file, and a folder, are told apart`` () =
    use folder = new TemporaryFolder()
    let missing = folder.File "missing"
    Assert.Equal(("FileNotFound", CnnErrorKind.NotFound), fileError missing (fun () -> SafetensorsReader.Open missing))
    Assert.Equal(("ReadFailed", CnnErrorKind.ReadFailed), fileError folder.Path (fun () -> SafetensorsReader.Open folder.Path))
    Assert.Equal(("ReadFailed", CnnErrorKind.ReadFailed), fileError "" (fun () -> SafetensorsReader.Open ""))

[<Fact>]
let ``a file that becomes shorter while it is read is refused`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    save path { Tensors = [ { Name = "a"; Dimensions = [ 2000 ]; Bits = Array.zeroCreate 2000 } ]; Texts = Map.empty }

    if not (OperatingSystem.IsWindows()) then
        use reader = SafetensorsReader.Open path
        // As another program does it, which does not ask.
        Diagnostics.Process.Start("truncate", [ "-s"; "100"; path ]).WaitForExit()
        let read () = reader.Read(reader.Tensors[0], (Array.zeroCreate<float32> 2000).AsSpan())
        Assert.Equal(("SafetensorsTruncated", CnnErrorKind.InvalidData), fileError path read)
