using System.Collections.Frozen;
using Cnn.Serialization;

namespace Cnn.Onnx;

/// <summary>The numbers of the ONNX format (onnx.proto) that reading and writing need.</summary>
internal static class OnnxFormat
{
    /// <summary>Fields of a model.</summary>
    public static class Model
    {
        public const int IrVersion = 1;
        public const int ProducerName = 2;
        public const int ProducerVersion = 3;
        public const int Graph = 7;
        public const int OpsetImport = 8;
        public const int Metadata = 14;
    }

    /// <summary>Fields of a set of operators that a model uses.</summary>
    public static class Opset
    {
        public const int Domain = 1;
        public const int Version = 2;
    }

    /// <summary>Fields of a text with its name.</summary>
    public static class Entry
    {
        public const int Key = 1;
        public const int Value = 2;
    }

    /// <summary>Fields of a graph.</summary>
    public static class Graph
    {
        public const int Node = 1;
        public const int Name = 2;
        public const int Initializer = 5;
        public const int Input = 11;
        public const int Output = 12;
    }

    /// <summary>Fields of a node.</summary>
    public static class Node
    {
        public const int Input = 1;
        public const int Output = 2;
        public const int Name = 3;
        public const int OperatorType = 4;
        public const int Attribute = 5;
        public const int Domain = 7;
    }

    /// <summary>Fields of an attribute, and the types that it may have.</summary>
    public static class Attribute
    {
        public const int Name = 1;
        public const int Float = 2;
        public const int Integer = 3;
        public const int Text = 4;
        public const int Tensor = 5;
        public const int Floats = 7;
        public const int Integers = 8;
        public const int Type = 20;

        public const int FloatType = 1;
        public const int IntegerType = 2;
        public const int IntegersType = 7;
    }

    /// <summary>Fields of a tensor, and the types of its values.</summary>
    public static class Tensor
    {
        public const int Dimensions = 1;
        public const int DataType = 2;
        public const int FloatData = 4;
        public const int Int32Data = 5;
        public const int Int64Data = 7;
        public const int Name = 8;
        public const int RawData = 9;
        public const int DoubleData = 10;
        public const int DataLocation = 14;

        public const int Float32 = 1;
        public const int UInt8 = 2;
        public const int Int32 = 6;
        public const int Int64 = 7;
        public const int Float16 = 10;
        public const int Float64 = 11;
    }

    /// <summary>Fields of an input or an output, and of what its type is made of.</summary>
    public static class Value
    {
        public const int Name = 1;
        public const int Type = 2;
        public const int TensorType = 1;
        public const int ElementType = 1;
        public const int Shape = 2;
        public const int Dimension = 1;
        public const int DimensionValue = 1;
        public const int DimensionName = 2;
    }

    /// <summary>The metadata name of the class names, a JSON list that any program may read.</summary>
    public const string ClassNamesName = "class_names";

    /// <summary>This product's metadata name of the value of the lightest pixel of the input.</summary>
    public const string InputRangeName = CnnFile.Prefix + "input_range";

    /// <summary>The version of the format that came with each version of the operators: a reader of that time supports both.</summary>
    public static readonly FrozenDictionary<int, int> IrVersionOf = new Dictionary<int, int>
    {
        [9] = 4,
        [10] = 5,
        [11] = 6,
        [12] = 7,
        [13] = 7,
        [14] = 7,
        [15] = 8,
        [16] = 8,
        [17] = 8,
        [18] = 8,
        [19] = 9,
        [20] = 9,
        [21] = 10,
        [22] = 10,
        [23] = 11,
        [24] = 12,
        [25] = 13,
    }.ToFrozenDictionary();

    /// <summary>The largest size of a protocol buffers message, in bytes.</summary>
    public const long MostBytes = int.MaxValue;
}
