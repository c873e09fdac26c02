/// Architectures of extreme sizes are refused when the model is made, or run inside their memory.
module Cnn.Native.Tests.ExtremeSizesTests

open System
open System.Collections.Concurrent
open Xunit
open FsCheck
open FsCheck.FSharp
open Cnn
open Cnn.Data
open Cnn.Evaluation
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.GuardedMemory

/// A heap whose buffers end at a page that nobody may touch, or begin after one: an overrun by one value ends the process.
type GuardedHeap(placement) =
    inherit NativeHeap()
    let buffers = ConcurrentDictionary<nativeint, Memory>()

    override _.Allocate(bytes, _) =
        let memory = allocate placement (int bytes)
        buffers[memory.Address] <- memory
        memory.Address

    override _.Free(address, _) =
        match buffers.TryRemove address with
        | true, memory -> memory.Free()
        | _ -> failwith $"Memory at {address:x} is freed that nobody has."

/// Numbers at which something ends: 32 bits, a limit of a setting, or what is a size at all.
let private extreme =
    Gen.elements [ -1; 0; 1023; 1024; 1025; 4096; 32768; 46340; 46341; 65535; 65536; 1 <<< 20; 1 <<< 27; (1 <<< 27) + 1; 1 <<< 28; Int32.MaxValue - 1; Int32.MaxValue ]

let private small = Gen.choose (1, 5)

/// Sizes that mostly fit together; one in so many is an extreme one.
let private size oneIn =
    Gen.frequency [ oneIn, Gen.frequency [ 4, small; 1, Gen.choose (6, 90); 1, Gen.elements [ 1022; 1023; 1024 ] ]; 1, extreme ]

/// A number for rows and one for columns.
let private axes number =
    Gen.frequency [ 2, Gen.map PerAxis number; 1, Gen.map2 (fun height width -> PerAxis(height, width)) number number ]

let private layer oneIn : Gen<Layer> =
    let size = size oneIn

    Gen.frequency
        [ 5,
          gen {
              let! filters, height, width = Gen.zip3 size small small
              let! kernel = Gen.frequency [ 4, Gen.constant (height, width); 1, Gen.zip size size ]
              let! stride, padding, dilation =
                  Gen.zip3 (axes size) (axes (Gen.frequency [ 1, Gen.constant 0; 3, size ])) (axes (Gen.frequency [ 2, Gen.constant 1; 1, size ]))
              let! groups = Gen.frequency [ 4, Gen.constant 1; 1, size; 2, Gen.constant filters ]
              let! hasBias = Gen.elements [ true; false ]
              return Convolution(filters, fst kernel, snd kernel, stride, padding, dilation, groups, hasBias) :> Layer
          }
          2,
          gen {
              let! window, stride, padding = Gen.zip3 (axes small) (axes size) (axes size)
              let padding = PerAxis(padding.Height % window.Height, padding.Width % window.Width)
              return! Gen.elements ([ MaxPooling(window, stride, padding); AveragePooling(window, stride, padding, (padding.Height % 2 = 0)) ]: Layer list)
          }
          1, Gen.map2 (fun span shortcut -> Residual(span, shortcut)) (Gen.frequency [ 5, Gen.constant 1; 1, size ]) (Gen.frequency [ 3, Gen.constant 0; 2, Gen.constant 1; 1, size ])
          2, Gen.elements ([ Relu(); BatchNormalization(); Gelu(); Dropout 0.5; Scaling 0.1 ]: Layer list) ]

type Architecture =
    { Input: Shape
      Layers: Layer list
      Batch: int }

    override architecture.ToString() =
        $"%A{architecture.Input}, batches of {architecture.Batch}: " + String.Join("; ", architecture.Layers)

let private architecture =
    gen {
        let! oneIn = Gen.elements [ 2; 10; 200 ]
        let! channels, height, width = Gen.zip3 (Gen.frequency [ 3, small; 1, size oneIn ]) (size oneIn) (size oneIn)
        let! count = Gen.choose (1, 4)
        let! layers = Gen.listOfLength count (layer oneIn)
        let! batch = Gen.choose (1, 20)
        let! ending = Gen.elements ([ [ Flatten(); Dense 2 ]; [ GlobalAveragePooling(); Flatten(); Dense 3 ] ]: Layer list list)
        return { Input = Shape(channels, height, width); Layers = layers @ ending; Batch = batch }
    }

/// What a run may cost here, in bytes and in operations.
let private mostBytes, private mostOperations = 64L <<< 20, 200_000_000L

type Outcome =
    | Refused
    | TooLargeToRun
    | Ran

let private run (architecture: Architecture) =
    try
        let model = Model.Create(architecture.Input, architecture.Layers, 1UL)
        let options = TrainingOptions(Epochs = 1, BatchSize = architecture.Batch, Threads = 2)
        let bytes = TrainingMemory.Estimate(model, options, architecture.Batch + 1)

        if bytes > mostBytes || model.ForwardOperations * int64 (architecture.Batch + 1) > mostOperations then
            TooLargeToRun
        else
            let count = architecture.Batch + 1
            let pixels = Array.init (count * model.InputShape.Length) (fun i -> byte (i * 7))
            let labels = Array.init count (fun i -> byte (i % model.ClassCount))
            let set = ImageSet(pixels, labels, model.InputShape, [| for c in 1 .. model.ClassCount -> $"{c}" |], "made up")

            for kernels in Networks.kernelSets do
                Evaluator.Measure(model, set, 2, kernels) |> ignore
                use trainer = new Trainer(model, set, options, kernels = kernels)

                try
                    trainer.Run() |> ignore
                with :? CnnException as error when error.ErrorId = "TrainingDiverged" ->
                    ()

            Ran
    with :? CnnException ->
        Refused

/// Runs architectures on guarded memory and prints what became of them; each is printed before it runs, for whoever reads the end of a crash.
let runGuarded count (seed: int) =
    NativeHeap.Current <- GuardedHeap(if seed % 2 = 0 then BeginsAfterPage else EndsAtPage)
    let cases = Gen.sampleWithSeed (FsCheck.Rnd(uint64 seed)) 50 count architecture
    let outcomes = [| for case in cases do
                          eprintfn $"{case}"
                          run case |]

    printfn "%s" (String.Join(", ", outcomes |> Seq.countBy id |> Seq.sortBy fst |> Seq.map (fun (outcome, count) -> $"{outcome} {count}")))
    if outcomes |> Seq.filter ((=) Ran) |> Seq.length > count / 10 then 0 else 1

/// The command of Program.fs.
[<Literal>]
let Command = "extremes"

/// The child prints each architecture before it runs it, so the end of what a crash leaves says which one it was.
[<Theory>]
[<InlineData(1)>]
[<InlineData(2)>]
[<InlineData(3)>]
[<InlineData(4)>]
let ``Architectures of extreme sizes are refused when they are made, or are trained and measured inside their memory`` (seed: int) =
    let code, printed = ChildProcess.run 1200 [] [ Command; "400"; $"{seed}" ]
    let theEnd = printed[max 0 (printed.Length - 3000) ..]
    Assert.True((code = 0), $"Seed {seed}: the process ended with code {code}, after this:\n{theEnd}")
    Assert.Contains("Ran", printed)
    Assert.Contains("Refused", printed)

[<Theory>]
[<InlineData(1024, 1, 1, 1024, 1024, 1)>] // the padded input is wider than 2³¹ values
[<InlineData(1, 134217728, 1, 1, 1, 1)>] // as large as an input may be, and padding on top
[<InlineData(65536, 1, 1, 1, 1024, 1)>]
let ``A convolution whose padded input is too large is refused by name, with what to change`` (channels: int) (height: int) (width: int) (stride: int) (padding: int) (dilation: int) =
    let layers: Layer list =
        [ Convolution(2, 1, 1, stride, padding, dilation); GlobalAveragePooling(); Flatten(); Dense 2 ]

    Networks.failsWith "ModelSize" [ "Layer 0"; "convolution (2 filters 1×1"; "its input with padding has"; "Use less padding" ] (fun () ->
        Model(Shape(channels, height, width), layers) |> ignore)

[<Fact>]
let ``Every size that is too large is a ModelSize or InputShape error that names the layer`` () =
    let modelOf (shape: Shape) (layers: Layer list) () = Model(shape, layers) |> ignore
    let failsWith = Networks.failsWith
    failsWith "InputShape" [ "65536" ] (modelOf (Shape(65537, 1, 1)) [ Flatten(); Dense 2 ])
    failsWith "InputShape" [ "134217728" ] (modelOf (Shape(1, 1 <<< 14, (1 <<< 13) + 1)) [ Flatten(); Dense 2 ])
    failsWith "InputShape" [ "at least 1" ] (modelOf (Shape(1, Int32.MaxValue, -1)) [ Flatten(); Dense 2 ])
    failsWith "ModelSize" [ "Layer 0"; "its output has" ] (modelOf (Shape(1, 1 <<< 14, 1 <<< 13)) [ Convolution(2, 1); GlobalAveragePooling(); Flatten(); Dense 2 ])
    failsWith "ModelSize" [ "Layer 1"; "parameters" ] (modelOf (Shape(1, 1 <<< 13, 1 <<< 13)) [ Flatten(); Dense 5; Dense 2 ])
    failsWith "LayerSetting" [] (modelOf (Shape(1, 8, 8)) [ Convolution(2, Int32.MaxValue); Flatten(); Dense 2 ])
    failsWith "LayerShape" [] (modelOf (Shape(1, 8, 8)) [ MaxPooling(Int32.MaxValue, Int32.MaxValue); Flatten(); Dense 2 ])
