/// Networks with branches as torchvision has them and PyTorch writes them, with an eighth of the filters.
module Cnn.Native.Tests.ResidualGraphs

open Cnn.Onnx
open Cnn.Native.Tests.OnnxGraphs

/// In which order a graph has the nodes of the two branches of a block.
type BranchOrder =
    /// As PyTorch runs them: what is skipped, then the shortcut.
    | SkippedFirst
    /// As Keras has them.
    | ShortcutFirst
    /// A node of the one, then a node of the other.
    | Interleaved

/// A convolution without bias and its normalisation, or, as an export for evaluation has both, one with bias.
let private convolve (normalizes: bool) filters channels (kernel: int) (stride: int) group (g: GraphBuilder) x =
    let settings =
        [| integers "dilations" [ 1L; 1L ]
           OnnxGraphWriter.Integer("group", int64 group)
           window (int64 kernel)
           pads (List.replicate 4 (int64 (kernel / 2)))
           strides (int64 stride) |]

    let weights = g.Weights([ filters; channels / group; kernel; kernel ], sqrt 6.0)

    if normalizes then
        g.BatchNormalization(g.Node("Conv", [ x; weights ], settings), filters)
    else
        g.Node("Conv", [ x; weights; g.Weights [ filters ] ], settings)

let private relu (g: GraphBuilder) x = g.Node("Relu", [ x ])

/// Some nodes of one branch after the other, from what comes into both.
let private branches order (g: GraphBuilder) (x: string) (skipped: (GraphBuilder -> string -> string) list) (shortcut: (GraphBuilder -> string -> string) list) =
    let along from steps = List.fold (fun x step -> step g x) from steps

    match order with
    | SkippedFirst ->
        let main = along x skipped
        main, along x shortcut
    | ShortcutFirst ->
        let short = along x shortcut
        along x skipped, short
    | Interleaved ->
        let first = skipped.Head g x
        let short = along x shortcut
        along first skipped.Tail, short

/// ResNet-18 (torchvision 0.14): a stem of 7×7 with stride 2 and max pooling 3/2/1, four stages of two blocks, and in the first block of all stages but the
/// first a stride of 2 and a shortcut of 1×1.
let resNet18 normalizes order classes (g: GraphBuilder) x =
    let convolve = convolve normalizes
    let x = relu g (convolve 8 3 7 2 1 g x)
    let mutable x = g.Node("MaxPool", [ x ], OnnxGraphWriter.Integer("ceil_mode", 0L), window 3L, pads [ 1L; 1L; 1L; 1L ], strides 2L)
    let mutable channels = 8

    for filters, stride in [ 8, 1; 8, 1; 16, 2; 16, 1; 32, 2; 32, 1; 64, 2; 64, 1 ] do
        let skipped = [ convolve filters channels 3 stride 1; relu; convolve filters filters 3 1 1 ]
        let shortcut = if stride > 1 then [ convolve filters channels 1 stride 1 ] else []
        let main, short = branches order g x skipped shortcut
        x <- relu g (g.Node("Add", [ main; short ]))
        channels <- filters

    g.Linear(g.Flatten(g.Node("GlobalAveragePool", [ x ])), 64, classes)

/// MobileNetV2 (torchvision 0.14): inverted residual blocks, wide and depthwise inside, with a linear end, and ReLU6 as a Clip.
let mobileNetV2 normalizes classes (g: GraphBuilder) x =
    let clip (g: GraphBuilder) x = g.Node("Clip", [ x; g.Number 0f; g.Number 6f ])
    let convolve = convolve normalizes
    let mutable x = clip g (convolve 4 3 3 2 1 g x)
    let mutable channels = 4

    for expansion, filters, count, stride in [ 1, 2, 1, 1; 6, 3, 2, 2; 6, 4, 3, 2; 6, 8, 4, 2; 6, 12, 3, 1; 6, 20, 3, 2; 6, 40, 1, 1 ] do
        for block in 1..count do
            let stride = if block = 1 then stride else 1
            let wide = expansion * channels
            let mutable inside = if expansion > 1 then clip g (convolve wide channels 1 1 1 g x) else x
            inside <- convolve filters wide 1 1 1 g (clip g (convolve wide wide 3 stride wide g inside))
            x <- if stride = 1 && channels = filters then g.Node("Add", [ x; inside ]) else inside
            channels <- filters

    let x = clip g (convolve 160 40 1 1 1 g x)
    g.Linear(g.Flatten(g.Node("GlobalAveragePool", [ x ])), 160, classes)
