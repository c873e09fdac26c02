/// Things to draw, made in a moment.
module Cnn.Imaging.Tests.SmallTrainings

open Cnn.Data
open Cnn.Evaluation
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Sweeps
open Cnn.Training

let classNames = [ "T-shirt/top"; "Ankle boot"; "<Bag> & co" ]

/// Images of noise: what cannot be learned leaves mistakes to draw.
let images count channels =
    let random = System.Random 7
    let pixels = Array.zeroCreate (count * channels * 8 * 8)
    random.NextBytes pixels
    ImageSet(pixels, Array.init count (fun index -> byte (index % 3)), Shape(channels, 8, 8), ResizeArray classNames, "Noise")

let network channels =
    Model.Create(
        Shape(channels, 8, 8),
        [ Convolution(4, 3) :> Layer; Relu(); Convolution(2, 3); Relu(); Flatten(); Dense(3) ],
        1UL
    )

let train validated =
    let data = images 60 1
    let validation = if validated then images 30 1 else null
    Trainer.Train(network 1, data, TrainingOptions(Epochs = 3, BatchSize = 4, LearningRate = 0.0001), validation = validation)

let measure mistakes =
    Evaluator.Measure((train false).Model, images 60 1, misclassifiedCount = mistakes)

let private trial (values: (string * obj) list) =
    Trial [ for name, value in values -> System.Collections.Generic.KeyValuePair(name, value) ]

let result values (accuracy: float) = SweepResult(Trial = trial values, Accuracy = System.Nullable accuracy)

let failed values = SweepResult(Trial = trial values, Error = "The loss is not finite.", ErrorId = "TrainingDiverged")

/// Three learning rates, two batch sizes and two seeds; one pair fails.
let grid =
    [ for rate, accuracy in [ 0.0003, 0.98; 0.001, 0.99; 0.01, 0.97 ] do
          for batch in [ 16; 32 ] do
              for seed in [ 1; 2 ] do
                  let values = [ "LearningRate", box rate; "BatchSize", box batch; "Seed", box seed ]

                  if rate = 0.01 && batch = 32 then
                      failed values
                  else
                      result values (accuracy - (if batch = 32 then 0.005 else 0.0) + (if seed = 1 then 0.001 else -0.001)) ]

/// Values that never meet again.
let draws =
    [ for index in 1..9 -> result [ "LearningRate", box (0.0001 * float (index * index)); "BatchSize", box (5 + 7 * index) ] (0.9 + 0.01 * float index) ]
