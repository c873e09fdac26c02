using System.Management.Automation;
using System.Runtime.Loader;

namespace Cnn.PowerShell;

/// <summary>
/// Registers Cnn.Imaging as long as the module is imported, in one session or in several. A cmdlet may use its types within methods; fields and properties
/// would be too early, because PowerShell inspects the cmdlets before it calls this.
/// </summary>
public sealed class ImagingRegistration : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private static readonly Lock Gate = new();
    private static int _imports;

    /// <inheritdoc/>
    public void OnImport()
    {
        lock (Gate)
        {
            if (_imports++ == 0)
            {
                AssemblyLoadContext.Default.Resolving += ImagingContext.Resolve;
            }
        }
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        lock (Gate)
        {
            if (--_imports == 0)
            {
                AssemblyLoadContext.Default.Resolving -= ImagingContext.Resolve;
            }
        }
    }
}
