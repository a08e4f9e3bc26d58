using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Hoop.StandIns;

/// <summary>
/// What a cloud does with an OIDC token of an issuer that it was told to trust: it fetches the discovery document and the keys from the
/// issuer, and compares issuer and audience to the letter. RS256 alone.
/// </summary>
public sealed class OidcRelyingParty : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>The issuers, with or without whatever a final slash makes of them: another text is another issuer.</summary>
    public ISet<string> TrustedIssuers { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The claims, or why the token is refused.</summary>
    public async Task<(JsonElement? Claims, string? Refusal)> Check(string token, string audience, DateTimeOffset now)
    {
        var parts = token.Split('.');
        if (parts.Length != 3)
        {
            return (null, "The token is not a JWT.");
        }

        var (header, claims) = (Part(parts[0]), Part(parts[1]));
        var issuer = claims.GetProperty("iss").GetString()!;
        if (!TrustedIssuers.Contains(issuer))
        {
            return (null, $"The issuer in ID Token {issuer} does not match the expected ones.");
        }

        if (claims.GetProperty("aud") is not { ValueKind: JsonValueKind.String } aud || aud.GetString() != audience)
        {
            return (null, $"The audience in ID Token does not match the expected audience {audience}.");
        }

        if (claims.GetProperty("exp").GetInt64() <= now.ToUnixTimeSeconds())
        {
            return (null, "The token is expired.");
        }

        var discovery = await Fetch(issuer + "/.well-known/openid-configuration");
        if (discovery.GetProperty("issuer").GetString() != issuer)
        {
            return (null, "The issuer of the discovery document is another one.");
        }

        var keys = await Fetch(discovery.GetProperty("jwks_uri").GetString()!);
        var kid = header.GetProperty("kid").GetString();
        foreach (var key in keys.GetProperty("keys").EnumerateArray().Where(key => key.GetProperty("kid").GetString() == kid))
        {
            using var rsa = RSA.Create(new RSAParameters
            {
                Modulus = Base64Url.DecodeFromChars(key.GetProperty("n").GetString()),
                Exponent = Base64Url.DecodeFromChars(key.GetProperty("e").GetString()),
            });
            if (header.GetProperty("alg").GetString() == "RS256" && rsa.VerifyData(
                Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1))
            {
                return (claims, null);
            }
        }

        return (null, "Unable to verify the signature of the ID Token.");
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> Fetch(string address) => JsonElement.Parse(await _http.GetStringAsync(new Uri(address)));

    private static JsonElement Part(string part) => JsonElement.Parse(Base64Url.DecodeFromChars(part));
}
