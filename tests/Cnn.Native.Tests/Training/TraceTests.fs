/// Law 3, over a whole training: 50 steps of small networks cost what they cost in PyTorch and end at the same parameters.
/// tests/golden/make_traces.py wrote down what, and says in which form.
module Cnn.Native.Tests.TraceTests

open System
open System.IO
open System.Runtime.InteropServices
open System.Text.Json
open System.Threading
open Xunit
open Cnn.Data
open Cnn.Interchange
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.Networks

type Trace =
    { name: string
      seed: uint64
      optimizer: JsonElement
      steps: int
      batch_size: int
      classes: int
      mean: float32[]
      deviation: float32[]
      architecture: JsonElement
      parameters: string
      pixels: string
      labels: string
      losses: string
      trained: string }

let private folder = Path.Combine(AppContext.BaseDirectory, "golden", "traces")

let private floats (text: string) =
    MemoryMarshal.Cast<byte, float32>(ReadOnlySpan(Convert.FromBase64String text)).ToArray()

let private modelOf (trace: Trace) =
    let struct (shape, layers) = ArchitectureJson.Read(trace.architecture.GetRawText())
    let model = Model(shape, layers)
    setParameters model (floats trace.parameters)
    let pixels, labels = Convert.FromBase64String trace.pixels, Convert.FromBase64String trace.labels
    let images = ImageSet(pixels, labels, shape, classNames trace.classes, trace.name)
    model.Describe(Normalization(trace.mean, trace.deviation), images.ClassNames)
    model, images

let private optionsOf (trace: Trace) =
    let setting (name: string) = trace.optimizer.GetProperty(name).GetDouble()

    match trace.optimizer.GetProperty("kind").GetString() with
    | "adam" ->
        TrainingOptions(
            Seed = Nullable trace.seed, Threads = 2, BatchSize = trace.batch_size, LearningRate = setting "learning_rate",
            Beta1 = setting "beta1", Beta2 = setting "beta2", Epsilon = setting "epsilon")
    | other -> failwith $"What is {other}?"

let traces: TheoryData<string> =
    TheoryData<string>(Directory.GetFiles(folder, "*.json") |> Seq.map Path.GetFileName |> Seq.sort)

[<Theory; MemberData(nameof traces)>]
let ``Fifty steps cost what they cost in PyTorch and end at the same parameters`` (file: string) =
    let trace = Path.Combine(folder, file) |> File.ReadAllText |> JsonSerializer.Deserialize<Trace>
    let losses = floats trace.losses
    Assert.Equal(trace.steps, losses.Length)

    for kernels in kernelSets do
        let model, images = modelOf trace
        use step = new TrainingStep(model, optionsOf trace, kernels, trace.batch_size)

        for index in 0 .. trace.steps - 1 do
            let batch = [| for place in 0 .. trace.batch_size - 1 -> (index * trace.batch_size + place) % images.Count |]
            let cost = step.Run(images, ReadOnlySpan batch, CancellationToken.None).Value
            let expected = float losses[index]

            if not (abs (cost - expected) <= 1e-4 * expected) then
                failwith $"{trace.name}, {kernels.Name}: the loss of step {index} is {cost} instead of {expected}"

        let mutable start = 0
        let trained = floats trace.trained

        for parameter in model.Parameters do
            let expected = trained[start .. start + parameter.Length - 1] |> Array.map float
            close 1e-4 $"{parameter.Name} of {trace.name}, {kernels.Name}" expected (model.Values(parameter).ToArray() |> Array.map float)
            start <- start + parameter.Length

        Assert.Equal(trained.Length, start)
