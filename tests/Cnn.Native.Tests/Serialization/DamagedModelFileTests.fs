/// A damaged model file is refused, or means the same model: never another one, and never another error.
module Cnn.Native.Tests.DamagedModelFileTests

open System
open System.IO
open System.Text
open Cnn
open Cnn.Serialization
open Cnn.Native.Tests.SmallModels
open Cnn.Native.Tests.TemporaryFolder
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit

let private model =
    let model = newModel 11UL
    let images = makeImages 10 1
    model.Describe(Models.Normalization.Of images, images.ClassNames)
    model

let private good =
    use folder = new TemporaryFolder()
    ModelFile.Save(model, folder.File "a")
    File.ReadAllBytes(folder.File "a")

/// The content with the checksum's name changed, so that nothing but the checks of the content itself stands in the way.
let private unchecked =
    let name = Encoding.ASCII.GetBytes "cnn.sha256"
    let start = good.AsSpan().IndexOf(ReadOnlySpan name)
    Array.init good.Length (fun i -> if i = start then byte 'x' else good[i])

let private load (path: string) (content: byte[]) =
    File.WriteAllBytes(path, content)

    try
        Some(contentOf (ModelFile.Load path))
    with :? CnnException as error ->
        Assert.Equal(path, string error.Target)
        Assert.Equal(CnnErrorKind.InvalidData, error.Kind)
        None

[<Fact>]
let ``no change of one bit goes unnoticed`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a"
    let content = contentOf model
    Assert.Equal(Some content, load path good)

    for index in 0 .. good.Length - 1 do
        for bit in 0..7 do
            let damaged = Array.copy good
            damaged[index] <- damaged[index] ^^^ (1uy <<< bit)
            load path damaged |> Option.iter (fun loaded -> Assert.Equal(content, loaded))

[<Fact>]
let ``no cut goes unnoticed`` () =
    use folder = new TemporaryFolder()

    for length in 0 .. good.Length - 1 do
        Assert.Equal(None, load (folder.File "a") good[.. length - 1])

/// A piece of the file that is replaced by other bytes, more or fewer: their own, or such as JSON is made of.
type Splice = { Start: int; Length: int; Bytes: byte[] }

type Generators =
    static member Splice() =
        gen {
            let! start = Gen.choose (0, good.Length)
            let! length = Gen.frequency [ 3, Gen.choose (0, 4); 1, Gen.choose (0, good.Length) ]
            let json = Gen.elements "{}[],:\"\\u0123456789-.eE null" |> Gen.map byte
            let any = Gen.choose (0, 255) |> Gen.map byte
            let! bytes = Gen.oneof [ Gen.listOf json; Gen.listOf any; Gen.constant [] ]
            return { Start = start; Length = min length (good.Length - start); Bytes = List.toArray bytes }
        }
        |> Arb.fromGen

let private spliced (content: byte[]) splice =
    [| yield! content[.. splice.Start - 1]
       yield! splice.Bytes
       yield! content[splice.Start + splice.Length ..] |]

[<Property(Arbitrary = [| typeof<Generators> |], MaxTest = 2000)>]
let ``no other bytes in the place of some go unnoticed`` (splice: Splice) =
    use folder = new TemporaryFolder()
    load (folder.File "a") (spliced good splice) |> Option.iter (fun loaded -> Assert.Equal(contentOf model, loaded))

/// The header grows and shrinks with its content here, so that what stands in it is looked at.
[<Property(Arbitrary = [| typeof<Generators> |], MaxTest = 2000)>]
let ``without a checksum too, any damage makes a model or an error of this product`` (splice: Splice) =
    use folder = new TemporaryFolder()
    let damaged = spliced unchecked splice
    let header = BitConverter.ToInt64(good, 0)
    let length = if int64 splice.Start < 8L + header then header + int64 (splice.Bytes.Length - splice.Length) else header

    if splice.Start >= 8 && length >= 0L then
        BitConverter.GetBytes(length).CopyTo(damaged, 0)

    load (folder.File "a") damaged |> ignore
