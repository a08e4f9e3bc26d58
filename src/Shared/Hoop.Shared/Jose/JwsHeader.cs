using System.Text.Json;
using Hoop.Shared.Callers;
using Hoop.Shared.Text;

namespace Hoop.Shared.Jose;

/// <summary>
/// What counts of a JOSE header. Keys that the token brings along or points to (<c>jwk</c>, <c>jku</c>, <c>x5c</c>, <c>x5u</c>) are not
/// even kept (CVE-2025-24976, RFC 8725 section 3.10).
/// </summary>
/// <param name="KeyId"><c>kid</c>, demanded where a document has several keys: without it a verifier would have to try every one. Else
/// empty when it is absent.</param>
/// <param name="Type"><c>typ</c>; each kind of token allows its own values (RFC 8725 section 3.11).</param>
public readonly record struct JwsHeader(JwsAlgorithm Algorithm, string KeyId, string? Type)
{
    internal static Refusal? Read(ReadOnlySpan<byte> json, bool needsKeyId, out JwsHeader header)
    {
        header = default;
        if (StrictJson.Problem(json) is { } problem)
        {
            return Refusal.Malformed("the header " + problem);
        }

        string? algorithmName = null, keyId = null, type = null;
        var reader = StrictJson.Reader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Refusal? refusal = null;
            if (reader.ValueTextEquals("alg"u8))
            {
                refusal = ReadText(ref reader, "alg", out algorithmName);
            }
            else if (reader.ValueTextEquals("kid"u8))
            {
                refusal = ReadText(ref reader, "kid", out keyId);
            }
            else if (reader.ValueTextEquals("typ"u8))
            {
                refusal = ReadText(ref reader, "typ", out type);
            }
            else if (reader.ValueTextEquals("crit"u8))
            {
                // RFC 7515 section 4.1.11: an extension that is not understood means refusal, and none is understood.
                refusal = Refusal.Malformed("the header has crit");
            }
            else if (reader.ValueTextEquals("b64"u8))
            {
                // RFC 7797: an unencoded payload changes what is signed.
                refusal = Refusal.Malformed("the header has b64");
            }
            else
            {
                reader.Skip();
            }

            if (refusal is not null)
            {
                return refusal;
            }
        }

        if (JwsAlgorithms.Find(algorithmName) is not { } algorithm)
        {
            return new Refusal(
                TokenRefusalCodes.Algorithm,
                algorithmName is null ? "alg is missing" : $"alg {Printable.Word(algorithmName)} is not allowed");
        }

        header = new JwsHeader(algorithm, keyId ?? "", type);
        return needsKeyId && string.IsNullOrEmpty(keyId) ? Refusal.Malformed("kid is missing or empty") : null;
    }

    private static Refusal? ReadText(ref Utf8JsonReader reader, string name, out string? text)
    {
        reader.Read();
        text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return text is null ? Refusal.Malformed(name + " is not a string") : null;
    }
}
