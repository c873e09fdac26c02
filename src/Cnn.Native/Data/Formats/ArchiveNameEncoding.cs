using System.Text;

namespace Cnn.Data;

/// <summary>
/// How names in archives are read: as UTF-8, which most programs write even without marking it, and in an older code page if they are not valid UTF-8. Otherwise names with other letters would all become the same.
/// </summary>
internal sealed class ArchiveNameEncoding : Encoding
{
    private const int Ibm437 = 437;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Encoding _older;

    private ArchiveNameEncoding(Encoding older) => _older = older;

    /// <summary>Names in zip archives that are not marked as UTF-8: IBM code page 437 (APPNOTE 6.3.9, D.1).</summary>
    public static ArchiveNameEncoding OfZip { get; } = new(CodePagesEncodingProvider.Instance.GetEncoding(Ibm437)!);

    /// <summary>Names in tar archives: Latin-1.</summary>
    public static ArchiveNameEncoding OfTar { get; } = new(Latin1);

    /// <inheritdoc/>
    public override int GetByteCount(char[] chars, int index, int count) => Strict.GetByteCount(chars, index, count);

    /// <inheritdoc/>
    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) => Strict.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    /// <inheritdoc/>
    public override int GetCharCount(byte[] bytes, int index, int count) => EncodingOf(bytes.AsSpan(index, count)).GetCharCount(bytes, index, count);

    /// <inheritdoc/>
    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        EncodingOf(bytes.AsSpan(byteIndex, byteCount)).GetChars(bytes, byteIndex, byteCount, chars, charIndex);

    /// <inheritdoc/>
    public override int GetMaxByteCount(int charCount) => Strict.GetMaxByteCount(charCount);

    /// <inheritdoc/>
    public override int GetMaxCharCount(int byteCount) => Strict.GetMaxCharCount(byteCount);

    private Encoding EncodingOf(ReadOnlySpan<byte> bytes) => System.Text.Unicode.Utf8.IsValid(bytes) ? Strict : _older;
}
