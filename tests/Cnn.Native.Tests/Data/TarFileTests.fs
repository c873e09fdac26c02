/// The reader of tar archives against the writer of the runtime, and against archives that are not sound.
module Cnn.Native.Tests.TarFileTests

open System
open System.Formats.Tar
open System.IO
open System.Text
open Cnn.Data
open Cnn.Native.Tests.TarArchives
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit

let private filesIn (archive: byte[]) =
    use stream = new MemoryStream(archive)

    [ for file in TarFile.In stream do
          use content = new MemoryStream()
          file.CopyTo content
          Assert.Equal(file.FileLength, content.Length)
          file.Name, content.ToArray() ]

let private files =
    gen {
        let! contents = Gen.listOf (Gen.choose (0, 1500) |> Gen.bind (fun length -> Gen.arrayOfLength length (Gen.choose (0, 255) |> Gen.map byte)))
        return contents |> List.mapi (fun i content -> $"package/a-{i}", content)
    }

[<Property(MaxTest = 50)>]
let ``files come back as they were written, in every format`` () =
    Prop.forAll (Arb.fromGen files) (fun files ->
        [ TarEntryFormat.V7; TarEntryFormat.Ustar; TarEntryFormat.Pax; TarEntryFormat.Gnu ]
        |> List.forall (fun format -> filesIn (tarOf format files) = files))

[<Fact>]
let ``what is not read of a file is passed over, and what is no file too`` () =
    use stream = new MemoryStream()

    using (new TarWriter(stream, TarEntryFormat.Ustar, true)) (fun tar ->
        tar.WriteEntry(UstarTarEntry(TarEntryType.Directory, "package"))
        tar.WriteEntry(UstarTarEntry(TarEntryType.SymbolicLink, "package/link", LinkName = "/etc/passwd"))
        tar.WriteEntry(UstarTarEntry(TarEntryType.RegularFile, "a", DataStream = new MemoryStream(Array.zeroCreate 3000)))
        tar.WriteEntry(UstarTarEntry(TarEntryType.RegularFile, "b", DataStream = new MemoryStream("x"B))))

    stream.Position <- 0L
    Assert.Equal<string>([ "a"; "b" ], [ for file in TarFile.In stream -> file.Name ])

let private good = tarOf TarEntryFormat.Ustar [ "a", Array.init 700 byte; "b", "x"B ]

[<Fact>]
let ``an archive that is cut is reported, and one without its last blocks of zeros is not missed`` () =
    // Two files, each a header and its blocks of 512 bytes.
    for length in [ 512 + 1024; (512 + 1024) + (512 + 512) ] do
        filesIn good[.. length - 1] |> ignore

    for length in [ 1; 511; 513; 512 + 700; 512 + 1023; 512 + 1024 + 1; 512 + 1024 + 512 ] do
        Assert.Throws<InvalidDataException>(fun () -> filesIn good[.. length - 1] |> ignore) |> ignore

/// The first header with other bytes somewhere, and the checksum made right again where that is wanted.
let private changed (at: int) (bytes: byte[]) isSummed =
    let archive = Array.copy good
    bytes.CopyTo(archive, at)

    if isSummed then
        "        "B.CopyTo(archive, 148)
        let sum = archive[..511] |> Array.sumBy int
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\000 ").CopyTo(archive, 148)

    archive

[<Fact>]
let ``a header that is damaged, or claims what it cannot, is reported and costs nothing`` () =
    let before = GC.GetAllocatedBytesForCurrentThread()

    for archive in
        [ changed 0 "z"B false
          changed 124 "00000009999\000"B true
          changed 124 [| 0x80uy; 0uy; 0uy; 0uy |] true
          changed 124 "77777777777\000"B true
          // An extended header that would have 8 GB.
          changed 124 "77777777777\000xxxxxxxx        x"B true ] do
        Assert.Throws<InvalidDataException>(fun () -> filesIn archive |> ignore) |> ignore

    Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0L, 1L <<< 20)
