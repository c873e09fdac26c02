/// A sweep in a folder, whose trials several processes train: no trial is trained twice at a time, and nothing that a crash left is taken for a result.
module Cnn.Native.Tests.SweepFolderTests

open System
open System.IO
open System.Threading
open Xunit
open Cnn
open Cnn.Sweeps
open Cnn.Training
open Cnn.Native.Tests.SmallModels
open Cnn.Native.Tests.TemporaryFolder
open Cnn.Native.Tests.TrialTests

/// The command of Program.fs with which another process claims a trial.
[<Literal>]
let Command = "claim"

let private images = makeImages 30 1
let private validation = makeImages 15 2

let private trial (number: int) = trialOf [ "LearningRate", 0.001; "Number", number ]

/// The network that these trials are said to have; what they train is what the runner is given.
let private network = Network("small", inputShape, layers)

let private write (folder: TemporaryFolder) numbers =
    SweepFolder.Write(folder.File "sweep", [ for number in numbers -> struct (trial number, network) ], images, validation)

let private setup (_: Trial) = TrialSetup(newModel 1UL, TrainingOptions(Epochs = 2, BatchSize = 10))

let private failing (_: Trial) : TrialSetup = raise (InvalidOperationException "no such setting")

/// Runs the trials of a folder; gives the results and how many trials were left to others.
let private run (folder: SweepFolder) setup =
    let results = ResizeArray<SweepResult>()
    let runner = SweepRunner(images, validation, setup, ThrottleLimit = 1, Threads = 1, Folder = folder)
    runner.Run([ for planned in folder.Trials -> planned.Trial ], null, (fun result -> results.Add result))
    List.ofSeq results, runner.InUse.Count

let private linesOf (folder: SweepFolder) task = File.ReadAllLines(folder.ResultsPathOf(folder.TrialOf(task).Trial))

/// Claims a trial in this process and says how that ended; called in a child process.
let claimHere (path: string) task =
    try
        let folder = SweepFolder.Open path
        use _ = folder.Claim(folder.TrialOf(task).Trial)
        printfn "claimed"
        0
    with :? CnnException as error ->
        printfn "%s" error.ErrorId
        1

let private claimElsewhere (folder: SweepFolder) (task: int) = ChildProcess.run 60 [] [ Command; folder.Path; string task ]

[<Fact>]
let ``of two processes that claim one trial, one gets it, and the other one once the first has let go`` () =
    use temporary = new TemporaryFolder()
    let folder = write temporary [ 1; 2 ]

    do
        use _ = folder.Claim(folder.TrialOf(1).Trial)
        Assert.Equal((1, "ResultsFileInUse"), claimElsewhere folder 1)
        Assert.Equal((0, "claimed"), claimElsewhere folder 2)

    Assert.Equal((0, "claimed"), claimElsewhere folder 1)

[<Fact>]
let ``a trial that another one holds is left to it, and the others are trained`` () =
    use temporary = new TemporaryFolder()
    let folder = write temporary [ 1; 2 ]

    do
        use _ = folder.Claim(folder.TrialOf(1).Trial)
        let results, inUse = run folder setup
        Assert.Equal<int list>([ 2 ], [ for result in results -> result.Trial.Integer "Number" ])
        Assert.Equal(1, inUse)

    Assert.Null(folder.ResultOf(folder.TrialOf(1).Trial))

[<Fact>]
let ``a task that is started twice trains once`` () =
    use temporary = new TemporaryFolder()
    let folder = write temporary [ 1 ]
    let first = run folder setup |> fst |> List.exactlyOne
    let again = run folder failing |> fst |> List.exactlyOne
    Assert.False first.IsFromFile
    Assert.True again.IsFromFile
    Assert.Equal(first.ParameterChecksum, again.ParameterChecksum)
    Assert.Single(linesOf folder 1) |> ignore

[<Fact>]
let ``two runs at the same time give one result between them`` () =
    use temporary = new TemporaryFolder()
    let folder = write temporary [ 1 ]
    use both = new Barrier 2

    let runs =
        [ for _ in 1..2 ->
              async {
                  both.SignalAndWait()
                  return run (SweepFolder.Open folder.Path) setup
              } ]
        |> Async.Parallel
        |> Async.RunSynchronously

    let results = runs |> Seq.collect fst |> Seq.toList
    Assert.Equal(2, results.Length + Array.sumBy snd runs)
    Assert.Equal(1, results |> Seq.filter (fun result -> not result.IsFromFile) |> Seq.length)
    Assert.Single(linesOf folder 1) |> ignore

[<Theory; InlineData(1); InlineData(20); InlineData(-1)>]
let ``a torn line is no result, and the trial is trained again`` (length: int) =
    use temporary = new TemporaryFolder()
    let folder = write temporary [ 1 ]
    let whole = run folder setup |> fst |> List.exactlyOne
    let path = folder.ResultsPathOf whole.Trial
    let bytes = File.ReadAllBytes path
    File.WriteAllBytes(path, bytes[.. (if length < 0 then bytes.Length - 2 else length) - 1])
    Assert.Null(folder.ResultOf whole.Trial)
    let again = run folder setup |> fst |> List.exactlyOne
    Assert.False again.IsFromFile
    Assert.Equal(whole.ParameterChecksum, again.ParameterChecksum)
    Assert.Single(linesOf folder 1) |> ignore
    Assert.Equal(byte '\n', Array.last (File.ReadAllBytes path))

[<Fact>]
let ``a trial that failed keeps its number and its error, and is trained again`` () =
    use temporary = new TemporaryFolder()
    let folder = write temporary [ 1; 2 ]
    let failed, _ = run folder failing
    Assert.All(failed, fun result -> Assert.NotNull result.Error)
    let again = write temporary [ 3; 2; 1 ]
    Assert.Equal<int list>([ 1; 2; 3 ], [ for planned in again.Trials -> planned.Trial.Integer "Number" ])
    Assert.Equal<int list>([ 1; 2; 3 ], [ for planned in again.Trials -> planned.Task ])
    Assert.NotNull(again.ResultOf(again.TrialOf(1).Trial).Error)
    let results, _ = run again setup
    Assert.Equal(3, results.Length)
    Assert.All(results, fun result -> Assert.True(isNull result.Error && not result.IsFromFile))
    Assert.Null(again.ResultOf(again.TrialOf(1).Trial).Error)

[<Fact>]
let ``images that were cut are an error when they are read, and memory that was read does not change with the file`` () =
    use temporary = new TemporaryFolder()
    let folder = write temporary [ 1 ]
    let path = Path.Combine(folder.Path, "training.safetensors")
    let struct (read, _) = folder.ReadImages()

    do
        use file = File.OpenWrite path
        file.SetLength(file.Length - 10L)

    Assert.True(read.Pixels.SequenceEqual images.Pixels)
    let id, kind = fileError path (fun () -> folder.ReadImages() |> ignore)
    Assert.Equal(("SafetensorsTruncated", CnnErrorKind.InvalidData), (id, kind))
