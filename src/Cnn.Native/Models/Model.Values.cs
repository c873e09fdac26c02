using System.Globalization;

namespace Cnn.Models;

// The values of the parameters, for people who read or change them.
public sealed partial class Model
{
    /// <summary>The weights of one layer, in an array that PowerShell indexes: <c>$weights[0, 0, 1, 2]</c>.</summary>
    /// <param name="layer">The name of the layer in this model, such as <c>Convolution1</c>; case does not matter.</param>
    /// <returns>A copy: [filter, channel, row, column] of a convolution, [output, input] of a dense layer, [channel] of a normalisation.</returns>
    /// <exception cref="CnnException"><c>LayerUnknown</c>: there is no such layer. <c>ParameterUnknown</c>: it has no weights.</exception>
    public Array GetWeights(string layer) => Shaped(Tensor(layer, "weight"));

    /// <summary>The biases of one layer.</summary>
    /// <param name="layer">The name of the layer in this model; case does not matter.</param>
    /// <returns>A copy, one for each filter, output or channel.</returns>
    /// <exception cref="CnnException"><c>LayerUnknown</c>: there is no such layer. <c>ParameterUnknown</c>: it has no biases.</exception>
    public float[] GetBiases(string layer) => GetValues(Tensor(layer, "bias"));

    /// <summary>Sets the weights of one layer.</summary>
    /// <param name="layer">The name of the layer in this model; case does not matter.</param>
    /// <param name="weights">Numbers in an array like that of <see cref="GetWeights"/>, or in a one-dimensional array in the same order.</param>
    /// <exception cref="CnnException">
    /// <c>LayerUnknown</c>, <c>ParameterUnknown</c>: as above. <c>ParameterLength</c>: there are more or fewer values, or other dimensions.
    /// <c>ParameterValue</c>: one is not a number.
    /// </exception>
    public void SetWeights(string layer, Array weights) => Set(Tensor(layer, "weight"), weights);

    /// <summary>Sets the biases of one layer.</summary>
    /// <param name="layer">The name of the layer in this model; case does not matter.</param>
    /// <param name="biases">The numbers.</param>
    /// <exception cref="CnnException">As for <see cref="SetWeights"/>.</exception>
    public void SetBiases(string layer, Array biases) => Set(Tensor(layer, "bias"), biases);

    /// <summary>The values of one tensor.</summary>
    /// <param name="parameter">One of <see cref="Parameters"/>.</param>
    /// <returns>A copy of the values, in memory order.</returns>
    /// <exception cref="CnnException"><c>ParameterUnknown</c>: it is not a tensor of this model.</exception>
    public float[] GetValues(ModelParameter parameter)
    {
        CheckParameter(parameter);
        lock (Gate)
        {
            return Values(parameter).ToArray();
        }
    }

    /// <summary>Sets the values of one tensor.</summary>
    /// <param name="parameter">One of <see cref="Parameters"/>.</param>
    /// <param name="values">The values, in memory order.</param>
    /// <exception cref="CnnException"><c>ParameterUnknown</c>: it is not a tensor of this model. <c>ParameterLength</c>: the number of values differs.</exception>
    public void SetValues(ModelParameter parameter, float[] values)
    {
        CheckParameter(parameter);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length != parameter.Length)
        {
            throw new CnnException(
                "ParameterLength",
                CnnErrorKind.InvalidArgument,
                $"There are {values.Length} values, and {parameter.Name} has {parameter.Length}: [{string.Join("][", parameter.Dimensions)}]. Pass one value for each element, in memory order.")
            { Target = parameter };
        }

        lock (Gate)
        {
            values.AsSpan().CopyTo(Values(parameter));
        }
    }

    private ModelParameter Tensor(string layer, string tensor)
    {
        ArgumentNullException.ThrowIfNull(layer);
        LayerSummary found = FindLayer(layer);
        string name = FormattableString.Invariant($"layers.{found.Index}.{tensor}");
        if (Parameters.FirstOrDefault(parameter => parameter.Name == name) is { } known)
        {
            return known;
        }

        string[] others = [.. Summary.Where(other => Parameters.Any(parameter => parameter.Name == FormattableString.Invariant($"layers.{other.Index}.{tensor}"))).Select(other => other.Name)];
        throw new CnnException(
            "ParameterUnknown",
            CnnErrorKind.InvalidArgument,
            $"The layer {found.Name} of the model {Name} has no {tensor}. {(others.Length == 0 ? "Nor has any other layer." : $"Layers that have one are {string.Join(", ", others)}.")}")
        { Target = layer };
    }

    private Array Shaped(ModelParameter parameter)
    {
        Array shaped = Array.CreateInstance(typeof(float), [.. parameter.Dimensions]);
        Buffer.BlockCopy(GetValues(parameter), 0, shaped, 0, parameter.Length * sizeof(float));
        return shaped;
    }

    private void Set(ModelParameter parameter, Array values)
    {
        ArgumentNullException.ThrowIfNull(values);
        int[] dimensions = [.. Enumerable.Range(0, values.Rank).Select(values.GetLength)];
        if (values.Rank > 1 && !dimensions.SequenceEqual(parameter.Dimensions))
        {
            throw new CnnException(
                "ParameterLength",
                CnnErrorKind.InvalidArgument,
                $"The array is [{string.Join(", ", dimensions)}], and {parameter.Name} is [{string.Join(", ", parameter.Dimensions)}]: pass an array of these dimensions, or a one-dimensional array with all values.")
            { Target = values };
        }

        float[] numbers = new float[values.Length];
        int count = 0;
        foreach (object? value in values)
        {
            try
            {
                numbers[count++] = Convert.ToSingle(value ?? throw new InvalidCastException(), CultureInfo.InvariantCulture);
            }
            catch (Exception e) when (e is InvalidCastException or FormatException or OverflowException)
            {
                throw new CnnException("ParameterValue", CnnErrorKind.InvalidArgument, $"Value {count - 1} for {parameter.Name} is '{value}', which is not a number: pass 32-bit numbers.", e)
                { Target = value };
            }
        }

        SetValues(parameter, numbers);
    }

    private void CheckParameter(ModelParameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        if (!Parameters.Contains(parameter))
        {
            throw new CnnException(
                "ParameterUnknown",
                CnnErrorKind.InvalidArgument,
                $"{parameter.Name} is not a tensor of the model {Name}, or has another position in it. Its tensors are {string.Join(", ", Parameters.Select(known => known.Name))}.")
            { Target = parameter };
        }
    }
}
