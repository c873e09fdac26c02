/// A team does every item of every piece of work once, and hands back what went wrong.
module Cnn.Native.Tests.WorkerTeamTests

open System
open System.Diagnostics
open System.Threading
open FsCheck.Xunit
open Xunit
open Cnn.Threading
open Cnn.Native.Tests.Networks
open Cnn.Native.Tests.NetworkShapes

let private teamSizes = [ 1; 2; 3; 7; 16 ]

/// What would hang fails instead, and the other tests go on.
let private within (time: TimeSpan) (work: unit -> unit) =
    let mutable error = null

    let thread =
        Thread(
            (fun () ->
                try
                    work ()
                with caught ->
                    Volatile.Write(&error, caught)),
            IsBackground = true)

    thread.Start()

    if not (thread.Join time) then
        Assert.Fail $"Not done after {time}: a deadlock."

    if not (isNull (Volatile.Read &error)) then
        raise (AggregateException error)

let private seconds = float >> TimeSpan.FromSeconds

/// How often each item was done, by threads whose numbers are the team's.
let private doneTimes (team: WorkerTeam) items =
    let times = Array.zeroCreate<int> items
    let strangers = ref 0

    team.Run(
        items,
        fun worker item ->
            if worker < 0 || worker >= team.Count then
                Interlocked.Increment strangers |> ignore

            Interlocked.Increment &times[item] |> ignore)

    Assert.Equal(0, strangers.Value)
    times

[<Property(MaxTest = 20)>]
let ``Every item of every piece is done exactly once`` (Size 12 threads) (pieces: FsCheck.NonNegativeInt list) =
    within (seconds 30) (fun () ->
        use team = new WorkerTeam(threads)

        for FsCheck.NonNegativeInt items in pieces do
            Assert.All(doneTimes team items, fun times -> Assert.Equal(1, times)))

[<Fact>]
let ``A hundred thousand tiny pieces are done without a deadlock`` () =
    for threads in teamSizes do
        within (seconds 60) (fun () ->
            use team = new WorkerTeam(threads)
            let mutable expected = 0L
            let sum = ref 0L

            for piece in 1 .. 100_000 / teamSizes.Length do
                let items = piece % 5
                team.Run(items, fun _ item -> Interlocked.Add(sum, int64 item + 1L) |> ignore)
                expected <- expected + int64 (items * (items + 1) / 2)

            Assert.Equal(expected, sum.Value))

[<Fact>]
let ``What an item writes is there for the caller`` () =
    within (seconds 30) (fun () ->
        use team = new WorkerTeam(3)
        let values = Array.zeroCreate<int> 1000

        for piece in 1..2000 do
            team.Run(values.Length / 100, fun _ item -> Array.Fill(values, piece, item * 100, 100))
            Assert.True(Array.forall ((=) piece) values))

[<Property>]
let ``The processors are cut into parts by the threads of the teams`` (FsCheck.NonEmptyArray counts: FsCheck.NonEmptyArray<FsCheck.PositiveInt>) (FsCheck.PositiveInt processors) =
    let counts = counts |> Array.map (fun (FsCheck.PositiveInt count) -> int64 count)
    let all = Array.sum counts
    let before = counts |> Array.scan (+) 0L
    let parts = counts |> Array.mapi (fun index count -> ProcessorShare.PartOf(before[index], count, all, processors))

    if all <= int64 processors then
        Assert.Equal<int>(Array.map int counts, parts)
    else
        // Exact parts are rounded up or down, nobody gets nothing, and no processor is left over.
        Array.iter2
            (fun count part ->
                let exact = float count * float processors / float all
                Assert.InRange(float part, min exact 1.0, max 1.0 (exact + 1.0))
                Assert.True(part >= 1 && float part > exact - 1.0))
            counts
            parts

        let extra = parts |> Array.filter ((=) 1) |> Array.length
        Assert.InRange(Array.sum parts, processors, processors + extra)

[<Fact>]
let ``A thread number is never used by two at once`` () =
    within (seconds 30) (fun () ->
        use team = new WorkerTeam(7)
        let busy = Array.zeroCreate<int> team.Count
        let clashes = ref 0

        for _ in 1..500 do
            team.Run(
                20,
                fun worker _ ->
                    if Interlocked.Increment &busy[worker] > 1 then
                        Interlocked.Increment clashes |> ignore

                    Thread.SpinWait 50
                    Interlocked.Decrement &busy[worker] |> ignore)

        Assert.Equal(0, clashes.Value))

[<Fact>]
let ``An item's exception is handed to the caller, and the team works on`` () =
    within (seconds 60) (fun () ->
        for threads in teamSizes do
            use team = new WorkerTeam(threads)

            for piece in 1..200 do
                let bad = piece % 9

                let error =
                    Assert.Throws<InvalidOperationException>(fun () ->
                        team.Run(9, fun _ item -> if item = bad then invalidOp $"item {item} is bad"))

                Assert.Equal($"item {bad} is bad", error.Message)

            Assert.All(doneTimes team 50, fun times -> Assert.Equal(1, times)))

[<Fact>]
let ``Of many exceptions one is handed on, and none of them to the next piece`` () =
    within (seconds 30) (fun () ->
        use team = new WorkerTeam(3)
        Assert.Throws<InvalidOperationException>(fun () -> team.Run(30, fun _ _ -> invalidOp "bad")) |> ignore
        team.Run(30, fun _ _ -> ()))

[<Fact>]
let ``Two callers take turns, and each gets its own exception`` () =
    within (seconds 60) (fun () ->
        use team = new WorkerTeam(3)
        let wrong = ref 0

        let call (mine: int) =
            for piece in 1..2000 do
                let fails = piece % 2 = mine

                let failed =
                    try
                        team.Run(4, fun _ item -> if fails && item = 2 then invalidOp $"{mine}")
                        false
                    with :? InvalidOperationException as error ->
                        error.Message = $"{mine}"

                if failed <> fails then
                    Interlocked.Increment wrong |> ignore

        let other = Thread((fun () -> call 1), IsBackground = true)
        other.Start()
        call 0
        other.Join()
        Assert.Equal(0, wrong.Value))

[<Fact>]
let ``A piece of nothing does nothing, also when all threads sleep`` () =
    within (seconds 30) (fun () ->
        use team = new WorkerTeam(3)
        Thread.Sleep 50
        team.Run(0, fun _ _ -> failwith "There is no item.")
        Assert.All(doneTimes team 10, fun times -> Assert.Equal(1, times)))

let private processorTime () =
    use me = Process.GetCurrentProcess()
    me.TotalProcessorTime

[<Fact>]
let ``Dispose ends the threads, whatever they are at, and twice is fine`` () =
    within (seconds 60) (fun () ->
        for round in 1..100 do
            let team = new WorkerTeam(4)

            if round % 3 > 0 then
                team.Run(8, fun _ _ -> ())

            if round % 3 > 1 then
                Thread.Sleep 1

            // Dispose joins the threads: if one did not end, this would not return.
            team.Dispose()
            team.Dispose()
            Assert.Throws<ObjectDisposedException>(fun () -> team.Run(8, fun _ _ -> ())) |> ignore)

[<Theory>]
[<InlineData(-1)>]
[<InlineData(1025)>]
let ``A number of threads that makes no sense is an error`` threads =
    failsWith "Threads" [ string threads ] (fun () -> (new WorkerTeam(threads)).Dispose())

[<Fact>]
let ``0 threads are one on each processor`` () =
    use team = new WorkerTeam(0)
    Assert.Equal(Environment.ProcessorCount, team.Count)

/// What is measured for the whole process is measured with nothing else running.
[<Collection("Alone")>]
module Alone =
    [<Fact>]
    let ``Threads without work give their cores back, however many pieces they had`` () =
        within (seconds 60) (fun () ->
            use team = new WorkerTeam(6)

            for _ in 1..50_000 do
                team.Run(2, fun _ _ -> ())

            // The first moments are theirs to fall asleep in.
            Thread.Sleep 20
            let before = processorTime ()
            Thread.Sleep 200
            let used = processorTime () - before
            Assert.True(used.TotalMilliseconds < 100.0, $"Sleeping threads used {used.TotalMilliseconds} ms of 200."))

    /// Alone, as a team has all its threads only where no other one works.
    [<Theory>]
    [<InlineData(2)>]
    [<InlineData(3)>]
    [<InlineData(6)>]
    let ``Threads that went to sleep wake for the next piece`` threads =
        within (seconds 30) (fun () ->
            use team = new WorkerTeam(threads)

            for _ in 1..15 do
                Thread.Sleep 5
                // Each item waits until all are being worked on: only as many threads as there are items get through.
                use together = new Barrier(threads)
                team.Run(threads, fun _ _ -> together.SignalAndWait()))

    /// Which threads do the items of a piece that is long enough for all of them to come.
    let private workersOf (team: WorkerTeam) =
        let seen = Array.zeroCreate<int> team.Count

        team.Run(
            4 * team.Count,
            fun worker _ ->
                seen[worker] <- 1
                Thread.Sleep 2)

        Array.sum seen

    [<Fact>]
    let ``While another team works, a team has its part of the processors, and all its threads when that is done`` () =
        within (seconds 60) (fun () ->
            let processors = Environment.ProcessorCount
            use mine = new WorkerTeam(processors)
            use other = new WorkerTeam(processors)
            use begun = new ManualResetEventSlim()
            use release = new ManualResetEventSlim()

            let work () =
                other.Run(
                    1,
                    fun _ _ ->
                        begun.Set()
                        release.Wait())

            let thread = Thread(work, IsBackground = true)
            thread.Start()
            begun.Wait()
            mine.Run(processors, fun _ _ -> ())
            // All fall asleep, so that only who is woken comes.
            Thread.Sleep 50

            for _ in 1..5 do
                Assert.InRange(workersOf mine, 1, max 1 (processors / 2))

            release.Set()
            thread.Join()
            Thread.Sleep 50
            use together = new Barrier(processors)
            mine.Run(processors, fun _ _ -> together.SignalAndWait()))
