module Cnn.Native.Tests.MemoryTests

open System
open System.Threading
open FsCheck
open global.FsCheck.Xunit
open global.Xunit
open Cnn
open Cnn.Memory
open Cnn.Native.Tests

[<Property(MaxTest = 100)>]
let ``A buffer is zeroed and begins on a cache line`` (NonNegativeInt length) =
    // Dirt first, so that it takes more than luck to find zeros where the allocator hands out the same memory again.
    (use dirty = new NativeBuffer<float32>(int64 length)
     dirty.Span(0L, length).Fill 1f)

    use buffer = new NativeBuffer<float32>(int64 length)
    Assert.Equal(int64 length, buffer.Length)
    Assert.Equal(0n, NativeInterop.NativePtr.toNativeInt buffer.Pointer % 64n)
    Assert.Equal(-1, buffer.Span(0L, length).IndexOfAnyExcept 0f)

[<Property(MaxTest = 100)>]
let ``A buffer holds its length rounded up to whole cache lines, so that two never share one`` (NonNegativeInt length) =
    use buffer = new NativeBuffer<byte>(int64 length)
    Assert.Equal(0L, buffer.ByteLength % 64L)
    Assert.InRange(buffer.ByteLength - buffer.Length, 0L, 63L)

[<Property(MaxTest = 300)>]
let ``A span is given exactly where it lies inside the buffer`` (NonNegativeInt length) (start: int) (count: int) =
    use buffer = new NativeBuffer<float32>(int64 length)

    if start >= 0 && count >= 0 && start + count <= length then
        Assert.Equal(count, buffer.Span(int64 start, count).Length)
    else
        Assert.Throws<ArgumentOutOfRangeException>(fun () -> buffer.Span(int64 start, count).Clear()) |> ignore

[<Fact>]
let ``A span that would overflow the arithmetic of its bounds is refused`` () =
    use buffer = new NativeBuffer<float32>(8L)
    Assert.Throws<ArgumentOutOfRangeException>(fun () -> buffer.Span(Int64.MaxValue, Int32.MaxValue).Clear()) |> ignore
    Assert.Throws<ArgumentOutOfRangeException>(fun () -> buffer.Span(Int64.MaxValue, 1).Clear()) |> ignore

[<Fact>]
let ``A span writes to the buffer itself`` () =
    use buffer = new NativeBuffer<int>(10L)
    buffer.Span(3L, 2).Fill 7
    Assert.Equal<int[]>([| 0; 0; 0; 7; 7; 0; 0; 0; 0; 0 |], buffer.Span(0L, 10).ToArray())

[<Fact>]
let ``A negative length is refused`` () =
    Assert.Throws<ArgumentOutOfRangeException>(fun () -> (new NativeBuffer<byte>(-1L)).Dispose()) |> ignore

[<Theory>]
[<InlineData(Int64.MaxValue)>]
[<InlineData(4611686018427387903L)>] // times four bytes, rounded up to a cache line: 2⁶⁴
[<InlineData(0x1000_0000_0000L)>]
let ``A length that no machine can hold is refused, not wrapped around`` (length: int64) =
    let error = Assert.Throws<CnnException>(fun () -> (new NativeBuffer<float32>(length)).Dispose())
    Assert.Equal("OutOfMemory", error.ErrorId)

[<Fact>]
let ``Buffers of the same length are copied and swapped, and others are refused`` () =
    use one = new NativeBuffer<int>(3L)
    use other = new NativeBuffer<int>(3L)
    one.Span(0L, 3).Fill 1
    other.Span(0L, 3).Fill 2
    one.Swap other
    Assert.Equal<int[]>([| 2; 2; 2 |], one.Span(0L, 3).ToArray())
    Assert.Equal<int[]>([| 1; 1; 1 |], other.Span(0L, 3).ToArray())
    one.CopyFrom other
    Assert.Equal<int[]>([| 1; 1; 1 |], one.Span(0L, 3).ToArray())
    use longer = new NativeBuffer<int>(4L)
    Assert.Throws<ArgumentException>(fun () -> one.CopyFrom longer) |> ignore
    Assert.Throws<ArgumentException>(fun () -> one.Swap longer) |> ignore

[<Theory>]
[<InlineData(0L, "0 B")>]
[<InlineData(999L, "999 B")>]
[<InlineData(1000L, "1 KB")>]
[<InlineData(1500000L, "1.5 MB")>]
[<InlineData(115_000_000L, "115 MB")>]
[<InlineData(8_240_000_000L, "8.2 GB")>]
[<InlineData(Int64.MaxValue, "9.2 EB")>]
let ``Bytes are written in the largest unit of which there is one`` (bytes: int64) (text: string) =
    Assert.Equal(text, ByteSize.Of bytes)

/// An owner that notes when it is freed.
let private owner () =
    let mutable freed = 0
    new Lifetime(obj (), fun () -> freed <- freed + 1), (fun () -> freed)

[<Fact>]
let ``What is disposed while it is used is freed when the last use ends, once, and no use begins after that`` () =
    let lifetime, freed = owner ()
    let first, second = lifetime.Begin(), lifetime.Begin()
    lifetime.Dispose()
    lifetime.Dispose()
    Assert.Throws<ObjectDisposedException>(fun () -> lifetime.Check()) |> ignore
    Assert.Throws<ObjectDisposedException>(fun () -> lifetime.Begin() |> ignore) |> ignore
    first.Dispose()
    Assert.Equal(0, freed ())
    second.Dispose()
    Assert.Equal(1, freed ())
    Assert.Throws<ObjectDisposedException>(fun () -> lifetime.Begin() |> ignore) |> ignore

[<Fact>]
let ``Whoever comes first of many that use and one that disposes, nothing is freed under a use, and it is freed once`` () =
    for round in 1..200 do
        let mutable uses, freedUnderUse, freed = 0, 0, 0

        let lifetime =
            new Lifetime(
                obj (),
                fun () ->
                    if Volatile.Read &uses > 0 then Interlocked.Increment &freedUnderUse |> ignore
                    Interlocked.Increment &freed |> ignore)

        let work () =
            try
                while true do
                    use _ = lifetime.Begin()
                    Interlocked.Increment &uses |> ignore
                    Interlocked.Decrement &uses |> ignore
            with :? ObjectDisposedException ->
                ()

        let threads = [ for _ in 1..3 -> Thread(work) ]
        threads |> List.iter _.Start()
        Thread.SpinWait(round * 20)
        lifetime.Dispose()
        threads |> List.iter _.Join()
        Assert.Equal((1, 0), (freed, freedUnderUse))

[<Fact>]
let ``A buffer may be disposed twice`` () =
    let buffer = new NativeBuffer<float32>(5L)
    buffer.Dispose()
    buffer.Dispose()

[<Fact>]
let ``A disposed buffer gives no pointer and no span`` () =
    let buffer = new NativeBuffer<float32>(5L)
    buffer.Dispose()
    Assert.Throws<ObjectDisposedException>(fun () -> buffer.Pointer |> ignore) |> ignore
    Assert.Throws<ObjectDisposedException>(fun () -> buffer.Span(0L, 5).Clear()) |> ignore

[<Theory; InlineData("disposed"); InlineData("forgotten")>]
let ``The memory of a buffer goes back to the system, by Dispose or by the finalizer`` (how: string) =
    // Three times as much as the process may hold at once. In a process of its own, for only there nothing else takes memory.
    let exitCode, printed = ChildProcess.run 300 [] [ HeldMemory.Command; how ]
    Assert.True((exitCode = 0), printed)
    Assert.StartsWith("40 buffers", printed)

[<Theory>]
[<InlineData(8, 24, 24, "8×24×24")>]
[<InlineData(1, 28, 28, "1×28×28")>]
[<InlineData(3, 1, 5, "3×1×5")>]
[<InlineData(800, 1, 1, "800")>]
let ``A shape is written as people write it`` (channels: int) (height: int) (width: int) (text: string) =
    Assert.Equal(text, Shape(channels, height, width).ToString())

[<Property>]
let ``A vector is a shape of one pixel`` (PositiveInt length) =
    let shape = Shape.Vector length
    Assert.Equal(Shape(length, 1, 1), shape)
    Assert.True shape.IsVector
    Assert.Equal(length, shape.Length)

[<Fact>]
let ``A shape with more values than an array can hold says so`` () =
    Assert.Throws<OverflowException>(fun () -> Shape(65536, 65536, 1).Length |> ignore) |> ignore
