using System.Buffers;
using System.Buffers.Text;

namespace Hoop.Shared.Jose;

/// <summary>
/// Base64url without padding as RFC 7515 section 2 defines it. The framework's decoder also takes blanks and padding, which would give
/// one token several spellings; here each sequence of bytes has exactly one.
/// </summary>
internal static class StrictBase64Url
{
    private static readonly SearchValues<byte> Alphabet = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    /// <param name="encoded">At least one character.</param>
    /// <param name="decoded">At least three quarters of the length of <paramref name="encoded"/>.</param>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, Span<byte> decoded, out int written)
    {
        written = 0;
        if (encoded.IsEmpty || encoded.Length % 4 == 1 || encoded.ContainsAnyExcept(Alphabet) || !EndsCanonically(encoded))
        {
            return false;
        }

        return Base64Url.DecodeFromUtf8(encoded, decoded, out _, out written) == OperationStatus.Done;
    }

    /// <summary>The last character of an incomplete group carries 4 or 2 bits that no byte needs; they must be zero.</summary>
    private static bool EndsCanonically(ReadOnlySpan<byte> encoded) => (encoded.Length % 4) switch
    {
        2 => (Value(encoded[^1]) & 0b1111) == 0,
        3 => (Value(encoded[^1]) & 0b11) == 0,
        _ => true,
    };

    private static int Value(byte character) => character switch
    {
        >= (byte)'A' and <= (byte)'Z' => character - 'A',
        >= (byte)'a' and <= (byte)'z' => character - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => character - '0' + 52,
        (byte)'-' => 62,
        _ => 63,
    };
}
