/// Child processes: this very assembly, started at its own entry point (Program.fs), for what a process can only find out by starting, or by
/// dying of it; and the commands of dotnet.
module Cnn.Native.Tests.ChildProcess

open System
open System.Diagnostics
open System.IO
open System.Reflection
open System.Runtime.InteropServices
open System.Threading.Tasks

/// The dotnet that runs this process: the test host itself may be something else.
let private dotnet =
    let program = if OperatingSystem.IsWindows() then "dotnet.exe" else "dotnet"
    let beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", program))
    if File.Exists beside then beside else program

/// Runs dotnet in a folder, with this process's environment after some changes (no value: the variable is removed).
/// Returns the exit code and what was printed, or fails after so many seconds.
let dotnetIn (folder: string) (seconds: int) (environment: (string * string option) list) (arguments: string list) =
    let start = ProcessStartInfo(dotnet, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder)

    for argument in arguments do
        start.ArgumentList.Add argument

    for name, value in environment do
        match value with
        | Some value -> start.Environment[name] <- value
        | None -> start.Environment.Remove name |> ignore

    use running = Process.Start start |> nonNull
    let printed = Task.WhenAll(running.StandardOutput.ReadToEndAsync(), running.StandardError.ReadToEndAsync())

    if not (running.WaitForExit(TimeSpan.FromSeconds(float seconds))) then
        running.Kill true
        let command = String.concat " " arguments
        failwith $"the child process was still at '{command}' after {seconds} seconds"

    running.ExitCode, (String.concat "" printed.Result).Trim()

/// Runs a command of Program.fs in the same way.
let run seconds environment arguments =
    dotnetIn Environment.CurrentDirectory seconds environment ("exec" :: Assembly.GetExecutingAssembly().Location :: arguments)
