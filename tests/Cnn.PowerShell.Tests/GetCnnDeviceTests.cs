using Cnn.Devices;

namespace Cnn.PowerShell.Tests;

public sealed class GetCnnDeviceTests : IClassFixture<Session>
{
    private readonly Session _session;

    public GetCnnDeviceTests(Session session) => _session = session.WithMnist(train: 64, test: 64);

    [Fact]
    public void Tells_the_kernels_and_the_threads_that_a_training_uses()
    {
        Device device = _session.Single<Device>("Get-CnnDevice");
        Outcome outcome = _session.Run("$result = New-CnnModel LeNet5 | Invoke-CnnTraining $train -Epochs 1; $result.Kernels; $result.Threads");
        Assert.Equal([device.Kernels!, device.DefaultThreads], outcome.Output.Select(output => output.BaseObject));
        Assert.Null(device.ScalarCeiling);
        Assert.NotEmpty(device.Reason);
    }

    [Fact]
    public void Measures_on_demand()
    {
        Device device = _session.Single<Device>("Get-CnnDevice -Measure");
        Assert.True(device.ScalarCeiling > 0);
        Assert.Equal(device.Features.Any(feature => feature is { Name: "FMA" or "Neon", IsUsable: true }), device.FmaCeiling > 0);
    }

    [Fact]
    public void Features_are_indexed() => Assert.Equal(
        _session.Single<Device>("Get-CnnDevice").Features.FirstOrDefault()?.Name, _session.Run("(Get-CnnDevice).Features[0].Name").Output.SingleOrDefault()?.ToString());

    [Fact]
    public void Shows_a_list()
    {
        string[] lines = Lines(_session.Show("Get-CnnDevice -Measure"));
        Assert.Matches("^Kernels     : (avx512|avx2|vector128|scalar)$", lines[0]);
        Assert.StartsWith("Reason      : ", lines[1]);
        foreach (string name in new[] { "Processor", "Threads", "Runtime", "FMA ceiling", "Scalar" })
        {
            Assert.Contains(lines, line => line.StartsWith($"{name,-12}: ", StringComparison.Ordinal));
        }

        Assert.DoesNotContain(Lines(_session.Show("Get-CnnDevice")), line => line.Contains("GFLOP"));
    }

    [Theory]
    [InlineData(30)]
    [InlineData(79)]
    [InlineData(500)]
    public void Sentences_are_broken_between_words(int width)
    {
        string sentence = "Remove DOTNET_EnableAVX2=0 from it, and start a new session: then it is faster by far.";
        Device device = Device.Inspect() with { Advice = sentence };
        string[] lines = Lines(Formatting.DeviceView.Text(device, width));
        Assert.Equal(
            sentence,
            string.Join(' ', lines.SkipWhile(line => !line.StartsWith("Advice")).TakeWhile((line, index) => index == 0 || line.StartsWith(' ')).Select(line => line[14..])));
        Assert.DoesNotContain(lines, line => line.Length > Math.Max(width, 14 + "DOTNET_EnableAVX2=0".Length) && line.StartsWith("Advice"));
    }

    private static string[] Lines(string text) => [.. text.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
}
