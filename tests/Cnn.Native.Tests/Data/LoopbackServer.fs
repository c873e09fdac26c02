module Cnn.Native.Tests.LoopbackServer

open System
open System.Collections.Concurrent
open System.IO
open System.Net
open System.Net.Sockets
open System.Text
open System.Threading

/// What the server does with a request.
type Answer =
    | Good of byte[]
    /// Says how much will come, sends half of it and hangs up.
    | Truncated of byte[]
    | Status of int
    /// Takes the request and never says a word.
    | Silent
    /// Sends this, and then nothing, without hanging up.
    | Stalled of byte[]

/// A web server on this machine alone, which answers each path as the test says.
type LoopbackServer(answer: string -> Answer) =
    let listener = new TcpListener(IPAddress.Loopback, 0)
    do listener.Start()
    let requests = ConcurrentQueue<string>()
    let waiting = ConcurrentBag<IDisposable>()

    let header (status: int) (length: int) =
        Encoding.ASCII.GetBytes $"HTTP/1.1 {status} Whatever\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"

    let readPath (stream: Stream) =
        use reader = new StreamReader(stream, Encoding.ASCII, false, 1024, true)

        match reader.ReadLine() with
        | null -> raise (IOException "who called has gone")
        | first ->
            while not (String.IsNullOrEmpty(reader.ReadLine())) do
                ()

            first.Split(' ').[1].TrimStart '/'

    let serve (client: TcpClient) =
        let stream = client.GetStream()
        let path = readPath stream
        requests.Enqueue path

        let send status length bytes =
            stream.Write(ReadOnlySpan(Array.append (header status length) bytes))
            client.Dispose()

        match answer path with
        | Good bytes -> send 200 bytes.Length bytes
        | Truncated bytes -> send 200 bytes.Length bytes[.. bytes.Length / 2]
        | Status status -> send status 0 [||]
        | Silent -> waiting.Add client
        | Stalled bytes ->
            stream.Write(ReadOnlySpan(Array.append (header 200 (2 * bytes.Length)) bytes))
            waiting.Add client

    // A thread of its own: the pool is busy with the tests.
    let rec accept () =
        let accepted =
            try
                Some(listener.AcceptTcpClient())
            with
            | :? SocketException
            | :? InvalidOperationException -> None // closed at the end of the test

        match accepted with
        | None -> ()
        | Some client ->
            try
                serve client
            with :? IOException ->
                client.Dispose() // who called has gone

            accept ()

    do Thread(accept, IsBackground = true).Start()

    new() = new LoopbackServer(fun _ -> Status 404)
    member _.Address = Uri $"http://127.0.0.1:{(listener.LocalEndpoint :?> IPEndPoint).Port}/"
    member _.Requests = List.ofSeq requests

    interface IDisposable with
        member _.Dispose() =
            listener.Stop()
            waiting |> Seq.iter (fun client -> client.Dispose())
