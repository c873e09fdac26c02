using System.Management.Automation;
using Cnn.Serialization;

namespace Cnn.PowerShell;

/// <summary>Makes a model again from the properties that were returned by a job, a remote session or Import-Clixml.</summary>
public sealed class ModelConverter : PSTypeConverter
{
    private const string Content = nameof(Formatting.ViewMembers.Safetensors);

    /// <inheritdoc/>
    public override bool CanConvertFrom(PSObject sourceValue, Type destinationType) => ContentOf(sourceValue) != null;

    /// <inheritdoc/>
    public override bool CanConvertFrom(object sourceValue, Type destinationType) => sourceValue is PSObject wrapped && CanConvertFrom(wrapped, destinationType);

    /// <inheritdoc/>
    public override object ConvertFrom(PSObject sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase)
    {
        try
        {
            return ModelFile.FromBytes(ContentOf(sourceValue)!, $"{sourceValue}");
        }
        catch (CnnException error)
        {
            throw new PSInvalidCastException(error.Message, error);
        }
    }

    /// <inheritdoc/>
    public override object ConvertFrom(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        ConvertFrom((PSObject)sourceValue, destinationType, formatProvider, ignoreCase);

    /// <inheritdoc/>
    public override bool CanConvertTo(object sourceValue, Type destinationType) => false;

    /// <inheritdoc/>
    public override object ConvertTo(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        throw new PSNotSupportedException();

    private static byte[]? ContentOf(PSObject source) =>
        LiveObjectAttribute.IsCopyOfModel(source) && source.Properties[Content]?.Value is { } value
            ? value.Unwrap() as byte[]
            : null;
}
