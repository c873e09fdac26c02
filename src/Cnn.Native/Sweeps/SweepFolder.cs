using System.Text;
using System.Text.Json;
using Cnn.Data;
using Cnn.Files;
using Cnn.Serialization;
using Cnn.Training;

namespace Cnn.Sweeps;

/// <summary>
/// A sweep as a folder that several processes on several machines work on: the trials, the images, and for each trial its own results file and checkpoints.
/// The process that trains a trial holds the lock of its results file, so no trial is trained twice at the same time.
/// </summary>
public sealed class SweepFolder
{
    private const string ManifestName = "sweep.json";
    private const string TrialsName = "trials.jsonl";
    private const string ImagesName = "training.safetensors";
    private const string ValidationName = "validation.safetensors";
    private const string ResultsName = "results";
    private const string CheckpointsName = "checkpoints";
    private const string LogsName = "logs";
    private const string Format = "sweep";
    private const int Version = 1;

    private readonly Manifest _manifest;

    private SweepFolder(string path, Manifest manifest, IReadOnlyList<PlannedTrial> trials) => (Path, _manifest, Trials) = (path, manifest, trials);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The kernels that train all trials; null for those of the machine that trains one.</summary>
    public string? Kernels => _manifest.Kernels;

    /// <summary>The trials, in the order of their numbers.</summary>
    public IReadOnlyList<PlannedTrial> Trials { get; }

    /// <summary>Whether a folder contains a sweep.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>Whether it does.</returns>
    public static bool IsSweep(string path) => File.Exists(System.IO.Path.Combine(path, ManifestName));

    /// <summary>Writes a sweep into a folder; or adds new trials to the sweep that it contains.</summary>
    /// <param name="path">The folder; its parent exists.</param>
    /// <param name="trials">The trials, each with its network if it does not name a preset; of trials with the same identifier, only the first.</param>
    /// <param name="images">The images that every trial is trained on.</param>
    /// <param name="validation">The images that it is measured on.</param>
    /// <param name="kernels">The kernels that train all trials; null for those of the machine that trains one.</param>
    /// <param name="overwrite">Whether a folder without a sweep may already have other files.</param>
    /// <returns>The folder.</returns>
    /// <exception cref="CnnException">
    /// <c>SweepFolderImages</c> or <c>SweepFolderKernels</c>: it contains a sweep over other images or with other kernels. <c>KernelsUnknown</c>. Or it
    /// cannot be read or written.
    /// </exception>
    public static SweepFolder Write(
        string path, IEnumerable<(Trial Trial, Network? Network)> trials, ImageSet images, ImageSet validation, string? kernels = null, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(trials);
        PinnedKernels.Check(kernels);
        Manifest manifest = new(Format, Version, ResultsFile.Fingerprint(images, validation), kernels);
        (Trial Trial, Network? Network)[] wanted = [.. trials.DistinctBy(trial => trial.Trial.Id)];
        if (IsSweep(path))
        {
            return Open(path).With(manifest, wanted);
        }

        PlannedTrial[] planned = [.. wanted.Select((trial, index) => new PlannedTrial(index + 1, trial.Trial, trial.Network))];
        AtomicFolder.Write(path, overwrite, folder =>
        {
            foreach (string name in new[] { ResultsName, CheckpointsName, LogsName })
            {
                Directory.CreateDirectory(System.IO.Path.Combine(folder, name));
            }

            WriteFile(folder, ImagesName, stream => ImageSetFile.Write(images, stream));
            WriteFile(folder, ValidationName, stream => ImageSetFile.Write(validation, stream));
            WriteFile(folder, TrialsName, stream => WriteTrials(stream, planned));
            WriteFile(folder, ManifestName, stream => WriteLine(stream, StrictJson.Write(manifest)));
        });
        return Open(path);
    }

    /// <summary>Opens the folder of a sweep.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>The sweep.</returns>
    /// <exception cref="CnnException"><c>SweepFolderNotFound</c>: it does not contain a sweep. <c>SweepFolderFormat</c>: a file in it is damaged. <c>ReadFailed</c>.</exception>
    public static SweepFolder Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string full = System.IO.Path.GetFullPath(path);
        if (!IsSweep(full))
        {
            throw new CnnException(
                "SweepFolderNotFound",
                CnnErrorKind.NotFound,
                $"'{path}' does not contain a sweep (it has no '{ManifestName}'). Check the path, or create the folder with Export-CnnSweep.")
            { Target = path };
        }

        Manifest manifest = Parse(full, ManifestName, text => StrictJson.Read<Manifest>(text));
        if (manifest.Format != Format || manifest.Version != Version)
        {
            throw Damaged(full, ManifestName, $"it has format '{manifest.Format}', version {manifest.Version}, but '{Format}', version {Version} is expected");
        }

        PinnedKernels.Check(manifest.Kernels);
        PlannedTrial[] trials = Parse(full, TrialsName, text => text
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select((line, index) => PlannedTrial.Of(line, index + 1)).ToArray());
        return new SweepFolder(full, manifest, trials);
    }

    /// <summary>Reads the images.</summary>
    /// <returns>The images that trials are trained on, and those that they are measured on.</returns>
    /// <exception cref="CnnException"><c>SweepFolderImages</c>: they are not those that the folder was written with. Or they cannot be read.</exception>
    public (ImageSet Images, ImageSet Validation) ReadImages()
    {
        ImageSet images = ImageSetFile.Read(In(ImagesName));
        ImageSet validation = ImageSetFile.Read(In(ValidationName));
        return ResultsFile.Fingerprint(images, validation) == _manifest.Images
            ? (images, validation)
            : throw new CnnException(
                "SweepFolderImages",
                CnnErrorKind.InvalidData,
                $"The images in '{Path}' are not those that the sweep was exported with: '{ImagesName}' or '{ValidationName}' was changed or damaged. Export the sweep into another folder.")
            { Target = Path };
    }

    /// <summary>The trial of a number.</summary>
    /// <param name="task">The number, from 1.</param>
    /// <returns>The trial.</returns>
    /// <exception cref="CnnException"><c>SweepTaskNotFound</c>: there is none.</exception>
    public PlannedTrial TrialOf(int task) => task >= 1 && task <= Trials.Count
        ? Trials[task - 1]
        : throw new CnnException(
            "SweepTaskNotFound", CnnErrorKind.NotFound, $"'{Path}' has no task {task}: its {Trials.Count} trials are the tasks 1 to {Trials.Count}.")
        { Target = task };

    /// <summary>The results file of a trial.</summary>
    /// <param name="trial">The trial.</param>
    /// <returns>The path; the file need not exist.</returns>
    public string ResultsPathOf(Trial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return System.IO.Path.Combine(In(ResultsName), trial.Id + ".jsonl");
    }

    /// <summary>The current state of a trial; nothing is changed.</summary>
    /// <param name="trial">The trial.</param>
    /// <returns>Its latest result, which may be a failure; null if there is none.</returns>
    /// <exception cref="CnnException"><c>ResultsFileLine</c>, <c>ResultsFileImages</c> or <c>ReadFailed</c>.</exception>
    public SweepResult? ResultOf(Trial trial) =>
        ResultsFile.ReadIfExists(ResultsPathOf(trial), _manifest.Images)?.LastOrDefault(result => result.Id == trial.Id) is { } result ? result with { Trial = trial } : null;

    /// <summary>Whether a trial was started and not finished, so that it continues where it was interrupted.</summary>
    /// <param name="trial">The trial.</param>
    /// <returns>Whether it has checkpoints.</returns>
    public bool HasCheckpoints(Trial trial) => CheckpointPathsOf(trial).Length > 0;

    /// <summary>Writes a script into the folder, completely or not at all.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="CnnException"><c>WriteFailed</c>.</exception>
    public void WriteScript(string name, string text) =>
        AtomicFile.Write(In(name), overwrite: true, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Reserves a trial for this process.</summary>
    /// <param name="trial">The trial.</param>
    /// <returns>Its results file, which stays locked until it is disposed.</returns>
    /// <exception cref="CnnException"><c>ResultsFileInUse</c>: another process trains it. Or the errors of <see cref="ResultsFile.Open(string, ImageSet, ImageSet)"/>.</exception>
    internal ResultsFile Claim(Trial trial)
    {
        // A copy of the folder that was made without empty folders lacks these.
        Refusable(() => Directory.CreateDirectory(In(ResultsName)));
        return ResultsFile.Open(ResultsPathOf(trial), _manifest.Images);
    }

    /// <summary>
    /// The folder of the checkpoints of a trial. Each kernel set has its own checkpoints: a trial that continued with other kernels would give bits that no
    /// machine could reproduce.
    /// </summary>
    /// <param name="trial">The trial.</param>
    /// <param name="kernels">The name of the kernels.</param>
    /// <returns>The folder, which need not exist.</returns>
    internal CheckpointFolder CheckpointsOf(Trial trial, string kernels)
    {
        Refusable(() => Directory.CreateDirectory(In(CheckpointsName)));
        return new CheckpointFolder(System.IO.Path.Combine(In(CheckpointsName), $"{trial.Id}-{kernels}"), count: 1);
    }

    /// <summary>Removes the checkpoints of a trial that is finished.</summary>
    /// <param name="trial">The trial.</param>
    internal void RemoveCheckpoints(Trial trial) => Temporaries.Quietly(() =>
    {
        // Checkpoints that cannot be removed only take up room, and are not used any more.
        foreach (string path in CheckpointPathsOf(trial))
        {
            Directory.Delete(path, recursive: true);
        }
    });

    private string In(string name) => System.IO.Path.Combine(Path, name);

    private string[] CheckpointPathsOf(Trial trial) =>
        Directory.Exists(In(CheckpointsName)) ? Directory.GetDirectories(In(CheckpointsName), trial.Id + "-*") : [];

    private SweepFolder With(Manifest other, (Trial Trial, Network? Network)[] wanted)
    {
        if (other.Images != _manifest.Images)
        {
            throw new CnnException(
                "SweepFolderImages",
                CnnErrorKind.InvalidArgument,
                $"'{Path}' contains a sweep over other images, and results on other images cannot be compared. Pass the same images, or choose another folder.")
            { Target = Path };
        }

        if (other.Kernels != _manifest.Kernels)
        {
            throw new CnnException(
                "SweepFolderKernels",
                CnnErrorKind.InvalidArgument,
                $"'{Path}' contains a sweep {Pinning(_manifest.Kernels)}, not {Pinning(other.Kernels)}: a seed would not mean the same in all trials. Pass the same -Kernels, or choose another folder.")
            { Target = Path };
        }

        HashSet<string> known = [.. Trials.Select(trial => trial.Trial.Id)];
        PlannedTrial[] all =
        [
            .. Trials,
            .. wanted.Where(trial => !known.Contains(trial.Trial.Id)).Select((trial, index) => new PlannedTrial(Trials.Count + index + 1, trial.Trial, trial.Network)),
        ];
        if (all.Length > Trials.Count)
        {
            AtomicFile.Write(In(TrialsName), overwrite: true, stream => WriteTrials(stream, all));
        }

        return new SweepFolder(Path, _manifest, all);
    }

    private static string Pinning(string? kernels) => kernels == null ? "without pinned kernels" : $"pinned to the {kernels} kernels";

    private static void WriteFile(string folder, string name, Action<Stream> content)
    {
        using FileStream stream = new(System.IO.Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.None);
        content(stream);
        stream.Flush(flushToDisk: true);
    }

    private static void WriteTrials(Stream stream, IEnumerable<PlannedTrial> trials)
    {
        foreach (PlannedTrial trial in trials)
        {
            WriteLine(stream, trial.ToLine());
        }
    }

    private static void WriteLine(Stream stream, string line) => stream.Write(Encoding.UTF8.GetBytes(line + "\n"));

    private static T Parse<T>(string folder, string name, Func<string, T> parse)
    {
        string path = System.IO.Path.Combine(folder, name);
        try
        {
            using StreamReader reader = new(PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete));
            return parse(reader.ReadToEnd());
        }
        catch (JsonException e)
        {
            throw Damaged(folder, name, e.Message.TrimEnd('.'), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CnnException("ReadFailed", CnnErrorKind.ReadFailed, $"'{path}' cannot be read: {e.Message} Give permission, or export the sweep again.", e) { Target = path };
        }
    }

    private static CnnException Damaged(string folder, string name, string wrong, Exception? inner = null) => new(
        "SweepFolderFormat",
        CnnErrorKind.InvalidData,
        $"'{System.IO.Path.Combine(folder, name)}' cannot be read as part of a sweep: {wrong}. Undo the change, or export the sweep into another folder.",
        inner)
    { Target = folder };

    private void Refusable(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CnnException(
                "WriteFailed", CnnErrorKind.WriteFailed, $"'{Path}' cannot be written to: {e.Message} Make room or give permission.", e)
            { Target = Path };
        }
    }

    /// <summary>The manifest of the folder.</summary>
    /// <param name="Format">The kind of temporary.</param>
    /// <param name="Version">The version of the format.</param>
    /// <param name="Images">The <see cref="ResultsFile.Fingerprint"/> of the images.</param>
    /// <param name="Kernels">The kernels that train all trials.</param>
    private sealed record Manifest(string Format, int Version, string Images, string? Kernels);
}
