/// Archives of class folders give what the folders themselves do, and nothing of them reaches a disk.
module Cnn.Native.Tests.PictureArchiveTests

open System
open System.Formats.Tar
open System.IO
open System.IO.Compression
open System.Text
open Cnn
open Cnn.Data
open Cnn.Memory
open Cnn.Pictures
open Cnn.Native.Tests.ImageSetTests
open Cnn.Native.Tests.TemporaryFolder
open Cnn.Native.Tests.TarArchives
open Xunit

/// The pictures here are bytes: width, height and grey values.
let private pictureOf width height (value: byte) = Array.append [| byte width; byte height |] (Array.create (width * height) value)

let private decode = Func<byte[], string, int, Picture>(fun bytes name channels ->
    if bytes.Length < 2 then
        raise (CnnException("PictureDamaged", CnnErrorKind.InvalidData, $"'{name}' is no picture."))

    let grey = Picture(int bytes[0], int bytes[1], 1, bytes[2..])
    if channels = 3 then grey.ToColour() else grey)

let private zipOf (files: (string * byte[]) list) =
    use stream = new MemoryStream()

    using (new ZipArchive(stream, ZipArchiveMode.Create, true)) (fun zip ->
        for name, bytes in files do
            use content = zip.CreateEntry(name).Open()
            content.Write(bytes, 0, bytes.Length))

    stream.ToArray()

/// Each kind of archive, with the ending of its name.
let private packings =
    [ ".zip", zipOf
      ".tar", tarOf TarEntryFormat.Ustar
      ".tar", tarOf TarEntryFormat.Gnu
      ".tar", tarOf TarEntryFormat.Pax
      ".tar.gz", tarOf TarEntryFormat.Gnu >> IdxTests.gzip
      ".tgz", tarOf TarEntryFormat.Pax >> IdxTests.gzip
      ".TAR", zipOf ]

let private inArchive (files: (string * byte[]) list) (test: string -> unit) =
    for ending, pack in packings do
        use folder = new TemporaryFolder()
        let path = folder.File("pack" + ending)
        File.WriteAllBytes(path, pack files)
        test path
        Assert.Equal<string>([ path ], Directory.GetFileSystemEntries folder.Path)

let private longName = String('n', 95)

/// Not in the order of the names.
let private fruit =
    [ "fruit/pear/b.png", pictureOf 2 1 3uy
      "fruit/apple/2.png", pictureOf 2 1 2uy
      $"fruit/pear/{longName}.png", pictureOf 2 1 4uy
      "fruit/apple/notes.txt", [| 1uy |]
      "fruit/pear/c.heic", [| 1uy |]
      "fruit/apple/1.png", pictureOf 2 1 1uy ]

[<Fact>]
let ``pictures of an archive come class by class, in the order of their names, and what is left out is told`` () =
    inArchive fruit (fun path ->
        Assert.True(PictureArchive.IsArchive path)
        let archive = PictureArchive.Open path
        let counts = Collections.Generic.List<int>()
        let set = archive.Read(decode, progress = fun read -> counts.Add read)
        Assert.Equal("pack", set.Name)
        Assert.Equal<string>([ "apple"; "pear" ], set.ClassNames)
        Assert.Equal<int>([| 0; 0; 1; 1 |], set.Labels.ToArray())
        Assert.Equal<byte>([| 1uy; 1uy; 2uy; 2uy; 3uy; 3uy; 4uy; 4uy |], set.Pixels.ToArray())
        Assert.Equal<int>([ 1; 2; 3; 4 ], counts)
        Assert.Contains(".heic is not read", archive.SkippedReasons)
        Assert.EndsWith("c.heic", (Assert.Single set.SkippedFiles).Path)
        let scaled = archive.Read(decode, PictureRequest(Shape(1, 1, 1), PictureInversion.Always))
        Assert.Equal<byte>([| 254uy; 253uy; 252uy; 251uy |], scaled.Pixels.ToArray()))

[<Fact>]
let ``a list of the classes, and classes that are given, say their order`` () =
    inArchive (fruit @ [ "fruit/class-names.txt", Encoding.UTF8.GetBytes "pear\r\nplum\napple\n" ]) (fun path ->
        Assert.Equal<int>([| 2; 2; 0; 0 |], (PictureArchive.Open(path).Read(decode)).Labels.ToArray())
        Assert.Equal<int>([| 1; 1; 0; 0 |], (PictureArchive.Open(path, null, [| "pear"; "apple" |]).Read(decode)).Labels.ToArray()))

[<Fact>]
let ``of several folders one is chosen`` () =
    let files = [ "train/a/1.png", pictureOf 1 1 1uy; "train/b/1.png", pictureOf 1 1 2uy; "test/a/1.png", pictureOf 1 1 3uy; "test/b/1.png", pictureOf 1 1 4uy ]

    inArchive files (fun path ->
        Assert.Equal<byte>([| 1uy; 2uy |], (PictureArchive.Open(path, "train").Read(decode)).Pixels.ToArray())
        Assert.Equal<byte>([| 3uy; 4uy |], (PictureArchive.Open(path, "./test/").Read(decode)).Pixels.ToArray())
        Assert.Equal<int>([| 0; 0; 1; 1 |], (PictureArchive.Open(path, null, null, true).Read(decode)).Labels.ToArray())
        let error = errorOf (fun () -> PictureArchive.Open(path, "valid"))
        Assert.Equal(("FolderNotFound", CnnErrorKind.NotFound), (error.ErrorId, error.Kind))
        Assert.Contains("It has test, train.", error.Message))

[<Fact>]
let ``names that lead out of the archive, and names of any depth, are passed over`` () =
    let deep = String.replicate 3000 "a/"

    for hostile in [ "../../a/1.png"; "a/../../b/2.png"; "a/" + String('x', 2000) + ".png"; deep + "1.png" ] do
        let files = [ hostile, pictureOf 1 1 9uy; "./a/1.png", pictureOf 1 1 1uy; "b//1.png", pictureOf 1 1 2uy ]

        for pack in [ zipOf; tarOf TarEntryFormat.Gnu ] do
            use folder = new TemporaryFolder()
            let path = folder.File "pack.tar"
            File.WriteAllBytes(path, pack files)
            Assert.Equal<byte>([| 1uy; 2uy |], (PictureArchive.Open(path).Read(decode)).Pixels.ToArray())
            Assert.Equal<string>([ path ], Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories))

[<Fact>]
let ``a picture that cannot be read is left out, and of two with one name the later is taken`` () =
    inArchive [ "a/1.png", pictureOf 1 1 1uy; "a/2.png", [| 7uy |]; "b/1.png", pictureOf 1 1 2uy; "b/1.png", pictureOf 1 1 3uy ] (fun path ->
        let errors = Collections.Generic.List<CnnException>()
        let set = PictureArchive.Open(path).Read(decode, skipped = fun error -> errors.Add error)
        Assert.Equal<byte>([| 1uy; 3uy |], set.Pixels.ToArray())
        Assert.Contains("/a/2.png", (Assert.Single errors).Message)
        Assert.Equal("PictureDamaged", (errorOf (fun () -> PictureArchive.Open(path).Read(decode))).ErrorId))

[<Fact>]
let ``an archive that is cut is an error, wherever that is`` () =
    for ending, pack in packings do
        use folder = new TemporaryFolder()
        let whole = pack fruit
        let path = folder.File("pack" + ending)

        for length in 0..37 .. whole.Length - 1100 do
            File.WriteAllBytes(path, whole[.. length - 1])

            try
                PictureArchive.Open(path).Read(decode) |> ignore
            with :? CnnException as error ->
                Assert.NotEqual<string>("ReadFailed", error.ErrorId)

        File.WriteAllBytes(path, whole[..99])
        Assert.Equal("ArchiveDamaged", (errorOf (fun () -> PictureArchive.Open path)).ErrorId)

    Assert.Equal("FileNotFound", (errorOf (fun () -> PictureArchive.Open "no-such.zip")).ErrorId)

[<Fact>]
let ``a compressed archive is read only if its end is there too`` () =
    use folder = new TemporaryFolder()
    let whole = tarOf TarEntryFormat.Gnu fruit |> IdxTests.gzip
    let path = folder.File "pack.tar.gz"
    let read (bytes: byte[]) =
        File.WriteAllBytes(path, bytes)
        (PictureArchive.Open path).Read(decode).Count

    let count = read whole
    Assert.Equal(count, read (Array.append whole (Array.zeroCreate 512)))

    for length in whole.Length - 12 .. whole.Length - 1 do
        Assert.Equal("ArchiveDamaged", (errorOf (fun () -> read whole[.. length - 1])).ErrorId)

    let changed = Array.copy whole
    changed[whole.Length - 6] <- changed[whole.Length - 6] ^^^ 1uy
    Assert.Equal("ArchiveDamaged", (errorOf (fun () -> read changed)).ErrorId)

[<Fact>]
let ``names in an older code page stay different names`` () =
    let files = [ "a1/1.png", pictureOf 1 1 1uy; "a2/1.png", pictureOf 1 1 2uy; "\u00fc/1.png", pictureOf 1 1 3uy ]

    for pack, expected in [ zipOf, [ "aé"; "aâ"; "ü" ]; tarOf TarEntryFormat.V7, [ "a\u0082"; "a\u0083"; "ü" ] ] do
        use folder = new TemporaryFolder()
        let path = folder.File "pack"
        let bytes = pack files

        // One byte for é and one for â, which are no UTF-8; the checksum of a header of tar has to follow.
        for at in 0 .. bytes.Length - 4 do
            for digit, letter in [ byte '1', 0x82uy; byte '2', 0x83uy ] do
                if bytes[at] = byte 'a' && bytes[at + 1] = digit && bytes[at + 2] = byte '/' then
                    bytes[at + 1] <- letter

                    if bytes[0] <> byte 'P' then
                        let sum = Convert.ToInt32(Encoding.ASCII.GetString(bytes, at + 148, 6).Trim(' ', '\000'), 8) + int letter - int digit
                        Encoding.ASCII.GetBytes((Convert.ToString(sum, 8)).PadLeft(6, '0')).CopyTo(bytes, at + 148)

        File.WriteAllBytes(path, bytes)
        Assert.Equal<string>(List.sortWith (fun a b -> String.CompareOrdinal(a, b)) expected, PictureArchive.Open(path).ClassNames)

[<Fact>]
let ``what systems add beside the folders of people is no class`` () =
    let added = [ "@eaDir/1.png@SynoEAStream"; "b/@eaDir/1.png/SYNOPHOTO_THUMB_S.png"; "System Volume Information/IndexerVolumeGuid"; "$RECYCLE.BIN/1.png"; "lost+found/1.png"; "#recycle/1.png"; "__MACOSX/a/._1.png" ]

    inArchive ([ "a/1.png", pictureOf 1 1 1uy; "b/1.png", pictureOf 1 1 2uy ] @ [ for name in added -> name, pictureOf 1 1 9uy ]) (fun path ->
        let archive = PictureArchive.Open(path, null, null, true)
        Assert.Equal<string>([ "a"; "b" ], archive.ClassNames)
        Assert.Equal<byte>([| 1uy; 2uy |], (archive.Read decode).Pixels.ToArray()))

[<Fact>]
let ``what has one folder of pictures is no archive of classes`` () =
    inArchive [ "fruit/1.png", pictureOf 1 1 1uy; "fruit/2.png", pictureOf 1 1 1uy ] (fun path ->
        Assert.Equal<string>([ "fruit" ], PictureArchive.Open(path).ClassNames))

    inArchive [ "1.png", pictureOf 1 1 1uy ] (fun path -> Assert.Equal("NoClassFolders", (errorOf (fun () -> PictureArchive.Open path)).ErrorId))
