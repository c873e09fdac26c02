using System.Collections.ObjectModel;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using Cnn.Kernels;
using Cnn.Threading;

namespace Cnn.Devices;

/// <summary>The hardware that trainings run on: which kernels and why, how many threads, which processor.</summary>
public sealed record Device
{
    /// <summary>The kernels that run, <c>avx512</c>, <c>avx2</c>, <c>vector128</c> or <c>scalar</c>; null if CNN_KERNELS asks for kernels that cannot run.</summary>
    public required string? Kernels { get; init; }

    /// <summary>The reason for the choice.</summary>
    public required string Reason { get; init; }

    /// <summary>What to do if the processor could do better; null if it already does its best.</summary>
    public required string? Advice { get; init; }

    /// <summary>The processor's name, as its maker gives it.</summary>
    public required string Processor { get; init; }

    /// <summary>The kind of processor that this process runs on.</summary>
    public Architecture Architecture { get; } = RuntimeInformation.ProcessArchitecture;

    /// <summary>The relevant vector instructions: whether the processor has them, and whether the runtime uses them.</summary>
    public required ReadOnlyCollection<ProcessorFeature> Features { get; init; }

    /// <summary>The number of processors that the operating system gives this process.</summary>
    public int LogicalProcessors { get; } = Environment.ProcessorCount;

    /// <summary>The default number of threads.</summary>
    public int DefaultThreads { get; } = WorkerTeam.DefaultCount;

    /// <summary>The .NET runtime.</summary>
    public string Runtime { get; } = RuntimeInformation.FrameworkDescription;

    /// <summary>The operating system.</summary>
    public string OperatingSystem { get; } = RuntimeInformation.OSDescription;

    /// <summary>
    /// The peak speed of one core, in billions of operations per second, with fused multiply-adds of the widest vectors that the runtime uses: the limit of
    /// the fastest kernels. Null if it was not measured, or if the runtime has no FMA.
    /// </summary>
    public double? FmaCeiling { get; init; }

    /// <summary>The peak speed of one core, in billions of operations per second, with one float at a time: the limit of the scalar kernels. Null if it was not measured.</summary>
    public double? ScalarCeiling { get; init; }

    /// <summary>Finds out what this process runs on. This chooses the kernels, if nothing has needed them before.</summary>
    /// <param name="measure">Whether to measure the peak speeds, which takes a few tens of milliseconds.</param>
    /// <returns>The device. An invalid CNN_KERNELS is not an error here, because the result explains it.</returns>
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
            failure,
            asked,
            asksNow,
            RuntimeInformation.ProcessArchitecture,
            HasVectors(processor),
            KernelSelection.IsAvx2Supported || AdvSimd.IsSupported,
            KernelCircumstances.FindSwitches(RuntimeInformation.ProcessArchitecture))
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

    /// <summary>Whether the processor has what the AVX2 kernels need, or those for Arm, usable or not; null if it is not known.</summary>
    private static bool? HasVectors(Processor processor) =>
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? true
        : RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.X86) ? false
        : processor.Has("avx2") is { } avx2 && processor.Has("fma") is { } fma ? avx2 && fma
        : null;

    /// <summary>The kernels and why.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Kernels ?? "no kernels"}: {Reason}";
}
