using Cnn.Data;
using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Threading;

namespace Cnn.Evaluation;

/// <summary>
/// Runs the forward pass of a model, or of all models of an ensemble, on images and their distorted versions, on a team of workers that is kept from call to
/// call.
/// </summary>
internal sealed unsafe class ForwardPass : IDisposable
{
    /// <summary>The number of images that a worker processes at a time.</summary>
    public const int ShardSize = 8;

    /// <summary>The number of images between two checks of progress and cancellation.</summary>
    public const int ImagesPerRun = 64 * ShardSize;

    private readonly int _classes;
    private readonly int _members;
    private readonly TestTimeAugmentation? _testTime;

    // The positions of a member's classes among those of the ensemble; null if the order is the same.
    private readonly int[]?[] _orders;
    private readonly WorkerTeam _team;

    // For each worker: a workspace for each model, the augmenter, and the logits of all versions of its shard.
    private readonly Workspace[][] _workspaces;
    private readonly Augmenter[] _augmenters;
    private readonly NativeBuffer<float>[] _looks;

    // For each model, shared by the workers.
    private readonly PackedWeights[] _packed;

    /// <summary>Starts the workers.</summary>
    /// <param name="model">The model, or the ensemble; it is copied as it is now, so later training changes nothing.</param>
    /// <param name="threads">The number of threads; 0 for one on each processor.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="testTime">The test-time augmentation; by default none, so each image is seen once.</param>
    /// <exception cref="CnnException">The number of threads is out of range, or the test-time augmentation does not fit the images.</exception>
    public ForwardPass(IClassifier model, int threads, KernelSet kernels, TestTimeAugmentation? testTime = null)
    {
        // The caller may change its object at any time, and the memory depends on it.
        _testTime = testTime == null ? null : testTime with { Augmentation = testTime.Augmentation with { } };
        _testTime?.CheckFor(model.InputShape);
        Model[] members = [.. model.Members.Select(member => FoldedNormalization.Fold(member.Copy()))];
        _classes = model.ClassCount;
        _members = members.Length;
        _orders = [.. members.Select(member => OrderOf(member, model))];
        _team = new WorkerTeam(threads);
        ExecutionPlan[] plans = [.. members.Select(member => new ExecutionPlan(member))];
        long workerBytes = members.Zip(plans, (member, plan) => Workspace.BytesFor(member, kernels, plan, ShardSize, isTraining: false)).Sum()
            + (_testTime == null ? 0 : Augmenter.BytesFor(_testTime.Augmentation, model.InputShape, kernels))
            + NativeHeap.BytesOf<float>((long)Looks * ShardSize * _classes);
        MemoryBudget.Require(
            (workerBytes * _team.Count) + members.Zip(plans, (member, plan) => PackedWeights.BytesFor(member, kernels, plan, isTraining: false)).Sum(),
            (needed, _) => $"Measuring or predicting with {model.Name} on {_team.Count} thread{(_team.Count == 1 ? "" : "s")} needs {needed}. Use fewer threads, or end other programs.");
        _packed = [.. members.Zip(plans, (member, plan) => new PackedWeights(member, kernels, plan, isTraining: false))];
        foreach (PackedWeights packed in _packed)
        {
            _team.Run(packed.Pieces, (_, piece) => packed.Pack(piece));
        }

        _workspaces =
        [
            .. Enumerable.Range(0, _team.Count).Select(_ => members
                .Select((member, index) => new Workspace(member, kernels, plans[index], ShardSize, _packed[index], batch: null, statistics: null)).ToArray()),
        ];
        _augmenters = _testTime == null ? [] : [.. Enumerable.Range(0, _team.Count).Select(_ => new Augmenter(_testTime.Augmentation, model.InputShape, kernels))];
        _looks = [.. Enumerable.Range(0, _team.Count).Select(_ => new NativeBuffer<float>((long)Looks * ShardSize * _classes))];
    }

    /// <summary>Number of workers.</summary>
    public int Workers => _workspaces.Length;

    /// <summary>The number of times that an image is seen: by each model, unchanged and in each version.</summary>
    private int Looks => _members * (1 + (_testTime?.Count ?? 0));

    /// <summary>
    /// Computes the logits of a range of images. If each image is seen more than once, these are the logarithms of the mean probabilities, which are logits
    /// of these probabilities.
    /// </summary>
    /// <param name="images">The set.</param>
    /// <param name="first">The first image.</param>
    /// <param name="count">Number of images.</param>
    /// <param name="logits">[image][class], starting with the first image of the range.</param>
    /// <param name="finished">Called by the worker after each shard: worker, first image of the shard within the set, number of images.</param>
    public void Run(ImageSet images, int first, int count, float* logits, Action<int, int, int>? finished = null)
    {
        _team.Run((count + ShardSize - 1) / ShardSize, (worker, shard) =>
        {
            int start = shard * ShardSize;
            int length = Math.Min(ShardSize, count - start);
            float* result = logits + ((nint)start * _classes);
            if (Looks == 1)
            {
                Look(worker, 0, version: 0, images, first + start, length, result);
            }
            else
            {
                float* looks = _looks[worker].Pointer;
                for (int look = 0; look < Looks; look++)
                {
                    Look(worker, look % _members, look / _members, images, first + start, length, looks + ((nint)look * length * _classes));
                }

                for (int image = 0; image < length; image++)
                {
                    Softmax.LogMean(looks + (image * _classes), length * _classes, Looks, _classes, result + (image * _classes));
                }
            }

            finished?.Invoke(worker, first + start, length);
        });
        GC.KeepAlive(images);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _team.Dispose();
        foreach (IDisposable owned in _workspaces.SelectMany(workspaces => workspaces).Concat<IDisposable>(_augmenters).Concat(_looks).Concat(_packed))
        {
            owned.Dispose();
        }
    }

    /// <summary>Runs one model on one version of each image of a shard; version 0 is the unchanged image.</summary>
    private void Look(int worker, int member, int version, ImageSet images, int first, int count, float* logits)
    {
        Workspace workspace = _workspaces[worker][member];
        nint imageLength = images.ImageShape.Length;
        for (int i = 0; i < count; i++)
        {
            byte* pixels = images.PixelPointer + ((first + i) * imageLength);
            if (version == 0)
            {
                workspace.LoadImage(pixels, workspace.Input(0, i, 0));
            }
            else
            {
                // Mirrored and not, in turn: one look besides the image itself is its other side.
                workspace.LoadImage(pixels, workspace.Input(0, i, 0), _augmenters[worker], Augmentation.NumbersOf(_testTime!.Seed, version - 1, first + i), isMirrored: _testTime.Augmentation.Mirror && version % 2 == 1);
            }
        }

        int values = count * _classes;
        float* found = workspace.Forward(count, 0);
        if (_orders[member] is { } order)
        {
            for (int i = 0; i < values; i++)
            {
                logits[i - (i % _classes) + order[i % _classes]] = found[i];
            }
        }
        else
        {
            new Span<float>(found, values).CopyTo(new Span<float>(logits, values));
        }
    }

    private static int[]? OrderOf(Model member, IClassifier model) =>
        ClassMatch.Order(member.ClassNames, model.ClassNames) is { } order && !ClassMatch.IsSame(order) ? order : null;
}
