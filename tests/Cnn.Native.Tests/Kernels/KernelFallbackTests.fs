/// Law 5: where the processor has no AVX2, or no Neon on Arm, the scalar kernels are taken, and are held to the same laws.
/// The runtime reads its switches once, at start, so these tests look at child processes.
module Cnn.Native.Tests.KernelFallbackTests

open Xunit
open Cnn.Kernels
open Cnn.Native.Tests.KernelSets

/// Runs a command with these environment variables and without any others that have a say in the choice of kernels.
let private child (seconds: int) (environment: (string * string) list) (command: string) =
    let switches =
        [ KernelSelection.EnvironmentVariable
          "DOTNET_EnableAVX2"
          "COMPlus_EnableAVX2"
          "DOTNET_EnableAVX"
          "DOTNET_EnableAVX512"
          "DOTNET_EnableHWIntrinsic" ]

    let changes = [ for switch in switches -> switch, None ] @ [ for name, value in environment -> name, Some value ]
    ChildProcess.run seconds changes [ command ]

let private withoutAvx2 = [ "DOTNET_EnableAVX2", "0" ]
let private withoutVectors = [ "DOTNET_EnableHWIntrinsic", "0" ]
let private asking name = [ "CNN_KERNELS", name ]

[<FactWithAvx2>]
let ``Without AVX2 the scalar kernels are chosen`` () =
    Assert.Equal((0, "scalar"), child 60 withoutAvx2 "selection")

[<Fact>]
let ``Without any vector instructions the scalar kernels are chosen`` () =
    Assert.Equal((0, "scalar"), child 60 withoutVectors "selection")

[<FactWithAvx2>]
let ``Without AVX-512 the kernels of AVX2 are chosen`` () =
    Assert.Equal((0, "avx2"), child 60 [ "DOTNET_EnableAVX512", "0" ] "selection")

[<Fact>]
let ``The widest kernels that run here are chosen`` () =
    Assert.Equal((0, KernelSelection.Supported[0].Name), child 60 [] "selection")

[<Fact>]
let ``CNN_KERNELS chooses any set that runs here`` () =
    for kernels in KernelSelection.Supported do
        Assert.Equal((0, kernels.Name), child 60 (asking kernels.Name) "selection")

[<Theory; InlineData("scalar"); InlineData("SCALAR"); InlineData(" scalar ")>]
let ``CNN_KERNELS=scalar chooses the scalar kernels`` (name: string) =
    Assert.Equal((0, "scalar"), child 60 (asking name) "selection")

[<Fact>]
let ``CNN_KERNELS=avx2 without AVX2 is an error that says what is missing`` () =
    Assert.Equal((1, "KernelsNotSupported"), child 60 (asking "avx2" @ withoutAvx2) "selection")

[<Fact>]
let ``An unknown name in CNN_KERNELS is an error`` () =
    Assert.Equal((1, "KernelsUnknown"), child 60 (asking "neon") "selection")

[<Fact>]
let ``The message about an unknown name shows the name, and those that there are`` () =
    let error = Assert.Throws<Cnn.CnnException>(fun () -> KernelSelection.Select "neon" |> ignore)
    let sets = KernelSelection.Supported |> Seq.map _.Name |> List.ofSeq
    Assert.All("neon" :: "CNN_KERNELS" :: sets, fun word -> Assert.Contains(word, error.Message))

/// What the child says of its device, with this environment: kernels, reason, advice, and whether there is an FMA ceiling.
let private deviceOf environment =
    let exitCode, printed = child 60 environment "device"
    Assert.True((exitCode = 0), printed)
    match printed.Split '|' with
    | [| kernels; reason; advice; ceiling |] -> kernels, reason, advice, ceiling
    | _ -> failwith printed

[<FactWithAvx2>]
let ``A device without AVX2 says what switched it off`` () =
    for switch in [ "DOTNET_EnableAVX2"; "COMPlus_EnableAVX2"; "DOTNET_EnableAVX"; "DOTNET_EnableHWIntrinsic" ] do
        let kernels, reason, advice, ceiling = deviceOf [ switch, "0" ]
        Assert.Equal("scalar", kernels)
        Assert.Contains($"{switch}=0", reason)
        Assert.Contains($"Remove {switch}=0", advice)
        Assert.Equal("false", ceiling)

[<FactWithAvx2>]
let ``A device that runs scalar kernels by wish says so`` () =
    let kernels, reason, advice, ceiling = deviceOf (asking "scalar")
    Assert.Equal(("scalar", "CNN_KERNELS asks for scalar.", "true"), (kernels, reason, ceiling))
    Assert.Contains("Remove CNN_KERNELS=scalar", advice)
    let _, _, advice, ceiling = deviceOf (asking "scalar" @ withoutAvx2)
    Assert.Contains("Remove CNN_KERNELS=scalar and DOTNET_EnableAVX2=0", advice)
    Assert.Equal("false", ceiling)

[<Fact>]
let ``A device without vector instructions says what switched them off`` () =
    let kernels, reason, advice, ceiling = deviceOf withoutVectors
    Assert.Equal("scalar", kernels)
    Assert.Contains("DOTNET_EnableHWIntrinsic=0", reason)
    Assert.Contains("Remove DOTNET_EnableHWIntrinsic=0", advice)
    Assert.Equal("false", ceiling)

[<Fact>]
let ``A device whose kernels cannot be chosen says so, and is no error`` () =
    for environment in [ asking "neon"; asking "avx2" @ withoutAvx2 ] do
        let kernels, reason, advice, _ = deviceOf environment
        Assert.Equal("", kernels)
        Assert.Contains("CNN_KERNELS", reason)
        Assert.Contains("Remove CNN_KERNELS=", advice)

[<Fact>]
let ``Without AVX2, or any vectors on Arm, the kernels that are left pass all the laws`` () =
    let switch = if KernelSelection.IsAvx2Supported then withoutAvx2 else withoutVectors
    let exitCode, printed = child 1800 switch "laws"
    Assert.True((exitCode = 0), printed)
    Assert.EndsWith("laws hold for scalar", printed)
