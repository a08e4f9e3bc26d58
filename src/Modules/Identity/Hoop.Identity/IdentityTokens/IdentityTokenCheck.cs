using System.Text;
using Hoop.Shared.Jose;

namespace Hoop.Identity.IdentityTokens;

/// <summary>Verifies a token as relying parties do. The words are Vault's.</summary>
internal static class IdentityTokenCheck
{
    private const string NotSigned = "unable to validate the token signature";

    /// <summary>Why the token cannot be read, or null with its <c>kid</c>.</summary>
    public static string? Read(string token, out string keyId)
    {
        keyId = "";
        if (!CompactJws.TryParse(token, out var jws, out var refusal))
        {
            return $"error parsing token: {refusal.Reason}";
        }

        using (jws)
        {
            keyId = jws.Header.KeyId;
            return null;
        }
    }

    /// <summary>Why the token does not hold, or null with its <c>sub</c>.</summary>
    /// <param name="token">What was read.</param>
    /// <param name="jwk">The published key that it names; null when there is none.</param>
    /// <param name="issuer">That it must have.</param>
    /// <param name="audience">That it must have; empty for any.</param>
    /// <param name="now">No leeway is given: one clock signs and checks.</param>
    /// <param name="subject">Empty when there is none.</param>
    public static string? Verify(
        string token, string? jwk, string? issuer, string audience, DateTimeOffset now, out string subject)
    {
        subject = "";
        if (jwk is null || !JsonWebKeySet.Parse(Encoding.UTF8.GetBytes($$"""{"keys":[{{jwk}}]}""")).Succeeded(out var keys, out _))
        {
            return NotSigned;
        }

        if (!CompactJws.TryParse(token, out var jws, out var refusal))
        {
            return $"error parsing token: {refusal.Reason}";
        }

        using (jws)
        {
            if (jws.Verify(keys.Select(_ => null)) is not null)
            {
                return NotSigned;
            }

            if (!JwtClaims.TryRead(jws.Payload, out var claims, out refusal))
            {
                return $"error validating claims: {refusal.Reason}";
            }

            subject = claims.Subject ?? "";
            var why = claims.Issuer != issuer ? "wrong issuer"
                : claims.Times.Check(now, TimeSpan.Zero)?.Reason
                ?? (audience.Length > 0 && !claims.Audience.Contains(audience, StringComparer.Ordinal) ? "wrong audience" : null);
            return why is null ? null : $"error validating claims: {why}";
        }
    }
}
