using System.Text.Json;
using Hoop.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Hoop.Identity.Tests.IdentityTokens;

/// <summary>
/// A relying party that nobody here wrote: it knows an issuer, reads its documents over HTTP without a token, and verifies with Microsoft's
/// library.
/// </summary>
internal static class OutsideVerifier
{
    /// <summary>What is wrong with the token, or null.</summary>
    /// <param name="gateway">Stands in for the host in the issuer, which a test has no name server for.</param>
    /// <param name="issuer">As it was configured at the relying party.</param>
    public static async Task<Exception?> Verify(
        TestGateway gateway, string issuer, string token, string audience, DateTimeOffset? now = null)
    {
        var keys = await KeysOf(gateway, issuer);
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = issuer,
            ValidAudience = audience,
            IssuerSigningKeys = keys.GetSigningKeys(),
            ValidAlgorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"],
            TryAllIssuerSigningKeys = false,
            ClockSkew = TimeSpan.Zero,
            LifetimeValidator = (_, expires, _, _) => expires > (now ?? DateTimeOffset.UtcNow).UtcDateTime,
        });
        return result.IsValid ? null : result.Exception;
    }

    public static async Task<JsonWebKeySet> KeysOf(TestGateway gateway, string issuer)
    {
        var discovery = await gateway.Anonymous.Get(Below(issuer, "/.well-known/openid-configuration"));
        if (discovery.Text("issuer") != issuer)
        {
            throw new InvalidOperationException($"{issuer} says that it is {discovery.Body}");
        }

        var keys = await gateway.Anonymous.Get(new Uri(discovery.Text("jwks_uri")!).AbsolutePath);
        return new JsonWebKeySet(keys.Body.GetRawText());
    }

    public static JsonElement ClaimsOf(string token) =>
        JsonElement.Parse(Base64UrlEncoder.Decode(token.Split('.')[1]));

    private static string Below(string issuer, string path) => new Uri(issuer).AbsolutePath + path;
}
