/// Law 3, over a whole training: 50 steps of small networks have the losses that they have in PyTorch and end at the same parameters.
/// tests/golden/make_traces.py wrote down what, and says in which form.
module Cnn.Native.Tests.TraceTests

open System
open System.IO
open System.Runtime.InteropServices
open System.Text.Json
open System.Threading
open Xunit
open Cnn.Data
open Cnn.Serialization
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
      trained: string
      clip_norm: Nullable<float>
      label_smoothing: Nullable<float>
      weight_averaging: Nullable<float>
      averaged: string
      schedule: JsonElement
      rates: string
      validation_losses: float[] }

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

let private rateOf (trace: Trace) =
    trace.optimizer.GetProperty("learning_rate").GetDouble()

let private optionsOf (trace: Trace) =
    let optimizer = Nodes.JsonObject.Create(trace.optimizer).DeepClone().AsObject()
    optimizer.Remove "learning_rate" |> ignore

    let schedule: Schedule =
        if trace.schedule.ValueKind = JsonValueKind.Undefined then
            ConstantSchedule()
        else
            StrictJson.Read<Schedule>(trace.schedule.GetRawText())

    TrainingOptions(
        Seed = Nullable trace.seed, Threads = 2, BatchSize = trace.batch_size, LearningRate = rateOf trace,
        Optimizer = StrictJson.Read<Optimizer>(optimizer.ToJsonString()), Schedule = schedule, ClipNorm = trace.clip_norm,
        LabelSmoothing = trace.label_smoothing.GetValueOrDefault(), WeightAveraging = trace.weight_averaging.GetValueOrDefault())

let traces: TheoryData<string> =
    TheoryData<string>(Directory.GetFiles(folder, "*.json") |> Seq.map Path.GetFileName |> Seq.sort)

let private read file =
    Path.Combine(folder, file) |> File.ReadAllText |> JsonSerializer.Deserialize<Trace>

/// The learning rates of all steps, as the engine's schedule has them.
let private ratesOf (trace: Trace) (options: TrainingOptions) images =
    let stepsPerEpoch = images / trace.batch_size
    let epochs = trace.steps / stepsPerEpoch

    let finished =
        [| for index, loss in Seq.indexed (Option.toList (Option.ofObj trace.validation_losses) |> Seq.concat) ->
               EpochRecord(index + 1, 0.0, Nullable 0.5, Nullable loss, TimeSpan.Zero, 1.0, 1.0) |]

    [| for step in 0 .. trace.steps - 1 ->
           options.Schedule.LearningRate(rateOf trace, step, stepsPerEpoch, epochs, Array.truncate (step / stepsPerEpoch) finished) |]

let private parametersAre what (model: Model) (expected: float32[]) =
    let mutable start = 0

    for parameter in model.Parameters do
        let values = expected[start .. start + parameter.Length - 1] |> Array.map float
        close 1e-4 $"{parameter.Name} of {what}" values (model.Values(parameter).ToArray() |> Array.map float)
        start <- start + parameter.Length

    Assert.Equal(expected.Length, start)

[<Theory; MemberData(nameof traces)>]
let ``Fifty steps have the losses of PyTorch and end at the same parameters`` (file: string) =
    let trace = read file
    let losses = floats trace.losses
    Assert.Equal(trace.steps, losses.Length)

    for kernels in kernelSets do
        let model, images = modelOf trace
        let options = optionsOf trace
        use step = new TrainingStep(model, ExecutionPlan.ForTraining(model, options.TrainFrom), options, kernels, trace.batch_size)
        let rates = ratesOf trace options images.Count

        for index in 0 .. trace.steps - 1 do
            let batch = [| for place in 0 .. trace.batch_size - 1 -> (index * trace.batch_size + place) % images.Count |]
            step.LearningRate <- rates[index]
            let loss = step.Run(images, ReadOnlySpan batch, CancellationToken.None).Value
            let expected = float losses[index]

            if not (abs (loss - expected) <= 1e-4 * expected) then
                failwith $"{trace.name}, {kernels.Name}: the loss of step {index} is {loss} instead of {expected}"

        parametersAre $"{trace.name}, {kernels.Name}" model (floats trace.trained)

        if trace.weight_averaging.HasValue then
            step.Average.Show true
            parametersAre $"the average of {trace.name}, {kernels.Name}" model (floats trace.averaged)

[<Theory; MemberData(nameof traces)>]
let ``The learning rate of each step is that of PyTorch's scheduler`` (file: string) =
    let trace = read file

    let expected =
        match trace.rates with
        | null -> Array.create trace.steps (rateOf trace)
        | rates -> MemoryMarshal.Cast<byte, float>(ReadOnlySpan(Convert.FromBase64String rates)).ToArray()

    let _, images = modelOf trace
    let actual = ratesOf trace (optionsOf trace) images.Count
    Assert.Equal(expected.Length, actual.Length)
    // PyTorch works some rates out from the one before, and rounds each time.
    Array.iteri2 (fun step expected actual -> Assert.True(abs (expected - actual) <= 1e-9 * rateOf trace, $"step {step}: {actual} instead of {expected}")) expected actual
