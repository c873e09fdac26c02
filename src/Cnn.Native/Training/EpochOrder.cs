using Cnn.Data;
using Cnn.Numerics;

namespace Cnn.Training;

/// <summary>
/// Which images an epoch trains on, and in which order. It depends only on the images, the seed and the epoch, so nothing of it needs to be saved.
/// </summary>
internal sealed class EpochOrder
{
    /// <summary>The first of the seed's streams that are used here, one for each epoch: no other part uses them.</summary>
    private const ulong FirstStream = 1UL << 32;

    private readonly int[] _order;
    private readonly ulong _seed;
    private int _epoch = -1;

    // For balanced sampling, the images of each class that has any; null if each image is drawn once.
    private readonly int[][]? _classes;

    /// <summary>Counts the images of each class.</summary>
    /// <param name="images">The training images.</param>
    /// <param name="options">The settings, with the seed filled in.</param>
    public EpochOrder(ImageSet images, TrainingOptions options)
    {
        _order = new int[images.Count];
        _seed = options.Seed!.Value;
        if (options.Sampling == Sampling.Balanced)
        {
            ILookup<int, int> byLabel = Enumerable.Range(0, images.Count).ToLookup(images.Label);
            _classes = [.. Enumerable.Range(0, images.ClassNames.Count).Where(byLabel.Contains).Select(label => byLabel[label].ToArray())];
        }
    }

    /// <summary>The indices of the images that the epoch trains on, in this order.</summary>
    public ReadOnlySpan<int> Images => _order;

    /// <summary>Computes the order of an epoch; the current one is kept.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    public void MoveTo(int epoch)
    {
        if (_epoch == epoch)
        {
            return;
        }

        _epoch = epoch;
        var random = new RandomStream(_seed, FirstStream + (ulong)epoch);
        if (_classes == null)
        {
            for (int i = 0; i < _order.Length; i++)
            {
                _order[i] = i;
            }
        }
        else
        {
            Draw(_classes, ref random);
        }

        random.Shuffle<int>(_order);
    }

    /// <summary>
    /// Draws each class equally often; if the number of classes does not divide that of the images, some randomly chosen classes get one more. A class that
    /// is drawn more often than it has images is used completely before any of its images repeats.
    /// </summary>
    private void Draw(int[][] classes, ref RandomStream random)
    {
        int[] turn = [.. Enumerable.Range(0, classes.Length)];
        random.Shuffle<int>(turn);
        int at = 0;
        for (int i = 0; i < turn.Length; i++)
        {
            int[] members = [.. classes[turn[i]]];
            int draws = (_order.Length / classes.Length) + (i < _order.Length % classes.Length ? 1 : 0);
            for (int left = draws; left > 0;)
            {
                random.Shuffle<int>(members);
                int taken = Math.Min(left, members.Length);
                members.AsSpan(0, taken).CopyTo(_order.AsSpan(at));
                at += taken;
                left -= taken;
            }
        }
    }
}
