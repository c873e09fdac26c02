using System.Management.Automation;
using System.Text.RegularExpressions;
using Cnn.Data;
using Cnn.Layers;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

public sealed class NewCnnSweepTests : IClassFixture<Session>
{
    private readonly Session _session;

    public NewCnnSweepTests(Session session) => _session = session.WithMnist(train: 128, test: 64);

    [Fact]
    public void A_grid_has_every_combination_with_every_seed()
    {
        PSObject[] trials = Trials("New-CnnSweep -Parameter @{ LearningRate = 0.001, 0.003; BatchSize = 32, 64 } -Preset Baseline -Seed 1..3");
        Assert.Equal(12, trials.Length);
        Assert.Equal(12, trials.Select(trial => trial.Properties["Id"].Value).Distinct().Count());
        Assert.All(trials, trial =>
        {
            Assert.IsType<PSCustomObject>(trial.BaseObject);
            Assert.Equal(["Id", "Preset", "BatchSize", "LearningRate", "Seed"], trial.Properties.Select(property => property.Name));
            Assert.Matches("^[0-9a-f]{12}$", (string)trial.Properties["Id"].Value);
            Assert.Equal("Baseline", trial.Properties["Preset"].Value);
        });
        Assert.Equal(
            [("32", "0.001", "1"), ("32", "0.001", "2"), ("32", "0.001", "3"), ("32", "0.003", "1")],
            trials.Take(4).Select(trial => (Text(trial, "BatchSize"), Text(trial, "LearningRate"), Text(trial, "Seed"))));
    }

    [Fact]
    public void Trials_go_through_training_by_property_name()
    {
        Outcome outcome = _session.Run("""
            New-CnnSweep ([ordered]@{ LearningRate = 0.002; BatchSize = 16, 64; Epochs = 1; Initialization = 'Article' }) LeNet5 -Seed 5 | Invoke-CnnTraining $train
            New-CnnSweep @{ Convolution1Filters = 3, 4; BatchSize = 32; Epochs = 1 } -Preset Baseline -Seed 6 | Invoke-CnnTraining $train
            """);
        Assert.Empty(outcome.Errors);
        TrainingResult[] results = [.. outcome.Output.Select(output => (TrainingResult)output.BaseObject)];
        Assert.Equal([("LeNet5", 16), ("LeNet5", 64), ("Baseline", 32), ("Baseline", 32)], results.Select(result => (result.Model.Name, result.Options.BatchSize)));
        Assert.Equal([5UL, 5UL, 6UL, 6UL], results.Select(result => result.Model.Seed));
        Assert.Equal([3, 4], results[2..].Select(result => ((Convolution)result.Model.Layers[0]).Filters));
    }

    [Fact]
    public void The_order_is_that_of_an_ordered_table_and_otherwise_that_of_the_alphabet_and_the_identifier_is_the_same()
    {
        PSObject ordered = Assert.Single(Trials("New-CnnSweep ([ordered]@{ learningrate = 0.001; Epochs = 2; batchSize = '32' }) baseline"));
        PSObject sorted = Assert.Single(Trials("New-CnnSweep @{ LearningRate = 0.001; BatchSize = 32; Epochs = 2.0 } Baseline -Seed 1"));
        Assert.Equal(["Id", "Preset", "LearningRate", "Epochs", "BatchSize", "Seed"], ordered.Properties.Select(property => property.Name));
        Assert.Equal(["Id", "Preset", "BatchSize", "Epochs", "LearningRate", "Seed"], sorted.Properties.Select(property => property.Name));
        Assert.Equal(ordered.Properties["Id"].Value, sorted.Properties["Id"].Value);
    }

    [Fact]
    public void Draws_keep_to_their_ranges_and_come_again()
    {
        const string Command = """
            New-CnnSweep @{ LearningRate = @{ LogUniform = 1e-4, 1e-2 }; Beta1 = @{ Uniform = 0.8, 0.9 }; BatchSize = @{ LogUniform = 8, 64 }; Epochs = 1, 2; Epsilon = 1e-7 } `
                -Preset Baseline, LeNet5 -Count 30 -Seed 1, 2
            """;
        PSObject[] trials = Trials(Command);
        Assert.Equal(60, trials.Length);
        Assert.All(trials, trial =>
        {
            Assert.InRange((double)trial.Properties["LearningRate"].Value, 1e-4, 1e-2);
            Assert.InRange((double)trial.Properties["Beta1"].Value, 0.8, 0.9);
            Assert.InRange((long)trial.Properties["BatchSize"].Value, 8, 64);
            Assert.InRange((long)trial.Properties["Epochs"].Value, 1, 2);
            Assert.Equal(1e-7, trial.Properties["Epsilon"].Value);
        });
        Assert.Equal(2, trials.Select(trial => Text(trial, "Preset")).Distinct().Count());
        Assert.Equal(30, trials.Select(trial => Text(trial, "LearningRate")).Distinct().Count());
        string[] ids = [.. trials.Select(trial => Text(trial, "Id"))];
        Assert.Equal(ids, Trials(Command).Select(trial => Text(trial, "Id")));
        Assert.Equal(ids, Trials(Command.Replace("-Count 30", "-Count 40")).Take(60).Select(trial => Text(trial, "Id")));
        Assert.Empty(ids.Intersect(Trials(Command + " -DrawSeed 2").Select(trial => Text(trial, "Id"))));
    }

    [Fact]
    public void A_trial_whose_layers_vary_carries_a_new_model()
    {
        PSObject[] trials = Trials("""
            New-CnnSweep @{ Convolution2KernelSize = 3, 5; Dense1Outputs = 32 } Baseline -Seed 9
            New-CnnSweep @{ convolution2kernelsize = 3; dense1outputs = 32 } -Model (New-CnnModel Baseline) -Seed 9
            New-CnnSweep @{ LearningRate = 0.001 } -Model (New-CnnModel Baseline)
            """);
        Assert.Equal(["Id", "Architecture", "Convolution2KernelSize", "Dense1Outputs", "Seed", "Model"], trials[0].Properties.Select(property => property.Name));
        Model[] models = [.. trials.Select(trial => (Model)trial.Properties["Model"].Value)];
        Assert.Equal([new Convolution(8, 3), new Convolution(8, 5), new Convolution(8, 3), new Convolution(8, 5)], models.Select(model => model.Layers[2]));
        Assert.Equal([32, 32, 32, 128], models.Select(model => ((Dense)model.Layers[6]).Outputs));
        Assert.Equal([9UL, 9UL, 9UL, 1UL], models.Select(model => model.Seed));
        Assert.All(models, model => Assert.False(model.IsTrained));
        Assert.Equal(Text(trials[0], "Id"), Text(trials[2], "Id"));
        Assert.Equal(3, trials.Select(trial => Text(trial, "Architecture")).Distinct().Count());
        Assert.NotSame(models[0], models[2]);
    }

    [Fact]
    public void Rows_and_columns_are_varied_together_or_alone()
    {
        PSObject[] trials = Trials("""
            New-CnnSweep @{ Convolution1Stride = 1, 2; Convolution1PaddingWidth = 2 } Baseline
            New-CnnSweep @{ MaxPooling1WindowHeight = 1, 3 } Baseline
            """);
        Layer[] layers =
        [
            .. trials.Take(2).Select(trial => ((Model)trial.Properties["Model"].Value).Layers[0]),
            .. trials.Skip(2).Select(trial => ((Model)trial.Properties["Model"].Value).Layers.OfType<MaxPooling>().Single()),
        ];
        Assert.Equal(
            [
                new Convolution(8, 5, 5, 1, new PerAxis(0, 2), 1), new Convolution(8, 5, 5, 2, new PerAxis(0, 2), 1),
                new MaxPooling(new PerAxis(1, 2), 2), new MaxPooling(new PerAxis(3, 2), 2),
            ],
            layers);
    }

    /// <summary>Whatever parameter Invoke-CnnTraining takes from a trial can be varied: the list is the cmdlet's own.</summary>
    [Fact]
    public void Every_setting_of_a_trial_can_be_varied()
    {
        foreach (ParameterMetadata parameter in _session.Single<CmdletInfo>("Get-Command Invoke-CnnTraining").Parameters.Values
            .Where(parameter => parameter.Attributes.OfType<TrialValueAttribute>().Any() && parameter.Name != "Seed"))
        {
            Type type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
            bool isText = type.IsEnum || type == typeof(Augmentation) || type == typeof(ClassWeights) || type == typeof(LearningRateFactors);
            string value = type == typeof(Augmentation) ? "shift 1" : type == typeof(ClassWeights) ? "Balanced" : type == typeof(LearningRateFactors) ? "{\"Dense1\":2}" : type.IsEnum ? Enum.GetNames(type)[^1] : type == typeof(bool) || type == typeof(SwitchParameter) ? "$true" : "1";
            PSObject trial = Assert.Single(Trials($"New-CnnSweep @{{ {parameter.Name} = {(isText ? $"'{value}'" : value)} }} Baseline"));
            Assert.Equal(value.TrimStart('$').ToUpperInvariant(), Text(trial, parameter.Name).ToUpperInvariant());
        }
    }

    [Fact]
    public void Augmentations_are_varied_as_objects_tables_and_texts()
    {
        string[] texts = ["shift 1", "rotation 5°", "shift 2, mirror"];
        PSObject[] trials = Trials("New-CnnSweep @{ Augmentation = (New-CnnAugmentation -Shift 1), @{ Rotation = 5 }, 'shift 2, mirror' } Baseline");
        Assert.Equal(texts, trials.Select(trial => Text(trial, "Augmentation")));
        Assert.Equal(
            texts,
            Trials("New-CnnSweep @{ Augmentation = (New-CnnAugmentation -Shift 1), @{ Rotation = 5 }, 'shift 2, mirror' } Baseline | Invoke-CnnTraining $train -Epochs 1")
                .Select(result => $"{((TrainingResult)result.BaseObject).Options.Augmentation}"));
    }

    /// <summary>Which PowerShell offers when Tab is pressed within the table.</summary>
    [Fact]
    public void The_table_of_a_sweep_has_a_property_for_each_parameter_that_can_vary() => Assert.Equal(
        typeof(InvokeCnnTrainingCommand).GetProperties()
            .Where(property => property.IsDefined(typeof(TrialValueAttribute), inherit: false) && property.Name != "Seed").Select(property => property.Name).Order(),
        typeof(SweepValues).GetProperties(System.Reflection.BindingFlags.DeclaredOnly | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance)
            .Select(property => property.Name).Order());

    [Theory]
    [InlineData("@{ LerningRate = 0.1 } Baseline", "SweepParameterUnknown", ErrorCategory.InvalidArgument)]
    [InlineData("@{ Convolution3Filters = 4 } Baseline", "SweepParameterUnknown", ErrorCategory.InvalidArgument)]
    [InlineData("@{ Dense3Outputs = 4 } LeNet5, Baseline", "SweepParameterUnknown", ErrorCategory.InvalidArgument)]
    [InlineData("@{ Seed = 1, 2 } Baseline", "SweepParameter", ErrorCategory.InvalidArgument)]
    [InlineData("@{ Preset = 'Wide' } Baseline", "SweepParameter", ErrorCategory.InvalidArgument)]
    [InlineData("@{ Convolution1Filters = 4; Initialization = 'Article' } Baseline", "SweepParameter", ErrorCategory.InvalidArgument)]
    [InlineData("@{ LearningRate = 'fast' } Baseline", "SweepValue", ErrorCategory.InvalidArgument)]
    [InlineData("@{ LearningRate = $null } Baseline", "SweepValue", ErrorCategory.InvalidArgument)]
    [InlineData("@{ Convolution1Filters = 'many' } Baseline", "SweepValue", ErrorCategory.InvalidArgument)]
    [InlineData("@{ LearningRate = @() } Baseline", "SweepDistribution", ErrorCategory.InvalidArgument)]
    [InlineData("@{ BatchSize = 32, 32 } Baseline", "SweepDistribution", ErrorCategory.InvalidArgument)]
    [InlineData("@{ LearningRate = @{ Normal = 0, 1 } } Baseline -Count 2", "SweepDistribution", ErrorCategory.InvalidArgument)]
    [InlineData("@{ LearningRate = @{ LogUniform = 0, 1 } } Baseline -Count 2", "SweepDistribution", ErrorCategory.InvalidArgument)]
    [InlineData("@{ LearningRate = @{ LogUniform = 1 } } Baseline -Count 2", "SweepDistribution", ErrorCategory.InvalidArgument)]
    [InlineData("@{ LearningRate = @{ Uniform = 0.1, 0.2; LogUniform = 0.1, 0.2 } } Baseline -Count 2", "SweepDistribution", ErrorCategory.InvalidArgument)]
    [InlineData("@{ BatchSize = @{ Uniform = 1.5, 4 } } Baseline -Count 2", "SweepDistribution", ErrorCategory.InvalidArgument)]
    [InlineData("@{ Initialization = @{ Uniform = 0, 1 } } Baseline -Count 2", "SweepDistribution", ErrorCategory.InvalidArgument)]
    [InlineData("@{ ClassWeight = @{ Uniform = 1, 2 } } Baseline -Count 2", "SweepDistribution", ErrorCategory.InvalidArgument)]
    [InlineData("@{ ClassWeight = @{ cat = 'much' } } Baseline", "SweepValue", ErrorCategory.InvalidArgument)]
    [InlineData("@{ LearningRateFactor = 2 } Baseline", "SweepValue", ErrorCategory.InvalidArgument)]
    [InlineData("@{ LearningRateFactor = @{ Dense1 = 'fast' } } Baseline", "SweepValue", ErrorCategory.InvalidArgument)]
    [InlineData("@{ Augmentation = @{ Shft = 2 } } Baseline", "SweepValue", ErrorCategory.InvalidArgument)]
    [InlineData("@{ LearningRate = @{ LogUniform = 0.1, 1 } } Baseline", "SweepCount", ErrorCategory.InvalidArgument)]
    [InlineData("@{ BatchSize = 16, 32 } Baseline -Count 3", "SweepCount", ErrorCategory.InvalidArgument)]
    [InlineData("@{ BatchSize = 16 } Baseline -Seed 1, 1", "SweepDistribution", ErrorCategory.InvalidArgument)]
    [InlineData("@{ BatchSize = 16 } Baseline -Seed 3..1", "ParameterArgumentTransformationError", ErrorCategory.InvalidData)]
    [InlineData("@{ BatchSize = 16 } AlexNet", "PresetUnknown", ErrorCategory.InvalidArgument)]
    [InlineData("@{ Convolution1KernelSize = 29 } Baseline", "LayerShape", ErrorCategory.InvalidArgument)]
    public void Bad_input_is_an_error_at_once(string arguments, string errorId, ErrorCategory category) =>
        _session.Fails($"New-CnnSweep {arguments}", errorId, category);

    [Theory]
    [InlineData("@{ ClassWeight = @{ 3 = 2 } } Baseline", "ClassWeight", "{\"3\":2}")]
    [InlineData("@{ ClassWeight = @{ 3 = 2 }, @{ 3 = 2; 4 = 1.5 } } Baseline", "ClassWeight", "{\"3\":2}|{\"3\":2,\"4\":1.5}")]
    [InlineData("@{ ClassWeight = [ordered]@{ cat = 5 } } Baseline", "ClassWeight", "{\"cat\":5}")]
    [InlineData("@{ LearningRateFactor = @{ Dense1 = 2 }, @{ '*.bias' = 0.5 } } Baseline", "LearningRateFactor", "{\"Dense1\":2}|{\"*.bias\":0.5}")]
    [InlineData("@{ Augmentation = @{ Shift = 2 } } Baseline", "Augmentation", "shift 2")]
    [InlineData("@{ Augmentation = 'shift 1', @{ Shift = 2 } } Baseline", "Augmentation", "shift 1|shift 2")]
    public void A_table_alone_is_one_value_where_values_are_tables(string arguments, string name, string expected) =>
        Assert.Equal(
            expected.Replace(" ", "", StringComparison.Ordinal),
            string.Join('|', _session.Run($"New-CnnSweep {arguments} | ForEach-Object {{ \"$($_.{name})\" }}").Output).Replace(" ", "", StringComparison.Ordinal));

    [Fact]
    public void An_unknown_parameter_is_told_with_the_nearest_one_and_all()
    {
        string message = _session.Fails("New-CnnSweep @{ LerningRate = 0.1 } Baseline", "SweepParameterUnknown", ErrorCategory.InvalidArgument).Exception.Message;
        Assert.Contains("'LerningRate'", message);
        Assert.Contains("Did you mean LearningRate?", message);
        Assert.Contains("BatchSize", message);
        Assert.Contains("Convolution2Filters", message);
    }

    [Fact]
    public void A_trial_is_shown_with_its_settings_in_full()
    {
        string text = _session.Show("New-CnnSweep @{ LearningRate = 0.00025; Convolution1Filters = 4 } Baseline");
        Assert.Matches(new Regex(@"^Id +Settings *\n.*\n[0-9a-f]{12} Architecture=Baseline-[0-9a-f]{8} Convolution1Filters=4", RegexOptions.Multiline), text);
        Assert.Contains("LearningRate=0.00025 Seed=1", text);
    }

    private PSObject[] Trials(string script)
    {
        Outcome outcome = _session.Run(script);
        Assert.Empty(outcome.Errors);
        Assert.Null(outcome.Terminating);
        return [.. outcome.Output];
    }

    private static string Text(PSObject trial, string name) => FormattableString.Invariant($"{trial.Properties[name].Value}");
}
