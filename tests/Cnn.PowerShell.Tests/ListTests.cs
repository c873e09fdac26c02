using System.Collections;
using System.Reflection;
using Cnn.Models;

namespace Cnn.PowerShell.Tests;

/// <summary>
/// PowerShell takes an element of a list only where the list's own type is public: of the hidden types that a C# collection expression makes for an interface,
/// <c>$list[0]</c> is the whole list.
/// </summary>
public sealed class ListTests : IClassFixture<Session>
{
    private readonly Session _session;

    public ListTests(Session session) => _session = session.WithMnist(train: 320, test: 200);

    [Theory]
    [InlineData("Get-CnnPreset")]
    [InlineData("Get-CnnDevice")]
    [InlineData("$train")]
    [InlineData("New-CnnAugmentation -Rotation 5")]
    [InlineData("New-CnnModel Accurate -Seed 1")]
    [InlineData("New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -ValidationData $test -Epochs 1")]
    [InlineData("New-CnnModel Baseline -Seed 1 | Measure-CnnAccuracy $test -MisclassifiedCount 2")]
    [InlineData("$test.Slice(0, 2) | Invoke-CnnPrediction (New-CnnModel Baseline -Seed 1)")]
    [InlineData("1, 2 | ForEach-Object { New-CnnModel Baseline -Seed $_ } | New-CnnEnsemble")]
    [InlineData("New-CnnSweep @{ LearningRate = 0.001, 0.002 } LeNet5 -Seed 1")]
    [InlineData("New-CnnSweep @{ BatchSize = 32, 64 } LeNet5 -Seed 1 | Invoke-CnnSweep $train $test")]
    [InlineData("New-CnnModel LeNet5 -Seed 1 | Find-CnnLearningRate $train -BatchCount 20")]
    public void Elements_of_what_cmdlets_give_can_be_taken(string script)
    {
        Outcome outcome = _session.Run(script);
        Assert.Empty(outcome.Errors);
        Assert.NotEmpty(outcome.Output);
        HashSet<object> seen = new(ReferenceEqualityComparer.Instance);
        foreach (object given in outcome.Output.Select(item => item.BaseObject))
        {
            Check(given, given.GetType().Name, seen);
        }
    }

    [Fact]
    public void Elements_of_static_lists_can_be_taken()
    {
        foreach (PropertyInfo property in typeof(Model).Assembly.GetExportedTypes().SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Static)))
        {
            if (property.PropertyType != typeof(string) && typeof(IEnumerable).IsAssignableFrom(property.PropertyType))
            {
                CheckList((IEnumerable)property.GetValue(null)!, $"{property.DeclaringType!.Name}.{property.Name}");
            }
        }
    }

    private static void Check(object value, string path, HashSet<object> seen)
    {
        if (value.GetType().Namespace?.StartsWith(nameof(Cnn), StringComparison.Ordinal) != true || !seen.Add(value))
        {
            return;
        }

        foreach (PropertyInfo property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length > 0 || property.PropertyType.IsByRefLike)
            {
                continue;
            }

            object? inner = property.GetValue(value);
            string name = $"{path}.{property.Name}";
            switch (inner)
            {
                case null or string:
                    break;
                case IEnumerable list:
                    CheckList(list, name);
                    foreach (object? element in list)
                    {
                        Check(element, name, seen);
                    }

                    break;
                default:
                    Check(inner, name, seen);
                    break;
            }
        }
    }

    private static void CheckList(IEnumerable list, string name)
    {
        for (Type? type = list.GetType(); type != typeof(object); type = type!.BaseType)
        {
            if (type!.IsVisible)
            {
                return;
            }
        }

        Assert.Fail($"{name} is a {list.GetType().Name}, which PowerShell cannot index.");
    }
}
