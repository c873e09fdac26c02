/// Things to draw, made in a moment.
module Cnn.Imaging.Tests.SmallTrainings

open Cnn.Data
open Cnn.Evaluation
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
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
