using System.Globalization;
using System.Runtime.InteropServices;
using Cnn.Kernels;

namespace Cnn.Devices;

/// <summary>Why these kernels run and no others, and what to do where better ones could.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Advice">What to do; null where there is nothing better.</param>
internal sealed record KernelExplanation(string Reason, string? Advice)
{
    private const string Variable = KernelSelection.EnvironmentVariable;

    /// <summary>Explains the choice of the kernels.</summary>
    /// <param name="circumstances">What the choice was made from.</param>
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
                    (true, _) or (_, true) => "the avx2 kernels are many times faster.",
                    (_, null) => "where the processor has AVX2 and FMA, the avx2 kernels are many times faster.",
                    (_, false) => "the kernels that can run are chosen by themselves.",
                });
        }
        else if (circumstances is { IsPresent: true, IsUsable: false })
        {
            advice.Add("Update the operating system or, in a virtual machine, let it have AVX: the avx2 kernels are many times faster.");
        }

        else if (asked == null && circumstances is { Chosen: "avx2", WideSwitches.Count: > 0 })
        {
            advice.Add(
                $"Remove {string.Join(" and ", circumstances.WideSwitches)} from the environment and start a new session: "
                + "where the .NET runtime uses vectors of 512 bits, the avx512 kernels are faster.");
        }

        if (now != asked)
        {
            advice.Add(
                $"{Variable} is {(now == null ? "not set any more" : $"{now} now")}, which comes too late, for the choice is made when kernels are first needed: "
                + "start a new session.");
        }

        return new KernelExplanation(reason, advice.Count == 0 ? null : string.Join(' ', advice));
    }

    /// <summary>What stands in the environment and keeps the AVX2 kernels from running.</summary>
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
        { Chosen: "vector128" } => "The .NET runtime has fused multiply-adds of four floats here, and no wider ones.",
        { IsUsable: true, WideSwitches.Count: > 0 } =>
            $"The processor has AVX-512, which is switched off by {string.Join(" and ", circumstances.WideSwitches)}, and AVX2 with FMA, which the .NET runtime uses.",
        { IsUsable: true } => "The processor has AVX2 and FMA, and the .NET runtime uses them.",
        { Architecture: not (Architecture.X64 or Architecture.X86) } => $"The processor is {circumstances.Architecture}, and the avx2 kernels are for x64.",
        { IsPresent: false } => "The processor, as this machine shows it, does not have AVX2 with FMA.",
        { Switches.Count: > 0 } =>
            $"Vector instructions of the .NET runtime are switched off by {string.Join(" and ", circumstances.Switches)}, AVX2 with FMA among them.",
        { IsPresent: true } => "The processor has AVX2 and FMA, but the .NET runtime cannot use them: the operating system does not save their registers.",
        _ => "The .NET runtime reports no AVX2 with FMA.",
    };

    private static string? Name(string? asked) => string.IsNullOrWhiteSpace(asked) ? null : asked.Trim().ToLowerInvariant();
}

/// <summary>What the choice of the kernels was made from.</summary>
/// <param name="Failure">Why nothing could be chosen; null where something was.</param>
/// <param name="Asked">What CNN_KERNELS said when the choice was made, or could not be made.</param>
/// <param name="AsksNow">What it says now.</param>
/// <param name="Architecture">The kind of processor.</param>
/// <param name="IsPresent">Whether the processor has AVX2 and FMA; null where that is not known.</param>
/// <param name="IsUsable">Whether the runtime lets programs use both.</param>
/// <param name="Switches">Variables of the environment that switch vector instructions off, such as <c>DOTNET_EnableAVX2=0</c>.</param>
internal sealed record KernelCircumstances(
    CnnException? Failure, string? Asked, string? AsksNow, Architecture Architecture, bool? IsPresent, bool IsUsable, IReadOnlyList<string> Switches)
{
    /// <summary>The kernels that were chosen; null where nothing could be.</summary>
    public string? Chosen { get; init; }

    /// <summary>Variables of the environment that switch AVX-512 off on a processor that has it, such as <c>DOTNET_EnableAVX512=0</c>.</summary>
    public IReadOnlyList<string> WideSwitches { get; init; } = [];

    /// <summary>The switches of the runtime without which there is no AVX2 or no FMA.</summary>
    private static readonly string[] SwitchNames = ["EnableHWIntrinsic", "EnableSSE42", "EnableAVX", "EnableAVX2"];

    /// <summary>Finds the switches in the environment that are off.</summary>
    /// <returns>Names and values, as they stand there.</returns>
    public static IReadOnlyList<string> FindSwitches() => FindSwitches(SwitchNames);

    /// <summary>Finds the switches in the environment that keep AVX-512 off.</summary>
    /// <returns>Names and values, as they stand there.</returns>
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
