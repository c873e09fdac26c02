/// What a person learns who asks why it is slow.
module Cnn.Native.Tests.DeviceTests

open System
open System.Runtime.InteropServices
open System.Runtime.Intrinsics
open FsCheck.Xunit
open Xunit
open Cnn
open Cnn.Devices
open Cnn.Kernels
open Cnn.Threading

let private explain asked asksNow architecture (present: bool option) usable switches =
    KernelExplanation.Of(KernelCircumstances(null, asked, asksNow, architecture, Option.toNullable present, usable, List.toArray switches))

let private x64 = explain null null Architecture.X64

[<Fact>]
let ``A processor with AVX2 that is used needs no advice`` () =
    let explanation = x64 (Some true) true []
    Assert.Equal("The processor has AVX2 and FMA, and the .NET runtime uses them.", explanation.Reason)
    Assert.Null explanation.Advice

[<Fact>]
let ``Neither does one without AVX2, nor one of another kind`` () =
    let explanation = x64 (Some false) false [ "DOTNET_EnableAVX2=0" ]
    Assert.Contains("does not have AVX2", explanation.Reason)
    Assert.Null explanation.Advice
    let explanation = explain null null Architecture.RiscV64 (Some false) false []
    Assert.StartsWith("The processor is RiscV64, ", explanation.Reason)
    Assert.Null explanation.Advice

[<Fact>]
let ``An Arm processor has Neon, and what keeps it from being used is to be removed`` () =
    let arm asked usable switches =
        let explanation = explain asked asked Architecture.Arm64 (Some true) usable switches
        explanation.Reason, explanation.Advice

    Assert.Equal(("The processor has Neon, and the .NET runtime uses it.", null), arm null true [])
    Assert.Equal(("CNN_KERNELS asks for vector128.", null), arm "vector128" true [])
    let reason, advice = arm null false [ "DOTNET_EnableHWIntrinsic=0" ]
    Assert.Equal("Vector instructions of the .NET runtime are switched off by DOTNET_EnableHWIntrinsic=0, Neon among them.", reason)
    Assert.StartsWith("Remove DOTNET_EnableHWIntrinsic=0 from the environment", advice)
    Assert.EndsWith("the vector128 kernels are many times faster.", advice)
    let reason, advice = arm "scalar" true []
    Assert.Equal("CNN_KERNELS asks for scalar.", reason)
    Assert.StartsWith("Remove CNN_KERNELS=scalar from the environment", advice)
    Assert.EndsWith("the vector128 kernels are many times faster.", advice)

[<Fact>]
let ``A switch of the runtime is named, and is to be removed`` () =
    for present in [ Some true; None ] do
        let explanation = x64 present false [ "DOTNET_EnableAVX2=0"; "COMPlus_EnableAVX=0" ]
        Assert.Contains("switched off by DOTNET_EnableAVX2=0 and COMPlus_EnableAVX=0", explanation.Reason)
        Assert.Contains("Remove DOTNET_EnableAVX2=0 and COMPlus_EnableAVX=0 from the environment", explanation.Advice)
        Assert.Equal(present.IsNone, explanation.Advice.Contains "if the processor has AVX2")

[<Fact>]
let ``A switch of AVX-512 is named where the narrower kernels run because of it`` () =
    let off asked =
        KernelExplanation.Of(
            KernelCircumstances(null, asked, asked, Architecture.X64, Nullable true, true, [||], Chosen = "avx2", WideSwitches = [| "DOTNET_EnableAVX512=0" |]))

    Assert.Contains("AVX-512, which is switched off by DOTNET_EnableAVX512=0", (off null).Reason)
    Assert.StartsWith("Remove DOTNET_EnableAVX512=0 from the environment", (off null).Advice)
    Assert.Null (off "avx2").Advice

[<Fact>]
let ``Where nothing is switched off, the operating system is in the way`` () =
    let explanation = x64 (Some true) false []
    Assert.Contains("the operating system", explanation.Reason)
    Assert.Contains("virtual machine", explanation.Advice)

[<Fact>]
let ``CNN_KERNELS=scalar is the reason, and to be removed where AVX2 could run`` () =
    for asked in [ "scalar"; " SCALAR " ] do
        let explanation = explain asked asked Architecture.X64 (Some true) true []
        Assert.Equal("CNN_KERNELS asks for scalar.", explanation.Reason)
        Assert.StartsWith($"Remove CNN_KERNELS={asked} from the environment", explanation.Advice)

    let both = explain "scalar" "scalar" Architecture.X64 (Some true) false [ "DOTNET_EnableAVX2=0" ]
    Assert.StartsWith("Remove CNN_KERNELS=scalar and DOTNET_EnableAVX2=0 from", both.Advice)
    Assert.Null (explain "scalar" "scalar" Architecture.X64 (Some false) false []).Advice
    Assert.Null (explain "scalar" "scalar" Architecture.RiscV64 (Some false) false []).Advice
    Assert.Null (explain "avx2" "AVX2" Architecture.X64 (Some true) true []).Advice

[<Fact>]
let ``A CNN_KERNELS that was changed too late is reported`` () =
    let explanation = explain "scalar" null Architecture.X64 (Some true) true []
    Assert.Equal("CNN_KERNELS asks for scalar.", explanation.Reason)
    Assert.StartsWith("CNN_KERNELS is not set any more, which has no effect any more", explanation.Advice)
    let explanation = explain null "scalar" Architecture.X64 (Some true) true []
    Assert.StartsWith("CNN_KERNELS is scalar now, which has no effect any more", explanation.Advice)

[<Fact>]
let ``What cannot be chosen is reported with the error's own words`` () =
    let failure = Assert.Throws<CnnException>(fun () -> KernelSelection.Select "neon" |> ignore)
    let tell present usable = KernelExplanation.Of(KernelCircumstances(failure, "neon", "neon", Architecture.X64, Nullable present, usable, [||]))
    Assert.Equal(failure.Message, (tell true true).Reason)
    Assert.Contains("Remove CNN_KERNELS=neon from", (tell true true).Advice)
    Assert.Contains("many times faster", (tell true true).Advice)
    Assert.DoesNotContain("faster", (tell false false).Advice)

/// Advice is for those whose processor could do better, or whose wish was not granted, and for all of these.
[<Property>]
let ``There is advice just where something better is possible`` (asksScalar: bool) (present: bool option) (usable: bool) (switched: bool) =
    // What is usable is there, and not switched off.
    let present = if usable then Some true else present
    let switches = if switched && not usable then [ "DOTNET_EnableAVX2=0" ] else []
    let asked = if asksScalar then "scalar" else null
    let explanation = explain asked asked Architecture.X64 present usable switches
    let better = present = Some true && (not usable || asksScalar)
    let perhaps = present.IsNone && (asksScalar || not switches.IsEmpty)
    Assert.Equal(better || perhaps, not (isNull explanation.Advice))
    Assert.NotEmpty explanation.Reason

[<Fact>]
let ``The device of this process has the kernels of this process`` () =
    let device = Device.Inspect()
    Assert.Equal(KernelSelection.Current.Name, device.Kernels)
    Assert.Equal(Environment.ProcessorCount, device.LogicalProcessors)
    Assert.Equal(WorkerTeam.DefaultCount, device.DefaultThreads)
    Assert.NotEmpty(device.Processor.Trim())
    Assert.Equal(RuntimeInformation.ProcessArchitecture, device.Architecture)
    Assert.False device.FmaCeiling.HasValue
    Assert.False device.ScalarCeiling.HasValue
    Assert.Equal($"{device.Kernels}: {device.Reason}", string device)
    let usable = device.Features |> Seq.filter _.IsUsable |> Seq.map _.Name |> Set
    Assert.Equal(KernelSelection.IsAvx2Supported, usable.IsSupersetOf(Set [ "AVX2"; "FMA" ]))
    Assert.All(device.Features, fun feature -> Assert.False(feature.IsUsable && feature.IsPresent = Nullable false, string feature))

[<Fact>]
let ``A feature says whether it is there and whether it is used`` () =
    let text present usable = string (ProcessorFeature("AVX2", Option.toNullable present, usable))
    Assert.Equal<string list>(
        [ "AVX2"; "AVX2 (not usable)"; "no AVX2"; "AVX2 (unknown)" ],
        [ text (Some true) true; text (Some true) false; text (Some false) false; text None false ]
    )

[<Fact>]
let ``The ceilings are measured on demand, that of FMA only where there is FMA`` () =
    let device = Device.Inspect(measure = true)
    Assert.True(device.ScalarCeiling.Value > 0.0 && Double.IsFinite device.ScalarCeiling.Value)
    Assert.Equal(X86.Fma.IsSupported || Arm.AdvSimd.IsSupported, device.FmaCeiling.HasValue)
    Assert.True(not device.FmaCeiling.HasValue || device.FmaCeiling.Value > 0.0)
    Assert.True(ArithmeticCeiling.Scalar 2 > 0.0)
