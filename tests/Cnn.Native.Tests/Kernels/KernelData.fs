/// What is in the buffers of a case: numbers, values that are hard to compare, gradients with zeros.
module Cnn.Native.Tests.KernelData

open System
open Cnn.Native.Tests.KernelCases
open Cnn.Native.Tests.KernelShapes

/// Where the data of a shape come from.
type Data(seed: int) =
    let random = Random seed
    // Sums of products of small whole numbers are exact in any order: every second shape is compared without tolerance,
    // and a term that is lost or taken twice cannot hide in it.
    let isWhole = seed % 2 = 0

    member _.Below most = random.Next most
    member _.Chance percent = random.Next 100 < percent
    member _.Number() = if isWhole then float32 (random.Next(-4, 5)) else random.NextSingle() * 2f - 1f
    member _.Fraction() = random.NextSingle() * 2f - 1f
    member data.Numbers count = Array.init count (fun _ -> data.Number())

    /// The tolerance of a sum of so many products.
    member _.SumOf terms = if isWhole then Exact else Sum terms

    member data.Values kind count =
        let special = [| nanf; infinityf; -infinityf; 0f; -0f; 1f; -1f |]

        match kind with
        | Spread -> Array.init count (fun _ -> data.Fraction() * 8f)
        | Ties -> Array.init count (fun _ -> float32 (data.Below 5 - 2))
        | Special -> Array.init count (fun _ -> if data.Chance 30 then special[data.Below special.Length] else data.Fraction())

    /// The gradient of [image][row][column][channel], with zeros.
    member data.Gradient(zeros, images, rows, columns, channels) =
        let length = images * rows * columns * channels

        match zeros with
        | Scattered percent -> Array.init length (fun _ -> if data.Chance percent then data.Number() else 0f)
        | WholePixels percent ->
            [| for _ in 1 .. images * rows * columns do
                   if data.Chance percent then data.Numbers channels else Array.zeroCreate channels |]
            |> Array.concat
        | AfterPooling ->
            let gradient = Array.zeroCreate length

            for image in 0 .. images - 1 do
                for top in 0..2 .. rows - 1 do
                    for left in 0..2 .. columns - 1 do
                        for channel in 0 .. channels - 1 do
                            let row, column = top + data.Below 2, left + data.Below 2

                            if row < rows && column < columns && data.Chance 50 then
                                gradient[((image * rows + row) * columns + column) * channels + channel] <- data.Number()

            gradient
