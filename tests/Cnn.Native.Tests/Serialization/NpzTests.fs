module Cnn.Native.Tests.NpzTests

open System
open System.IO
open System.IO.Compression
open System.Text
open Cnn
open Cnn.Serialization
open Cnn.Layers
open Cnn.Models
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.SmallModels
open Cnn.Native.Tests.TemporaryFolder
open Xunit

/// What the format's description in NumPy (numpy.lib.format) says of an array of version 1.0.
let private readArray (entry: ZipArchiveEntry) =
    use stream = entry.Open()
    use memory = new MemoryStream()
    stream.CopyTo memory
    let bytes = memory.ToArray()
    Assert.Equal<byte>(Array.append [| 0x93uy |] ("NUMPY\001\000"B), bytes[..7])
    let length = int (BitConverter.ToUInt16(bytes, 8))
    Assert.Equal(0, (10 + length) % 64)
    let header = Encoding.ASCII.GetString(bytes, 10, length)
    Assert.EndsWith("\n", header)
    let values = Array.init ((bytes.Length - 10 - length) / 4) (fun i -> BitConverter.ToSingle(bytes, 10 + length + 4 * i))
    header.TrimEnd(), values

[<Fact>]
let ``the arrays are the tensors of the model`` () =
    use folder = new TemporaryFolder()
    let model = newModel 3UL
    NpzFile.Save(model, folder.File "a.npz")
    use archive = ZipFile.OpenRead(folder.File "a.npz")
    Assert.Equal<string>([ for parameter in model.Parameters -> $"{parameter.Name}.npy" ], archive.Entries |> Seq.map _.FullName)

    for parameter in model.Parameters do
        let header, values = readArray (archive.GetEntry $"{parameter.Name}.npy")
        let shape = String.Join(", ", parameter.Dimensions) + (if parameter.Dimensions.Count = 1 then "," else "")
        Assert.Equal($"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}", header)
        sameBits (model.GetValues parameter) values

[<Fact>]
let ``the tensors of an ensemble have the names of its file, and one model makes the same bytes`` () =
    use folder = new TemporaryFolder()
    let ensemble = Ensemble [ newModel 3UL; newModel 4UL ]
    NpzFile.Save(ensemble, folder.File "a.npz")
    NpzFile.Save(ensemble, folder.File "b.npz")
    Assert.Equal<byte>(File.ReadAllBytes(folder.File "a.npz"), File.ReadAllBytes(folder.File "b.npz"))
    use archive = ZipFile.OpenRead(folder.File "a.npz")
    let _, values = readArray (archive.GetEntry "models.1.layers.0.weight.npy")
    sameBits (ensemble.Models[1].GetValues ensemble.Models[1].Parameters[0]) values
    Assert.Equal(("FileExists", CnnErrorKind.AlreadyExists), fileError (folder.File "a.npz") (fun () -> NpzFile.Save(ensemble, folder.File "a.npz")))
