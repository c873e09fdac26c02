using System.Runtime.Intrinsics.X86;

namespace Cnn.Kernels;

/// <summary>Which kernels run, and why. The choice is made once, when the first model needs it.</summary>
public static class KernelSelection
{
    /// <summary>The environment variable that overrides the choice: <c>scalar</c> or <c>avx2</c>.</summary>
    public const string EnvironmentVariable = "CNN_KERNELS";

    private static readonly Lazy<(KernelSet Kernels, string? Requested)> Choice = new(
        () =>
        {
            string? requested = Environment.GetEnvironmentVariable(EnvironmentVariable);
            return (Select(requested), requested);
        },
        LazyThreadSafetyMode.PublicationOnly);

    /// <summary>All sets there are, whether or not this processor can run them: what they say of the sizes that they need holds anywhere.</summary>
    internal static IReadOnlyList<KernelSet> All { get; } = [new ScalarKernels(), new Avx2Kernels()];

    /// <summary>The kernels of this process: AVX2 with FMA where the processor has both, else scalar, or what <c>CNN_KERNELS</c> asks for.</summary>
    /// <exception cref="CnnException"><c>CNN_KERNELS</c> asks for kernels that do not exist or cannot run here.</exception>
    public static KernelSet Current => Choice.Value.Kernels;

    /// <summary>What <c>CNN_KERNELS</c> said when the choice was made; a change after that does nothing.</summary>
    /// <exception cref="CnnException">As for <see cref="Current"/>.</exception>
    public static string? Requested => Choice.Value.Requested;

    /// <summary>Whether the processor, as the runtime sees it, has what <see cref="Avx2Kernels"/> needs.</summary>
    public static bool IsAvx2Supported => Avx2.IsSupported && Fma.IsSupported;

    /// <summary>Chooses kernels by name.</summary>
    /// <param name="name"><c>scalar</c>, <c>avx2</c>, or nothing for the fastest that runs here.</param>
    /// <returns>The kernels.</returns>
    /// <exception cref="CnnException">There are no kernels of that name, or they cannot run on this processor.</exception>
    public static KernelSet Select(string? name)
    {
        switch (name?.Trim().ToUpperInvariant())
        {
            case null or "":
                return IsAvx2Supported ? new Avx2Kernels() : new ScalarKernels();
            case "SCALAR":
                return new ScalarKernels();
            case "AVX2" when IsAvx2Supported:
                return new Avx2Kernels();
            case "AVX2":
                throw new CnnException(
                    "KernelsNotSupported",
                    CnnErrorKind.Unavailable,
                    $"{EnvironmentVariable} asks for the avx2 kernels, which need a processor with AVX2 and FMA, and the .NET runtime reports none here "
                    + "(or they were switched off with DOTNET_EnableAVX2=0 or DOTNET_EnableHWIntrinsic=0). "
                    + $"Unset {EnvironmentVariable}, or set it to scalar.")
                { Target = name };
            default:
                throw new CnnException(
                    "KernelsUnknown",
                    CnnErrorKind.InvalidArgument,
                    $"{EnvironmentVariable} is '{name}', and there are no kernels of that name. Set it to scalar or avx2, or unset it.")
                { Target = name };
        }
    }
}
