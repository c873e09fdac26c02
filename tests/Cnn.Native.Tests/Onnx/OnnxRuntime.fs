/// Microsoft's ONNX Runtime: what it makes of a graph is what everybody else's programs will make of it.
module Cnn.Native.Tests.OnnxRuntime

open System
open Microsoft.ML.OnnxRuntime
open Microsoft.ML.OnnxRuntime.Tensors
open Xunit
open Cnn.Data
open Cnn.Evaluation
open Cnn.Memory
open Cnn.Models

let private options () =
    new SessionOptions(IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR)

let openFile (path: string) = new InferenceSession(path, options ())

let openBytes (bytes: byte[]) = new InferenceSession(bytes, options ())

/// An output for pixels that are floats, [image][...]; the dimensions after the number of images are the graph's own.
let runFloats (session: InferenceSession) (output: string) (dimensions: int list) (values: float32[]) =
    let input = Seq.exactlyOne session.InputMetadata.Keys
    let tensor = DenseTensor<float32>(values.AsMemory(), ReadOnlySpan<int>(List.toArray dimensions))
    use results = session.Run([ NamedOnnxValue.CreateFromTensor(input, tensor) ], [ output ])
    (Seq.exactlyOne results).AsTensor<float32>() |> Seq.toArray

let private dimensionsOf (images: ImageSet) =
    let shape = images.ImageShape
    [ images.Count; shape.Channels; shape.Height; shape.Width ]

/// An output for images whose lightest pixel has a value.
let runRange range output session (images: ImageSet) =
    let values = images.GetPixels ImageLayout.ChannelsFirst |> Array.map (fun pixel -> float32 pixel * (range / 255f))
    runFloats session output (dimensionsOf images) values

let run output session images = runRange 255f output session images

/// An output of a graph that takes bytes.
let runBytes (session: InferenceSession) (output: string) (images: ImageSet) =
    let tensor = DenseTensor<byte>(images.GetPixels(ImageLayout.ChannelsFirst).AsMemory(), ReadOnlySpan<int>(List.toArray (dimensionsOf images)))
    use results = session.Run([ NamedOnnxValue.CreateFromTensor("input", tensor) ], [ output ])
    (Seq.exactlyOne results).AsTensor<float32>() |> Seq.toArray

/// The probabilities that the engine gives, image after image.
let probabilitiesOf (model: IClassifier) (images: ImageSet) =
    use predictor = new Predictor(model, 1)
    [| for prediction in predictor.Predict images do
           for one in prediction.Probabilities -> float32 one.Probability |]

/// Equal within an absolute tolerance.
let near (tolerance: float32) (expected: float32[]) (actual: float32[]) =
    Assert.Equal(expected.Length, actual.Length)

    for i in 0 .. expected.Length - 1 do
        if not (abs (expected[i] - actual[i]) <= tolerance) then
            Assert.Fail $"Value {i} of {expected.Length} is {actual[i]} instead of {expected[i]}."
