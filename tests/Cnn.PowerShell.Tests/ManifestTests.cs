using System.Management.Automation;

namespace Cnn.PowerShell.Tests;

public sealed class ManifestTests : IClassFixture<Session>
{
    private readonly Session _session;

    public ManifestTests(Session session) => _session = session;

    [Fact]
    public void Exports_every_cmdlet_and_nothing_else()
    {
        IEnumerable<string> cmdlets = typeof(CnnCommand).Assembly.GetExportedTypes()
            .Select(type => type.GetCustomAttributes(typeof(CmdletAttribute), inherit: false).Cast<CmdletAttribute>().SingleOrDefault())
            .Where(attribute => attribute != null)
            .Select(attribute => $"{attribute!.VerbName}-{attribute.NounName}");
        PSModuleInfo module = _session.Single<PSModuleInfo>("Get-Module Cnn");
        Assert.Equal(cmdlets.Order(), module.ExportedCommands.Keys.Order());
        Assert.Equal(cmdlets.Order(), module.ExportedCmdlets.Keys.Order());
    }

    [Fact]
    public void Has_the_version_of_the_build() =>
        Assert.Equal(typeof(CnnCommand).Assembly.GetName().Version!.ToString(3), _session.Single<PSModuleInfo>("Get-Module Cnn").Version.ToString());

    [Fact]
    public void Names_approved_verbs() => Assert.Empty(
        _session.Single<PSModuleInfo>("Get-Module Cnn").ExportedCmdlets.Values.Select(cmdlet => cmdlet.Verb).Except(ApprovedVerbs()));

    private static IEnumerable<string> ApprovedVerbs() =>
        new[] { typeof(VerbsCommon), typeof(VerbsData), typeof(VerbsLifecycle), typeof(VerbsDiagnostic) }
            .SelectMany(type => type.GetFields()).Select(field => (string)field.GetRawConstantValue()!);
}
