/// Architectures of extreme sizes are refused when the model is made, or run inside their memory.
module Cnn.Native.Tests.ExtremeSizesTests

open System
open System.Collections.Concurrent
open FsCheck
open FsCheck.FSharp
open Xunit
open Cnn
open Cnn.Data
open Cnn.Evaluation
open Cnn.Layers
open Cnn.Memory
open Cnn.Models
open Cnn.Training
open Cnn.Native.Tests.GuardedMemory

/// A heap whose buffers end at a page that nobody may touch: an overrun by one value ends the process.
type GuardedHeap() =
    inherit NativeHeap()
    let buffers = ConcurrentDictionary<nativeint, Memory>()

    override _.Allocate(bytes, _) =
        let memory = allocate EndsAtPage (int bytes)
        buffers[memory.Address] <- memory
        memory.Address

    override _.Free(address, _) =
        match buffers.TryRemove address with
        | true, memory -> memory.Free()
        | _ -> failwith $"Memory at {address:x} is freed that nobody has."

/// Mostly small numbers, and those at which 32 bits end.
let private size =
    Gen.frequency
        [ 6, Gen.choose (1, 6)
          3, Gen.choose (7, 80)
          2, Gen.elements [ 127; 128; 255; 256; 1000; 1023; 1024; 1025 ]
          1, Gen.elements [ -1; 0; 4096; 32768; 46340; 46341; 65535; 65536; 1 <<< 20; 1 <<< 27; (1 <<< 27) + 1; 1 <<< 28; Int32.MaxValue - 1; Int32.MaxValue ] ]

let private layer: Gen<Layer> =
    Gen.oneof
        [ gen {
              let! filters, height, width = Gen.zip3 size size size
              let! stride, padding, dilation = Gen.zip3 size (Gen.oneof [ Gen.constant 0; size ]) (Gen.oneof [ Gen.constant 1; size ])
              let! groups = Gen.oneof [ Gen.constant 1; size; Gen.constant filters ]
              return Convolution(filters, height, width, stride, padding, dilation, groups) :> Layer
          }
          Gen.map2 (fun window stride -> MaxPooling(window, stride)) size size
          Gen.map2 (fun window stride -> AveragePooling(window, stride)) size size
          Gen.map (fun span -> Residual span) size
          Gen.map (fun outputs -> Dense outputs) size
          Gen.elements ([ Flatten(); Relu(); GlobalAveragePooling(); BatchNormalization(); Gelu(); Dropout 0.5 ]: Layer list) ]

type Architecture =
    { Input: Shape
      Layers: Layer list
      Batch: int }

    override architecture.ToString() =
        $"%A{architecture.Input}, batches of {architecture.Batch}: " + String.Join("; ", architecture.Layers)

let private architecture =
    gen {
        let! channels, height, width = Gen.zip3 size size size
        let! count = Gen.choose (1, 4)
        let! layers = Gen.listOfLength count layer
        let! batch = Gen.choose (1, 20)
        let! ending = Gen.elements ([ []; [ Flatten(); Dense 2 ]; [ GlobalAveragePooling(); Flatten(); Dense 3 ] ]: Layer list list)
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
    NativeHeap.Current <- GuardedHeap()
    let cases = Gen.sampleWithSeed (Random.CreateWithSeed(uint64 seed)) 50 count architecture
    let outcomes = [| for case in cases do
                          eprintfn $"{case}"
                          run case |]

    printfn "%s" (String.Join(", ", outcomes |> Seq.countBy id |> Seq.sortBy fst |> Seq.map (fun (outcome, count) -> $"{outcome} {count}")))
    if Array.contains Ran outcomes then 0 else 1
