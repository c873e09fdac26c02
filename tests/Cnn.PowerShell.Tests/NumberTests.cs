using System.Globalization;
using System.Management.Automation;
using System.Reflection;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

/// <summary>Numbers that come as texts, as from Import-Csv, are read as they were meant or not at all.</summary>
public sealed class NumberTests : IClassFixture<Session>
{
    private const string Transformation = "ParameterArgumentTransformationError";

    private readonly Session _session;

    public NumberTests(Session session) => _session = session.WithMnist(train: 320, test: 100);

    public static TheoryData<string> NumericParameters => new(Properties()
        .Where(property => NumberType(property) != null)
        .Select(property => $"{property.DeclaringType!.Name}.{property.Name}"));

    [Theory]
    [MemberData(nameof(NumericParameters))]
    public void Every_parameter_that_is_a_number_refuses_a_decimal_comma(string name)
    {
        PropertyInfo property = Properties().Single(candidate => $"{candidate.DeclaringType!.Name}.{candidate.Name}" == name);
        ArgumentTransformationAttribute attribute = Assert.Single(property.GetCustomAttributes<ArgumentTransformationAttribute>());
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = Culture("en");
        try
        {
            var error = Assert.Throws<ArgumentTransformationMetadataException>(() => attribute.Transform(null!, "5,0"));
            Assert.Contains("write a decimal point", error.Message);
            Assert.Equal("5", $"{((object?)attribute.Transform(null!, "5"))}");
            Assert.IsType(NumberType(property)!, attribute.Transform(null!, new PSObject("5")));
            if (Type.GetTypeCode(NumberType(property)) != TypeCode.Double)
            {
                Assert.Throws<ArgumentTransformationMetadataException>(() => attribute.Transform(null!, 1.5));
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("", "0.001", 0.001)]
    [InlineData("", "1e-3", 0.001)]
    [InlineData("", "-2.5", -2.5)]
    [InlineData("", "0,001", null)]
    [InlineData("", "1,000", null)]
    [InlineData("en", "1,000.5", null)]
    [InlineData("en", "0,001", null)]
    [InlineData("de", "0,001", 0.001)]
    [InlineData("de", "0.001", 0.001)]
    [InlineData("de", "1,5e-3", 0.0015)]
    [InlineData("de", "1.234", null)]
    [InlineData("de", "1.2340", 1.234)]
    [InlineData("de", "1.234,5", null)]
    [InlineData("fr", "0,001", 0.001)]
    [InlineData("fr", "1.234", 1.234)]
    [InlineData("", "", null)]
    [InlineData("", "many", null)]
    public void A_text_is_read_with_a_point_or_as_the_culture_writes_it(string culture, string text, double? expected)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = Culture(culture);
        try
        {
            var attribute = new NumberAttribute(typeof(double));
            if (expected is { } number)
            {
                Assert.Equal(number, attribute.Transform(null!, text));
            }
            else
            {
                Assert.Contains($"'{text}'", Assert.Throws<ArgumentTransformationMetadataException>(() => attribute.Transform(null!, text)).Message);
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("'1e3'", 1000UL)]
    [InlineData("'32.0'", 32UL)]
    [InlineData("'18446744073709551615'", ulong.MaxValue)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    [InlineData("7.0", 7UL)]
    [InlineData("([bigint]7)", 7UL)]
    public void A_whole_number_keeps_all_its_digits(string seed, ulong expected) =>
        Assert.Equal(expected, _session.Single<Models.Model>($"New-CnnModel Baseline -Seed {seed}").Seed);

    [Theory]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -Epochs '1,0'")]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -Epochs 1.5")]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -Epochs $true")]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -Epochs 3000000000")]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -LearningRate '0,001'")]
    [InlineData("[pscustomobject]@{ Preset = 'Baseline'; LearningRate = '0,001' } | Invoke-CnnTraining $train")]
    [InlineData("[pscustomobject]@{ Preset = 'Baseline'; Epochs = '1,0' } | Invoke-CnnTraining $train")]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -Augmentation @{ Rotation = '0,5' }")]
    [InlineData("New-CnnAugmentation -Shift '1,0'")]
    [InlineData("New-CnnLayer -Convolution -Filters '1,0' -KernelSize 3")]
    [InlineData("New-CnnLayer -Convolution -Filters 1 -KernelSize 3, '3,0'")]
    [InlineData("New-CnnLayer -Dropout -Rate '0,5'")]
    [InlineData("New-CnnSweep @{ BatchSize = 8 } -Preset Baseline -Seed '1,2'")]
    [InlineData("$train | Show-CnnImage -Index '1,2'")]
    public void A_parameter_that_cannot_be_read_is_an_error(string script) =>
        Assert.Contains("'", _session.Fails(script, Transformation, ErrorCategory.InvalidData).Exception.Message);

    [Theory]
    [InlineData("[pscustomobject]@{ Preset = 'Baseline'; LearningRate = '0,001' } | Invoke-CnnSweep $train $test")]
    [InlineData("New-CnnSweep @{ LearningRate = '0,001', '0,005' } -Preset Baseline")]
    [InlineData("New-CnnSweep @{ LearningRate = @{ Uniform = '0,001', '0,005' } } -Preset Baseline")]
    [InlineData("New-CnnSweep @{ Convolution1Filters = '1,0' } -Preset Baseline")]
    [InlineData("New-CnnSweep @{ Epochs = 1.5 } -Preset Baseline")]
    public void A_value_of_a_sweep_that_cannot_be_read_is_an_error(string script) =>
        _session.Fails(script, "SweepValue", ErrorCategory.InvalidArgument);

    [Fact]
    public void A_table_that_was_written_in_German_is_read_in_German()
    {
        _session.Set("german", Culture("de"));
        TrainingResult result = _session.Single<TrainingResult>("""
            [Threading.Thread]::CurrentThread.CurrentCulture = $german
            [pscustomobject]@{ Preset = 'Baseline'; LearningRate = (0.002).ToString(); Epochs = '1' } | Invoke-CnnTraining $train
            """);
        Assert.Equal(0.002, result.Options.LearningRate);
    }

    /// <summary>The separators of a culture. The data of cultures are not there on every machine.</summary>
    private static CultureInfo Culture(string name)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NumberGroupSeparator) = name switch
        {
            "de" => (",", "."),
            "fr" => (",", "\u202F"),
            _ => (".", ","),
        };
        return culture;
    }

    private static IEnumerable<PropertyInfo> Properties() => typeof(CnnCommand).Assembly.GetExportedTypes()
        .Where(type => type.IsDefined(typeof(CmdletAttribute)))
        .SelectMany(type => type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
        .Where(property => property.IsDefined(typeof(ParameterAttribute)));

    private static Type? NumberType(PropertyInfo property)
    {
        Type type = property.PropertyType.GetElementType() ?? Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return !type.IsEnum && Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.Decimal ? type : null;
    }
}
