namespace Cnn.Layers;

/// <summary>A visitor of the settings of a layer: it gets each setting with its value, and returns the value to use (<see cref="Layer.Rebuild"/>).</summary>
internal abstract class LayerSettings
{
    /// <summary>A setting that is a whole number.</summary>
    /// <param name="property">The name of the property.</param>
    /// <param name="value">The layer's value.</param>
    /// <returns>The value to use.</returns>
    public abstract int Integer(string property, int value);

    /// <summary>A setting that is a whole number and that earlier versions did not have: files omit the value that their layers have.</summary>
    /// <param name="property">The name of the property.</param>
    /// <param name="value">The layer's value.</param>
    /// <param name="absent">The value if a file does not contain it.</param>
    /// <returns>The value to use.</returns>
    public virtual int Integer(string property, int value, int absent) => Integer(property, value);

    /// <summary>A setting that has a number for rows and one for columns.</summary>
    /// <param name="property">The name of the property.</param>
    /// <param name="value">The layer's value.</param>
    /// <returns>The value to use.</returns>
    public abstract PerAxis Axes(string property, PerAxis value);

    /// <summary>A setting that has a number for rows and one for columns, and that earlier versions did not have.</summary>
    /// <param name="property">The name of the property.</param>
    /// <param name="value">The layer's value.</param>
    /// <param name="absent">The value if a file does not contain it.</param>
    /// <returns>The value to use.</returns>
    public virtual PerAxis Axes(string property, PerAxis value, PerAxis absent) => Axes(property, value);

    /// <summary>A setting that is a number.</summary>
    /// <param name="property">The name of the property.</param>
    /// <param name="value">The layer's value.</param>
    /// <returns>The value to use.</returns>
    public abstract double Number(string property, double value);

    /// <summary>A setting that holds or not, and that earlier versions did not have: files leave out the value that these layers have.</summary>
    /// <param name="property">The name of the property.</param>
    /// <param name="value">The layer's value.</param>
    /// <param name="absent">What it means if a file does not have it.</param>
    /// <returns>The value to use.</returns>
    public abstract bool Truth(string property, bool value, bool absent);
}
