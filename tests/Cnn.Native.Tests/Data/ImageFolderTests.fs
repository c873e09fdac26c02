/// Sets that are written come back: as IDX files, and as pictures in a folder a class.
module Cnn.Native.Tests.ImageFolderTests

open System
open System.IO
open System.Threading
open Cnn
open Cnn.Data
open Cnn.Memory
open Cnn.Pictures
open Cnn.Native.Tests.ImageSetTests
open Cnn.Native.Tests.TemporaryFolder
open Xunit
open FsCheck.Xunit

let private sameSet (expected: ImageSet) (found: ImageSet) =
    found.ImageShape = expected.ImageShape
    && found.Pixels.ToArray() = expected.Pixels.ToArray()
    && found.Labels.ToArray() = expected.Labels.ToArray()
    && List.ofSeq found.ClassNames = List.ofSeq expected.ClassNames

[<Property(Arbitrary = [| typeof<IdxTests.GreyGenerators> |])>]
let ``a set of grey images comes back from IDX files, plain and compressed`` (images: Images) (compress: bool) =
    use folder = new TemporaryFolder()
    let set = images.ToSet()
    let path = folder.File "set"
    IdxFolder.Write(set, path, compress)
    let found = IdxFolder.Read path
    IdxFolder.IsIdxFolder path && not (IdxFolder.IsIdxFolder folder.Path) && sameSet set found && found.Name = "set"

[<Fact>]
let ``IDX files that are written are those that the format defines`` () =
    use folder = new TemporaryFolder()
    let images = makeImages (Shape(1, 3, 2)) 5 4 1
    IdxWriter.Write(images.ToSet(), folder.File "images", folder.File "labels")
    Assert.Equal<byte>(IdxTests.imageFile images, File.ReadAllBytes(folder.File "images"))
    Assert.Equal<byte>(IdxTests.labelFile images, File.ReadAllBytes(folder.File "labels"))
    let again overwrite () = IdxWriter.Write(images.ToSet(), folder.File "images", folder.File "labels", false, overwrite)
    Assert.Equal("FileExists", (failureOf (again false)).ErrorId)
    again true ()

[<Fact>]
let ``colours and class names of several lines do not go into IDX files, and nothing is written`` () =
    use folder = new TemporaryFolder()
    let write (set: ImageSet) () = IdxFolder.Write(set, folder.File "set")
    Assert.Equal("IdxChannels", (failureOf (write ((makeImages (Shape(3, 2, 2)) 4 2 1).ToSet()))).ErrorId)
    let lines = ImageSet([| 1uy |], [| 0uy |], Shape(1, 1, 1), [| "a\nb" |], "lines")
    Assert.Equal("ClassNameLines", (failureOf (write lines)).ErrorId)
    Assert.Empty(Directory.GetFileSystemEntries folder.Path)

/// Encoded as size and values: what stands for PNG here. The real one is tested where it lives.
let encode (picture: Picture) =
    Array.append (Array.collect (fun (size: int) -> BitConverter.GetBytes size) [| picture.Width; picture.Height; picture.Channels |]) picture.Pixels

let decode (path: string) (channels: int) =
    let bytes = File.ReadAllBytes path

    if bytes.Length < 12 then
        raise (CnnException("PictureDamaged", CnnErrorKind.InvalidData, "damaged", Target = path))

    let number i = BitConverter.ToInt32(bytes, 4 * i)
    let picture = Picture(number 0, number 1, number 2, bytes[12..])
    if channels = 1 then picture.ToGrey() else picture.ToColour()

let private write (set: ImageSet) path = PictureFolder.Write(set, path, encode)

/// What is left of a set in a folder a class: the classes that have images, by name, and in each its images in their order.
let private byClass (set: ImageSet) =
    [ for label in 0 .. set.ClassNames.Count - 1 do
          let images = [ for i in 0 .. set.Count - 1 do if int (set.Label i) = label then set.Image(i).ToArray() ]
          if images <> [] then set.ClassNames[label], images ]
    |> List.sortWith (fun (a, _) (b, _) -> String.CompareOrdinal(a, b))

[<Property(Arbitrary = [| typeof<Generators> |], MaxTest = 60)>]
let ``a set comes back from pictures in a folder a class`` (images: Images) (withColours: bool) =
    use folder = new TemporaryFolder()
    let channels = if withColours then 3 else 1
    let shape = Shape(channels, images.Shape.Height, images.Shape.Width)
    let images = makeImages shape (images.Labels.Length + 1) images.Classes images.Labels.Length
    let set = images.ToSet()
    write set (folder.File "set")
    let found = PictureFolder.Open(folder.File "set").Read(decode, PictureRequest(shape, PictureInversion.Never))
    found.Name = "set" && found.Count = set.Count && byClass found = byClass set

[<Property(Arbitrary = [| typeof<Generators> |], MaxTest = 30)>]
let ``with the class names of the set, its labels come back too`` (images: Images) =
    use folder = new TemporaryFolder()
    let images = makeImages (Shape(1, 2, 3)) (images.Labels.Length + 1) images.Classes 1
    let set = images.ToSet()
    write set (folder.File "set")
    let found = PictureFolder.Open(folder.File "set", set.ClassNames).Read(decode, PictureRequest(Inversion = PictureInversion.Never))
    List.ofSeq found.ClassNames = List.ofSeq set.ClassNames && Array.sort (found.Labels.ToArray()) = Array.sort images.Labels

[<Theory>]
[<InlineData("T-shirt/top")>]
[<InlineData("100 %")>]
[<InlineData("%2F")>]
[<InlineData("..")>]
[<InlineData(".hidden")>]
[<InlineData("a\\b:c*d?e\"f<g>h|i")>]
[<InlineData("end. ")>]
[<InlineData("con")>]
[<InlineData("Kätzchen 猫")>]
let ``any name of a class comes back from the name of its folder`` (name: string) =
    use folder = new TemporaryFolder()
    let set = ImageSet([| 1uy; 2uy |], [| 0uy; 1uy |], Shape(1, 1, 1), [| name; "other" |], "names")
    write set (folder.File "set")
    Assert.Equal<string list>(List.sortWith (fun a b -> String.CompareOrdinal(a, b)) [ name; "other" ], List.ofSeq (PictureFolder.Open(folder.File "set").ClassNames))
    Assert.Equal<string>([| "set" |], Directory.GetFileSystemEntries folder.Path |> Array.map Path.GetFileName)

let private pictureOf width height value = Picture(width, height, 1, Array.create (width * height) value)

/// A folder with pictures at these places.
let private lay (folder: TemporaryFolder) (files: (string * Picture) list) =
    for name, picture in files do
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File name)) |> ignore
        File.WriteAllBytes(folder.File name, encode picture)

let private spoil (folder: TemporaryFolder) (name: string) = File.WriteAllText(folder.File name, "no")

[<Fact>]
let ``classes and files come in the order of their names, and what is no picture is left out`` () =
    use folder = new TemporaryFolder()

    lay folder [ "b/2.png", pictureOf 2 2 20uy; "b/1.JPG", pictureOf 2 2 10uy; "a/x.gif", pictureOf 2 2 30uy; "B/z.bmp", pictureOf 2 2 40uy ]
    Directory.Move(folder.File "B", folder.File "C")
    Directory.CreateDirectory(folder.File ".git") |> ignore
    Directory.CreateDirectory(folder.File "a/deeper") |> ignore
    Directory.CreateDirectory(folder.File "@eaDir") |> ignore
    Directory.CreateDirectory(folder.File "System Volume Information") |> ignore
    spoil folder "a/readme.txt"
    spoil folder "list.csv"
    let listed = PictureFolder.Open folder.Path
    Assert.Equal<string list>([ "C"; "a"; "b" ], List.ofSeq listed.ClassNames)
    Assert.Equal(4, listed.Count)
    let set = listed.Read decode
    Assert.Equal<int>([| 0; 1; 2; 2 |], set.Labels.ToArray())
    Assert.Equal<byte>([| 40uy; 30uy; 10uy; 20uy |], [| for i in 0..3 -> set.Pixels[4 * i] |])

[<Fact>]
let ``the shape is that of the pictures, with colours if one has them`` () =
    use folder = new TemporaryFolder()
    lay folder [ "a/1.png", pictureOf 3 2 1uy; "b/1.png", pictureOf 3 2 1uy ]
    Assert.Equal(Shape(1, 2, 3), PictureFolder.Open(folder.Path).Read(decode).ImageShape)
    lay folder [ "b/2.png", Picture(3, 2, 3, [| for i in 1..18 -> byte i |]) ]
    Assert.Equal(Shape(3, 2, 3), PictureFolder.Open(folder.Path).Read(decode).ImageShape)

[<Fact>]
let ``pictures of several sizes need a shape`` () =
    use folder = new TemporaryFolder()
    lay folder [ "a/1.png", pictureOf 3 2 1uy; "b/1.png", pictureOf 2 3 1uy ]
    let error = failureOf (fun () -> PictureFolder.Open(folder.Path).Read(decode, skipped = ignore))
    Assert.Equal("PictureSizesDiffer", error.ErrorId)
    Assert.Contains("-ImageShape", error.Message)
    Assert.Equal(Shape(1, 4, 4), PictureFolder.Open(folder.Path).Read(decode, PictureRequest(Shape(1, 4, 4))).ImageShape)

[<Fact>]
let ``a picture that cannot be read is left out and told, the rest is read`` () =
    use folder = new TemporaryFolder()
    lay folder [ "a/1.png", pictureOf 2 2 1uy; "a/3.png", pictureOf 2 2 3uy; "b/1.png", pictureOf 2 2 4uy ]
    spoil folder "a/2.png"

    for shape in [ Nullable(); Nullable(Shape(1, 2, 2)) ] do
        let told = ResizeArray<CnnException>()
        let seen = ResizeArray<int>()
        let set = PictureFolder.Open(folder.Path).Read(decode, PictureRequest shape, skipped = (fun error -> told.Add error), progress = fun count -> seen.Add count)
        Assert.Equal<byte>([| 1uy; 3uy; 4uy |], [| for i in 0..2 -> set.Pixels[4 * i] |])
        Assert.Equal<int>([| 0; 0; 1 |], set.Labels.ToArray())
        Assert.Equal(folder.File "a/2.png", string (Assert.Single told).Target)
        Assert.Equal<int>([ 1; 2; 3; 4 ], seen)

    Assert.Equal("PictureDamaged", (failureOf (fun () -> PictureFolder.Open(folder.Path).Read decode)).ErrorId)
    spoil folder "b/1.png"
    Assert.Equal("ClassFolderEmpty", (failureOf (fun () -> PictureFolder.Open(folder.Path).Read(decode, skipped = ignore))).ErrorId)

let private openError (folder: TemporaryFolder) = (failureOf (fun () -> PictureFolder.Open folder.Path)).ErrorId

[<Fact>]
let ``folders that are not a folder a class are told`` () =
    use folder = new TemporaryFolder()
    Assert.Equal("NoClassFolders", openError folder)
    lay folder [ "1.png", pictureOf 2 2 1uy ]
    Assert.Equal("NoClassFolders", openError folder)
    lay folder [ "cat/1.png", pictureOf 2 2 1uy ]
    Directory.CreateDirectory(folder.File "dog") |> ignore
    spoil folder "dog/readme.txt"
    Assert.Equal("ClassFolderEmpty", openError folder)
    Assert.Equal("FolderNotFound", (failureOf (fun () -> PictureFolder.Open(folder.File "none"))).ErrorId)

[<Fact>]
let ``names of classes that differ in case only are told, read or written`` () =
    use folder = new TemporaryFolder()
    lay folder [ "cat/1.png", pictureOf 2 2 1uy; "Cat/1.png", pictureOf 2 2 1uy ]

    // Where they are two folders: on some systems they are one.
    if Directory.GetDirectories(folder.Path).Length = 2 then
        Assert.Equal("ClassNameDuplicate", openError folder)

    let set = ImageSet([| 1uy; 2uy |], [| 0uy; 1uy |], Shape(1, 1, 1), [| "cat"; "Cat" |], "cats")
    Assert.Equal("ClassNameDuplicate", (failureOf (fun () -> write set (folder.File "set"))).ErrorId)
    Assert.False(Directory.Exists(folder.File "set"))

[<Fact>]
let ``more classes than labels are told, and a folder that is not among the classes`` () =
    use folder = new TemporaryFolder()
    lay folder [ for i in 1 .. ImageSet.MostClasses -> $"{i}/1.png", pictureOf 1 1 1uy ]
    let set = PictureFolder.Open(folder.Path).Read(decode, PictureRequest(Inversion = PictureInversion.Never))
    Assert.Equal(ImageSet.MostClasses, set.ClassNames.Count)
    Assert.Equal<int>([| 0 .. ImageSet.MostClasses - 1 |], set.GetLabels())
    lay folder [ "0/1.png", pictureOf 1 1 1uy ]
    Assert.Equal("ClassCountLimit", openError folder)
    Assert.Equal("ClassUnknown", (failureOf (fun () -> PictureFolder.Open(folder.Path, [| "0"; "1" |]))).ErrorId)

[<Fact>]
let ``a folder with files is written to only when that is allowed, and what else is there stays`` () =
    use folder = new TemporaryFolder()
    let set = (makeImages (Shape(1, 2, 2)) 4 2 1).ToSet()
    let write overwrite () = PictureFolder.Write(set, folder.File "set", encode, overwrite)
    Directory.CreateDirectory(folder.File "set") |> ignore
    write false ()
    spoil folder "set/mine.txt"
    let changed = Directory.GetFiles(folder.File "set", "*.png", SearchOption.AllDirectories)[0]
    File.WriteAllText(changed, "mine")
    Assert.Equal("FolderNotEmpty", (failureOf (write false)).ErrorId)
    Assert.Equal("mine", File.ReadAllText changed)
    write true ()
    Assert.Equal(4, PictureFolder.Open(folder.File "set").Read(decode).Count)
    Assert.Equal("no", File.ReadAllText(folder.File "set/mine.txt"))
    spoil folder "file"
    Assert.Equal("FileExists", (failureOf (fun () -> PictureFolder.Write(set, folder.File "file", encode, true))).ErrorId)
    Assert.Equal("FolderNotFound", (failureOf (fun () -> PictureFolder.Write(set, folder.File "no/set", encode))).ErrorId)
    Assert.Equal("EmptyImageSet", (failureOf (fun () -> PictureFolder.Write(set.Slice(0, 0), folder.File "new", encode))).ErrorId)
    Assert.Equal("PictureShape", (failureOf (fun () -> PictureFolder.Write((makeImages (Shape(2, 2, 2)) 4 2 1).ToSet(), folder.File "new", encode))).ErrorId)
    Assert.Equal<string>([| "file"; "set" |], Directory.GetFileSystemEntries folder.Path |> Array.map Path.GetFileName |> Array.sort)

[<Fact>]
let ``a writing or a reading that fails or is cancelled leaves nothing`` () =
    use folder = new TemporaryFolder()
    let set = (makeImages (Shape(1, 2, 2)) 9 2 1).ToSet()
    use cancellation = new CancellationTokenSource()
    let stop written = if written = 5 then cancellation.Cancel()

    Assert.Throws<OperationCanceledException>(fun () -> PictureFolder.Write(set, folder.File "set", encode, false, stop, cancellation.Token))
    |> ignore

    let full = failureOf (fun () -> PictureFolder.Write(set, folder.File "set", (fun _ -> raise (IOException "no room"))))
    Assert.Equal(("WriteFailed", CnnErrorKind.WriteFailed), (full.ErrorId, full.Kind))
    Assert.Empty(Directory.GetFileSystemEntries folder.Path)
    PictureFolder.Write(set, folder.File "set", encode)

    Assert.Throws<OperationCanceledException>(fun () ->
        PictureFolder.Open(folder.File "set").Read(decode, cancellation = cancellation.Token) |> ignore)

[<Fact>]
let ``chosen images make a set, and classes choose`` () =
    let set = ImageSet([| 10uy; 11uy; 12uy; 13uy |], [| 0uy; 1uy; 0uy; 2uy |], Shape(1, 1, 1), [| "a"; "b"; "C" |], "four")
    let chosen = set.Select([| 3; 0; 3 |], "three")
    Assert.Equal<byte>([| 13uy; 10uy; 13uy |], chosen.Pixels.ToArray())
    Assert.Equal<int>([| 2; 0; 2 |], chosen.Labels.ToArray())
    Assert.Equal("three", chosen.Name)
    Assert.Equal<int>([ 0; 2; 3 ], set.IndicesOf [| "c"; "a" |])
    Assert.Equal("ClassUnknown", (errorOf (fun () -> set.IndicesOf [| "d" |])).ErrorId)
    Assert.Equal("ImageSetIndex", (errorOf (fun () -> set.Select([| 4 |], "none"))).ErrorId)
    Assert.Equal<byte>([| 12uy |], set.ToPicture(2).Pixels)

[<Fact>]
let ``classes without names are called by their labels`` () =
    Assert.Equal<string>([| "0"; "1"; "2"; "3" |], ImageSet.NamesByLabel(ReadOnlySpan [| 3; 1 |]))
    Assert.Equal<string>([| "0" |], ImageSet.NamesByLabel(ReadOnlySpan [||]))
