using System.Reflection;
using System.Runtime.Loader;

namespace Cnn.PowerShell;

/// <summary>
/// The load context of Cnn.Imaging and its third-party libraries: a context of its own, so that another module may load other versions of them, before or
/// after.
/// </summary>
internal sealed class ImagingContext : AssemblyLoadContext
{
    private const string Entrance = "Cnn.Imaging";

    private static readonly Lazy<ImagingContext> Instance = new(() => new ImagingContext());

    private readonly string _folder = Path.Combine(Path.GetDirectoryName(typeof(ImagingContext).Assembly.Location)!, "Imaging");

    private ImagingContext()
        : base(Entrance)
    {
    }

    /// <summary>Resolves an assembly that the default context does not find.</summary>
    /// <param name="context">The default context.</param>
    /// <param name="name">The assembly that it looks for.</param>
    /// <returns>Cnn.Imaging; nothing else in the context is used outside it.</returns>
    public static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name) =>
        name.Name == Entrance ? Instance.Value.LoadFromAssemblyName(name) : null;

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // The engine is the module's: so a model has the same type on both sides.
        if (assemblyName.Name == typeof(CnnException).Assembly.GetName().Name)
        {
            return typeof(CnnException).Assembly;
        }

        string path = Path.Combine(_folder, $"{assemblyName.Name}.dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }
}
