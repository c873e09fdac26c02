using System.Buffers.Binary;
using System.Management.Automation;
using System.Text;
using System.Text.Json;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

/// <summary>What is reported of a training while it goes on.</summary>
public sealed class WatchingTests : IClassFixture<Session>, IDisposable
{
    private readonly Session _session;
    private readonly TemporaryFolder _folder = new();

    public WatchingTests(Session session)
    {
        _session = session.WithMnist(train: 320, test: 100);
        _session.Set("folder", _folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_action_runs_behind_each_epoch_and_its_output_is_information()
    {
        Outcome outcome = _session.Run("""
            $seen = [Collections.Generic.List[object]]::new()
            $result = Invoke-CnnTraining $train -ValidationData $test -Preset Baseline -Seed 1 -Epochs 3 -InformationVariable told -EpochAction {
                $seen.Add($_)
                "epoch $($_.Epoch)"
            }
            $seen.Count
            $seen[2].ValidationLoss -eq $result.History.Epochs[2].ValidationLoss
            $told -join ', '
            """);
        Assert.Empty(outcome.Errors);
        Assert.Equal(["3", "True", "epoch 1, epoch 2, epoch 3"], outcome.Output.Select(output => $"{output}"));
    }

    [Fact]
    public void An_action_that_fails_ends_the_training_behind_its_checkpoint_and_the_training_goes_on_from_there()
    {
        const string Training = "Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 4 -CheckpointPath $folder/run -Resume";
        ErrorRecord error = _session.Fails($"{Training} -EpochAction {{ if ($_.Epoch -eq 2) {{ throw 'no more' }} }}", "EpochActionFailed", ErrorCategory.InvalidResult);
        Assert.Contains("after epoch 2", error.Exception.Message);
        Assert.Contains("no more", error.Exception.Message);
        Assert.Equal(3, Directory.GetFiles(_folder.File("run")).Length);
        TrainingResult resumed = _session.Single<TrainingResult>(Training);
        Assert.Equal(_session.Single<TrainingResult>("Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 4").History.Losses, resumed.History.Losses);
    }

    [Fact]
    public void A_log_of_lines_has_each_epoch_and_goes_on_with_a_training()
    {
        const string Training = "Invoke-CnnTraining $train -ValidationData $test -Preset Baseline -Seed 1 -CheckpointPath $folder/run -Resume -LogPath $folder/run.jsonl";
        _session.Single<TrainingResult>($"{Training} -Epochs 2");
        Assert.Equal(2, File.ReadAllLines(_folder.File("run.jsonl")).Length);
        TrainingResult result = _session.Single<TrainingResult>($"{Training} -Epochs 4");
        JsonElement[] lines = [.. File.ReadAllLines(_folder.File("run.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(
            result.History.Epochs.Select(epoch => (epoch.Epoch, epoch.Loss, epoch.ValidationAccuracy!.Value, epoch.ValidationLoss!.Value, epoch.LearningRate)),
            lines.Select(line => (
                line.GetProperty("epoch").GetInt32(),
                line.GetProperty("loss").GetDouble(),
                line.GetProperty("validation_accuracy").GetDouble(),
                line.GetProperty("validation_loss").GetDouble(),
                line.GetProperty("learning_rate").GetDouble())));
    }

    [Fact]
    public void A_log_of_rows_is_read_while_it_grows()
    {
        Outcome outcome = _session.Run("""
            $lines = [Collections.Generic.List[int]]::new()
            $null = Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 2 -LogPath $folder/run.csv -EpochAction { $lines.Add([IO.File]::ReadAllLines("$folder/run.csv").Count) }
            $lines
            """);
        Assert.Empty(outcome.Errors);
        Assert.Equal([2, 3], outcome.Output.Select(output => (int)output.BaseObject));
        string[] lines = File.ReadAllLines(_folder.File("run.csv"));
        Assert.Equal("Epoch,Loss,ValidationAccuracy,ValidationLoss,LearningRate,Seconds,ImagesPerSecond", lines[0]);
        Assert.Matches("^1,[0-9.]+,,,0.001,[0-9.]+,[0-9.]+$", lines[1]);
        Assert.Equal(3, lines.Length);
    }

    [Fact]
    public void An_event_file_has_the_scalars_of_TensorBoard_in_sound_records()
    {
        TrainingResult result = _session.Single<TrainingResult>(
            "Invoke-CnnTraining $train -ValidationData $test -Preset Baseline -Seed 1 -Epochs 2 -LogPath $folder/run.tfevents");
        List<Dictionary<int, object>> events = [.. Events(File.ReadAllBytes(_folder.File("run.tfevents")))];
        Assert.Equal("brain.Event:2", Encoding.ASCII.GetString((byte[])events[0][3]));
        (long Step, string Tag, float Value)[] scalars = [.. events.Skip(1).SelectMany(Scalars)];
        Assert.Equal(
            result.History.Losses.Select((loss, index) => (index + 1L, loss)),
            scalars.Where(scalar => scalar.Tag == "batch/loss").Select(scalar => (scalar.Step, scalar.Value)));
        Assert.Equal(
            result.History.Epochs.Select(epoch => ((long)epoch.Epoch, (float)epoch.Loss, (float)epoch.ValidationAccuracy!.Value)),
            scalars.Where(scalar => scalar.Tag == "epoch/loss").Zip(scalars.Where(scalar => scalar.Tag == "epoch/validation_accuracy"))
                .Select(pair => (pair.First.Step, pair.First.Value, pair.Second.Value)));
        Assert.Equal(
            ["batch/loss", "epoch/images_per_second", "epoch/learning_rate", "epoch/loss", "epoch/validation_accuracy", "epoch/validation_loss"],
            scalars.Select(scalar => scalar.Tag).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("-LogPath $folder/run.log", "LogFormat", ErrorCategory.InvalidArgument)]
    [InlineData("-LogPath $folder/none/run.csv", "FolderNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("-LogPath $folder/notes.csv", "FileExists", ErrorCategory.ResourceExists)]
    public void A_log_that_cannot_be_is_told_before_the_training(string arguments, string errorId, ErrorCategory category)
    {
        File.WriteAllText(_folder.File("notes.csv"), "mine");
        _session.Fails($"$model = New-CnnModel Baseline; $model | Invoke-CnnTraining $train -Epochs 1000000 {arguments}", errorId, category);
        Assert.Equal("mine", File.ReadAllText(_folder.File("notes.csv")));

        // What is no log stays, also where a training goes on.
        _session.Single<TrainingResult>("Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 1 -CheckpointPath $folder/run");
        _session.Fails($"Invoke-CnnTraining $train -Epochs 2 -CheckpointPath $folder/run -Resume {arguments}", errorId, category);
        Assert.Equal("mine", File.ReadAllText(_folder.File("notes.csv")));
    }

    [Fact]
    public void Force_replaces_a_file_and_WhatIf_writes_none()
    {
        Assert.Empty(_session.Run("New-CnnModel Baseline | Invoke-CnnTraining $train -Epochs 1 -LogPath $folder/new.csv -WhatIf").Errors);
        Assert.False(File.Exists(_folder.File("new.csv")));
        File.WriteAllText(_folder.File("new.csv"), "mine");
        _session.Single<TrainingResult>("New-CnnModel Baseline | Invoke-CnnTraining $train -Epochs 1 -LogPath $folder/new.csv -Force");
        Assert.Equal(2, File.ReadAllLines(_folder.File("new.csv")).Length);
    }

    /// <summary>Reads records as the specification has them: the length, its checksum, the message, its checksum.</summary>
    private static IEnumerable<Dictionary<int, object>> Events(byte[] file)
    {
        for (int at = 0; at < file.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Assert.Equal(Masked(file.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            Assert.Equal(Masked(file.AsSpan(at + 12, length)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            yield return Fields(file[(at + 12)..(at + 12 + length)]).ToDictionary(field => field.Number, field => field.Value);
            at += length + 16;
        }
    }

    private static IEnumerable<(long Step, string Tag, float Value)> Scalars(Dictionary<int, object> message)
    {
        foreach ((_, object value) in Fields((byte[])message[5]))
        {
            Dictionary<int, object> fields = Fields((byte[])value).ToDictionary(field => field.Number, field => field.Value);
            yield return ((long)(ulong)message[2], Encoding.ASCII.GetString((byte[])fields[1]), BitConverter.ToSingle((byte[])fields[2]));
        }
    }

    private static IEnumerable<(int Number, object Value)> Fields(byte[] message)
    {
        int at = 0;
        while (at < message.Length)
        {
            ulong key = Varint();
            yield return ((int)(key >> 3), (key & 7) switch
            {
                0 => Varint(),
                1 => Take(8),
                2 => Take((int)Varint()),
                5 => Take(4),
                _ => throw new InvalidDataException($"There is no wire type {key & 7}."),
            });
        }

        byte[] Take(int count) => message[at..(at += count)];

        ulong Varint()
        {
            ulong number = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte next = message[at++];
                number |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                {
                    return number;
                }
            }
        }
    }

    /// <summary>CRC-32C bit by bit, from its polynomial, and the mask of TensorFlow's records.</summary>
    private static uint Masked(ReadOnlySpan<byte> data)
    {
        uint checksum = uint.MaxValue;
        foreach (byte value in data)
        {
            checksum ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                checksum = (checksum >> 1) ^ ((checksum & 1) * 0x82F63B78);
            }
        }

        checksum = ~checksum;
        return ((checksum >> 15) | (checksum << 17)) + 0xA282EAD8;
    }
}
