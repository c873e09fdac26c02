using System.Text.Json.Serialization;

namespace Cnn.Data;

/// <summary>What fills the area from outside a picture when it is moved.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Border>))]
public enum Border
{
    /// <summary>The byte 0. Right for drawings on black, such as MNIST's digits.</summary>
    Black,

    /// <summary>The nearest pixel of the picture.</summary>
    Edge,

    /// <summary>The picture reflected at its outermost pixels, which are not repeated. Right for photographs.</summary>
    Reflect,
}
