/// Memory for kernels under test: aligned as in production, or fenced by pages that nobody may touch,
/// so that an overrun by a single element ends the process instead of passing unseen.
module Cnn.Native.Tests.GuardedMemory

open System
open System.ComponentModel
open System.Runtime.InteropServices
open Cnn.Memory

/// Where a buffer lies.
type Placement =
    /// On a cache line of its own, as the engine's buffers do.
    | Aligned
    /// Its last byte is the last one before an inaccessible page. The start is then as unaligned as the length makes it.
    | EndsAtPage
    /// Its first byte is the first one after an inaccessible page.
    | BeginsAfterPage

module private Posix =
    [<DllImport("libc", SetLastError = true)>]
    extern nativeint mmap(nativeint address, unativeint length, int protection, int flags, int descriptor, int64 offset)

    [<DllImport("libc", SetLastError = true)>]
    extern int mprotect(nativeint address, unativeint length, int protection)

    [<DllImport("libc", SetLastError = true)>]
    extern int munmap(nativeint address, unativeint length)

    let noAccess = 0
    let readAndWrite = 3
    let privateAnonymous = 2 ||| (if OperatingSystem.IsMacOS() then 0x1000 else 0x20)

module private Windows =
    [<DllImport("kernel32", SetLastError = true)>]
    extern nativeint VirtualAlloc(nativeint address, unativeint length, uint32 allocation, uint32 protection)

    [<DllImport("kernel32", SetLastError = true)>]
    extern bool VirtualFree(nativeint address, unativeint length, uint32 free)

    let commit, reserve, release = 0x1000u, 0x2000u, 0x8000u
    let noAccess, readAndWrite = 1u, 4u

let private failed (call: string) =
    raise (Win32Exception(Marshal.GetLastPInvokeError(), call + " failed"))

/// Address space that may not be touched.
let private reserve (length: int) =
    if OperatingSystem.IsWindows() then
        match Windows.VirtualAlloc(0n, unativeint length, Windows.reserve, Windows.noAccess) with
        | 0n -> failed "VirtualAlloc"
        | address -> address
    else
        match Posix.mmap (0n, unativeint length, Posix.noAccess, Posix.privateAnonymous, -1, 0L) with
        | -1n -> failed "mmap"
        | address -> address

/// Makes a part of the reserved space memory.
let private openUp (address: nativeint) (length: int) =
    if length > 0 then
        if OperatingSystem.IsWindows() then
            if Windows.VirtualAlloc(address, unativeint length, Windows.commit, Windows.readAndWrite) = 0n then
                failed "VirtualAlloc"
        elif Posix.mprotect (address, unativeint length, Posix.readAndWrite) <> 0 then
            failed "mprotect"

let private release (address: nativeint) (length: int) =
    if OperatingSystem.IsWindows() then
        Windows.VirtualFree(address, 0un, Windows.release) |> ignore
    else
        Posix.munmap (address, unativeint length) |> ignore

/// Bytes at an address that hold until they are disposed.
type Memory =
    { Address: nativeint
      Free: unit -> unit }

    interface IDisposable with
        member memory.Dispose() = memory.Free()

/// Memory of exactly so many bytes. With a guarded placement there is a closed page on either side;
/// a buffer of no bytes at all points straight at one.
let allocate placement (bytes: int) =
    match placement with
    | Aligned ->
        let buffer = new NativeBuffer<byte>(int64 bytes)

        { Address = NativeInterop.NativePtr.toNativeInt buffer.Pointer
          Free = buffer.Dispose }
    | EndsAtPage
    | BeginsAfterPage ->
        let page = Environment.SystemPageSize
        let inside = (bytes + page - 1) / page * page
        let start = reserve (inside + 2 * page)
        openUp (start + nativeint page) inside
        let lead = if placement = EndsAtPage then inside - bytes else 0

        { Address = start + nativeint (page + lead)
          Free = fun () -> release start (inside + 2 * page) }
