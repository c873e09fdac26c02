using System.Globalization;
using System.Runtime.InteropServices;
using Cnn.Kernels;

namespace Cnn.Devices;

/// <summary>Why these kernels run and no others, and what to do where better ones could.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Advice">What to do; null where there is nothing better.</param>
internal sealed record KernelExplanation(string Reason, string? Advice)
{
    private const string FasterHint = "the avx2 kernels are many times faster.";

    /// <summary>Explains the choice of the scalar or the AVX2 kernels.</summary>
    /// <param name="circumstances">What the choice was made from.</param>
    /// <returns>The explanation.</returns>
    public static KernelExplanation Of(KernelCircumstances circumstances)
    {
        string variable = KernelSelection.EnvironmentVariable;
        string? asked = Name(circumstances.Asked);
        List<string> advice = [];
        if (asked != null && asked != "avx2" && (circumstances.IsUsable || circumstances.IsPresent == true))
        {
            advice.Add($"Remove the environment variable {variable} and start a new session: {FasterHint}");
        }

        if (!circumstances.IsUsable && circumstances.IsPresent != false && circumstances.Architecture is Architecture.X64 or Architecture.X86)
        {
            if (circumstances.Switches.Count > 0)
            {
                advice.Add(
                    $"Remove {string.Join(" and ", circumstances.Switches)} from the environment and start a new session: "
                    + (circumstances.IsPresent == true ? FasterHint : "where the processor has AVX2 and FMA, " + FasterHint));
            }
            else if (circumstances.IsPresent == true)
            {
                advice.Add(
                    "Update the operating system, or in a virtual machine let it have AVX, so that the .NET runtime can use what the processor has: "
                    + FasterHint);
            }
        }

        if (Name(circumstances.AsksNow) is var now && now != asked)
        {
            advice.Add(
                $"{variable} is now {(now == null ? "not set" : $"'{now}'")}, and that comes too late: the choice was made when kernels were first needed. "
                + "Start a new session.");
        }

        return new KernelExplanation(asked == null ? ReasonOfChoice(circumstances) : $"{variable} asks for {asked}.", advice.Count == 0 ? null : string.Join(' ', advice));
    }

    private static string ReasonOfChoice(KernelCircumstances circumstances) => circumstances switch
    {
        { IsUsable: true } => "The processor has AVX2 and FMA, and the .NET runtime uses them.",
        { Architecture: not (Architecture.X64 or Architecture.X86) } =>
            $"The processor is {circumstances.Architecture}, and the avx2 kernels are for x64.",
        { IsPresent: false } => "The processor, as this machine shows it, does not have AVX2 with FMA.",
        { Switches.Count: > 0 } =>
            $"Vector instructions of the .NET runtime are switched off by {string.Join(" and ", circumstances.Switches)}, AVX2 with FMA among them.",
        { IsPresent: true } => "The processor has AVX2 and FMA, but the .NET runtime cannot use them: the operating system does not save their registers.",
        _ => "The .NET runtime reports no AVX2 with FMA.",
    };

    private static string? Name(string? asked) => string.IsNullOrWhiteSpace(asked) ? null : asked.Trim().ToLowerInvariant();
}

/// <summary>What the choice of the kernels was made from.</summary>
/// <param name="Asked">What CNN_KERNELS said when the choice was made.</param>
/// <param name="AsksNow">What it says now.</param>
/// <param name="Architecture">The kind of processor.</param>
/// <param name="IsPresent">Whether the processor has AVX2 and FMA; null where that is not known.</param>
/// <param name="IsUsable">Whether the runtime lets programs use both.</param>
/// <param name="Switches">Variables of the environment that switch vector instructions off, such as <c>DOTNET_EnableAVX2=0</c>.</param>
internal sealed record KernelCircumstances(
    string? Asked, string? AsksNow, Architecture Architecture, bool? IsPresent, bool IsUsable, IReadOnlyList<string> Switches)
{
    /// <summary>The switches of the runtime without which there is no AVX2 or no FMA.</summary>
    private static readonly string[] SwitchNames =
        ["EnableHWIntrinsic", "EnableSSE3", "EnableSSSE3", "EnableSSE41", "EnableSSE42", "EnableAVX", "EnableAVX2", "EnableFMA"];

    /// <summary>Finds the switches in the environment that are off.</summary>
    /// <returns>Names and values, as they stand there.</returns>
    public static IReadOnlyList<string> FindSwitches() =>
    [
        .. from prefix in new[] { "DOTNET_", "COMPlus_" }
           from name in SwitchNames
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
