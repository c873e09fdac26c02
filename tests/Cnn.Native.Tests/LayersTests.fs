/// Each room of the source uses only those that the table in docs/architecture.md has below it.
module Cnn.Native.Tests.LayersTests

open System
open System.IO
open System.Text.RegularExpressions
open Xunit

let private root = Repository.root

/// The namespace of a room of the table; none for what is not under src/.
let private roomOf (name: string) =
    match name.TrimEnd '/' with
    | "src/Cnn.Native" -> Some "Cnn"
    | name when name.StartsWith "src/" -> Some name[4..]
    | name when name.StartsWith "…/" -> Some $"Cnn.{name[2..]}"
    | _ -> None

/// The rooms as the table has them, from above to below; those of one row may use each other.
let private rows =
    File.ReadLines(Path.Combine(root, "docs", "architecture.md"))
    |> Seq.filter (fun line -> line.StartsWith "| `")
    |> Seq.map (fun line ->
        [ for name in Regex.Matches(line.Split('|')[1], "`([^`]+)`") do
              yield! Option.toList (roomOf name.Groups[1].Value) ])
    |> Seq.filter (List.isEmpty >> not)
    |> Seq.toList

let private ranks = Map [ for rank, rooms in List.indexed rows do for room in rooms -> room, rank ]

/// Comments and texts name types of other rooms without using them.
let private withoutCommentsAndTexts (code: string) =
    Regex.Replace(code, "//[^\n]*|/\\*.*?\\*/|\"(\\\\.|[^\"\\\\\n])*\"", "", RegexOptions.Singleline)

/// The rooms that some code names, in using lines or in full. Cnn itself holds only the errors, and everybody uses it.
let private usesOf (code: string) =
    Regex.Matches(withoutCommentsAndTexts code, @"(?<![\w.])(?:global::)?Cnn\.(\w+)")
    |> Seq.map (fun found -> $"Cnn.{found.Groups[1].Value}")
    |> Set

/// The room of a file under src/: the folder in the engine, the project elsewhere.
let private roomOfFile (file: string) =
    match Path.GetRelativePath(Path.Combine(root, "src"), file).Split Path.DirectorySeparatorChar |> List.ofArray with
    | "Cnn.Native" :: [ _ ] -> "Cnn"
    | "Cnn.Native" :: room :: _ -> $"Cnn.{room}"
    | project :: _ -> project
    | [] -> failwith file

/// Namespaces that belong to a project that is one room.
let private projectOf (name: string) =
    match name with
    | "Cnn.Formatting"
    | "Cnn.PowerShell" -> "Cnn.PowerShell"
    | "Cnn.Plots" -> "Cnn.Imaging"
    | _ -> name

let private files =
    Directory.GetFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories)
    |> Array.filter (fun file -> not (Regex.IsMatch(file, @"[\\/](obj|bin)[\\/]")))

/// What a room must not use of what some code of it names.
let private above room code =
    [ for used in usesOf code |> Set.map projectOf do
          match Map.tryFind room ranks, Map.tryFind used ranks with
          | Some own, Some other when other < own -> used
          | _ -> () ]

[<Fact>]
let ``every folder of the source has a place in the table, and every place a folder`` () =
    let folders = files |> Seq.map roomOfFile |> Set
    Assert.Equal<string>(folders, ranks |> Map.toSeq |> Seq.map fst |> Set)

[<Fact>]
let ``no room uses one above it`` () =
    Assert.Empty [ for file in files do for used in above (roomOfFile file) (File.ReadAllText file) -> $"{Path.GetRelativePath(root, file)} uses {used}" ]

[<Theory>]
[<InlineData("Cnn.Kernels", "using Cnn.Layers;", true)>]
[<InlineData("Cnn.Kernels", "using static Cnn.Layers.Layer;", true)>]
[<InlineData("Cnn.Kernels", "var x = new Cnn.Layers.Relu();", true)>]
[<InlineData("Cnn.Kernels", "var x = global::Cnn.Training.Trainer.Train;", true)>]
[<InlineData("Cnn.Data", "using Images = Cnn.Plots.Plot;", true)>]
[<InlineData("Cnn.Kernels", "using Cnn.Memory;", false)>]
[<InlineData("Cnn.Kernels", "/// <see cref=\"Cnn.Layers.Layer\"/>", false)>]
[<InlineData("Cnn.PowerShell", "using Cnn.Layers;", false)>]
let ``a use of a room above is found`` (room: string) (code: string) (found: bool) =
    Assert.Equal(found, not (List.isEmpty (above room code)))
