using System.Buffers;
using System.Text.Json;
using Hoop.Identity.TokenKeys;

namespace Hoop.Identity.IdentityTokens;

/// <summary>The claims that the gateway itself answers for, and the text of a token.</summary>
/// <param name="Namespace">Left out when null.</param>
/// <param name="Others">An object; its members come after the others.</param>
internal sealed record IdentityClaims(string Subject, string Audience, string? Namespace, TimeSpan Lifetime, JsonElement? Others)
{
    /// <param name="signer">Whose key and issuer.</param>
    /// <param name="now">The moment of issue; whole seconds count.</param>
    public Contracts.IdentityToken Sign(Signer signer, DateTimeOffset now)
    {
        var (issuedAt, tokenId) = (now.ToUnixTimeSeconds(), Guid.NewGuid());
        var expiresAt = issuedAt + Math.Max(1, (long)Math.Min(Lifetime.TotalSeconds, signer.Key.VerificationTtl));
        var claims = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(claims))
        {
            json.WriteStartObject();
            json.WriteString("iss", signer.Issuer);
            json.WriteString("sub", Subject);
            json.WriteString("aud", Audience);
            json.WriteNumber("iat", issuedAt);
            json.WriteNumber("exp", expiresAt);
            json.WriteString("jti", tokenId);
            if (Namespace is not null)
            {
                json.WriteString("namespace", Namespace);
            }

            // The subject that a template names stands above already.
            foreach (var member in (Others?.EnumerateObject() ?? default).Where(member => !member.NameEquals("sub"u8)))
            {
                member.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return new Contracts.IdentityToken(
            signer.Sign(claims.WrittenSpan), tokenId, signer.KeyId, signer.Issuer, DateTimeOffset.FromUnixTimeSeconds(expiresAt));
    }
}
