using Cnn.Memory;

namespace Cnn.Models;

/// <summary>
/// The output of the frozen layers for each training image, kept from the first time on: it does not change while the other layers are trained, and neither
/// do images without augmentation. All workers share it: if two of them write the same image, they write the same values.
/// </summary>
internal sealed unsafe class FrozenOutputs : IDisposable
{
    private readonly int _length;
    private readonly NativeBuffer<float> _values;
    private readonly bool[] _isKept;

    /// <summary>Allocates the memory.</summary>
    /// <param name="plan">The execution plan; <see cref="AreKept"/> says whether it allows this.</param>
    /// <param name="images">Number of training images.</param>
    public FrozenOutputs(ExecutionPlan plan, int images)
    {
        _length = LengthOf(plan);
        _values = new NativeBuffer<float>((long)images * _length);
        _isKept = new bool[images];
    }

    /// <summary>Whether there are frozen layers whose output is all that the others need of them.</summary>
    /// <param name="plan">How the model is run.</param>
    /// <returns>Whether there are: not so where a trained residual block begins among them.</returns>
    public static bool AreKept(ExecutionPlan plan) => plan.FirstTrained > 0 && plan.ReadsOneFrozenValue;

    /// <summary>The number of bytes that it allocates.</summary>
    /// <param name="plan">The execution plan.</param>
    /// <param name="images">Number of training images.</param>
    /// <returns>The number of bytes.</returns>
    public static long BytesFor(ExecutionPlan plan, int images) => NativeHeap.BytesOf<float>((long)images * LengthOf(plan)) + images;

    /// <summary>Discards everything, because the parameters may have changed.</summary>
    public void Clear() => Array.Clear(_isKept);

    /// <summary>Whether the output of an image is kept.</summary>
    /// <param name="image">The position of the image in its set.</param>
    /// <returns>Whether it is.</returns>
    public bool Has(int image) => Volatile.Read(ref _isKept[image]);

    /// <summary>Copies the output of an image that is kept.</summary>
    /// <param name="image">The position of the image in its set.</param>
    /// <param name="output">[row][column][channel].</param>
    public void Read(int image, float* output) => _values.Span((long)image * _length, _length).CopyTo(new Span<float>(output, _length));

    /// <summary>Stores the output of an image.</summary>
    /// <param name="image">The position of the image in its set.</param>
    /// <param name="output">[row][column][channel].</param>
    public void Write(int image, float* output)
    {
        new ReadOnlySpan<float>(output, _length).CopyTo(_values.Span((long)image * _length, _length));
        Volatile.Write(ref _isKept[image], true);
    }

    /// <inheritdoc/>
    public void Dispose() => _values.Dispose();

    private static int LengthOf(ExecutionPlan plan) => plan.Tensors[plan.InputOf(plan.FirstTrained)].Length;
}
