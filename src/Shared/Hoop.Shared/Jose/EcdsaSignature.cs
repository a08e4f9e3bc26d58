using System.Security.Cryptography;

namespace Hoop.Shared.Jose;

/// <summary>
/// ECDSA signatures of JWS: r and s side by side, each as long as the curve's field (RFC 7518 section 3.4). They are handed to the library as DER,
/// which is what it works with: its own conversion costs 1.2 kB of garbage per verification.
/// </summary>
internal static class EcdsaSignature
{
    /// <summary>A sequence with a two-byte length that holds two integers of P-521, each with a sign byte.</summary>
    private const int MaxDerLength = 3 + (2 * (2 + 67));

    public static bool Verify(ECDsa key, ReadOnlySpan<byte> signingInput, ReadOnlySpan<byte> signature, HashAlgorithmName hash)
    {
        var half = signature.Length / 2;
        var r = signature[..half].TrimStart((byte)0);
        var s = signature[half..].TrimStart((byte)0);
        if (r.IsEmpty || s.IsEmpty)
        {
            // CVE-2022-21449: with r = s = 0 a careless verifier accepts everything.
            return false;
        }

        Span<byte> der = stackalloc byte[MaxDerLength];
        var content = IntegerLength(r) + IntegerLength(s);
        var at = 0;
        der[at++] = 0x30;
        if (content > 127)
        {
            der[at++] = 0x81;
        }

        der[at++] = (byte)content;
        at += WriteInteger(r, der[at..]);
        at += WriteInteger(s, der[at..]);
        return key.VerifyData(signingInput, der[..at], hash, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>DER integers are signed: a set top bit needs a zero byte before it.</summary>
    private static int IntegerLength(ReadOnlySpan<byte> number) => 2 + number.Length + (number[0] >> 7);

    private static int WriteInteger(ReadOnlySpan<byte> number, Span<byte> destination)
    {
        var sign = number[0] >> 7;
        destination[0] = 0x02;
        destination[1] = (byte)(number.Length + sign);
        destination[2] = 0;
        number.CopyTo(destination[(2 + sign)..]);
        return 2 + sign + number.Length;
    }
}
