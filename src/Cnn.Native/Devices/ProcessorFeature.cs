using System.Collections.ObjectModel;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Cnn.Devices;

/// <summary>Vector instructions that a processor may have.</summary>
/// <param name="Name">Their name, such as <c>AVX2</c>.</param>
/// <param name="IsPresent">Whether the processor has them; null if it does not report it.</param>
/// <param name="IsUsable">Whether the .NET runtime lets programs use them: they may be switched off, or the operating system may not support them.</param>
public sealed record ProcessorFeature(string Name, bool? IsPresent, bool IsUsable)
{
    /// <summary>The features of this machine's kind of processor.</summary>
    /// <param name="processor">The processor's own description.</param>
    /// <returns>SSE4.2 to AVX-512 for x86, Neon for Arm, nothing for others.</returns>
    internal static ReadOnlyCollection<ProcessorFeature> Of(Processor processor)
    {
        ProcessorFeature[] features = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 or Architecture.X86 =>
            [
                new("SSE4.2", processor.Has("sse4_2"), Sse42.IsSupported),
                new("AVX", processor.Has("avx"), Avx.IsSupported),
                new("AVX2", processor.Has("avx2"), Avx2.IsSupported),
                new("FMA", processor.Has("fma"), Fma.IsSupported),
                new("AVX-512", processor.Has("avx512f"), Avx512F.IsSupported),
            ],
            // .NET runs on Arm64 processors with Neon only.
            Architecture.Arm64 => [new("Neon", true, AdvSimd.IsSupported)],
            _ => [],
        };
        return features.AsReadOnly();
    }

    /// <summary>The name, and its state.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => (IsUsable, IsPresent) switch
    {
        (true, _) => Name,
        (false, true) => $"{Name} (not usable)",
        (false, false) => $"no {Name}",
        (false, null) => $"{Name} (unknown)",
    };
}
