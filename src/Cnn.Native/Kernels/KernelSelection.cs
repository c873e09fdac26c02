namespace Cnn.Kernels;

/// <summary>The choice of the kernels and its reason. It is made once, when the first model needs it.</summary>
public static class KernelSelection
{
    /// <summary>The environment variable that overrides the choice: <c>scalar</c>, <c>vector128</c>, <c>avx2</c> or <c>avx512</c>.</summary>
    public const string EnvironmentVariable = "CNN_KERNELS";

    private static readonly Lazy<(KernelSet Kernels, string? Requested)> Choice = new(
        () =>
        {
            string? requested = Environment.GetEnvironmentVariable(EnvironmentVariable);
            return (Select(requested), requested);
        },
        LazyThreadSafetyMode.PublicationOnly);

    /// <summary>All kernel sets, the fastest first.</summary>
    private static readonly Candidate[] Candidates =
    [
        new(VectorKernels<F32x16>.Instance, F32x16.IsSupported, "a processor with AVX-512 that does not slow down with 512-bit vectors", "DOTNET_EnableAVX512"),
        new(VectorKernels<F32x8>.Instance, F32x8.IsSupported, "a processor with AVX2 and FMA", "DOTNET_EnableAVX2"),
        new(VectorKernels<F32x4>.Instance, F32x4.IsSupported, "an Arm processor, or one with FMA", "DOTNET_EnableAVX2"),
        new(new ScalarKernels(), true, "", ""),
    ];

    /// <summary>All kernel sets, whether or not this processor can run them: the sizes that they need are known everywhere.</summary>
    internal static IReadOnlyList<KernelSet> All { get; } = [.. Candidates.Select(candidate => candidate.Kernels)];

    /// <summary>The sets that this machine can run, the fastest first.</summary>
    public static IReadOnlyList<KernelSet> Supported { get; } =
        Array.AsReadOnly<KernelSet>([.. Candidates.Where(candidate => candidate.IsSupported).Select(candidate => candidate.Kernels)]);

    /// <summary>The kernels of this process: the fastest that this machine can run, or those that <c>CNN_KERNELS</c> asks for.</summary>
    /// <exception cref="CnnException"><c>CNN_KERNELS</c> asks for kernels that do not exist or cannot run on this machine.</exception>
    public static KernelSet Current => Choice.Value.Kernels;

    /// <summary>The value of <c>CNN_KERNELS</c> when the choice was made; later changes have no effect.</summary>
    /// <exception cref="CnnException">As for <see cref="Current"/>.</exception>
    public static string? Requested => Choice.Value.Requested;

    /// <summary>Whether the processor, as the runtime sees it, has AVX2 and FMA.</summary>
    public static bool IsAvx2Supported => F32x8.IsSupported;

    /// <summary>Chooses kernels by name.</summary>
    /// <param name="name"><c>scalar</c>, <c>vector128</c>, <c>avx2</c>, <c>avx512</c>, or null for the fastest set that this machine can run.</param>
    /// <returns>The kernels.</returns>
    /// <exception cref="CnnException">There are no kernels of that name, or they cannot run on this processor.</exception>
    public static KernelSet Select(string? name)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return Supported[0];
        }

        Candidate? chosen = Candidates.FirstOrDefault(candidate => candidate.Kernels.Name.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase));
        string supported = string.Join(", ", Supported.Select(kernels => kernels.Name));
        if (chosen == null)
        {
            throw new CnnException(
                "KernelsUnknown",
                CnnErrorKind.InvalidArgument,
                $"{EnvironmentVariable} is '{name}', and there are no kernels of that name. Set it to one of {supported}, or unset it.")
            { Target = name };
        }

        if (!chosen.IsSupported)
        {
            throw new CnnException(
                "KernelsNotSupported",
                CnnErrorKind.Unavailable,
                $"{EnvironmentVariable} asks for the {chosen.Kernels.Name} kernels, which need {chosen.Needs}, and the .NET runtime reports none on this machine "
                + $"(or they were switched off with {chosen.Switch}=0 or DOTNET_EnableHWIntrinsic=0). "
                + $"Unset {EnvironmentVariable}, or set it to one of {supported}.")
            { Target = name };
        }

        return chosen.Kernels;
    }

    private sealed record Candidate(KernelSet Kernels, bool IsSupported, string Needs, string Switch);
}
