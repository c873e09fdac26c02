/// Law 3: every gradient equals the central finite difference of what it is the gradient of.
module Cnn.Native.Tests.GradientTests

open System
open Microsoft.FSharp.NativeInterop
open FsCheck.FSharp
open FsCheck.Xunit
open Xunit
open Cnn.Kernels
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.NetworkShapes
open Cnn.Native.Tests.ReferenceNetwork

/// How far a value is moved to see what the loss does. All is in double precision, so a small step is a good one.
let private step = 1e-5

/// The central difference of a function by one coordinate, or nothing where a ReLU or a maximum goes another way within the step.
let private difference (loss: float[] -> Decisions -> float) (at: float[]) coordinate =
    let moved by =
        let there = Array.copy at
        there[coordinate] <- at[coordinate] + by
        let decisions = Decisions()
        loss there decisions, decisions.Taken.ToArray()

    let after, decisionsAfter = moved step
    let before, decisionsBefore = moved -step
    if decisionsAfter = decisionsBefore then Some((after - before) / (2.0 * step)) else None

/// Values that are all different, none of them near zero, so that no ReLU and no maximum is near to going another way.
let private farFromKinks (random: Random) count =
    let values = Array.init count (fun i -> float32 (0.01 * (float (i - count / 2) + 0.5)))
    random.Shuffle values
    values

/// [image][channel][row][column] to [image][row][column][channel], the order in which the kernels have it.
let private channelsLast images (shape: Shape) (values: 'a[]) =
    [| for image in 0 .. images - 1 do
           for pixel in 0 .. shape.Height * shape.Width - 1 do
               for channel in 0 .. shape.Channels - 1 ->
                   values[image * shape.Length + channel * shape.Height * shape.Width + pixel] |]

let private native (values: float32[]) =
    let buffer = new NativeBuffer<float32>(values.Length)
    values.CopyTo(buffer.Span(0, values.Length))
    buffer

let private valuesOf (buffer: NativeBuffer<float32>) =
    buffer.Span(0, int buffer.Length).ToArray() |> Array.map float

/// What the engine's layer makes of some images, and the gradients of its input and its tensors for a gradient of its output.
let private passOf (kernels: KernelSet) (layer: Layer) shape images input (tensors: float32[] list) outputGradient =
    let zeros length = native (Array.zeroCreate length)
    let tensorAt index = List.tryItem index tensors |> Option.defaultValue [||]
    use input = native input
    use output = zeros (images * layer.OutputShape(shape).Length)
    use outputGradient = native outputGradient
    use inputGradient = zeros (images * shape.Length)
    use weight = native (tensorAt 0)
    use bias = native (tensorAt 1)
    use weightGradient = zeros (tensorAt 0).Length
    use biasGradient = zeros (tensorAt 1).Length
    let orNull (buffer: NativeBuffer<float32>) = if buffer.Length = 0L then NativePtr.nullPtr else buffer.Pointer
    use state = new NativeBuffer<int>(int64 (images * layer.StateLength shape))
    use scratch = zeros (layer.ScratchLength(kernels, shape))
    use forwardWeights = zeros (layer.ForwardWeightsLength(kernels, shape))
    use backwardWeights = zeros (layer.BackwardWeightsLength(kernels, shape))
    use sums = zeros (layer.GradientSumsLength(kernels, shape))

    let pass =
        LayerPass(
            Kernels = kernels, InputShape = shape, Images = images,
            Input = input.Pointer, Output = output.Pointer,
            OutputGradient = outputGradient.Pointer, InputGradient = inputGradient.Pointer,
            Weight = weight.Pointer, Bias = orNull bias,
            ForwardWeights = forwardWeights.Pointer, BackwardWeights = backwardWeights.Pointer, GradientSums = sums.Pointer,
            WeightGradient = weightGradient.Pointer, BiasGradient = orNull biasGradient,
            State = state.Pointer, Scratch = scratch.Pointer)

    layer.PackForward &pass
    layer.PackBackward &pass
    layer.Forward &pass
    layer.Backward &pass

    if sums.Length > 0L then
        layer.UnpackGradient &pass

    let parts = layer.GradientParts shape

    // In two pieces, as two threads would make it.
    if parts > 0 then
        layer.ParameterGradient(&pass, 0, parts / 2)
        layer.ParameterGradient(&pass, parts / 2, parts - parts / 2)

    valuesOf output, valuesOf inputGradient, [ valuesOf weightGradient; valuesOf biasGradient ]

/// The loss here is the sum of all outputs, each times a number of its own: then those numbers are the gradient of the output.
let private gradientsAreDifferences (layer: Layer) (shape: Shape) images seed =
    let random = Random(seed: int)
    let outputShape = layer.OutputShape shape
    let single count = Array.init count (fun _ -> float32 (random.NextDouble() - 0.5))
    let input = farFromKinks random (images * shape.Length)
    let tensors = [ for tensor in layer.Parameters shape -> single tensor.Length ]
    let outputGradient = single (images * outputShape.Length)

    let outputs (tensors: float[] list) (input: float[]) decisions =
        input |> Array.chunkBySize shape.Length |> Array.collect (forward layer shape tensors decisions)

    let loss tensors input decisions =
        outputs tensors input decisions |> Array.map2 (fun scale output -> float scale * output) outputGradient |> Array.sum

    let slope loss at = Array.init (Array.length at) (difference loss at >> Option.get)
    let tensors64 = tensors |> List.map (Array.map float)
    let input64 = Array.map float input

    let inputSlope = slope (loss tensors64) input64
    let tensorSlopes = tensors64 |> List.mapi (fun index tensor -> slope (fun moved -> loss (List.updateAt index moved tensors64) input64) tensor)
    let expected = outputs tensors64 input64 (Decisions())

    for kernels in kernelSets do
        let output, inputGradient, tensorGradients =
            passOf kernels layer shape images (channelsLast images shape input) tensors (channelsLast images outputShape outputGradient)

        close 1e-4 $"the output of {layer}, {kernels.Name}" (channelsLast images outputShape expected) output
        close 1e-4 $"the input gradient of {layer}, {kernels.Name}" (channelsLast images shape inputSlope) inputGradient

        for slopes, gradients in Seq.zip tensorSlopes tensorGradients do
            close 1e-4 $"a parameter gradient of {layer}, {kernels.Name}" slopes gradients

[<Property(Arbitrary = [| typeof<NetworkShapes> |], MaxTest = 40)>]
let ``The gradients of a convolution equal finite differences`` (c: ConvolutionCase) =
    gradientsAreDifferences c.Layer c.Input c.Images c.Seed

[<Property(Arbitrary = [| typeof<NetworkShapes> |], MaxTest = 40)>]
let ``The gradient of max pooling equals finite differences`` (c: PoolingCase) =
    gradientsAreDifferences c.Layer c.Input c.Images c.Seed

[<Property(MaxTest = 40)>]
let ``The gradients of a dense layer equal finite differences`` (Size 40 inputs) (Size 30 outputs) (Size 12 images) (hasBias: bool) seed =
    gradientsAreDifferences (Dense(outputs, hasBias)) (Shape.Vector inputs) images seed

[<Property(MaxTest = 30)>]
let ``The gradient of ReLU equals finite differences`` (Size 5 channels) (Size 7 height) (Size 7 width) (Size 4 images) seed =
    gradientsAreDifferences (Relu()) (Shape(channels, height, width)) images seed

[<Property(MaxTest = 60)>]
let ``The gradients of the other functions of each value equal finite differences`` (Size 5 channels) (Size 7 height) (Size 7 width) (Size 4 images) (Size 6 kind) seed =
    let layer: Layer = [ LeakyRelu 0.3 :> Layer; Relu6(); Gelu(); Tanh(); Sigmoid(); Scaling -0.7 ][kind - 1]
    gradientsAreDifferences layer (Shape(channels, height, width)) images seed

[<Property(Arbitrary = [| typeof<NetworkShapes> |], MaxTest = 40)>]
let ``The gradient of average pooling equals finite differences`` (c: PoolingCase) (excludesPadding: bool) =
    gradientsAreDifferences (AveragePooling(c.Layer.Window, c.Layer.Stride, c.Layer.Padding, excludesPadding)) c.Input c.Images c.Seed

[<Property(MaxTest = 30)>]
let ``The gradient of global average pooling equals finite differences`` (Size 9 channels) (Size 7 height) (Size 7 width) (Size 4 images) seed =
    gradientsAreDifferences (GlobalAveragePooling()) (Shape(channels, height, width)) images seed

[<Property(MaxTest = 30)>]
let ``The gradient of flatten equals finite differences`` (Size 9 channels) (Size 7 height) (Size 7 width) (Size 4 images) seed =
    gradientsAreDifferences (Flatten()) (Shape(channels, height, width)) images seed

[<Property(MaxTest = 50)>]
let ``The gradient of softmax cross-entropy equals finite differences`` (Size 12 classes) (Size 9 images) (seed: int) =
    let classes = classes + 1
    let random = Random seed
    let logits = Array.init (images * classes) (fun _ -> float32 (10.0 * random.NextDouble() - 5.0))
    let labels = Array.init images (fun _ -> random.Next classes)
    let scale = 1f / float32 images

    let loss (logits: float[]) (_: Decisions) =
        logits |> Array.chunkBySize classes |> Array.map2 (fun label row -> crossEntropy row label) labels |> Array.average

    let slope = Array.init logits.Length (difference loss (Array.map float logits) >> Option.get)

    for kernels in kernelSets do
        use values = native logits
        use gradient = native (Array.zeroCreate logits.Length)
        use losses = native (Array.zeroCreate images)
        use labelBuffer = new NativeBuffer<int>(images)
        labels.CopyTo(labelBuffer.Span(0, images))
        kernels.SoftmaxCrossEntropy(images, classes, values.Pointer, labelBuffer.Pointer, 0f, scale, losses.Pointer, gradient.Pointer)
        close 1e-4 "the gradient of the logits" slope (valuesOf gradient)
        Assert.Equal(loss (Array.map float logits) (Decisions()), Array.average (valuesOf losses), 1e-5)

/// The loss of a batch and the gradient of all parameters, as a step of the training makes them, shards and all.
/// With β₁ = 0 the first moment of Adam is the gradient.
let private stepOf (kernels: KernelSet) (model: Model) (images: Cnn.Data.ImageSet) threads =
    let before = parametersOf model
    use step = new TrainingStep(model, ExecutionPlan model, TrainingOptions(Optimizer = Adam(Beta1 = 0.0), Threads = threads), kernels, images.Count)
    let loss = step.Run(images, ReadOnlySpan [| 0 .. images.Count - 1 |], Threading.CancellationToken.None)
    setParameters model before

    let gradient =
        [| for parameter in model.Parameters do
               yield! step.OptimizerState.Buffers[0].Span(int64 parameter.Offset, parameter.Length).ToArray() |]

    loss.Value, Array.map float gradient

/// The gradient of some parameters by differences, and by the engine on so many threads. Where single precision may decide otherwise
/// than double, there is no one gradient to compare with: then nothing is compared, and the answer is no.
let private isSlopeOfLoss (network: Network) count threads =
    let model = Model(network.Input, network.Layers)
    drawParameters network.Seed model
    let images = noise network.Seed network.Input network.Classes network.Images
    model.Describe(Normalization.Of images, images.ClassNames)
    let inputs = Array.init images.Count (normalized model images)
    let parameters = Array.map float (parametersOf model)
    let lossAt at decisions = loss model at inputs (images.Labels.ToArray()) decisions
    let decisions = Decisions()
    let expectedLoss = lossAt parameters decisions
    // Of a loss near zero the gradient is what rounding left of 1 − probability.
    let isClear = decisions.Margin > 1e-5 && expectedLoss > 1e-3

    if isClear then
        let random = Random network.Seed
        let coordinates = Array.init count (fun _ -> random.Next parameters.Length)

        let smooth =
            coordinates
            |> Array.choose (fun at -> difference lossAt parameters at |> Option.map (fun slope -> at, slope))

        for kernels in kernelSets do
            let loss, gradient = stepOf kernels model images threads
            Assert.Equal(expectedLoss, loss, 1e-5 * (1.0 + expectedLoss))
            close 2e-4 $"the gradient, {kernels.Name}" (Array.map snd smooth) [| for at, _ in smooth -> gradient[at] |]

    isClear

[<Property(Arbitrary = [| typeof<NetworkShapes> |], MaxTest = 60)>]
let ``The gradients of a whole network equal finite differences of its loss`` (network: Network) =
    isSlopeOfLoss network 40 2 ==> true

[<Theory>]
[<InlineData(1)>]
[<InlineData(3)>]
let ``The gradient of a dense layer so wide that it is made in pieces equals finite differences`` threads =
    // 61 outputs of 400 inputs each: five pieces of 12 outputs, and one of a single one. Every other network has no biases.
    let network seed =
        { Input = Shape(2, 10, 20); Steps = []; Hidden = [ 61 ]; HasBiases = (seed % 2 = 0); Classes = 5; Images = 9; Seed = seed }

    let compared = [ 1..5 ] |> List.filter (fun seed -> isSlopeOfLoss (network seed) 300 threads)
    Assert.NotEmpty compared

[<Fact>]
let ``The first layer has its gradient without the input's`` () =
    // What comes before the first layer learns nothing: nobody asks for its gradient, and a null pointer says so.
    let layer = Convolution(3, 3)
    let shape = Shape(1, 5, 5)

    for kernels in kernelSets do
        use input = native (Array.init 25 (fun i -> float32 i / 25f))
        use outputGradient = native (Array.create 27 1f)
        use weight = native (Array.create 27 1f)
        use weightGradient = native (Array.zeroCreate 27)
        use biasGradient = native (Array.zeroCreate 3)
        use scratch = native (Array.zeroCreate (layer.ScratchLength(kernels, shape)))
        use sums = native (Array.zeroCreate (layer.GradientSumsLength(kernels, shape)))

        let pass =
            LayerPass(
                Kernels = kernels, InputShape = shape, Images = 1, Input = input.Pointer, OutputGradient = outputGradient.Pointer,
                Weight = weight.Pointer, GradientSums = sums.Pointer,
                WeightGradient = weightGradient.Pointer, BiasGradient = biasGradient.Pointer, Scratch = scratch.Pointer)

        layer.Backward &pass
        layer.UnpackGradient &pass
        close 1e-6 "the gradient of the biases" [| 9.0; 9.0; 9.0 |] (valuesOf biasGradient)
