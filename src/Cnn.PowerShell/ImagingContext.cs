using System.Reflection;
using System.Runtime.Loader;

namespace Cnn.PowerShell;

/// <summary>
/// Where Cnn.Imaging and the libraries of others that it brings live: a context of the module's own, so that another module may
/// have other versions of them loaded, before or after.
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

    /// <summary>Answers the default context, which asks where an assembly is that it does not find.</summary>
    /// <param name="context">The default context.</param>
    /// <param name="name">What it looks for.</param>
    /// <returns>Cnn.Imaging; nothing else of it is used outside.</returns>
    public static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name) =>
        name.Name == Entrance ? Instance.Value.LoadFromAssemblyName(name) : null;

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // The engine is the module's: a model is of the same type on both sides.
        if (assemblyName.Name == typeof(CnnException).Assembly.GetName().Name)
        {
            return typeof(CnnException).Assembly;
        }

        string path = Path.Combine(_folder, $"{assemblyName.Name}.dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }
}
