/// Law 3, the other half: PyTorch made the same of the same networks. tests/golden/make_golden.py wrote down what.
module Cnn.Native.Tests.GoldenTests

open System
open System.IO
open System.Text.Json
open System.Threading
open Xunit
open Cnn.Data
open Cnn.Evaluation
open Cnn.Kernels
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.Networks

type GoldenNetwork =
    { name: string
      input: int[]
      mean: float32[]
      deviation: float32[]
      layers: JsonElement[][]
      classes: int
      pixels: int[]
      labels: int[]
      parameters: float[]
      logits: float[]
      gradients: float[]
      costs: float[]
      trained: float[] }

type Golden =
    { steps: int
      learningRate: float
      beta1: float
      beta2: float
      epsilon: float
      networks: GoldenNetwork[] }

let private golden =
    lazy
        (Path.Combine(AppContext.BaseDirectory, "golden.json")
         |> File.ReadAllText
         |> JsonSerializer.Deserialize<Golden>)

let private layerOf (layer: JsonElement[]) : Layer =
    match layer[0].GetString(), [ for setting in Array.tail layer -> setting.GetInt32() ] with
    | "convolution", [ filters; height; width; stride; padding ] -> Convolution(filters, height, width, stride, padding)
    | "maxPooling", [ window; stride ] -> MaxPooling(window, stride)
    | "dense", [ outputs ] -> Dense outputs
    | "relu", [] -> Relu()
    | "flatten", [] -> Flatten()
    | other -> failwith $"What is {other}?"

let private imagesOf (network: GoldenNetwork) =
    ImageSet(
        Array.map byte network.pixels, Array.map byte network.labels,
        Shape(network.input[0], network.input[1], network.input[2]), classNames network.classes, network.name)

let private modelOf (network: GoldenNetwork) =
    let images = imagesOf network
    let model = Model(images.ImageShape, Array.map layerOf network.layers)
    setParameters model (Array.map float32 network.parameters)
    model.Describe(Normalization(network.mean, network.deviation), images.ClassNames)
    model

let private options (golden: Golden) (network: GoldenNetwork) =
    TrainingOptions(
        Epochs = golden.steps, BatchSize = network.labels.Length, LearningRate = golden.learningRate,
        Optimizer = Adam(Beta1 = golden.beta1, Beta2 = golden.beta2, Epsilon = golden.epsilon), Threads = 2)

let private forAll (law: KernelSet -> Golden -> GoldenNetwork -> unit) =
    for kernels in kernelSets do
        for network in golden.Value.networks do
            law kernels golden.Value network

[<Fact>]
let ``The logits are PyTorch's`` () =
    forAll (fun kernels _ network ->
        let model = modelOf network
        let images = imagesOf network
        let plan = ExecutionPlan model
        use packed = new PackedWeights(model, kernels, plan, false)

        for piece in 0 .. packed.Pieces - 1 do
            packed.Pack piece

        use workspace = new Workspace(model, kernels, plan, images.Count, packed, null, null)

        for index in 0 .. images.Count - 1 do
            use pixels = fixed images.Image(index).ToArray()
            workspace.LoadImage(pixels, workspace.Input(0, index, 0))

        let logits = ReadOnlySpan<float32>(NativeInterop.NativePtr.toVoidPtr (workspace.Forward(images.Count, 0)), network.logits.Length).ToArray()
        close 1e-4 $"the logits of {network.name}, {kernels.Name}" network.logits (Array.map float logits))

[<Fact>]
let ``The loss is PyTorch's`` () =
    forAll (fun kernels _ network ->
        let report = Evaluator.Measure(modelOf network, imagesOf network, 1, kernels)
        Assert.Equal(network.costs[0], report.Loss, 1e-5 * network.costs[0]))

[<Fact>]
let ``The gradients of all parameters are PyTorch's`` () =
    forAll (fun kernels golden network ->
        let model = modelOf network
        let images = imagesOf network
        // With β₁ = 0 the first moment of Adam is the gradient.
        use step = new TrainingStep(model, ExecutionPlan model, TrainingOptions(Optimizer = Adam(Beta1 = 0.0), Threads = 2), kernels, images.Count)
        step.Run(images, ReadOnlySpan [| 0 .. images.Count - 1 |], CancellationToken.None) |> ignore

        let gradient =
            [| for parameter in model.Parameters do
                   yield! step.OptimizerState.Buffers[0].Span(int64 parameter.Offset, parameter.Length).ToArray() |]

        close 1e-4 $"the gradients of {network.name}, {kernels.Name}" network.gradients (Array.map float gradient))

[<Fact>]
let ``The losses and the parameters of ten steps of Adam are PyTorch's`` () =
    forAll (fun kernels golden network ->
        let model = modelOf network
        // The whole set is one batch, so the shuffling changes nothing but the order of sums.
        use trainer = new Trainer(model, imagesOf network, options golden network, kernels = kernels)
        trainer.Run() |> ignore
        Assert.Equal(golden.steps, trainer.History.Losses.Count)
        close 1e-4 $"the losses of {network.name}, {kernels.Name}" network.costs [| for loss in trainer.History.Losses -> float loss |]
        close 1e-4 $"the parameters of {network.name}, {kernels.Name}" network.trained (Array.map float (parametersOf model)))
