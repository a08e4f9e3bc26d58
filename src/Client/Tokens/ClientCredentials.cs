using System.Text.Json;
using System.Text.Json.Serialization;
using Hoop.Client.Wire;

namespace Hoop.Client.Tokens;

/// <summary>
/// OAuth 2.0 client credentials (RFC 6749 section 4.4) at the organization's identity provider: how automation calls the gateway as a
/// service account.
/// <code>new RefreshedTokens(new ClientCredentials(endpoint, id, secret) { Audience = "https://hoop.example.com" }.Get)</code>
/// </summary>
/// <param name="TokenEndpoint">Of the provider; https, or loopback.</param>
/// <param name="ClientId">Of the program.</param>
/// <param name="ClientSecret">Goes in the body of the request (RFC 6749 section 2.3.1).</param>
public sealed record ClientCredentials(Uri TokenEndpoint, string ClientId, string ClientSecret)
{
    private static readonly HttpClient Http = HoopHttp.Open(new HoopClientOptions(new Uri("https://provider.invalid")));

    /// <summary>For providers that take one (Auth0).</summary>
    public string? Audience { get; init; }

    /// <summary>RFC 8707, for providers that take it.</summary>
    public string? Resource { get; init; }

    /// <summary>Blank-separated.</summary>
    public string? Scope { get; init; }

    /// <exception cref="HoopException">The provider gave none.</exception>
    public async Task<HoopToken> Get(CancellationToken cancellationToken)
    {
        if (TokenEndpoint.Scheme != "https" && !TokenEndpoint.IsLoopback)
        {
            throw new HoopException($"{TokenEndpoint}: a secret goes to https addresses only");
        }

        KeyValuePair<string, string?>[] form =
        [
            new("grant_type", "client_credentials"), new("client_id", ClientId), new("client_secret", ClientSecret),
            new("audience", Audience), new("resource", Resource), new("scope", Scope),
        ];
        using var body = new FormUrlEncodedContent(
            form.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Key, field.Value!)));
        try
        {
            using var response = await Http.PostAsync(TokenEndpoint, body, cancellationToken);
            var answer = Read(await response.Content.ReadAsStringAsync(cancellationToken));
            return response.IsSuccessStatusCode && answer?.AccessToken is { Length: > 0 } token
                ? new HoopToken(token, answer.ExpiresIn is { } seconds ? TimeProvider.System.GetUtcNow().AddSeconds(seconds) : null)
                : throw new HoopException(
                    $"{TokenEndpoint} gave no token ({(int)response.StatusCode}): {answer?.Error} {answer?.ErrorDescription}".TrimEnd(' ', ':'));
        }
        catch (HttpRequestException exception)
        {
            throw new HoopUnreachableException($"cannot reach {TokenEndpoint}: {exception.Message}", exception);
        }
    }

    /// <summary>The secret is never printed.</summary>
    public override string ToString() => $"{nameof(ClientCredentials)} {{ TokenEndpoint = {TokenEndpoint}, ClientId = {ClientId} }}";

    private static TokenAnswer? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, TokenJson.Default.TokenAnswer);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>RFC 6749 sections 5.1 and 5.2, as far as it is read.</summary>
internal sealed record TokenAnswer(string? AccessToken, int? ExpiresIn, string? Error, string? ErrorDescription);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(TokenAnswer))]
internal sealed partial class TokenJson : JsonSerializerContext;
