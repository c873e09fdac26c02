/// Trainings that are stopped after a given number of batches.
module Cnn.Native.Tests.Stopping

open System.Threading
open Cnn.Training

/// Runs a trainer for a number of further batches: none for 0, all of them for a negative number. Returns the result and the loss that was shown last.
let runShowing count (trainer: Trainer) =
    use cancellation = new CancellationTokenSource()
    let mutable left = count
    let mutable shown = nan

    if left = 0 then
        cancellation.Cancel()

    let step (progress: TrainingProgress) =
        shown <- progress.Loss
        left <- left - 1

        if left = 0 then
            cancellation.Cancel()

    let result = trainer.Run(step, cancellation.Token)
    result, shown

/// Runs a trainer for a number of further batches: none for 0, all of them for a negative number.
let runFor count trainer = fst (runShowing count trainer)
