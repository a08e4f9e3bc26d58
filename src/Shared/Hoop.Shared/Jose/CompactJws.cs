using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hoop.Shared.Callers;
using Hoop.Shared.Text;

namespace Hoop.Shared.Jose;

/// <summary>
/// A JWS in compact serialization (RFC 7515 section 3.1), taken apart but not yet believed: nothing in it is true before
/// <see cref="Verify"/> returns null. It lives in one rented buffer: dispose it once, and do not keep its spans.
/// </summary>
public ref struct CompactJws
{
    /// <summary>In characters; checked before anything else is looked at (CVE-2025-30204).</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>Of header and claims, as JSON.</summary>
    public const int MaxDepth = StrictJson.MaxDepth;

    private byte[]? _buffer;

    public JwsHeader Header { get; private init; }

    /// <summary>Header, dot and payload, as they were encoded: what the signature covers.</summary>
    public ReadOnlySpan<byte> SigningInput { get; private init; }

    /// <summary>Decoded.</summary>
    public ReadOnlySpan<byte> Payload { get; private init; }

    /// <summary>Decoded.</summary>
    public ReadOnlySpan<byte> Signature { get; private init; }

    /// <summary>On success the caller disposes <paramref name="jws"/>; on failure there is nothing to dispose. Never throws.</summary>
    public static bool TryParse(string? token, out CompactJws jws, [NotNullWhen(false)] out Refusal? refusal) =>
        TryParse(token, needsKeyId: true, out jws, out refusal);

    /// <param name="token">Of a stranger.</param>
    /// <param name="needsKeyId">False where a few keys are configured that have no names.</param>
    /// <param name="jws">To be disposed of.</param>
    /// <param name="refusal">Why it cannot be read.</param>
    public static bool TryParse(string? token, bool needsKeyId, out CompactJws jws, [NotNullWhen(false)] out Refusal? refusal)
    {
        jws = default;
        if (string.IsNullOrEmpty(token) || token.Length > MaxLength)
        {
            refusal = Refusal.Malformed(string.IsNullOrEmpty(token) ? "the token is empty" : "the token is longer than 16384 characters");
            return false;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(token.Length * 2);
        refusal = Read(token, needsKeyId, buffer, out jws);
        if (refusal is not null)
        {
            Return(buffer);
            jws = default;
            return false;
        }

        jws._buffer = buffer;
        return true;
    }

    /// <summary>Null when the key that <c>kid</c> and <c>alg</c> name has made this signature.</summary>
    public readonly Refusal? Verify(KeyRing keys)
    {
        if (keys.Find(Header.KeyId, Header.Algorithm) is not { } key)
        {
            return keys.Holds(Header.KeyId)
                ? new Refusal(TokenRefusalCodes.Algorithm, $"no key named {Printable.Word(Header.KeyId)} is used for {Header.Algorithm}")
                : new Refusal(TokenRefusalCodes.UnknownKey, $"no usable key has the kid {Printable.Word(Header.KeyId)}");
        }

        return key.Verify(Header.Algorithm, SigningInput, Signature)
            ? null
            : new Refusal(TokenRefusalCodes.Signature, $"not signed by the key {Printable.Word(Header.KeyId)}");
    }

    /// <summary>Null when one of the keys has made this signature, whatever <c>kid</c> says.</summary>
    /// <param name="keys">Few: each that fits the algorithm is tried.</param>
    public readonly Refusal? VerifyByAny(KeyRing keys)
    {
        foreach (var key in keys.Keys)
        {
            if (key.Allows(Header.Algorithm) && key.Verify(Header.Algorithm, SigningInput, Signature))
            {
                return null;
            }
        }

        return new Refusal(TokenRefusalCodes.Signature, "not signed by any of the configured keys");
    }

    public void Dispose()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            Return(buffer);
        }
    }

    /// <summary>Cleared, because the next one to rent it should not find a bearer token.</summary>
    private static void Return(byte[] buffer) => ArrayPool<byte>.Shared.Return(buffer, clearArray: true);

    private static Refusal? Read(string token, bool needsKeyId, byte[] buffer, out CompactJws jws)
    {
        jws = default;
        if (Ascii.FromUtf16(token, buffer, out var length) != OperationStatus.Done)
        {
            return Refusal.Malformed("the token holds a character that is not ASCII");
        }

        var text = buffer.AsSpan(0, length);
        var first = text.IndexOf((byte)'.');
        var last = text.LastIndexOf((byte)'.');
        if (first == last || text[(first + 1)..last].Contains((byte)'.'))
        {
            return Refusal.Malformed("the token has not exactly three segments");
        }

        var free = buffer.AsSpan(length);
        if (!TryTake(text[..first], ref free, out var headerJson))
        {
            return Refusal.Malformed("the header is not base64url");
        }

        if (JwsHeader.Read(headerJson, needsKeyId, out var header) is { } refusal)
        {
            return refusal;
        }

        if (!TryTake(text[(first + 1)..last], ref free, out var payload) || !TryTake(text[(last + 1)..], ref free, out var signature))
        {
            return Refusal.Malformed("the payload or the signature is not base64url");
        }

        jws = new CompactJws { Header = header, SigningInput = text[..last], Payload = payload, Signature = signature };
        return null;
    }

    private static bool TryTake(ReadOnlySpan<byte> segment, scoped ref Span<byte> free, out ReadOnlySpan<byte> decoded)
    {
        var done = StrictBase64Url.TryDecode(segment, free, out var written);
        decoded = free[..written];
        free = free[written..];
        return done;
    }
}
