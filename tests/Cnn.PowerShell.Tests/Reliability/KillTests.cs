using System.Security.Cryptography;
using Cnn.Data;
using Cnn.Models;
using Cnn.Sweeps;

namespace Cnn.PowerShell.Tests.Reliability;

/// <summary>Nothing that was saved is lost, and nothing is left behind, whenever a process is killed.</summary>
public sealed class KillTests : IClassFixture<Session>, IDisposable
{
    private const string TwoModels = """
        $small = & { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 10 } | New-CnnModel -InputShape 1, 28, 28 -Seed 1
        $large = & { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 300; New-CnnLayer -Relu; New-CnnLayer -Dense -Outputs 10 } | New-CnnModel -InputShape 1, 28, 28 -Seed 2

        """;

    private readonly Kills _kills = new();
    private readonly TemporaryFolder _folder = new();
    private readonly Session _session;

    public KillTests(Session session) => _session = session;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_killed_export_leaves_the_old_file_or_the_new_one_and_folders_that_are_whole_or_not_there()
    {
        string work = Directory.CreateDirectory(_folder.File("work")).FullName;
        string model = Path.Combine(work, "model.safetensors");
        _session.Set("folder", _folder.Path);
        _session.Run(TwoModels + """
            $small | Export-CnnModel "$folder/small.safetensors"
            $large | Export-CnnModel "$folder/large.safetensors"
            $images = Import-Mnist -First 60
            $images | Export-CnnImageSet "$folder/images" Png
            $small | Export-CnnModel "$folder/work/model.safetensors"
            """);
        byte[][] good = [File.ReadAllBytes(_folder.File("small.safetensors")), File.ReadAllBytes(_folder.File("large.safetensors"))];
        string images = ContentOf(_folder.File("images"));
        while (!_kills.IsEnough)
        {
            const string Forever = TwoModels + """
                $images = Import-Mnist -First 60
                'ready'
                for ($i = 0; ; $i++) {
                    $small | Export-CnnModel model.safetensors -Force
                    $large | Export-CnnModel model.safetensors -Force
                    if ($i % 10 -eq 0) { $images | Export-CnnImageSet "set$i" Png }
                }
                """;
            Assert.True(_kills.Kill(work, [], Forever, TimeSpan.FromSeconds(0.5)));
            _kills.Check(() =>
            {
                byte[] left = File.ReadAllBytes(model);
                Assert.Contains(good, file => file.AsSpan().SequenceEqual(left));
                foreach (string set in Directory.GetDirectories(work, "set*"))
                {
                    Assert.Equal(images, ContentOf(set));
                    Directory.Delete(set, recursive: true);
                }

                // Whatever is written next, under whatever name, cleans up.
                _session.Single<Model>("$small | Export-CnnModel \"$folder/work/other.safetensors\" -Force -PassThru");
                Assert.Equal(["model.safetensors", "other.safetensors"], NamesIn(work));
            });
        }
    }

    [Fact]
    public void A_training_that_is_killed_again_and_again_comes_to_the_same_bits_as_one_that_never_was()
    {
        const string Training = "$images = Import-Mnist -First 400; 'ready'; Invoke-CnnTraining $images -Preset Baseline -Seed 3 -BatchSize 10 -Epochs 4";
        const string Resumed = $"{Training} -CheckpointPath run -CheckpointInterval 2 -Resume | Export-CnnModel model.safetensors -Force";
        _session.Set("folder", _folder.Path);
        Assert.Empty(_session.Run($"{Training} | Export-CnnModel \"$folder/never.safetensors\"").Errors);
        byte[] never = File.ReadAllBytes(_folder.File("never.safetensors"));
        for (int round = 0; !_kills.IsEnough; round++)
        {
            string work = Directory.CreateDirectory(_folder.File($"{round}")).FullName;
            KillUntilTheEnd(work, Resumed);

            _kills.Check(() =>
            {
                Assert.Equal(never, File.ReadAllBytes(Path.Combine(work, "model.safetensors")));
                Assert.Equal(["model.safetensors", "run"], NamesIn(work));
                Assert.Equal(Enumerable.Range(0, 5).Select(epoch => $"epoch-000{epoch}.safetensors"), NamesIn(Path.Combine(work, "run")));
            });
        }
    }

    [Fact]
    public void A_sweep_that_is_killed_again_and_again_has_the_results_of_one_that_never_was_each_once()
    {
        const string Sweep = """
            $train = Import-Mnist -First 300; $validation = Import-Mnist -Skip 300 -First 100; 'ready'
            $null = New-CnnSweep @{ LearningRate = 1..30 | ForEach-Object { $_ / 10000 }; Epochs = 1 } Baseline | Invoke-CnnSweep $train $validation -Path
            """;
        _session.Set("folder", _folder.Path);
        Assert.Null(_session.Run($"{Sweep} \"$folder/never.jsonl\"").Terminating);
        (string, double?, double?, double?)[] never = Results(_folder.File("never.jsonl"));
        Assert.Equal(30, never.Length);
        for (int round = 0; !_kills.IsEnough; round++)
        {
            string work = Directory.CreateDirectory(_folder.File($"{round}")).FullName;
            string file = Path.Combine(work, "results.jsonl");
            KillUntilTheEnd(work, $"{Sweep} results.jsonl -WarningAction Ignore");

            _kills.Check(() =>
            {
                Assert.Equal(never, Results(file));
                Assert.Equal(30, File.ReadAllLines(file).Length);
                Assert.Equal(["results.jsonl"], NamesIn(work));
            });
        }
    }

    [UnixFact]
    public void A_cache_whose_filling_is_killed_holds_a_whole_file_or_none_and_no_room_is_lost()
    {
        using var source = new TemporaryFolder();
        string cache = _folder.File("cache");
        KeyValuePair<string, string>[] environment = LocalMnist.Environment(source, _session.Single<ImageSet>("Import-Mnist"), cache);
        string images = Path.Combine(cache, "mnist", LocalMnist.Images);
        byte[] hash = SHA256.HashData(File.ReadAllBytes(source.File(LocalMnist.Images)));
        while (!_kills.IsEnough)
        {
            const string Forever = """
                'ready'
                while ($true) {
                    $null = Import-Mnist -First 1
                    [IO.File]::Delete("$env:CNN_DATA/mnist/train-images-idx3-ubyte")
                }
                """;
            Assert.True(_kills.Kill(source.Path, environment, Forever, TimeSpan.FromSeconds(1)));
            _kills.Check(() =>
            {
                if (File.Exists(images))
                {
                    Assert.Equal(hash, SHA256.HashData(File.ReadAllBytes(images)));
                }

                // That of one process: of an image file and, around it, of the package that it comes from.
                Assert.InRange(NamesIn(Path.Combine(cache, "mnist")).Count(name => name.EndsWith(".tmp", StringComparison.Ordinal)), 0, 2);
            });
        }

        // Once to fill the cache, or to read it where it is full already: the folder is tidy either way.
        File.Delete(images);
        (int exitCode, string output, string errors) = PwshProcess.RunCommand(source.Path, environment, "(Import-Mnist).Count");
        _kills.Check(() =>
        {
            Assert.True(exitCode == 0, errors);
            Assert.Equal("60000", output.Trim());
            Assert.Equal(2, NamesIn(Path.Combine(cache, "mnist")).Length);
        });
    }

    /// <summary>Runs a command again and again, and kills it, until it comes to its end.</summary>
    private void KillUntilTheEnd(string folder, string command)
    {
        // Each time it has longer, so that it comes to its end on a busy machine too, and the kills are spread over all of it.
        for (int attempt = 1; !_kills.IsEnough; attempt++)
        {
            if (!_kills.Kill(folder, [], command, TimeSpan.FromSeconds(0.3 * attempt)))
            {
                return;
            }
        }

        (int exitCode, _, string errors) = PwshProcess.RunCommand(folder, $"$ProgressPreference = 'SilentlyContinue'; {command}");
        _kills.Check(() => Assert.True(exitCode == 0 && errors.Length == 0, errors));
    }

    private static string[] NamesIn(string folder) => !Directory.Exists(folder)
        ? []
        : [.. Directory.GetFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];

    /// <summary>Names and hashes of all files in a folder.</summary>
    private static string ContentOf(string folder) => string.Join('\n', Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .Select(file => $"{Path.GetRelativePath(folder, file)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}").Order(StringComparer.Ordinal));

    private static (string Id, double? Accuracy, double? Loss, double? TrainingLoss)[] Results(string file) =>
        [.. ResultsFile.Read(file).Select(result => (result.Id, result.Accuracy, result.Loss, result.TrainingLoss)).OrderBy(result => result.Id, StringComparer.Ordinal)];
}
