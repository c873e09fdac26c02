/// A small data set with all that a real one has, and places to have it from.
module Cnn.Native.Tests.MadeUpDataset

open System
open System.IO
open System.Security.Cryptography
open Cnn.Data
open Cnn.Memory
open Cnn.Native.Tests.ImageSetTests
open Cnn.Native.Tests.IdxTests
open Cnn.Native.Tests.LoopbackServer
open Xunit

let train = makeImages (Shape(1, 6, 5)) 300 3 11
let test = makeImages (Shape(1, 6, 5)) 50 3 12

let contents =
    dict
        [ "train-images-idx3-ubyte", imageFile train
          "train-labels-idx1-ubyte", labelFile train
          "t10k-images-idx3-ubyte", imageFile test
          "t10k-labels-idx1-ubyte", labelFile test ]

let describe (mirrors: Uri list) npmPackage installedFolder =
    let file name =
        DatasetFile(name, int64 contents[name].Length, Convert.ToHexStringLower(SHA256.HashData contents[name]))

    IdxDataset(
        "Made-up",
        "made-up",
        train.ClassNames,
        file "train-images-idx3-ubyte",
        file "train-labels-idx1-ubyte",
        file "t10k-images-idx3-ubyte",
        file "t10k-labels-idx1-ubyte",
        List.toArray mirrors,
        npmPackage,
        installedFolder
    )

let patientLoader (patience: float) (description: IdxDataset) (cache: string) (searchPath: string) =
    let environment name =
        match name with
        | "CNN_DATA" -> cache
        | "PATH" -> searchPath
        | _ -> null

    DatasetLoader((fun _ _ -> description), environment, TimeSpan.FromSeconds patience)

let loaderWith = patientLoader 20.0

let loader mirrors (cache: Folder) =
    loaderWith (describe mirrors null null) cache.Path null

/// For servers that fall silent; long enough for a busy machine to answer where an answer is meant to come.
let impatientLoader mirrors (cache: Folder) =
    patientLoader 2.0 (describe mirrors null null) cache.Path null

let load (loader: DatasetLoader) =
    loader.Load(Dataset.Mnist, DataSubset.Train)

let isTrain (set: ImageSet) =
    Assert.Equal("Made-up train", set.Name)
    Assert.Equal<byte>(train.Pixels, set.Pixels.ToArray())
    Assert.Equal<int>(train.Labels, set.Labels.ToArray())

let filesIn (cache: Folder) =
    Directory.GetFiles(cache.Path, "*", SearchOption.AllDirectories) |> Array.map Path.GetFileName |> Array.sort

let bothTrainFiles = [| "train-images-idx3-ubyte"; "train-labels-idx1-ubyte" |]

let packed (path: string) =
    gzip contents[Path.GetFileNameWithoutExtension path]

let goodAnswer = packed >> Good

/// Puts all files into a folder: with another separator than the usual one, and plain or compressed.
let writeAll (folder: Folder) (separator: string) (ending: string) =
    for KeyValue(name, bytes) in contents do
        folder.Write(name.Replace("-idx", separator) + ending, (if ending = ".gz" then gzip bytes else bytes)) |> ignore

let nowhere = Uri "http://127.0.0.1:1/"
