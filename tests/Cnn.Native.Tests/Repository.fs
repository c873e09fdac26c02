/// Where the source is.
module Cnn.Native.Tests.Repository

open System
open System.IO

/// The folder of the solution.
let root =
    let rec find (folder: DirectoryInfo) =
        if File.Exists(Path.Combine(folder.FullName, "Cnn.sln")) then
            folder.FullName
        else
            find (nonNull folder.Parent)

    find (DirectoryInfo AppContext.BaseDirectory)
