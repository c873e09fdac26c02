using BenchmarkDotNet.Running;
using Cnn.Benchmarks;

// throughput   trains and measures one preset (or another network, on colour pictures of --size rows and columns) and prints one line of JSON
// compare      runs throughput and the same work in PyTorch in turn and prints a table of ratios
// together     trains several models at once and one after the other and prints one line of JSON
// kernels      BenchmarkDotNet on each kernel; what follows is BenchmarkDotNet's (--filter *Convolution*)
switch (args.FirstOrDefault())
{
    case "throughput":
        return Throughput.Run(args[1..]);
    case "compare":
        return Comparison.Run(args[1..]);
    case "together":
        return Together.Run(args[1..]);
    case "kernels":
        BenchmarkSwitcher.FromAssembly(typeof(KernelBenchmarks).Assembly).Run(args.Length > 1 ? args[1..] : ["--filter", "*"]);
        return 0;
    default:
        Console.Error.WriteLine("""
            dotnet run -c Release --project bench/Cnn.Benchmarks -- throughput [--preset Baseline] [--batch 32] [--threads 2] [--epochs 3] [--images 60000] [--augmentation preset] [--size 32]
            dotnet run -c Release --project bench/Cnn.Benchmarks -- compare [--rounds 3] [--python python3]
            dotnet run -c Release --project bench/Cnn.Benchmarks -- together [--trainings 2] [--threads 2] [--preset Baseline] [--batch 32] [--rounds 5] [--images 20000]
            dotnet run -c Release --project bench/Cnn.Benchmarks -- kernels [--filter *Convolution*]
            """);
        return 2;
}
