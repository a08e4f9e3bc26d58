using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hoop.Cli.Gateway;

/// <summary>What <c>hoop login</c> keeps for one gateway.</summary>
/// <param name="AccessToken">Goes to the gateway.</param>
/// <param name="ExpiresAt">When it ends; null when nobody said.</param>
/// <param name="RefreshToken">Goes to the issuer's token endpoint and nowhere else; null when there is none.</param>
/// <param name="TokenEndpoint">Null for a token that was given ready made.</param>
/// <param name="FromGateway">The gateway makes the access token for the ID token, because the issuer's is for another API.</param>
internal sealed record Session(
    string AccessToken,
    DateTimeOffset? ExpiresAt,
    string? RefreshToken,
    string? Issuer = null,
    string? ClientId = null,
    string? ClientSecret = null,
    Uri? TokenEndpoint = null,
    Uri? RevocationEndpoint = null,
    bool FromGateway = false)
{
    /// <summary>So long before its end a token is replaced.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(60);

    public bool CanRefresh => RefreshToken is not null && TokenEndpoint is not null;

    /// <summary>No token is printed.</summary>
    public override string ToString() => $"{nameof(Session)} {{ Issuer = {Issuer}, ExpiresAt = {ExpiresAt:O} }}";

    public bool IsDue(DateTimeOffset now) => ExpiresAt is { } end && now >= end - Ahead;

    public bool IsOver(DateTimeOffset now) => ExpiresAt is { } end && now >= end;

    /// <summary>
    /// The session after an answer of the token endpoint. What the answer leaves out stays: a provider that sends no refresh token
    /// means the one that it sent before (RFC 6749 section 6).
    /// </summary>
    public Session With(JsonElement answer, DateTimeOffset now) => this with
    {
        AccessToken = answer.Text("access_token") is { Length: > 0 } token ? token : AccessToken,
        RefreshToken = answer.Text("refresh_token") is { Length: > 0 } refresh ? refresh : RefreshToken,
        ExpiresAt = EndOf(answer, now),
    };

    /// <summary>The session with the token that the gateway gave for an ID token.</summary>
    public Session WithOwn(JsonElement answer) => this with
    {
        AccessToken = answer.Text("token") ?? AccessToken,
        ExpiresAt = DateTimeOffset.TryParse(
            answer.Text("token_expires_at"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end) ? end : null,
        FromGateway = true,
    };

    public string ToJson()
    {
        var json = new JsonObject
        {
            ["access_token"] = AccessToken,
            ["expires_at"] = ExpiresAt?.ToString("O", CultureInfo.InvariantCulture),
            ["refresh_token"] = RefreshToken,
            ["issuer"] = Issuer,
            ["client_id"] = ClientId,
            ["client_secret"] = ClientSecret,
            ["token_endpoint"] = TokenEndpoint?.AbsoluteUri,
            ["revocation_endpoint"] = RevocationEndpoint?.AbsoluteUri,
            ["from_gateway"] = FromGateway,
        };
        return json.ToJsonString();
    }

    /// <summary>Null when the text is no session.</summary>
    public static Session? Parse(string text)
    {
        try
        {
            var json = JsonElement.Parse(text);
            return json.Text("access_token") is { Length: > 0 } token
                ? new Session(
                    token,
                    DateTimeOffset.TryParse(
                        json.Text("expires_at"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end) ? end : null,
                    json.Text("refresh_token"),
                    json.Text("issuer"),
                    json.Text("client_id"),
                    json.Text("client_secret"),
                    AddressOf(json.Text("token_endpoint")),
                    AddressOf(json.Text("revocation_endpoint")),
                    json.IsTrue("from_gateway"))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Who says nothing about the end of a JWT has said it in the token.
    private static DateTimeOffset? EndOf(JsonElement answer, DateTimeOffset now) =>
        double.TryParse(answer.Text("expires_in"), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            && seconds is >= 0 and < 1e9
            ? now.AddSeconds(seconds)
            : TokenFacts.ExpiryOf(answer.Text("access_token") ?? "");

    private static Uri? AddressOf(string? text) => Uri.TryCreate(text, UriKind.Absolute, out var address) ? address : null;
}
