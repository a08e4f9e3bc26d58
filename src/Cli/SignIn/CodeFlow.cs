using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.SignIn;

/// <summary>What the gateway says about signing in.</summary>
internal sealed record SignInTerms(
    string Issuer, string ClientId, string Scope, IReadOnlyList<KeyValuePair<string, string?>> Parameters, bool OnlyInvited)
{
    /// <exception cref="CliFailure">People cannot sign in there.</exception>
    public static SignInTerms Of(JsonElement answer, Uri gateway, string? organization = null) => answer.Member("oidc") is { } oidc
        && oidc.Text("issuer") is { } issuer && oidc.Text("client_id") is { } client
        ? new SignInTerms(
            issuer, client, string.Join(' ', oidc.Texts("scopes")),
            [.. oidc.Members("parameters").Select(one => KeyValuePair.Create(one.Name, (string?)one.Value.AsText()))],
            oidc.Text("sign_in") == "invited")
        : organization is not null
            ? throw new CliFailure(
                $"people cannot sign in to an organization {Printable.Quoted(organization)} at {gateway}: it is not there, or its admin has not marked an issuer for them (hoop admin create issuer --people)")
        : throw new CliFailure(
            $"people cannot sign in at {gateway}: its operator sets HOOP_OIDC_ISSUER and HOOP_OIDC_CLIENT_ID. For an organization with a provider of its own: hoop login --org NAME. With a token from an admin, run: hoop login --token-file FILE");
}

/// <summary>
/// One authorization code grant with PKCE (RFC 7636, method S256). Verifier, state and nonce are of this attempt and are never written
/// down.
/// </summary>
internal sealed class CodeFlow(SignInTerms terms, Uri redirect)
{
    private readonly string _verifier = Random();
    private readonly string _nonce = Random();

    public string State { get; } = Random();

    /// <summary>Where the user signs in.</summary>
    public Uri Address(Uri authorizationEndpoint)
    {
        var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(_verifier)));
        IEnumerable<KeyValuePair<string, string?>> fields =
        [
            new("response_type", "code"),
            new("client_id", terms.ClientId),
            new("redirect_uri", redirect.OriginalString),
            new("scope", terms.Scope),
            new("state", State),
            new("nonce", _nonce),
            new("code_challenge", challenge),
            new("code_challenge_method", "S256"),
            .. terms.Parameters,
        ];
        var query = string.Join('&', fields.Select(field => $"{Uri.EscapeDataString(field.Key)}={Uri.EscapeDataString(field.Value ?? "")}"));
        var text = authorizationEndpoint.AbsoluteUri;
        return new Uri($"{text}{(authorizationEndpoint.Query.Length > 0 ? '&' : '?')}{query}");
    }

    public async Task<JsonElement> Exchange(Uri tokenEndpoint, string code, string? clientSecret, CancellationToken stop)
    {
        var answer = await Provider.Post(
            tokenEndpoint,
            [
                new("grant_type", "authorization_code"),
                new("code", code),
                new("redirect_uri", redirect.OriginalString),
                new("client_id", terms.ClientId),
                new("client_secret", clientSecret),
                new("code_verifier", _verifier),
            ],
            stop);
        if (!answer.IsGood)
        {
            throw new CliFailure($"{terms.Issuer} did not give a token: {answer.Told}");
        }

        IdTokenClaims.Check(answer.Body.Text("id_token"), terms, _nonce);
        return answer.Body;
    }

    private static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}

/// <summary>
/// What the client itself must look at in an ID token (OpenID Connect Core 1.0 section 3.1.3.7). It came from the issuer over TLS, and the
/// gateway verifies its signature.
/// </summary>
internal static class IdTokenClaims
{
    /// <param name="nonce">Null where the grant has none.</param>
    public static void Check(string? idToken, SignInTerms terms, string? nonce)
    {
        if (idToken is null)
        {
            throw new CliFailure($"{terms.Issuer} gave no ID token; the scope openid is needed (HOOP_OIDC_SCOPES of the gateway)");
        }

        if (Read(idToken) is not { } claims)
        {
            throw new CliFailure($"{terms.Issuer} gave an ID token that is none");
        }

        var audience = claims.Member("aud") is { ValueKind: JsonValueKind.Array } ? claims.Texts("aud") : [claims.Text("aud") ?? ""];
        if (claims.Text("iss") != terms.Issuer || !audience.Contains(terms.ClientId)
            || (nonce is not null && !CryptographicOperations.FixedTimeEquals(Bytes(claims.Text("nonce") ?? ""), Bytes(nonce))))
        {
            throw new CliFailure($"{terms.Issuer} gave an ID token that is not of this sign-in; nothing was kept. Run hoop login again");
        }
    }

    public static string? SubjectOf(string? idToken) => idToken is null ? null : Read(idToken)?.Text("sub");

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static JsonElement? Read(string token)
    {
        try
        {
            return token.Split('.') is [_, var claims, _] && JsonElement.Parse(Base64Url.DecodeFromChars(claims)) is { } body
                && body.ValueKind == JsonValueKind.Object
                ? body
                : null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException or ArgumentException)
        {
            return null;
        }
    }
}
