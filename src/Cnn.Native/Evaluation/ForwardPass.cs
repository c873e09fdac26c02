using Cnn.Data;
using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Threading;

namespace Cnn.Evaluation;

/// <summary>
/// Takes images through a model, or through all models of an ensemble, forward only, as they are and in distorted versions, on a team of workers that
/// is kept from call to call.
/// </summary>
internal sealed unsafe class ForwardPass : IDisposable
{
    /// <summary>Images that a worker takes through the model at a time.</summary>
    public const int ShardSize = 8;

    /// <summary>Images between two looks at progress and cancellation.</summary>
    public const int ImagesPerRun = 64 * ShardSize;

    private readonly int _classes;
    private readonly int _members;
    private readonly TestTimeAugmentation? _testTime;

    // Where the classes of a member stand among those of the ensemble; null where the order is the same.
    private readonly int[]?[] _orders;
    private readonly WorkerTeam _team;

    // Of each worker: a workspace for each model, what distorts its images, and the logits of all looks at its shard.
    private readonly Workspace[][] _workspaces;
    private readonly Augmenter[] _augmenters;
    private readonly NativeBuffer<float>[] _looks;

    // Of each model, shared by the workers.
    private readonly PackedWeights[] _packed;

    /// <summary>Starts the workers.</summary>
    /// <param name="model">The model, or the ensemble; it is taken as it is now, and what is trained later changes nothing.</param>
    /// <param name="threads">How many threads work; 0 for one on each processor.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="testTime">How often images are looked at; once where nothing is given.</param>
    /// <exception cref="CnnException">The number of threads is absurd, or the images cannot be looked at so.</exception>
    public ForwardPass(IClassifier model, int threads, KernelSet kernels, TestTimeAugmentation? testTime = null)
    {
        // The caller's may be changed at any time, and how much memory is needed depends on it.
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

    /// <summary>How often an image is looked at: by each model, as it is and in each version.</summary>
    private int Looks => _members * (1 + (_testTime?.Count ?? 0));

    /// <summary>
    /// Works out the logits of some images. Where they are looked at more than once these are the logarithms of the mean probabilities,
    /// which are logits of these probabilities.
    /// </summary>
    /// <param name="images">The set.</param>
    /// <param name="first">The first image.</param>
    /// <param name="count">Number of images.</param>
    /// <param name="logits">[image][class], from the first image on.</param>
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

    /// <summary>One model looks at one version of each image of a shard; version 0 is the image as it is.</summary>
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
