/// Tar archives in memory, written by the runtime.
module Cnn.Native.Tests.TarArchives

open System.Formats.Tar
open System.IO

/// An archive of files, by name and content, in one of the tar formats.
let tarOf (format: TarEntryFormat) (files: (string * byte[]) list) =
    use stream = new MemoryStream()

    using (new TarWriter(stream, format, true)) (fun tar ->
        for name, bytes in files do
            let entry: TarEntry =
                match format with
                | TarEntryFormat.Pax -> PaxTarEntry(TarEntryType.RegularFile, name)
                | TarEntryFormat.Gnu -> GnuTarEntry(TarEntryType.RegularFile, name)
                | TarEntryFormat.V7 -> V7TarEntry(TarEntryType.V7RegularFile, name)
                | _ -> UstarTarEntry(TarEntryType.RegularFile, name)

            entry.DataStream <- new MemoryStream(bytes)
            tar.WriteEntry entry)

    stream.ToArray()
