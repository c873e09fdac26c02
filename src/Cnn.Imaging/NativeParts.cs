using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HarfBuzzSharp;
using SkiaSharp;

namespace Cnn;

/// <summary>
/// Finds the native libraries of SkiaSharp and HarfBuzzSharp in <c>runtimes/&lt;system&gt;/native</c> beside this assembly, by their full path. Neither
/// PowerShell nor F# Interactive reads the dependency file by which a program finds them, and by its bare name Windows would return a library that another
/// module has loaded.
/// </summary>
internal static class NativeParts
{
#pragma warning disable CA2255 // There is no other moment that is before every use and the same in PowerShell, F# Interactive and programs.
    [ModuleInitializer]
    internal static void Register()
#pragma warning restore CA2255
    {
        foreach (Assembly assembly in new[] { typeof(SKBitmap).Assembly, typeof(Blob).Assembly })
        {
            try
            {
                NativeLibrary.SetDllImportResolver(assembly, Find);
            }
            catch (InvalidOperationException)
            {
                // Outside the module's own context, other code may already have set a resolver.
            }
        }
    }

    private static IntPtr Find(string name, Assembly assembly, DllImportSearchPath? search)
    {
        string folder = Path.Combine(Path.GetDirectoryName(typeof(NativeParts).Assembly.Location) ?? "", "runtimes");
        foreach (string system in Systems())
        {
            if (NativeLibrary.TryLoad(Path.Combine(folder, system, "native", name + Ending), out IntPtr handle))
            {
                return handle;
            }
        }

        // A program that was built with the packages has the libraries where the runtime looks for them.
        return IntPtr.Zero;
    }

    private static string Ending => OperatingSystem.IsWindows() ? ".dll" : OperatingSystem.IsMacOS() ? ".dylib" : ".so";

    private static string[] Systems()
    {
        string processor = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        if (OperatingSystem.IsWindows())
        {
            return [$"win-{processor}"];
        }

        if (OperatingSystem.IsMacOS())
        {
            return ["osx"]; // One file for both processors.
        }

        // glibc and musl: a library that was built for the other one does not load.
        return [$"linux-{processor}", $"linux-musl-{processor}"];
    }
}
