/// ResNet-18 and MobileNetV2 as other programs write them: they say here what they say there, and are trained here.
module Cnn.Native.Tests.OnnxBranchTests

open System.IO
open Xunit
open Cnn
open Cnn.Evaluation
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Onnx
open Cnn.Training
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.OnnxGraphs
open Cnn.Native.Tests.OnnxRuntime
open Cnn.Native.Tests.ResidualGraphs
open Cnn.Native.Tests.TemporaryFolder

let private shape = Shape(3, 40, 36)
let private classes = 5

let private load (bytes: byte[]) =
    use folder = new TemporaryFolder()
    File.WriteAllBytes(folder.File "network.onnx", bytes)
    OnnxFile.Load(folder.File "network.onnx")

let private graphs =
    [ "ResNet-18", resNet18 true SkippedFirst classes
      "ResNet-18, normalisations merged", resNet18 false SkippedFirst classes
      "ResNet-18, shortcuts first", resNet18 true ShortcutFirst classes
      "ResNet-18, branches interleaved", resNet18 false Interleaved classes
      "MobileNetV2", mobileNetV2 true classes
      "MobileNetV2, normalisations merged", mobileNetV2 false classes ]

let private fileOf name = fileOf 13 [ 3; 40; 36 ] (graphs |> List.find (fst >> (=) name) |> snd)

let names: TheoryData<string> = TheoryData<string>(List.map fst graphs)

/// Logits, less their mean.
let private centred (logits: float32[]) =
    logits |> Array.chunkBySize classes |> Array.collect (fun row -> row |> Array.map (fun value -> value - Array.average row))

[<Theory; MemberData(nameof names)>]
let ``a network with branches says what it says in ONNX Runtime, and when it is exported again`` (name: string) =
    let file = fileOf name
    let images = noise 5 shape classes 6
    let model = load file
    use session = openBytes file
    let logits = runRange 1f "output" session images
    Assert.True(logits |> Array.chunkBySize classes |> Array.forall (fun row -> Array.max row - Array.min row > 0.01f), "The network says nothing.")
    near 1e-4f (centred logits) (probabilitiesOf model images |> Array.map log |> centred)
    use folder = new TemporaryFolder()
    OnnxFile.Save(model, folder.File "again.onnx")
    use again = openFile (folder.File "again.onnx")
    near 1e-4f (centred logits) (run "logits" again images |> centred)
    let loaded = OnnxFile.Load(folder.File "again.onnx")
    Assert.Equal<Layer>(model.Layers, loaded.Layers)
    sameBits (parametersOf model) (parametersOf loaded)

[<Fact>]
let ``the blocks of ResNet become residual blocks with shortcuts, whichever branch comes first`` () =
    let residuals name = [ for layer in (load (fileOf name)).Layers do match layer with :? Residual as block -> block.Span, block.Shortcut | _ -> () ]
    Assert.Equal<(int * int) list>([ 5, 0; 5, 0; 5, 2; 5, 0; 5, 2; 5, 0; 5, 2; 5, 0 ], residuals "ResNet-18")
    Assert.Equal<(int * int) list>([ 5, 0; 5, 0; 5, 2; 5, 0; 5, 2; 5, 0; 5, 2; 5, 0 ], residuals "ResNet-18, shortcuts first")
    Assert.Equal<(int * int) list>([ 3, 0; 3, 0; 3, 1; 3, 0; 3, 1; 3, 0; 3, 1; 3, 0 ], residuals "ResNet-18, branches interleaved")
    Assert.Equal(10, (residuals "MobileNetV2").Length)
    Assert.Equal(35, (load (fileOf "MobileNetV2")).Layers |> Seq.filter (fun layer -> layer :? Relu6) |> Seq.length)
    Assert.Equal<Layer>((load (fileOf "ResNet-18")).Layers, (load (fileOf "ResNet-18, shortcuts first")).Layers)
    let stem = (load (fileOf "ResNet-18")).Layers |> Seq.truncate 4
    Assert.Equal<Layer>([ Convolution(8, 7, 7, 2, 3, HasBias = false) :> Layer; BatchNormalization(); Relu(); MaxPooling(3, 2, 1) ], stem)

[<Theory; InlineData("ResNet-18"); InlineData("MobileNetV2")>]
let ``a network with branches that was imported is trained here`` (name: string) =
    let model = load (fileOf name)
    let images = bands 1 shape classes 160
    let options = TrainingOptions(Epochs = 30, BatchSize = 16, LearningRate = 0.01)
    let result = Trainer.Train(model, images, options, bands 2 shape classes 60)
    // One of five is chance.
    Assert.InRange(result.Validation.Accuracy, 0.7, 1.0)

[<Fact>]
let ``branches that are no residual block are refused with their node`` () =
    let refused told make = failsWith "OnnxFileNode" told (fun () -> load (OnnxGraphs.fileOf 13 [ 3; 40; 36 ] make) |> ignore)
    let relu (g: GraphBuilder) x = g.Node("Relu", [ x ])
    let pooled (g: GraphBuilder) x = g.Linear(g.Flatten(g.Node("GlobalAveragePool", [ x ])), 4, classes)
    let pointwise (g: GraphBuilder) x = g.Convolution(x, 4, 3, 1)

    refused [ "(Concat)"; "SqueezeNet" ] (fun g x ->
        let x = relu g x
        pooled g (g.Node("Concat", [ g.Convolution(x, 2, 3, 1); g.Convolution(x, 2, 3, 1) ], OnnxGraphWriter.Integer("axis", 1L))))

    refused [ "(Mul)"; "Add of two branches" ] (fun g x ->
        let x = pointwise g x
        pooled g (g.Node("Mul", [ x; g.Node("Sigmoid", [ x ]) ])))

    refused [ "(Add)"; "cannot become a layer"; "its shortcut" ] (fun g x -> pooled g (g.Node("Add", [ pointwise g x; g.Convolution(x, 4, 3, 1, strides 2L) ])))

    // Three branches at once: the second is not joined when the third begins.
    refused [ "(Conv)"; "third branch" ] (fun g x ->
        let x = relu g x
        pooled g (g.Node("Add", [ pointwise g x; g.Node("Add", [ pointwise g x; pointwise g x ]) ])))

    // A branch of which only the size is read.
    failsWith "OnnxFileNode" [ "not the output of the last layer" ] (fun () ->
        let make (g: GraphBuilder) x =
            let x = relu g x
            let batch = g.Node("Slice", [ g.Node("Shape", [ pointwise g x ]); g.Integers [ 0L ]; g.Integers [ 1L ] ])
            g.Node("Reshape", [ pooled g (pointwise g x); g.Node("Concat", [ batch; g.Integers [ -1L ] ], OnnxGraphWriter.Integer("axis", 0L)) ])

        load (OnnxGraphs.fileOf 13 [ 3; 40; 36 ] make) |> ignore)

[<Fact>]
let ``sums of more than two branches are imported where each sum is joined before the next branch begins`` () =
    let make (g: GraphBuilder) x =
        let x = g.Node("Relu", [ x ])
        let branch kernel = g.Convolution(x, 4, 3, kernel, pads (List.replicate 4 (int64 (kernel / 2))))
        let sum = g.Node("Add", [ g.Node("Add", [ branch 1; branch 3 ]); g.Node("Mul", [ branch 5; g.Number 0.5f ]) ])
        // What nothing reads is no part of the network.
        g.Node("Relu", [ x ]) |> ignore
        g.Linear(g.Flatten(g.Node("GlobalAveragePool", [ sum ])), 4, classes)

    let file = OnnxGraphs.fileOf 13 [ 3; 40; 36 ] make
    let images = noise 5 shape classes 4
    let model = load file
    use session = openBytes file
    near 1e-4f (runRange 1f "output" session images |> centred) (probabilitiesOf model images |> Array.map log |> centred)
