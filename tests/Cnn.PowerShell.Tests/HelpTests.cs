using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Cnn.PowerShell.Tests;

/// <summary>The help says of each cmdlet what the cmdlet itself says, all of it, and nothing else.</summary>
public sealed class HelpTests : IClassFixture<Session>
{
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";
    private static readonly XElement Help = XElement.Load(Path.Combine(Repository.Root, "en-US", "Cnn.PowerShell.dll-Help.xml"));

    private static readonly string[] Names =
    [
        .. typeof(CnnCommand).Assembly.GetExportedTypes()
            .SelectMany(type => type.GetCustomAttributes(typeof(CmdletAttribute), inherit: false).Cast<CmdletAttribute>())
            .Select(attribute => $"{attribute.VerbName}-{attribute.NounName}"),
    ];

    private readonly Session _session;

    public HelpTests(Session session) => _session = session;

    public static TheoryData<string> Cmdlets => new(Names);

    [Fact]
    public void There_is_help_for_the_cmdlets_and_for_nothing_else() => Assert.Equal(
        Names.Order(), Help.Elements(Command + "command").Select(NameOf).Order());

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Get_Help_finds_synopsis_description_and_examples(string name)
    {
        Outcome outcome = _session.Run($"""
            $help = Get-Help {name} -Full
            $help.Synopsis
            $help.Description.Text -join ' '
            $help.Examples.Example.Count
            """);
        Assert.Empty(outcome.Errors);
        Assert.Equal(Text(CommandOf(name).Element(Command + "details")!.Element(Maml + "description")!), $"{outcome.Output[0]}");
        Assert.True($"{outcome.Output[0]}".Length > 20);
        Assert.True($"{outcome.Output[1]}".Length > 100);
        Assert.True((int)outcome.Output[2].BaseObject >= 2);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Every_parameter_is_described_as_it_is(string name)
    {
        CmdletInfo cmdlet = CmdletOf(name);
        XElement[] described = [.. CommandOf(name).Element(Command + "parameters")!.Elements(Command + "parameter")];
        ParameterMetadata[] parameters = [.. OwnParameters(cmdlet)];
        Assert.Equal(parameters.Select(parameter => parameter.Name).Order(), described.Select(NameOfParameter).Order());
        foreach (ParameterMetadata parameter in parameters)
        {
            XElement element = described.Single(candidate => NameOfParameter(candidate) == parameter.Name);
            string where = $"{name} -{parameter.Name}";
            CommandParameterInfo info = cmdlet.ParameterSets.SelectMany(set => set.Parameters).First(candidate => candidate.Name == parameter.Name);
            CheckAttributes(element, info, where);
            Assert.True(Text(element.Element(Maml + "description")!).Length > 10, where);
            Assert.Equal(NotNullable(parameter.ParameterType).FullName, element.Element(Dev + "type")!.Element(Maml + "name")!.Value);
            Assert.False(string.IsNullOrWhiteSpace(element.Element(Dev + "defaultValue")?.Value), where);
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void The_syntax_is_that_of_the_parameter_sets(string name)
    {
        CmdletInfo cmdlet = CmdletOf(name);
        XElement[] items = [.. CommandOf(name).Element(Command + "syntax")!.Elements(Command + "syntaxItem")];
        Assert.Equal(cmdlet.ParameterSets.Count, items.Length);
        foreach (CommandParameterSetInfo set in cmdlet.ParameterSets)
        {
            Dictionary<string, CommandParameterInfo> parameters =
                set.Parameters.Where(parameter => !IsCommon(parameter.Name)).ToDictionary(parameter => parameter.Name);
            XElement item = Assert.Single(
                items, candidate => parameters.Keys.Order().SequenceEqual(candidate.Elements(Command + "parameter").Select(NameOfParameter).Order()));
            Assert.Equal(name, item.Element(Maml + "name")!.Value);
            foreach (XElement element in item.Elements(Command + "parameter"))
            {
                CommandParameterInfo info = parameters[NameOfParameter(element)];
                CheckAttributes(element, info, $"{name} ({set.Name}) -{info.Name}");
                Assert.Equal(info.ParameterType == typeof(SwitchParameter), element.Element(Command + "parameterValue") == null);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Examples_use_commands_and_parameters_that_exist(string name)
    {
        XElement[] examples = [.. CommandOf(name).Element(Command + "examples")!.Elements(Command + "example")];
        Assert.True(examples.Length >= 2);
        foreach (XElement example in examples)
        {
            string code = example.Element(Dev + "code")!.Value;
            Assert.True(Text(example.Element(Dev + "remarks")!).Length > 10, code);
            ScriptBlockAst script = Parser.ParseInput(code, out _, out ParseError[] errors);
            Assert.Empty(errors);
            CommandAst[] commands = [.. script.FindAll(ast => ast is CommandAst, searchNestedScriptBlocks: true).Cast<CommandAst>()];
            Assert.Contains(commands, command => command.GetCommandName() == name);
            Assert.All(commands, CheckCommand);
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Help_names_related_commands_that_exist_and_offers_no_page_of_the_internet(string name)
    {
        // With related links, Get-Help says that there is help online.
        string help = Regex.Replace(_session.Show($"Get-Help {name}"), @"\s", "");
        Assert.Contains("-Examples", help);
        Assert.DoesNotContain("-Online", help);
        string[] related = Regex.Match(help, @"Seealso:([^.]*)\.").Groups[1].Value.Split(',');
        Assert.NotEmpty(related);
        Assert.All(related, other => Assert.True(other == "about_Cnn" || Names.Contains(other), $"{name} refers to '{other}'."));
    }

    [Fact]
    public void About_Cnn_names_every_cmdlet()
    {
        string about = _session.Single<string>("Get-Help about_Cnn");
        Assert.All(Names, name => Assert.Contains(name, about));
    }

    /// <summary>Parameters of this module's commands exist; other commands are those of PowerShell itself.</summary>
    private void CheckCommand(CommandAst command)
    {
        string? name = command.GetCommandName();
        if (name == null || !name.Contains("Cnn") && name != "Import-Mnist")
        {
            Assert.Contains(name, new[]
            {
                null, "Export-Csv", "ForEach-Object", "Get-ChildItem", "Get-Module", "Group-Object", "Import-Csv", "Import-Module", "Measure-Object", "Receive-Job", "Select-Object", "Set-Content", "Sort-Object", "Start-ThreadJob",
                "Where-Object",
            });
            return;
        }

        Dictionary<string, ParameterMetadata> parameters = CmdletOf(name).Parameters;
        Assert.All(command.CommandElements.OfType<CommandParameterAst>(), parameter => Assert.Contains(parameter.ParameterName, parameters.Keys));
    }

    private static void CheckAttributes(XElement element, CommandParameterInfo info, string where)
    {
        string[] pipeline = [.. new[] { info.ValueFromPipelineByPropertyName ? "ByPropertyName" : null, info.ValueFromPipeline ? "ByValue" : null }.OfType<string>()];
        string expected = string.Join(
            "; ",
            where,
            $"{info.IsMandatory}",
            info.Position >= 0 ? $"{info.Position}" : "named",
            pipeline.Length == 0 ? "False" : $"True ({string.Join(", ", pipeline)})",
            info.Aliases.Count == 0 ? "none" : string.Join(", ", info.Aliases),
            $"{info.Attributes.OfType<SupportsWildcardsAttribute>().Any()}");
        string actual = string.Join(
            "; ",
            where,
            Capital((string)element.Attribute("required")!),
            (string)element.Attribute("position")!,
            (string)element.Attribute("pipelineInput")!,
            (string)element.Attribute("aliases")!,
            Capital((string)element.Attribute("globbing")!));
        Assert.Equal(expected, actual);
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static XElement CommandOf(string name) => Help.Elements(Command + "command").Single(command => NameOf(command) == name);

    private static string NameOf(XElement command) => command.Element(Command + "details")!.Element(Command + "name")!.Value;

    private static string NameOfParameter(XElement parameter) => parameter.Element(Maml + "name")!.Value;

    private static string Text(XElement element) => string.Join(' ', element.Descendants(Maml + "para").Select(para => para.Value.Trim()));

    private static Type NotNullable(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private static bool IsCommon(string name) => Cmdlet.CommonParameters.Contains(name);

    private static IEnumerable<ParameterMetadata> OwnParameters(CmdletInfo cmdlet) => cmdlet.Parameters.Values.Where(parameter => !IsCommon(parameter.Name));

    private CmdletInfo CmdletOf(string name) => _session.Single<CmdletInfo>($"Get-Command {name}");
}
