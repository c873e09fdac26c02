using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Cnn.Devices;

/// <summary>The processor's own description, whatever the .NET runtime uses of it.</summary>
/// <param name="Name">The name given by its maker.</param>
/// <param name="Flags">Its features, as Linux names them; null if they cannot be queried.</param>
internal sealed record Processor(string Name, IReadOnlySet<string>? Flags)
{
    private const string ProcessorInformation = "/proc/cpuinfo";

    /// <summary>Queries the processor itself with CPUID; otherwise Linux, or the environment of Windows.</summary>
    /// <returns>The information that was found.</returns>
    public static Processor Inspect()
    {
        if (X86Base.IsSupported)
        {
            return new Processor(BrandString() ?? FallbackName(), CpuIdFlags());
        }

        // With DOTNET_EnableHWIntrinsic=0, CPUID is not available either. On Arm, Linux gives two numbers instead of a name.
        IReadOnlyDictionary<string, string> linux = LinuxInformation();
        string name = linux.GetValueOrDefault("model name")
            ?? (linux.TryGetValue("CPU implementer", out string? implementer) && linux.TryGetValue("CPU part", out string? part)
                ? $"{RuntimeInformation.ProcessArchitecture} processor (implementer {implementer}, part {part})"
                : FallbackName());
        string? flags = linux.GetValueOrDefault("flags") ?? linux.GetValueOrDefault("Features");
        return new Processor(name, flags?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet());
    }

    /// <summary>Whether the processor has a feature.</summary>
    /// <param name="flag">Its name in Linux.</param>
    /// <returns>Null if it is not known.</returns>
    public bool? Has(string flag) => Flags?.Contains(flag);

    private static string FallbackName() =>
        Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? $"{RuntimeInformation.ProcessArchitecture} processor";

    /// <summary>The bits of leaves 1 and 7 (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, CPUID).</summary>
    private static HashSet<string> CpuIdFlags()
    {
        (int last, _, _, _) = X86Base.CpuId(0, 0);
        (_, _, int features, _) = X86Base.CpuId(1, 0);
        int extended = last >= 7 ? X86Base.CpuId(7, 0).Ebx : 0;
        return
        [
            .. new (string Name, bool IsSet)[]
            {
                ("fma", IsSet(features, 12)),
                ("sse4_2", IsSet(features, 20)),
                ("avx", IsSet(features, 28)),
                ("avx2", IsSet(extended, 5)),
                ("avx512f", IsSet(extended, 16)),
            }.Where(flag => flag.IsSet).Select(flag => flag.Name),
        ];
    }

    private static bool IsSet(int register, int bit) => ((register >> bit) & 1) == 1;

    /// <summary>The 48 characters of leaves 0x80000002 to 0x80000004; null if a processor has none.</summary>
    private static string? BrandString()
    {
        const int Base = unchecked((int)0x80000000);
        if ((uint)X86Base.CpuId(Base, 0).Eax < 0x80000004)
        {
            return null;
        }

        List<int> registers = [];
        for (int leaf = 2; leaf <= 4; leaf++)
        {
            (int a, int b, int c, int d) = X86Base.CpuId(Base + leaf, 0);
            registers.AddRange([a, b, c, d]);
        }

        string brand = Encoding.ASCII.GetString(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(registers))).Trim('\0', ' ');
        return brand.Length == 0 ? null : string.Join(' ', brand.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The first processor of /proc/cpuinfo, by the names of its lines; empty if there is no such file.</summary>
    private static Dictionary<string, string> LinuxInformation()
    {
        Dictionary<string, string> lines = [];
        if (File.Exists(ProcessorInformation))
        {
            foreach (string line in File.ReadLines(ProcessorInformation).TakeWhile(line => line.Length > 0))
            {
                string[] halves = line.Split(':', 2, StringSplitOptions.TrimEntries);
                lines.TryAdd(halves[0], halves[^1]);
            }
        }

        return lines;
    }
}
