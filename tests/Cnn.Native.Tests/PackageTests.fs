/// The engine as a package: the programs of its README, typed into new projects that have nothing but the package.
module Cnn.Native.Tests.PackageTests

open System
open System.IO
open System.Text.RegularExpressions
open Xunit
open Cnn.Data
open Cnn.Native.Tests.TemporaryFolder

/// What runs these tests sets variables of its own build; and no build server is to outlive them.
let private environment (packages: string) =
    [ "NUGET_PACKAGES", Some packages
      "MSBUILDDISABLENODEREUSE", Some "1"
      "DOTNET_CLI_USE_MSBUILD_SERVER", Some "0"
      "UseSharedCompilation", Some "false"
      "MSBuildSDKsPath", None
      "MSBuildExtensionsPath", None
      "MSBUILD_EXE_PATH", None ]

/// Runs dotnet, which has to succeed, and returns what it printed.
let private dotnet folder packages arguments =
    let code, printed = ChildProcess.dotnetIn folder 300 (environment packages) arguments
    Assert.True((code = 0), printed)
    printed

/// The configuration that these tests were built with: the engine is built with it too.
let private configuration = DirectoryInfo(AppContext.BaseDirectory.TrimEnd Path.DirectorySeparatorChar).Parent.Name

let private project =
    """<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <SatelliteResourceLanguages>en</SatelliteResourceLanguages>
  </PropertyGroup>
  PROGRAM
</Project>
"""

/// The folder of the package, and no other source.
let private sources (folder: string) =
    $"""<configuration>
  <packageSources>
    <clear />
    <add key="local" value="{folder}" />
  </packageSources>
</configuration>
"""

[<Theory>]
[<InlineData("csharp", "cs", "")>]
[<InlineData("fsharp", "fs", "<ItemGroup><Compile Include=\"Program.fs\" /></ItemGroup>")>]
let ``A project that has the package trains with the ten lines of its README`` (language: string) (ending: string) (program: string) =
    let source = Path.Combine(Repository.root, "src", "Cnn.Native")
    let code = Regex.Match(File.ReadAllText(Path.Combine(source, "README.md")), $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value
    Assert.NotEmpty code

    // The programs find them in the cache.
    for subset in [ DataSubset.Train; DataSubset.Test ] do
        DatasetLoader().Load(Dataset.Mnist, subset) |> ignore

    use folder = new TemporaryFolder()
    let packages = folder.File "packages"
    dotnet source packages [ "pack"; "-c"; configuration; "--no-build"; "-o"; folder.Path ] |> ignore

    let console = Directory.CreateDirectory(folder.File "digits").FullName
    File.WriteAllText(Path.Combine(console, $"digits.{ending}proj"), project.Replace("PROGRAM", program))
    File.WriteAllText(Path.Combine(console, $"Program.{ending}"), code)
    File.WriteAllText(Path.Combine(console, "nuget.config"), sources folder.Path)
    dotnet console packages [ "add"; "package"; "Cnn.Native" ] |> ignore

    let printed = dotnet console packages [ "run"; "-c"; "Release" ]
    let accuracy = Regex.Match(printed, @"(\d+\.\d+) ?%").Groups[1].Value
    Assert.True(accuracy <> "" && float accuracy > 97.0, printed)
    Assert.True(File.Exists(Path.Combine(console, "digits.safetensors")))
