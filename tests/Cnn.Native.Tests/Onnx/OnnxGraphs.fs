/// Graphs as PyTorch and Keras write them, node by node.
module Cnn.Native.Tests.OnnxGraphs

open System
open System.IO
open Cnn.Memory
open Cnn.Onnx

/// A graph that is put together; the names of nodes are numbers, as PyTorch's were.
type GraphBuilder(seed: int) =
    let writer = OnnxGraphWriter()
    let random = Random seed
    let mutable count = 0

    let fresh () =
        count <- count + 1
        string count

    member _.Writer = writer

    member _.Node(operator: string, inputs: string list, [<ParamArray>] attributes: ProtobufMessage[]) =
        writer.Add(operator, fresh (), List.toArray inputs, attributes)

    /// Numbers that are drawn, as weights are: up to so many roots of the number of inputs.
    member _.Weights(dimensions: int list, ?spread: float) =
        let length = List.fold (*) 1 dimensions
        let spread = float32 (defaultArg spread 1.5)
        let width = spread / sqrt (float32 (max 1 (length / max 1 (List.tryHead dimensions |> Option.defaultValue 1))))
        writer.Constant(fresh (), List.toArray dimensions, Array.init length (fun _ -> width * float32 (2.0 * random.NextDouble() - 1.0)))

    /// Numbers that are positive, as variances are.
    member _.Positive(count: int) =
        writer.Constant(fresh (), [| count |], Array.init count (fun _ -> 0.5f + float32 (random.NextDouble())))

    member _.Floats(dimensions: int list, values: float32 list) = writer.Constant(fresh (), List.toArray dimensions, List.toArray values)
    member this.Number(value: float32) = this.Floats([], [ value ])
    member _.Integers(values: int64 list) = writer.Constant(fresh (), List.toArray values)

    member this.Convolution(input, filters, channels, kernel, [<ParamArray>] attributes: ProtobufMessage[]) =
        this.Node("Conv", [ input; this.Weights [ filters; channels; kernel; kernel ]; this.Weights [ filters ] ], attributes)

    member this.BatchNormalization(input, channels) =
        this.Node("BatchNormalization", [ input; this.Positive channels; this.Weights [ channels ]; this.Weights [ channels ]; this.Positive channels ])

    /// A dense layer as in PyTorch.
    member this.Linear(input, inputs, outputs) =
        this.Node("Gemm", [ input; this.Weights [ outputs; inputs ]; this.Weights [ outputs ] ], OnnxGraphWriter.Integer("transB", 1L))

    /// A dense layer as Keras has it.
    member this.Dense(input, inputs, outputs) =
        this.Node("Add", [ this.Node("MatMul", [ input; this.Weights [ inputs; outputs ] ]); this.Weights [ outputs ] ])

    member this.Flatten(input) = this.Node("Flatten", [ input ])

let integers name (values: int64 list) = OnnxGraphWriter.Integers(name, List.toArray values)
let pads values = integers "pads" values
let strides size = integers "strides" [ size; size ]
let window size = integers "kernel_shape" [ size; size ]

/// The attribute that is a text; the engine's own graphs have none.
let text (name: string) (value: string) =
    let attribute = ProtobufMessage()
    attribute.Add(1, name)
    attribute.Add(4, value)
    attribute.Add(20, 3L)
    attribute

/// A file around a graph, whose input is N and the dimensions given.
let fileOf (opset: int) (dimensions: int list) (make: GraphBuilder -> string -> string) =
    let graph = GraphBuilder opset
    graph.Writer.Rename(make graph "input", "output")
    let input = OnnxGraphWriter.Value("input", 1, List.toArray dimensions)
    let message = ProtobufMessage()
    message.Add(1, 7L)
    let operators = ProtobufMessage()
    operators.Add(2, int64 opset)
    message.Add(8, operators)
    message.Add(7, graph.Writer.ToMessage("main_graph", input, OnnxGraphWriter.Value("output", 1, 3)))
    use stream = new MemoryStream()
    message.WriteTo stream
    stream.ToArray()

/// A node that is one whole number, as PyTorch has them.
let private scalar (g: GraphBuilder) (value: int64) =
    let tensor = ProtobufMessage()
    tensor.Add(2, 7L)
    tensor.Add(9, BitConverter.GetBytes value)
    let attribute = ProtobufMessage()
    attribute.Add(1, "value")
    attribute.Add(5, tensor)
    attribute.Add(20, 4L)
    g.Node("Constant", [], attribute)

/// What PyTorch writes for x.view(x.size(0), -1) at opsets before 13.
let view (g: GraphBuilder) input =
    let list name = g.Node("Unsqueeze", [ name ], integers "axes" [ 0L ])
    let batch = g.Node("Gather", [ g.Node("Shape", [ input ]); scalar g 0L ], OnnxGraphWriter.Integer("axis", 0L))
    let shape = g.Node("Concat", [ list batch; list (scalar g -1L) ], OnnxGraphWriter.Integer("axis", 0L))
    g.Node("Reshape", [ input; shape ])

/// Networks for images of 2×9×7 and three classes, and how images come in: true for N H W C.
let networks: (string * int * bool * (GraphBuilder -> string -> string)) list =
    [ "LeNet of PyTorch", 9, false,
      fun g x ->
          let x = g.Node("Relu", [ g.Convolution(x, 4, 2, 3, pads [ 1L; 1L; 1L; 1L ]) ])
          let x = g.Node("MaxPool", [ x ], window 2L, strides 2L)
          let x = g.Node("Relu", [ g.Convolution(x, 6, 4, 2) ])
          let x = view g x
          let x = g.Node("Relu", [ g.Linear(x, 36, 8) ])
          g.Linear(x, 8, 3)
      "VGG with normalisation", 11, false,
      fun g x ->
          let x = g.Node("Conv", [ x; g.Weights [ 4; 2; 3; 3 ] ], pads [ 1L; 1L; 1L; 1L ], integers "dilations" [ 1L; 1L ], OnnxGraphWriter.Integer("group", 1L))
          let x = g.Node("Relu", [ g.BatchNormalization(x, 4) ])
          let x = g.Node("AveragePool", [ x ], window 2L, strides 2L)
          let x = g.Node("Identity", [ g.Node("Dropout", [ g.Flatten x ], OnnxGraphWriter.Number("ratio", 0.25)) ])
          let x = g.BatchNormalization(g.Linear(x, 48, 8), 8)
          g.Linear(x, 8, 3)
      "blocks of ResNet", 13, false,
      fun g x ->
          let x = g.Node("Relu", [ g.Convolution(x, 4, 2, 3, pads [ 1L; 1L; 1L; 1L ]) ])
          let x = g.Node("MaxPool", [ x ], window 3L, strides 2L, pads [ 1L; 1L; 1L; 1L ])
          let branch = g.Node("Relu", [ g.Convolution(x, 4, 4, 3, pads [ 1L; 1L; 1L; 1L ]) ])
          let branch = g.BatchNormalization(g.Convolution(branch, 4, 4, 3, pads [ 1L; 1L; 1L; 1L ]), 4)
          let x = g.Node("Relu", [ g.Node("Add", [ branch; x ]) ])
          let x = g.Node("Relu", [ g.Node("Add", [ x; g.Convolution(x, 4, 4, 1) ]) ])
          g.Linear(g.Flatten(g.Node("GlobalAveragePool", [ x ])), 4, 3)
      "blocks of MobileNetV2", 13, false,
      fun g x ->
          let clip x = g.Node("Clip", [ x; g.Number 0f; g.Number 0.6f ])
          let x = clip (g.Convolution(x, 4, 2, 3, strides 2L, pads [ 1L; 1L; 1L; 1L ]))
          let wide = clip (g.Convolution(x, 8, 4, 1))
          let deep = clip (g.Convolution(wide, 8, 1, 3, pads [ 1L; 1L; 1L; 1L ], OnnxGraphWriter.Integer("group", 8L)))
          let x = g.Node("Add", [ x; g.Convolution(deep, 4, 8, 1) ])
          let x = g.Node("ReduceMean", [ x ], integers "axes" [ 2L; 3L ], OnnxGraphWriter.Integer("keepdims", 0L))
          g.Linear(x, 4, 3)
      "clips with settings, and at one end", 9, false,
      fun g x ->
          let x = g.Node("Clip", [ g.Convolution(x, 4, 2, 3) ], OnnxGraphWriter.Number("min", -0.2), OnnxGraphWriter.Number("max", 0.4))
          let x = g.Node("Clip", [ g.Convolution(x, 4, 4, 1) ], OnnxGraphWriter.Number("max", 0.3))
          let x = g.Node("Clip", [ g.Convolution(x, 4, 4, 1) ], OnnxGraphWriter.Number("min", -0.1))
          g.Linear(g.Flatten x, 140, 3)
      "Keras", 15, true,
      fun g x ->
          let x = g.Node("Mul", [ x; g.Number 2.5f ])
          let x = g.Node("Transpose", [ x ], integers "perm" [ 0L; 3L; 1L; 2L ])
          let x = g.Node("Conv", [ x; g.Weights [ 4; 2; 3; 3 ]; g.Weights [ 4 ] ], text "auto_pad" "SAME_UPPER", strides 2L)
          let x = g.Node("Transpose", [ g.Node("Relu", [ x ]) ], integers "perm" [ 0L; 2L; 3L; 1L ])
          let x = g.Node("Mul", [ x; g.Floats([ 4 ], [ 0.5f; 2f; -1f; 1.5f ]) ])
          let x = g.Node("Reshape", [ x; g.Integers [ -1L; 80L ] ])
          let x = g.Node("Relu", [ g.Dense(x, 80, 6) ])
          g.Dense(x, 6, 3)
      "Keras without an image after", 15, true,
      fun g x ->
          let x = g.Node("Transpose", [ x ], integers "perm" [ 0L; 3L; 1L; 2L ])
          let x = g.Node("Conv", [ x; g.Weights [ 4; 2; 3; 3 ] ], text "auto_pad" "SAME_LOWER", strides 2L)
          let x = g.Node("Add", [ x; g.Weights [ 1; 4; 1; 1 ] ])
          let x = g.Node("Transpose", [ x ], integers "perm" [ 0L; 2L; 3L; 1L ])
          let x = g.Node("Sigmoid", [ x ])
          let x = g.Node("ReduceMean", [ x ], integers "axes" [ 1L; 2L ], OnnxGraphWriter.Integer("keepdims", 0L))
          g.Dense(x, 4, 3)
      "GELU as a quotient", 12, false,
      fun g x ->
          let x = g.Convolution(x, 4, 2, 3)
          let erf = g.Node("Erf", [ g.Node("Div", [ x; g.Number 1.41421354f ]) ])
          let x = g.Node("Mul", [ g.Node("Mul", [ x; g.Node("Add", [ erf; g.Number 1f ]) ]); g.Number 0.5f ])
          g.Linear(g.Flatten x, 140, 3)
      "GELU as a product, after a bias", 12, false,
      fun g x ->
          let x = g.Dense(g.Flatten x, 126, 5)
          let erf = g.Node("Erf", [ g.Node("Mul", [ x; g.Number 0.707106769f ]) ])
          let half = g.Node("Mul", [ g.Number 0.5f; x ])
          let x = g.Node("Mul", [ half; g.Node("Add", [ g.Number 1f; erf ]) ])
          g.Dense(x, 5, 3)
      "GELU as an operator", 20, false, fun g x -> g.Linear(g.Flatten(g.Node("Gelu", [ g.Convolution(x, 4, 2, 3) ])), 140, 3)
      "zeros in front of a convolution", 13, false,
      fun g x ->
          let x = g.Node("Pad", [ x; g.Integers [ 0L; 0L; 0L; 1L; 0L; 0L; 2L; 0L ]; g.Number 0f ])
          let x = g.Node("Relu", [ g.Convolution(x, 4, 2, 3, strides 2L) ])
          g.Linear(g.Flatten x, 60, 3)
      "zeros as settings, in front of others", 9, false,
      fun g x ->
          let x = g.Node("Pad", [ x ], integers "pads" [ 0L; 0L; 1L; 1L; 0L; 0L; 1L; 1L ], text "mode" "constant")
          let x = g.Node("MaxPool", [ g.Node("Tanh", [ x ]) ], window 2L, strides 2L)
          g.Linear(g.Flatten x, 40, 3)
      "other numbers for rows than for columns", 17, false,
      fun g x ->
          let x = g.Convolution(x, 4, 2, 3, integers "strides" [ 1L; 2L ], pads [ 2L; 1L; 2L; 1L ], integers "dilations" [ 2L; 1L ])
          let x = g.Node("MaxPool", [ g.Node("Relu", [ x ]) ], integers "kernel_shape" [ 2L; 3L ], integers "strides" [ 1L; 2L ], pads [ 0L; 1L; 0L; 1L ])
          let x = g.Node("AveragePool", [ x ], integers "kernel_shape" [ 3L; 1L ], integers "strides" [ 2L; 1L ], pads [ 1L; 0L; 1L; 0L ], OnnxGraphWriter.Integer("count_include_pad", 1L))
          let x = g.Node("AveragePool", [ x ], integers "kernel_shape" [ 1L; 2L ])
          g.Linear(g.Flatten x, 16, 3)
      "padding that differs from side to side, and a stride and a dilation that differ too", 17, false,
      fun g x ->
          let x = g.Convolution(x, 4, 2, 3, integers "strides" [ 2L; 1L ], pads [ 0L; 1L; 2L; 3L ], integers "dilations" [ 1L; 2L ])
          let x = g.Node("MaxPool", [ g.Node("Relu", [ x ]) ], integers "kernel_shape" [ 3L; 2L ], integers "strides" [ 2L; 1L ], OnnxGraphWriter.Integer("ceil_mode", 1L))
          g.Linear(g.Flatten x, 48, 3)
      "zeros at two sides", 13, false,
      fun g x ->
          let x = g.Node("Pad", [ x; g.Integers [ 0L; 0L; 0L; 1L; 0L; 0L; 0L; 1L ]; g.Number 0f ])
          let x = g.Node("MaxPool", [ g.Node("Tanh", [ x ]) ], integers "kernel_shape" [ 3L; 1L ], integers "strides" [ 2L; 1L ])
          g.Linear(g.Flatten x, 72, 3)
      "padding that differs from side to side", 17, false,
      fun g x ->
          let x = g.Convolution(x, 4, 2, 3, strides 2L, pads [ 0L; 1L; 2L; 1L ])
          let x = g.Node("Conv", [ x; g.Weights [ 4; 4; 1; 3 ]; g.Weights [ 4 ] ], pads [ 0L; 1L; 0L; 1L ])
          let x = g.Node("Conv", [ x; g.Weights [ 4; 4; 3; 1 ]; g.Weights [ 4 ] ], pads [ 2L; 0L; 0L; 0L ], integers "dilations" [ 2L; 1L ])
          g.Linear(g.Flatten x, 48, 3)
      "groups and dilation", 17, false,
      fun g x ->
          let x = g.Convolution(x, 4, 1, 3, integers "dilations" [ 2L; 2L ], pads [ 2L; 2L; 2L; 2L ], OnnxGraphWriter.Integer("group", 2L))
          g.Linear(g.Flatten(g.Node("LeakyRelu", [ x ], OnnxGraphWriter.Number("alpha", 0.3))), 252, 3)
      "pooling with padding, of negative values too", 17, false,
      fun g x ->
          let x = g.Node("MaxPool", [ g.Convolution(x, 4, 2, 1) ], window 3L, strides 2L, pads [ 1L; 1L; 1L; 1L ])
          let x = g.Node("AveragePool", [ x ], window 3L, strides 1L, pads [ 1L; 1L; 1L; 1L ])
          let x = g.Node("AveragePool", [ x ], window 3L, strides 1L, pads [ 2L; 2L; 2L; 2L ], OnnxGraphWriter.Integer("count_include_pad", 1L))
          g.Linear(g.Flatten x, 168, 3)
      "pooling of all sorts", 12, false,
      fun g x ->
          let x = g.Node("Relu", [ g.Convolution(x, 4, 2, 1) ])
          let x = g.Node("MaxPool", [ x ], window 2L, strides 2L, OnnxGraphWriter.Integer("ceil_mode", 1L))
          let x = g.Node("AveragePool", [ x ], window 2L, strides 1L, pads [ 1L; 1L; 0L; 0L ], OnnxGraphWriter.Integer("count_include_pad", 1L))
          let x = g.Node("HardSigmoid", [ x ], OnnxGraphWriter.Number("alpha", 1.5), OnnxGraphWriter.Number("beta", 0.1))
          let x = g.Node("AveragePool", [ x ], integers "kernel_shape" [ 5L; 4L ])
          g.Linear(g.Node("Squeeze", [ x ], integers "axes" [ 2L; 3L ]), 4, 3)
      "matrices in all their forms", 13, false,
      fun g x ->
          let x = g.Node("Transpose", [ g.Node("Transpose", [ x ], integers "perm" [ 0L; 2L; 3L; 1L ]) ], integers "perm" [ 0L; 3L; 1L; 2L ])
          let x = g.Node("Gemm", [ g.Flatten x; g.Weights [ 126; 5 ]; g.Weights [ 1; 5 ] ], OnnxGraphWriter.Number("alpha", 0.5), OnnxGraphWriter.Number("beta", 2.0))
          let x = g.Node("Gemm", [ x; g.Node("Transpose", [ g.Weights [ 4; 5 ] ], integers "perm" [ 1L; 0L ]); g.Number 0.5f ])
          let x = g.Node("Gemm", [ x; g.Weights [ 4; 4 ] ])
          let x = g.Node("Sub", [ g.Number 1f; g.Node("Div", [ x; g.Number 2f ]) ])
          g.Linear(x, 4, 3)
      "products without biases", 13, false,
      fun g x ->
          let bare input filters channels kernel = g.Node("Conv", [ input; g.Weights [ filters; channels; kernel; kernel ] ])
          let x = g.Node("Relu", [ bare x 4 2 3 ])
          // A factor for each filter is one of its weights; a number that is added to each is its bias, even if it is 0.
          let x = g.Node("Tanh", [ g.Node("Mul", [ bare x 4 4 1; g.Weights [ 4; 1; 1 ] ]) ])
          let x = g.Node("Tanh", [ g.Node("Add", [ bare x 4 4 1; g.Floats([ 4; 1; 1 ], [ 0f; 0f; 0f; 0f ]) ]) ])
          let x = g.Node("Tanh", [ g.Node("Gemm", [ g.Flatten x; g.Weights [ 6; 140 ] ], OnnxGraphWriter.Integer("transB", 1L)) ])
          let x = g.Node("Tanh", [ g.Node("Div", [ g.Node("MatMul", [ x; g.Weights [ 6; 5 ] ]); g.Number 0.5f ]) ])
          let x = g.Node("Tanh", [ g.Dense(x, 5, 4) ])
          g.Node("MatMul", [ x; g.Weights [ 4; 3 ] ])
      "a normalisation in front", 13, false,
      fun g x ->
          let x = g.Node("Sub", [ x; g.Floats([ 1; 2; 1; 1 ], [ 0.4f; 0.5f ]) ])
          let x = g.Node("Div", [ x; g.Floats([ 2; 1; 1 ], [ 0.2f; 0.3f ]) ])
          g.Linear(g.Flatten(g.Convolution(x, 4, 2, 3, pads [ 1L; 1L; 1L; 1L ])), 252, 3)
      "a negative in front", 13, false, fun g x -> g.Linear(g.Flatten(g.Convolution(g.Node("Sub", [ g.Number 1f; x ]), 4, 2, 3)), 140, 3)
      "a size from products", 16, false,
      fun g x ->
          let shape = g.Node("Shape", [ x ])
          let at i = g.Node("Gather", [ shape; g.Integers [ i ] ])
          let features = g.Node("Mul", [ g.Node("Mul", [ at 1L; at 2L ]); at 3L ])
          let x = g.Node("Reshape", [ x; g.Node("Concat", [ g.Node("Slice", [ shape; g.Integers [ 0L ]; g.Integers [ 1L ] ]); features ], OnnxGraphWriter.Integer("axis", 0L)) ])
          g.Node("Softmax", [ g.Linear(x, 126, 3) ], OnnxGraphWriter.Integer("axis", -1L)) ]
