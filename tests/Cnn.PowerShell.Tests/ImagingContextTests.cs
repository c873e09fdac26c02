using System.Reflection;
using System.Reflection.Emit;

namespace Cnn.PowerShell.Tests;

/// <summary>The libraries of others, which the module brings, stay among themselves.</summary>
public sealed class ImagingContextTests : IDisposable
{
    /// <summary>Encodes and decodes a picture, and tells which of the assemblies are loaded where, and in which version.</summary>
    private const string Probe = """
        $imaging = [Reflection.Assembly]::Load('Cnn.Imaging')
        $picture = [Cnn.Pictures.Picture]::new(2, 1, 1, [byte[]](3, 4))
        $bytes = $imaging.GetType('Cnn.Pictures.PictureWriter')::Encode($picture)
        "pixels $($imaging.GetType('Cnn.Pictures.PictureReader')::Decode($bytes, 1, 'picture').Pixels)"
        try { $imaging.GetType('Cnn.Pictures.PictureReader')::Decode([byte[]]::new(0), 1, 'picture') }
        catch { "engine's error $($_.Exception.InnerException -is [Cnn.CnnException])" }
        foreach ($context in [Runtime.Loader.AssemblyLoadContext]::All) {
            foreach ($name in $context.Assemblies | ForEach-Object GetName) {
                if ($name.Name -in 'Cnn.Imaging', 'Cnn.Native', 'SkiaSharp', 'ScottPlot', 'HarfBuzzSharp') { "$($context.Name): $($name.Name) $($name.Version.Major)" }
            }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void They_are_in_a_context_of_the_modules_own()
    {
        using var session = new Session();
        Outcome outcome = session.Run(Probe);
        Assert.Empty(outcome.Errors);
        Check(outcome.Output.Select(line => (string)line.BaseObject));
    }

    [Theory]
    [InlineData("before")]
    [InlineData("after")]
    public void Another_version_in_the_session_does_not_clash(string when)
    {
        string other = _folder.File("SkiaSharp.dll");
        MakeAssembly("SkiaSharp", new Version(1, 2, 3, 4), other);
        string load = $"$null = [Reflection.Assembly]::LoadFrom('{other}')";
        string script = _folder.File("probe.ps1");
        string import = $"Import-Module '{Repository.Manifest}'";
        File.WriteAllLines(script, when == "before" ? [load, import, Probe] : [import, Probe, load, Probe]);
        (int exitCode, string output, string errors) = PwshProcess.RunFile(_folder.Path, script);
        Assert.True(exitCode == 0, errors);
        string[] lines = output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Check(lines.Where(line => line != "Default: SkiaSharp 1"));
        Assert.Contains("Default: SkiaSharp 1", lines);
    }

    [Fact]
    public void A_session_that_removes_the_module_leaves_it_to_another()
    {
        using var session = new Session();
        using (var other = new Session())
        {
            Assert.Empty(other.Run("Remove-Module Cnn").Errors);
        }

        Check(session.Run(Probe).Output.Select(line => (string)line.BaseObject));
    }

    /// <summary>The parts for every system that PowerShell 7.6 runs on are built into the folder that is packaged.</summary>
    [Theory]
    [InlineData("linux-x64", ".so")]
    [InlineData("linux-arm64", ".so")]
    [InlineData("linux-musl-x64", ".so")]
    [InlineData("linux-musl-arm64", ".so")]
    [InlineData("win-x64", ".dll")]
    [InlineData("win-arm64", ".dll")]
    [InlineData("osx", ".dylib")]
    public void Native_parts_are_there_for_every_system(string system, string ending)
    {
        string folder = Path.Combine(Repository.Root, "lib", "Imaging", "runtimes", system, "native");
        Assert.Equal([$"libHarfBuzzSharp{ending}", $"libSkiaSharp{ending}"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Nothing_of_others_lies_beside_the_module() => Assert.Equal(
        ["Cnn.Native.dll", "Cnn.PowerShell.dll"],
        Directory.GetFiles(Path.Combine(Repository.Root, "lib"), "*.dll").Select(Path.GetFileName).Order());

    private static void Check(IEnumerable<string> lines)
    {
        string[] known = [.. lines.Distinct()];
        Assert.Contains("pixels 3 4", known);
        Assert.Contains("engine's error True", known);
        Assert.Contains("Cnn.Imaging: SkiaSharp 3", known);
        Assert.Contains("Default: Cnn.Native 0", known);
        Assert.Single(known, line => line.Contains("Cnn.Native "));
        Assert.DoesNotContain(known, line => line.StartsWith("Default: ") && !line.Contains("Cnn.Native "));
    }

    private static void MakeAssembly(string name, Version version, string path)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName(name) { Version = version }, typeof(object).Assembly);
        assembly.DefineDynamicModule(name).DefineType("SkiaSharp.SKBitmap", TypeAttributes.Public).CreateType();
        assembly.Save(path);
    }
}
