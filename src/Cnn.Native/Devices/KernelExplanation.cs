using System.Globalization;
using System.Runtime.InteropServices;
using Cnn.Kernels;

namespace Cnn.Devices;

/// <summary>Why these kernels run and no others, and what to do if better ones could run.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Advice">What to do; null if there is nothing better.</param>
internal sealed record KernelExplanation(string Reason, string? Advice)
{
    private const string Variable = KernelSelection.EnvironmentVariable;

    /// <summary>Explains the choice of the kernels.</summary>
    /// <param name="circumstances">The basis of the choice.</param>
    /// <returns>The explanation.</returns>
    public static KernelExplanation Of(KernelCircumstances circumstances)
    {
        string? asked = Name(circumstances.Asked);
        string? now = Name(circumstances.AsksNow);
        string reason = circumstances.Failure?.Message ?? (asked == null ? ReasonOfChoice(circumstances) : $"{Variable} asks for {asked}.");
        List<string> advice = [];
        string[] obstacles = [.. Obstacles(circumstances)];
        if (obstacles.Length > 0)
        {
            advice.Add(
                $"Remove {string.Join(" and ", obstacles)} from the environment and start a new session: "
                + (circumstances.IsUsable, circumstances.IsPresent) switch
                {
                    (true, _) or (_, true) => $"the {circumstances.VectorKernels} kernels are many times faster.",
                    (_, null) => "if the processor has AVX2 and FMA, the avx2 kernels are many times faster.",
                    (_, false) => "then kernels that can run are chosen automatically.",
                });
        }
        else if (circumstances is { IsPresent: true, IsUsable: false, Architecture: not Architecture.Arm64 })
        {
            advice.Add("Update the operating system or, in a virtual machine, let it have AVX: the avx2 kernels are many times faster.");
        }

        else if (asked == null && circumstances is { Chosen: "avx2", WideSwitches.Count: > 0 })
        {
            advice.Add(
                $"Remove {string.Join(" and ", circumstances.WideSwitches)} from the environment and start a new session: "
                + "if the .NET runtime uses vectors of 512 bits, the avx512 kernels are faster.");
        }

        if (now != asked)
        {
            advice.Add(
                $"{Variable} is {(now == null ? "not set any more" : $"{now} now")}, which has no effect any more, because the kernels are chosen when they are first needed: "
                + "start a new session.");
        }

        return new KernelExplanation(reason, advice.Count == 0 ? null : string.Join(' ', advice));
    }

    /// <summary>The environment settings that keep the AVX2 kernels from running.</summary>
    private static IEnumerable<string> Obstacles(KernelCircumstances circumstances)
    {
        string? asked = Name(circumstances.Asked);
        bool mayRun = circumstances.IsUsable || circumstances.IsPresent != false;
        if (circumstances.Failure != null || (asked == "scalar" && mayRun && asked == Name(circumstances.AsksNow)))
        {
            yield return $"{Variable}={circumstances.Asked}";
        }

        foreach (string name in circumstances.IsUsable || !mayRun ? [] : circumstances.Switches)
        {
            yield return name;
        }
    }

    private static string ReasonOfChoice(KernelCircumstances circumstances) => circumstances switch
    {
        { Chosen: "avx512" } => "The processor has AVX-512, and the .NET runtime uses vectors of that width.",
        { IsUsable: true, Architecture: Architecture.Arm64 } => "The processor has Neon, and the .NET runtime uses it.",
        { Chosen: "vector128" } => "The .NET runtime has fused multiply-adds of four floats here, and no wider ones.",
        { IsUsable: true, WideSwitches.Count: > 0 } =>
            $"The processor has AVX-512, which is switched off by {string.Join(" and ", circumstances.WideSwitches)}, and AVX2 with FMA, which the .NET runtime uses.",
        { IsUsable: true } => "The processor has AVX2 and FMA, and the .NET runtime uses them.",
        { Architecture: not (Architecture.X64 or Architecture.X86 or Architecture.Arm64) } =>
            $"The processor is {circumstances.Architecture}, and there are vector kernels for x64 and Arm64 only.",
        { Switches.Count: > 0, Architecture: Architecture.Arm64 } =>
            $"Vector instructions of the .NET runtime are switched off by {string.Join(" and ", circumstances.Switches)}, Neon among them.",
        { Architecture: Architecture.Arm64 } => "The .NET runtime reports no Neon.",
        { IsPresent: false } => "The processor, as this machine shows it, does not have AVX2 with FMA.",
        { Switches.Count: > 0 } =>
            $"Vector instructions of the .NET runtime are switched off by {string.Join(" and ", circumstances.Switches)}, AVX2 with FMA among them.",
        { IsPresent: true } => "The processor has AVX2 and FMA, but the .NET runtime cannot use them: the operating system does not save their registers.",
        _ => "The .NET runtime reports no AVX2 with FMA.",
    };

    private static string? Name(string? asked) => string.IsNullOrWhiteSpace(asked) ? null : asked.Trim().ToLowerInvariant();
}

/// <summary>The basis of the choice of the kernels.</summary>
/// <param name="Failure">Why nothing could be chosen; null if something was.</param>
/// <param name="Asked">The value of CNN_KERNELS when the choice was made or failed.</param>
/// <param name="AsksNow">Its current value.</param>
/// <param name="Architecture">The kind of processor.</param>
/// <param name="IsPresent">Whether the processor has AVX2 and FMA, or Neon on Arm; null if it is not known.</param>
/// <param name="IsUsable">Whether the runtime lets programs use them.</param>
/// <param name="Switches">Environment variables that switch vector instructions off, such as <c>DOTNET_EnableAVX2=0</c>.</param>
internal sealed record KernelCircumstances(
    CnnException? Failure, string? Asked, string? AsksNow, Architecture Architecture, bool? IsPresent, bool IsUsable, IReadOnlyList<string> Switches)
{
    /// <summary>The kernels that were chosen; null if none could be.</summary>
    public string? Chosen { get; init; }

    /// <summary>Environment variables that switch AVX-512 off on a processor that has it, such as <c>DOTNET_EnableAVX512=0</c>.</summary>
    public IReadOnlyList<string> WideSwitches { get; init; } = [];

    /// <summary>The kernels that run on most processors of this architecture.</summary>
    public string VectorKernels => Architecture == Architecture.Arm64 ? "vector128" : "avx2";

    /// <summary>The switches of the runtime that AVX2 and FMA require.</summary>
    private static readonly string[] SwitchNames = ["EnableHWIntrinsic", "EnableSSE42", "EnableAVX", "EnableAVX2"];

    /// <summary>Finds the switches that are off in the environment.</summary>
    /// <param name="architecture">The kind of processor: on Arm, one switch is for all vector instructions.</param>
    /// <returns>Names and values, as they are in the environment.</returns>
    public static IReadOnlyList<string> FindSwitches(Architecture architecture) =>
        FindSwitches(architecture == Architecture.Arm64 ? ["EnableHWIntrinsic"] : SwitchNames);

    /// <summary>Finds the environment switches that keep AVX-512 off.</summary>
    /// <returns>Names and values, as they are in the environment.</returns>
    public static IReadOnlyList<string> FindWideSwitches() => FindSwitches(["EnableAVX512"]);

    private static IReadOnlyList<string> FindSwitches(string[] names) =>
    [
        .. from prefix in new[] { "DOTNET_", "COMPlus_" }
           from name in names
           let value = Environment.GetEnvironmentVariable(prefix + name)
           where IsZero(value)
           select $"{prefix}{name}={value}",
    ];

    /// <summary>The runtime reads hexadecimal numbers, with or without 0x.</summary>
    private static bool IsZero(string? value)
    {
        string digits = (value ?? "").Trim();
        digits = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? digits[2..] : digits;
        return uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number) && number == 0;
    }
}
