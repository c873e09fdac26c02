using System.Collections.ObjectModel;
using System.Runtime.InteropServices;
using Cnn.Kernels;
using Cnn.Threading;

namespace Cnn.Devices;

/// <summary>What trainings run on here: which kernels and why, on how many threads, on what processor.</summary>
public sealed record Device
{
    /// <summary>The kernels that run, <c>avx512</c>, <c>avx2</c>, <c>vector128</c> or <c>scalar</c>; null where CNN_KERNELS asks for some that cannot.</summary>
    public required string? Kernels { get; init; }

    /// <summary>Why these.</summary>
    public required string Reason { get; init; }

    /// <summary>What to do where the processor could do better; null where it does what it can.</summary>
    public required string? Advice { get; init; }

    /// <summary>What the maker of the processor calls it.</summary>
    public required string Processor { get; init; }

    /// <summary>The kind of processor that this process runs on.</summary>
    public Architecture Architecture { get; } = RuntimeInformation.ProcessArchitecture;

    /// <summary>The vector instructions that matter here: whether the processor has them, and whether the runtime uses them.</summary>
    public required ReadOnlyCollection<ProcessorFeature> Features { get; init; }

    /// <summary>The processors that the operating system gives this process.</summary>
    public int LogicalProcessors { get; } = Environment.ProcessorCount;

    /// <summary>How many threads work where no number is given.</summary>
    public int DefaultThreads { get; } = WorkerTeam.DefaultCount;

    /// <summary>The .NET runtime.</summary>
    public string Runtime { get; } = RuntimeInformation.FrameworkDescription;

    /// <summary>The operating system.</summary>
    public string OperatingSystem { get; } = RuntimeInformation.OSDescription;

    /// <summary>
    /// Billions of operations a second that one core does at most with fused multiply-adds of the widest vectors that the runtime uses, the bound of the fastest kernels;
    /// null where that was not measured, or the runtime has no FMA.
    /// </summary>
    public double? FmaCeiling { get; init; }

    /// <summary>Billions of operations a second that one core does at most one float at a time, the bound of the scalar kernels; null where that was not measured.</summary>
    public double? ScalarCeiling { get; init; }

    /// <summary>Finds out what this process runs on. The kernels are chosen by that, where nothing has needed them before.</summary>
    /// <param name="measure">Whether to measure the ceilings, which takes some tens of milliseconds.</param>
    /// <returns>The device. A CNN_KERNELS that no kernels can be chosen by is no error here: it is what somebody is looking for.</returns>
    public static Device Inspect(bool measure = false)
    {
        Processor processor = Devices.Processor.Inspect();
        string? kernels = null;
        string? asked = Environment.GetEnvironmentVariable(KernelSelection.EnvironmentVariable);
        string? asksNow = asked;
        CnnException? failure = null;
        try
        {
            kernels = KernelSelection.Current.Name;
            asked = KernelSelection.Requested;
        }
        catch (CnnException error)
        {
            failure = error;
        }

        KernelExplanation explanation = KernelExplanation.Of(new KernelCircumstances(
            failure, asked, asksNow, RuntimeInformation.ProcessArchitecture, HasAvx2(processor), KernelSelection.IsAvx2Supported, KernelCircumstances.FindSwitches())
        {
            Chosen = kernels,
            WideSwitches = processor.Has("avx512f") == true ? KernelCircumstances.FindWideSwitches() : [],
        });
        return new Device
        {
            Kernels = kernels,
            Reason = explanation.Reason,
            Advice = explanation.Advice,
            Processor = processor.Name,
            Features = ProcessorFeature.Of(processor),
            FmaCeiling = measure ? ArithmeticCeiling.Fma(1) / 1e9 : null,
            ScalarCeiling = measure ? ArithmeticCeiling.Scalar(1) / 1e9 : null,
        };
    }

    /// <summary>Whether the processor has what the AVX2 kernels need, usable or not; null where that is not known.</summary>
    private static bool? HasAvx2(Processor processor) =>
        RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.X86) ? false
        : processor.Has("avx2") is { } avx2 && processor.Has("fma") is { } fma ? avx2 && fma
        : null;

    /// <summary>The kernels and why.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Kernels ?? "no kernels"}: {Reason}";
}
