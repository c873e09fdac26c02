/// Nothing that was written to a results file is lost, and nothing that is damaged is taken for a result.
module Cnn.Native.Tests.ResultsFileTests

open System
open System.IO
open System.Text
open System.Threading.Tasks
open FsCheck.Xunit
open Xunit
open Cnn
open Cnn.Sweeps
open Cnn.Native.Tests.SmallModels
open Cnn.Native.Tests.TemporaryFolder
open Cnn.Native.Tests.TrialTests

let private images = makeImages 12 1
let private validation = makeImages 6 2

let private resultOf (trial: Trial) =
    SweepResult(
        Trial = trial,
        Accuracy = Nullable 0.75,
        Loss = Nullable(1.0 / 3.0),
        TrainingLoss = Nullable 1e-7,
        Duration = Nullable(TimeSpan.FromTicks 123450014L),
        ImagesPerSecond = Nullable 54321.123
    )

let private trial (number: int) = trialOf [ "LearningRate", 0.001; "Number", number; "Name", "a \"b\"\nü ☃" ]

let private openFile path = ResultsFile.Open(path, images, validation)

let private write path numbers =
    use file = openFile path
    for number in numbers do
        file.Append(resultOf (trial number))

let private numbersIn (results: SweepResult seq) = [ for result in results -> result.Trial.Integer "Number" ]

[<Fact>]
let ``what is written is read again, and appended to`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "results.jsonl"
    let failed = SweepResult(Trial = trial 3, Error = "It diverged: ∞ > \"1\".", ErrorId = "TrainingDiverged")

    do
        use file = openFile path
        Assert.Empty file.Results
        file.Append(resultOf (trial 1))
        file.Append(SweepResult(Trial = trial 2, Accuracy = Nullable 0.1, TrainingLoss = Nullable 2.0, Duration = Nullable TimeSpan.Zero, ImagesPerSecond = Nullable 1.0))

    do
        use file = openFile path
        file.Append failed

    let results = ResultsFile.Read path
    Assert.Equal<int>([ 1; 2; 3 ], numbersIn results)
    Assert.All(results, fun result -> Assert.True result.IsFromFile)
    let first = results[0]
    Assert.Equal((trial 1).Id, first.Id)
    Assert.Equal<obj>((trial 1).Values |> Seq.map _.Value, first.Trial.Values |> Seq.map _.Value)
    let expected = resultOf (trial 1)
    Assert.Equal((expected.Accuracy, expected.Loss, expected.TrainingLoss), (first.Accuracy, first.Loss, first.TrainingLoss))
    Assert.Equal((expected.Duration, expected.ImagesPerSecond), (first.Duration, first.ImagesPerSecond))
    Assert.False results[1].Loss.HasValue
    Assert.Equal((failed.Error, failed.ErrorId), (results[2].Error, results[2].ErrorId))
    Assert.False results[2].Accuracy.HasValue
    Assert.Equal(3, File.ReadAllLines(path).Length)
    Assert.Equal<string>([ "results.jsonl" ], folder.Files)

[<Property>]
let ``a duration comes back to the tick`` (ticks: FsCheck.NonNegativeInt) =
    let result = resultOf (trial 1)
    let timed = SweepResult(Trial = result.Trial, Accuracy = result.Accuracy, TrainingLoss = result.TrainingLoss, Duration = Nullable(TimeSpan.FromTicks(int64 ticks.Get)), ImagesPerSecond = result.ImagesPerSecond)
    let struct (read, _) = ResultLine.Read(ReadOnlySpan(ResultLine.Write(timed, "a/b")))
    Assert.Equal(timed.Duration, read.Duration)

[<Property(Arbitrary = [| typeof<TrialValues> |])>]
let ``a trial of any values comes back with its identifier`` (Values values) =
    let result = resultOf (trialOf values)
    let struct (read, of') = ResultLine.Read(ReadOnlySpan(ResultLine.Write(result, "a/b")))
    Assert.Equal(result.Id, read.Id)
    Assert.Equal("a/b", of')

/// A kill can leave any beginning of the line that was being written.
[<Fact>]
let ``a torn last line is cut off wherever it was torn, and the lines before it stay`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "results.jsonl"
    write path [ 1; 2 ]
    let whole = File.ReadAllBytes path
    let line = ResultLine.Write(resultOf (trial 3), "")

    for length in 1 .. line.Length - 2 do
        File.WriteAllBytes(path, Array.append whole line[.. length - 1])
        Assert.Equal<int>([ 1; 2 ], numbersIn (ResultsFile.Read path))
        use file = openFile path
        Assert.True file.HasTornLine
        Assert.Equal(2, file.Results.Count)
        Assert.Equal<byte>(whole, File.ReadAllBytes path)

    do
        use file = openFile path
        Assert.False file.HasTornLine
        file.Append(resultOf (trial 3))

    Assert.Equal<int>([ 1; 2; 3 ], numbersIn (ResultsFile.Read path))

[<Fact>]
let ``a torn only line, and the zeros that a power failure leaves, are cut off`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "results.jsonl"

    for torn in [ "{"; "\000\000\000"; "{\"id\":\"\xff" ] do
        File.WriteAllText(path, torn)
        use file = openFile path
        Assert.True file.HasTornLine
        Assert.Equal(0L, FileInfo(path).Length)

[<Fact>]
let ``a whole last line without its line feed, blank lines and Windows line ends are fine`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "results.jsonl"
    write path [ 1; 2 ]
    File.WriteAllText(path, "\n" + File.ReadAllText(path).TrimEnd().Replace("\n", "\r\n\r\n"), UTF8Encoding true)
    write path [ 3 ]
    Assert.Equal<int>([ 1; 2; 3 ], numbersIn (ResultsFile.Read path))

[<Fact>]
let ``of two lines of one trial the later one counts`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "results.jsonl"

    do
        use file = openFile path
        file.Append(SweepResult(Trial = trial 1, Error = "No memory.", ErrorId = "OutOfMemoryException"))
        file.Append(resultOf (trial 2))
        file.Append(resultOf (trial 1))

    use file = openFile path
    Assert.Equal(2, file.Results.Count)
    Assert.Null file.Results[(trial 1).Id].Error

let private damages: (string * (string -> string)) list =
    [ "no JSON", (fun _ -> "no JSON")
      "no object", (fun _ -> "[1]")
      "cut", (fun line -> line[.. line.Length - 5])
      "no id", (fun line -> line.Replace("\"id\"", "\"key\""))
      "a value that was changed", (fun line -> line.Replace("0.001", "0.002"))
      "an id that was changed", (fun line -> line.Replace(line.Substring(7, 4), "0000"))
      "values that are a list", (fun line -> line.Replace("\"values\":{", "\"values\":[{").Replace("},\"images", "}],\"images"))
      "a value that is an object", (fun line -> line.Replace("0.001", "{}"))
      "an accuracy that is a text", (fun line -> line.Replace("0.75", "\"0.75\""))
      "no accuracy", (fun line -> line.Replace("accuracy", "correct"))
      "a time beyond all time", (fun line -> line.Replace("12.345", "1e300"))
      "half a character", (fun line -> line.Replace("☃", "\\ud800"))
      "a property twice", (fun line -> line.Replace("{\"id\"", "{\"loss\":1,\"id\"")) ]

[<Fact>]
let ``a damaged line is an error that names file and line, and the file is left as it is`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "results.jsonl"
    write path [ 1; 2; 3 ]
    let lines = File.ReadAllLines path

    for name, damage in damages do
        for index in [ 1; 2 ] do
            let changed = lines |> Array.mapi (fun at line -> if at = index then damage line else line)
            Assert.True(changed[index] <> lines[index], name)
            let text = String.Join('\n', changed) + "\n"
            File.WriteAllText(path, text)

            for action in [ (fun () -> ResultsFile.Read path |> ignore); (fun () -> (openFile path).Dispose()) ] do
                let error = failureOf action
                Assert.True(("ResultsFileLine", CnnErrorKind.InvalidData) = (error.ErrorId, error.Kind), name)
                Assert.Contains($"Line {index + 1} of '{path}'", error.Message)
                Assert.Equal(path, string error.Target)

            Assert.Equal(text, File.ReadAllText path)
            Assert.Equal<string>([ "results.jsonl" ], folder.Files)

[<Fact>]
let ``bytes that are no text are an error in the middle`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "results.jsonl"
    File.WriteAllBytes(path, [| 0xFFuy; 0xFEuy; byte '\n' |])
    Assert.Equal(("ResultsFileLine", CnnErrorKind.InvalidData), fileError path (fun () -> ResultsFile.Read path))

[<Fact>]
let ``results of other images are not mixed`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "results.jsonl"
    write path [ 1 ]
    let before = File.ReadAllBytes path

    for images, validation in [ makeImages 12 3, validation; images, makeImages 5 2; validation, images ] do
        Assert.Equal(("ResultsFileImages", CnnErrorKind.InvalidData), fileError path (fun () -> (ResultsFile.Open(path, images, validation)).Dispose()))
        Assert.Equal(("ResultsFileImages", CnnErrorKind.InvalidData), fileError path (fun () -> ResultsFile.Read(path, images, validation)))

    Assert.Equal<byte>(before, File.ReadAllBytes path)

[<Fact>]
let ``a second sweep is kept out, anybody may read, and afterwards the file is free`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "results.jsonl"

    do
        use file = openFile path
        file.Append(resultOf (trial 1))
        Assert.Equal(("ResultsFileInUse", CnnErrorKind.Unavailable), fileError path (fun () -> (openFile path).Dispose()))
        Assert.Equal<int>([ 1 ], numbersIn (ResultsFile.Read path))
        use reader = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)
        file.Append(resultOf (trial 2))

    File.WriteAllText(path + ".lock", "what a killed process left")
    write path [ 3 ]
    Assert.Equal<int>([ 1; 2; 3 ], numbersIn (ResultsFile.Read path))
    Assert.Equal<string>([ "results.jsonl" ], folder.Files)

[<Fact>]
let ``many threads append whole lines`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "results.jsonl"

    do
        use file = openFile path
        Parallel.For(0, 200, fun number -> file.Append(resultOf (trial number))) |> ignore

    Assert.Equal<int>([ 0..199 ], numbersIn (ResultsFile.Read path) |> List.sort)

[<Fact>]
let ``what cannot be a results file is reported`` () =
    use folder = new TemporaryFolder()
    let missing = Path.Combine(folder.File "missing", "results.jsonl")
    Assert.Equal(("FolderNotFound", CnnErrorKind.NotFound), fileError missing (fun () -> (openFile missing).Dispose()))
    Assert.Equal(("FileNotFound", CnnErrorKind.NotFound), fileError missing (fun () -> ResultsFile.Read missing))
    let taken = folder.File "folder"
    Directory.CreateDirectory taken |> ignore
    let struct (id, _) = let id, kind = fileError taken (fun () -> (openFile taken).Dispose()) in struct (id, kind)
    Assert.Contains(id, [ "ReadFailed"; "WriteFailed" ])
    Assert.Empty folder.Files

[<Fact>]
let ``what is no plain file is refused, and neither opened nor replaced`` () =
    if not (OperatingSystem.IsWindows()) then
        use folder = new TemporaryFolder()
        use special = new SpecialFiles(folder)
        Directory.CreateDirectory(folder.File "folder") |> ignore
        File.CreateSymbolicLink(folder.File "to folder", folder.File "folder") |> ignore
        let before = Directory.GetFileSystemEntries folder.Path |> Array.sort

        for name in [ "pipe"; "socket"; "to folder" ] do
            let path = folder.File name
            Assert.Equal(("TargetNotFile", CnnErrorKind.InvalidArgument), fileError path (fun () -> (openFile path).Dispose()))

        for name in [ "pipe"; "socket" ] do
            let path = folder.File name
            Assert.Equal(("SourceNotFile", CnnErrorKind.InvalidArgument), fileError path (fun () -> ResultsFile.Read path))

        Assert.Equal<string>(before, Directory.GetFileSystemEntries folder.Path |> Array.sort)

[<Fact>]
let ``a link and the file behind it are one file, and one sweep at a time writes to it`` () =
    if not (OperatingSystem.IsWindows()) then
        use folder = new TemporaryFolder()
        let path = folder.File "results.jsonl"
        let link = folder.File "link"
        File.CreateSymbolicLink(link, path) |> ignore

        do
            use file = openFile link
            file.Append(resultOf (trial 1))
            Assert.Equal(("ResultsFileInUse", CnnErrorKind.Unavailable), fileError path (fun () -> (openFile path).Dispose()))

        Assert.Equal<int>([ 1 ], numbersIn (ResultsFile.Read path))
        Assert.Equal<string>([ "link"; "results.jsonl" ], folder.Files)

/// Each ends by removing the lock that others may be opening just then.
[<Fact>]
let ``many that open one file at once are let in one after the other, and no line is lost`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "results.jsonl"
    let mutable inside = 0

    let work writer =
        for number in 1..40 do
            let mutable isDone = false

            while not isDone do
                try
                    use file = openFile path
                    Assert.Equal(1, Threading.Interlocked.Increment &inside)
                    file.Append(resultOf (trial (100 * writer + number)))
                    Threading.Interlocked.Decrement &inside |> ignore
                    isDone <- true
                with :? CnnException as error when error.ErrorId = "ResultsFileInUse" ->
                    ()

    Task.WaitAll [| for writer in 1..4 -> Task.Factory.StartNew((fun () -> work writer), TaskCreationOptions.LongRunning) |]
    Assert.Equal<int>([ for writer in 1..4 do yield! [ for number in 1..40 -> 100 * writer + number ] ], numbersIn (ResultsFile.Read path) |> List.sort)
    Assert.Equal<string>([ "results.jsonl" ], folder.Files)
