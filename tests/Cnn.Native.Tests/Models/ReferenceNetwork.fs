/// A network straight from the definitions, in double precision, image by image, in the order [channel][row][column]:
/// slow, short, and precise enough that differences of it are derivatives.
module Cnn.Native.Tests.ReferenceNetwork

open Cnn.Data
open Cnn.Layers
open Cnn.Memory
open Cnn.Models

/// Which way each ReLU and each maximum went. As long as they go the same way, the network is smooth.
type Decisions() =
    /// 1 or 0 of each ReLU; of each maximum, where it was.
    member val Taken = ResizeArray<int>()

    /// How near the nearest of them was to going another way.
    member val Margin = infinity with get, set

    member decisions.Note(decision, margin) =
        decisions.Taken.Add decision
        decisions.Margin <- min decisions.Margin margin

let private place (shape: Shape) channel row column =
    (channel * shape.Height + row) * shape.Width + column

let private each (shape: Shape) value =
    [| for channel in 0 .. shape.Channels - 1 do
           for row in 0 .. shape.Height - 1 do
               for column in 0 .. shape.Width - 1 -> value channel row column |]

let private convolution (layer: Convolution) (input: Shape) (weight: float[]) (bias: float[]) (x: float[]) =
    each (layer.OutputShape input) (fun filter row column ->
        let mutable sum = bias[filter]
        let channels = input.Channels / layer.Groups
        let firstChannel = filter / (layer.Filters / layer.Groups) * channels

        for channel in 0 .. channels - 1 do
            for ky in 0 .. layer.KernelHeight - 1 do
                for kx in 0 .. layer.KernelWidth - 1 do
                    let y = row * layer.Stride.Height - layer.Padding.Height + ky * layer.Dilation.Height
                    let x' = column * layer.Stride.Width - layer.Padding.Width + kx * layer.Dilation.Width

                    if y >= 0 && y < input.Height && x' >= 0 && x' < input.Width then
                        let tap = ((filter * channels + channel) * layer.KernelHeight + ky) * layer.KernelWidth + kx
                        sum <- sum + x[place input (firstChannel + channel) y x'] * weight[tap]

        sum)

/// The places of an image that the window of a row and a column of the output sees; padding is no place.
let private placesOf (window: PerAxis) (stride: PerAxis) (padding: PerAxis) (input: Shape) channel row column =
    let top, left = row * stride.Height - padding.Height, column * stride.Width - padding.Width

    [| for y in top .. top + window.Height - 1 do
           for x in left .. left + window.Width - 1 do
               if y >= 0 && y < input.Height && x >= 0 && x < input.Width then place input channel y x |]

let private maxPooling (layer: MaxPooling) (input: Shape) (decisions: Decisions) (x: float[]) =
    each (layer.OutputShape input) (fun channel row column ->
        let window = placesOf layer.Window layer.Stride layer.Padding input channel row column
        let best = window |> Array.maxBy (fun i -> x[i])
        // Equal values after ReLU are zeros: all of them stay zero, whichever of them is taken.
        let gaps = window |> Seq.map (fun i -> x[best] - x[i]) |> Seq.filter (fun gap -> gap > 0.0)
        decisions.Note(best, Seq.fold min infinity gaps)
        x[best])

let private averagePooling (layer: AveragePooling) (input: Shape) (x: float[]) =
    each (layer.OutputShape input) (fun channel row column ->
        let window = placesOf layer.Window layer.Stride layer.Padding input channel row column
        let pixels = if layer.ExcludesPadding then window.Length else layer.Window.Height * layer.Window.Width
        Array.sumBy (fun i -> x[i]) window / float pixels)

let private globalAveragePooling (input: Shape) (x: float[]) =
    each (Shape.Vector input.Channels) (fun channel _ _ -> placesOf (PerAxis(input.Height, input.Width)) (PerAxis 1) (PerAxis 0) input channel 0 0 |> Array.averageBy (fun i -> x[i]))

/// Φ(x) = 1/2 + φ(x) · (x + x³/3 + x⁵/(3·5) + …).
let private normalDistribution x =
    let rec series term sum n =
        if abs term < 1e-18 then sum else series (term * x * x / (n + 2.0)) (sum + term) (n + 2.0)

    0.5 + exp (-x * x / 2.0) / sqrt (2.0 * System.Math.PI) * series x 0.0 1.0

let private leakyRelu slope (decisions: Decisions) (x: float[]) =
    x
    |> Array.map (fun value ->
        decisions.Note((if value > 0.0 then 1 else 0), abs value)
        if value > 0.0 then value else slope * value)

let private relu (decisions: Decisions) (x: float[]) =
    x
    |> Array.map (fun value ->
        decisions.Note((if value > 0.0 then 1 else 0), abs value)
        max 0.0 value)

let private relu6 (decisions: Decisions) (x: float[]) =
    x
    |> Array.map (fun value ->
        decisions.Note((if value > 6.0 then 2 elif value > 0.0 then 1 else 0), min (abs value) (abs (value - 6.0)))
        min (max 0.0 value) 6.0)

let private dense (weight: float[]) (bias: float[]) (x: float[]) =
    Array.init bias.Length (fun output ->
        let mutable sum = bias[output]

        for i in 0 .. x.Length - 1 do
            sum <- sum + x[i] * weight[output * x.Length + i]

        sum)

/// (x − mean) / √(variance + ε) · weight + bias, with the statistics of each channel.
let private normalize (layer: BatchNormalization) (input: Shape) (weight: float[]) (bias: float[]) (mean: float[]) (variance: float[]) (x: float[]) =
    x
    |> Array.mapi (fun i value ->
        let channel = i / (input.Height * input.Width)
        (value - mean[channel]) / sqrt (variance[channel] + layer.Epsilon) * weight[channel] + bias[channel])

/// Mean and variance of each channel over all images.
let private batchStatistics (input: Shape) (decisions: Decisions) (images: float[][]) =
    let pixels = input.Height * input.Width

    [| for channel in 0 .. input.Channels - 1 do
           let values = images |> Array.collect (fun image -> Array.sub image (channel * pixels) pixels)
           let mean = Array.average values
           let variance = values |> Array.averageBy (fun value -> (value - mean) * (value - mean))
           // What hardly changes is blown up, and its rounding with it.
           decisions.Margin <- min decisions.Margin (variance * 1e-3)
           mean, variance |]
    |> Array.unzip

/// The biases of a layer: none count as zeros.
let private biasesOf (hasBias: bool) count (tensors: float[] list) =
    match hasBias, tensors with
    | true, [ bias ] -> bias
    | false, [] -> Array.zeroCreate count
    | _ -> failwith "A layer has biases that it should not have, or none where it should."

/// What a layer makes of one image; it takes the tensors that it learns.
let forward (layer: Layer) (input: Shape) (tensors: float[] list) (decisions: Decisions) (x: float[]) =
    match layer, tensors with
    | :? Convolution as layer, weight :: biases -> convolution layer input weight (biasesOf layer.HasBias layer.Filters biases) x
    | :? Dense as layer, weight :: biases -> dense weight (biasesOf layer.HasBias layer.Outputs biases) x
    | :? MaxPooling as layer, [] -> maxPooling layer input decisions x
    | :? Relu, [] -> relu decisions x
    | :? Relu6, [] -> relu6 decisions x
    | :? LeakyRelu as layer, [] -> leakyRelu layer.Slope decisions x
    | :? Gelu, [] -> x |> Array.map (fun value -> value * normalDistribution value)
    | :? Tanh, [] -> Array.map tanh x
    | :? Sigmoid, [] -> x |> Array.map (fun value -> 1.0 / (1.0 + exp -value))
    | :? AveragePooling as layer, [] -> averagePooling layer input x
    | :? GlobalAveragePooling, [] -> globalAveragePooling input x
    | :? Scaling as layer, [] -> x |> Array.map (fun value -> value * layer.Factor)
    | :? Flatten, [] -> x
    | _ -> failwith $"There is no definition of {layer}."

/// Cuts the values of all tensors of a model, one after the other, into the tensors of each layer.
let tensorsOfLayers (model: Model) (values: float[]) =
    let starts = model.Parameters |> Seq.scan (fun start parameter -> start + parameter.Length) 0

    let tensors =
        Seq.zip model.Parameters starts
        |> Seq.map (fun (parameter, start) -> parameter.Layer, Array.sub values start parameter.Length)
        |> Seq.toList

    [ for index in 0 .. model.Layers.Count - 1 -> tensors |> List.filter (fst >> (=) index) |> List.map snd ]

/// The pixels of an image, normalised as the model says, channel by channel.
let normalized (model: Model) (images: ImageSet) index =
    let pixels = images.Image(index).ToArray()
    let shape = images.ImageShape

    each shape (fun channel row column ->
        let pixel = float pixels[(row * shape.Width + column) * shape.Channels + channel]
        (pixel / 255.0 - float model.Normalization.Mean[channel]) / float model.Normalization.StandardDeviation[channel])

/// What comes into a layer: how many layers are before it. Into the first of a shortcut comes what comes into the first of its block.
let rec private cameInto (model: Model) index =
    Seq.indexed model.Layers
    |> Seq.tryPick (fun (place, layer) ->
        match layer with
        | :? Residual as residual when residual.Shortcut > 0 && place - residual.Shortcut = index -> Some(cameInto model (index - residual.Span))
        | _ -> None)
    |> Option.defaultValue index

/// Goes on through the layers, image by image, from what came into each of them so far (from the images on), and adds what comes out of each of the others.
/// The images are trained on as one batch, or used without training.
let private goOn isTraining (model: Model) (parameters: float[]) (before: ResizeArray<float[][]>) (decisions: Decisions) =
    let layers = Seq.zip3 (Seq.indexed model.Layers) model.Summary (tensorsOfLayers model parameters)

    for (index, layer), summary, tensors in layers |> Seq.skip (before.Count - 1) |> List.ofSeq do
        let images, shape = before[cameInto model index], summary.InputShape

        before.Add(
            match layer, tensors with
            | :? Residual as residual, [] -> 
                let other = if residual.Shortcut > 0 then index - residual.Shortcut else cameInto model (index - residual.Span)
                Array.map2 (Array.map2 (+)) images before[other]
            | :? Dropout, [] when not isTraining -> images
            | :? BatchNormalization as layer, [ weight; bias; runningMean; runningVariance ] ->
                let mean, variance = if isTraining then batchStatistics shape decisions images else runningMean, runningVariance
                Array.map (normalize layer shape weight bias mean variance) images
            | _ -> Array.map (forward layer shape tensors decisions) images)

/// What comes out of each layer for one image, without training.
let outputs (model: Model) parameters (input: float[]) =
    let before = ResizeArray [ [| input |] ]
    goOn false model parameters before (Decisions())
    [ for output in Seq.skip 1 before -> output[0] ]

/// The logits that follow where a layer gives something else than it does.
let logitsFrom (model: Model) parameters (input: float[]) (layer: int) (output: float[]) decisions =
    let before = ResizeArray [ [| input |] ]

    for known in outputs model parameters input |> Seq.truncate layer do
        before.Add [| known |]

    before.Add [| output |]
    goOn false model parameters before decisions
    before[before.Count - 1][0]

/// The logits of each image, where the images are trained on as one batch, or used without training.
let private logitsWhen isTraining (model: Model) (parameters: float[]) (inputs: float[][]) (decisions: Decisions) =
    let before = ResizeArray [ inputs ]
    goOn isTraining model parameters before decisions
    before[before.Count - 1]

/// The logits of each image.
let logits model parameters inputs decisions = logitsWhen false model parameters inputs decisions

/// −ln of the probability that softmax gives to the label.
let crossEntropy (logits: float[]) (label: int) =
    let largest = Array.max logits
    log (logits |> Array.sumBy (fun logit -> exp (logit - largest))) + largest - logits[int label]

/// The mean loss over the images of a batch that is trained on.
let loss model parameters (inputs: float[][]) (labels: int[]) decisions =
    logitsWhen true model parameters inputs decisions |> Array.map2 (fun label logits -> crossEntropy logits label) labels |> Array.average
