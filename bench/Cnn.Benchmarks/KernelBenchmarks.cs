using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Cnn.Devices;
using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Benchmarks;

/// <summary>One kernel on one shape of the presets: a shard of four images, one thread.</summary>
[Config(typeof(Settings))]
public unsafe class KernelBenchmarks
{
    private readonly KernelSet _kernels = KernelSelection.Current;
    private readonly List<NativeBuffer<float>> _buffers = [];
    private Action _run = static () => { };

    /// <summary>All cases.</summary>
    public static IEnumerable<KernelCase> Cases => KernelCase.All;

    /// <summary>The case that runs.</summary>
    [ParamsSource(nameof(Cases))]
    public KernelCase Case { get; set; } = null!;

    /// <summary>Makes the buffers of the case.</summary>
    [GlobalSetup]
    public void Prepare() => _run = Case.Prepare(_kernels, NewBuffer);

    /// <summary>Frees them.</summary>
    [GlobalCleanup]
    public void Free() => _buffers.ForEach(buffer => buffer.Dispose());

    /// <summary>The kernel.</summary>
    [Benchmark]
    public void Kernel() => _run();

    private nint NewBuffer(int length, Func<int, float> value)
    {
        var buffer = new NativeBuffer<float>(length);
        _buffers.Add(buffer);
        for (int i = 0; i < length; i++)
        {
            buffer.Pointer[i] = value(i);
        }

        return (nint)buffer.Pointer;
    }

    private sealed class Settings : ManualConfig
    {
        public Settings()
        {
            double ceiling = ArithmeticCeiling.Fma(1) ?? ArithmeticCeiling.Scalar(1);
            AddColumn(new SpeedColumn("GFLOP/s", 1e-9), new SpeedColumn("of ceiling", 1 / ceiling));
        }
    }

    /// <summary>Dense operations of the case over its mean time, in some unit.</summary>
    private sealed class SpeedColumn(string name, double unit) : IColumn
    {
        public string Id => name;

        public string ColumnName => name;

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public string Legend => $"{name}: dense operations of the case over its mean time";

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
        {
            var kernel = (KernelCase)benchmarkCase.Parameters[nameof(Case)];
            double seconds = (summary[benchmarkCase]?.ResultStatistics?.Mean ?? double.NaN) * 1e-9;
            return (kernel.Operations / seconds * unit).ToString("F2", System.Globalization.CultureInfo.InvariantCulture);
        }

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

        public bool IsAvailable(Summary summary) => true;
    }
}
