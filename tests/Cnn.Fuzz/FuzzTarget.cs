using Cnn.Fuzz.Targets;

namespace Cnn.Fuzz;

/// <summary>A reader of something from outside, and how its inputs are made.</summary>
internal abstract class FuzzTarget : IDisposable
{
    /// <summary>What every input may ask for: what the runtime takes for itself is in it.</summary>
    protected const long UsualMemory = 64L << 20;

    private const string MemoryFolder = "/dev/shm";

    /// <summary>In memory, where there is such a folder: a disk would take longer than the readers.</summary>
    private readonly string _folder = Directory.CreateDirectory(
        Path.Combine(Directory.Exists(MemoryFolder) ? MemoryFolder : Path.GetTempPath(), $"cnn-fuzz-{Guid.NewGuid():N}")).FullName;

    /// <summary>Every target, by its name.</summary>
    public static readonly IReadOnlyDictionary<string, Func<FuzzTarget>> All = new Dictionary<string, Func<FuzzTarget>>
    {
        ["idx"] = () => new IdxTarget(),
        ["models"] = () => new ModelTarget(),
        ["onnx"] = () => new OnnxTarget(),
        ["checkpoints"] = () => new CheckpointTarget(),
        ["architectures"] = () => new ArchitectureTarget(),
        ["settings"] = () => new SettingsTarget(),
        ["results"] = () => new ResultsTarget(),
        ["trials"] = () => new TrialsTarget(),
        ["imagesets"] = () => new ImageSetTarget(),
        ["texts"] = () => new AugmentationTarget(),
        ["pictures"] = () => new PictureTarget(),
        ["packages"] = () => new PackageTarget(),
        ["datasets"] = () => new DatasetTarget(),
        ["archives"] = () => new ArchiveTarget(),
        ["tables"] = () => new CsvTarget(),
    };

    /// <summary>A folder of the target's own.</summary>
    protected string Folder => _folder;

    /// <summary>Makes an input.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="seed">One of the corpus.</param>
    /// <param name="other">Another one, for splices.</param>
    /// <returns>The input.</returns>
    public abstract byte[] Mutate(Random random, byte[] seed, byte[] other);

    /// <summary>Reads an input, and does with what was read what a user would.</summary>
    /// <param name="input">The input.</param>
    /// <returns>Whether it was accepted. A <see cref="CnnException"/> refuses it too; any other exception is a failure.</returns>
    public abstract bool Accepts(byte[] input);

    /// <summary>The most bytes that an input may ask for.</summary>
    /// <param name="input">The input.</param>
    /// <returns>The limit, which follows from the length of the input or from a documented limit.</returns>
    public virtual long MemoryLimit(byte[] input) => UsualMemory + (64L * input.Length);

    /// <summary>Inputs to begin with, each of which is accepted.</summary>
    /// <returns>Names and bytes.</returns>
    public abstract IEnumerable<(string Name, byte[] Bytes)> MakeSeeds();

    /// <summary>Puts an input into a file, as most readers want it.</summary>
    /// <param name="input">The input.</param>
    /// <returns>The file.</returns>
    protected string AsFile(byte[] input)
    {
        string path = Path.Combine(_folder, "input");
        File.WriteAllBytes(path, input);
        return path;
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
