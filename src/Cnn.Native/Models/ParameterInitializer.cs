using Cnn.Layers;
using Cnn.Numerics;

namespace Cnn.Models;

/// <summary>Draws the parameters of a model. Each tensor has its own random stream, so its values do not depend on the tensors before it.</summary>
internal static class ParameterInitializer
{
    /// <summary>Draws all parameters from the seed of the model. The caller holds <see cref="Model.Gate"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="initialization">How the weights are drawn. Parameters without a fan-in get their start value.</param>
    public static void Draw(Model model, Initialization initialization)
    {
        for (int index = 0; index < model.Parameters.Count; index++)
        {
            ModelParameter parameter = model.Parameters[index];
            double deviation = (initialization, parameter.FanIn) switch
            {
                (_, 0) => 0,
                (Initialization.Article, _) when model.Layers[parameter.Layer] is Convolution => 1 / Math.Sqrt(parameter.Length),
                (Initialization.Article, _) => 0.01,
                _ => Math.Sqrt(2.0 / parameter.FanIn),
            };
            var random = new RandomStream(model.Seed, (ulong)index);
            foreach (ref float value in model.Values(parameter))
            {
                value = deviation == 0 ? parameter.Start : (float)(deviation * random.NextNormal());
            }

            if (initialization == Initialization.Dirac && parameter.FanIn > 0 && model.Layers[parameter.Layer] is Convolution convolution)
            {
                PassOn(convolution, parameter.Dimensions[1], model.Values(parameter));
            }
        }
    }

    /// <summary>Lets the first filters of each group pass its channels on.</summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="channels">The number of channels of a group.</param>
    /// <param name="values">Its weights, [filter][channel of the group][row][column].</param>
    private static void PassOn(Convolution convolution, int channels, Span<float> values)
    {
        if (convolution.KernelHeight % 2 == 0 || convolution.KernelWidth % 2 == 0)
        {
            return;
        }

        int taps = convolution.KernelHeight * convolution.KernelWidth;
        int filters = convolution.Filters / convolution.Groups;
        for (int group = 0; group < convolution.Groups; group++)
        {
            for (int channel = 0; channel < Math.Min(filters, channels); channel++)
            {
                Span<float> filter = values.Slice(((group * filters) + channel) * channels * taps, channels * taps);
                filter.Clear();
                filter[(channel * taps) + (taps / 2)] = 1;
            }
        }
    }
}
