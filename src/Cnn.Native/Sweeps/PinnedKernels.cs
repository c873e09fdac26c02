using Cnn.Kernels;

namespace Cnn.Sweeps;

/// <summary>The kernels that a sweep is pinned to: machines differ, and a seed gives different bits on another kernel set.</summary>
internal static class PinnedKernels
{
    /// <summary>Checks that there are such kernels, whether or not this machine can run them: a sweep is often exported on a different machine.</summary>
    /// <param name="name">The name; null for none.</param>
    /// <exception cref="CnnException"><c>KernelsUnknown</c>.</exception>
    public static void Check(string? name)
    {
        if (name != null && !KernelSelection.All.Any(kernels => kernels.Name == name))
        {
            throw new CnnException(
                "KernelsUnknown",
                CnnErrorKind.InvalidArgument,
                $"There are no kernels '{name}'. The kernels are {string.Join(", ", KernelSelection.All.Select(kernels => kernels.Name))}.")
            { Target = name };
        }
    }

    /// <summary>The kernels of a name.</summary>
    /// <param name="name">The name; null for those of the process.</param>
    /// <returns>The kernels.</returns>
    /// <exception cref="CnnException"><c>KernelsUnknown</c>, or <c>KernelsNotSupported</c>: this machine cannot run them.</exception>
    public static KernelSet Select(string? name)
    {
        if (name == null)
        {
            return KernelSelection.Current;
        }

        Check(name);
        return KernelSelection.Supported.FirstOrDefault(kernels => kernels.Name == name) ?? throw new CnnException(
            "KernelsNotSupported",
            CnnErrorKind.Unavailable,
            $"The sweep is pinned to the {name} kernels, but this machine ({Environment.MachineName}) runs {string.Join(", ", KernelSelection.Supported.Select(kernels => kernels.Name))}. "
            + "Run it on machines that have them, or pin the sweep to kernels that all machines can run.")
        { Target = name };
    }
}
