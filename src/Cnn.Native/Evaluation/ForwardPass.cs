using Cnn.Data;
using Cnn.Kernels;
using Cnn.Models;
using Cnn.Threading;

namespace Cnn.Evaluation;

/// <summary>Takes images through a model, forward only, on a team of workers that is kept from call to call.</summary>
internal sealed unsafe class ForwardPass : IDisposable
{
    /// <summary>Images that a worker takes through the model at a time.</summary>
    public const int ShardSize = 8;

    /// <summary>Images between two looks at progress and cancellation.</summary>
    public const int ImagesPerRun = 64 * ShardSize;

    private readonly int _classes;
    private readonly WorkerTeam _team;
    private readonly Workspace[] _workspaces;

    /// <summary>Starts the workers.</summary>
    /// <param name="model">The model; its normalisation is taken as it is now.</param>
    /// <param name="threads">How many threads work; 0 for one on each processor.</param>
    /// <param name="kernels">The kernels that run.</param>
    public ForwardPass(Model model, int threads, KernelSet kernels)
    {
        _classes = model.ClassCount;
        _team = new WorkerTeam(threads);
        var plan = new TensorPlan(model);
        _workspaces = [.. Enumerable.Range(0, _team.Count).Select(_ => new Workspace(model, kernels, plan, ShardSize, batch: null))];
    }

    /// <summary>Number of workers.</summary>
    public int Workers => _workspaces.Length;

    /// <summary>Works out the logits of some images.</summary>
    /// <param name="images">The set.</param>
    /// <param name="first">The first image.</param>
    /// <param name="count">Number of images.</param>
    /// <param name="logits">[image][class], from the first image on.</param>
    /// <param name="finished">Called by the worker behind each shard: worker, first image of the shard within the set, number of images.</param>
    public void Run(ImageSet images, int first, int count, float* logits, Action<int, int, int>? finished = null)
    {
        nint imageLength = images.ImageShape.Length;
        _team.Run((count + ShardSize - 1) / ShardSize, (worker, shard) =>
        {
            int start = shard * ShardSize;
            int length = Math.Min(ShardSize, count - start);
            Workspace workspace = _workspaces[worker];
            for (int i = 0; i < length; i++)
            {
                workspace.LoadImage(images.PixelPointer + ((first + start + i) * imageLength), i, 0);
            }

            int values = length * _classes;
            new Span<float>(workspace.Forward(length, 0), values).CopyTo(new Span<float>(logits + ((nint)start * _classes), values));
            finished?.Invoke(worker, first + start, length);
        });
        GC.KeepAlive(images);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _team.Dispose();
        foreach (Workspace workspace in _workspaces)
        {
            workspace.Dispose();
        }
    }
}
