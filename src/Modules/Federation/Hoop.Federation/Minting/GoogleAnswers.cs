using System.Net.Http.Json;
using System.Text.Json;

namespace Hoop.Federation.Minting;

/// <summary>
/// Reads the two good answers of Google, strictly, and hands on nothing but the members that are used. Everything else is refused.
/// </summary>
internal static class GoogleAnswers
{
    /// <summary>
    /// Google promises at most 2,048 bytes (12,288 with some identity providers); what is kept in memory has a limit of its own.
    /// </summary>
    private const int MaxToken = 16 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>
    /// RFC 6749 section 5.1. An <c>id_token</c> says who somebody is and opens nothing, so it never takes the place of the access
    /// token.
    /// </summary>
    public static HttpContent OfTokenEndpoint(GoogleAnswer answer)
    {
        if (!answer.IsSuccess)
        {
            throw new GoogleRefusedException(GoogleRefusals.OfTokenEndpoint(answer));
        }

        using var body = ObjectOf(answer);
        var token = TokenOf(body.RootElement, "access_token");
        if (Member(body.RootElement, "token_type") is { } type
            && !(type.ValueKind == JsonValueKind.String && "Bearer".Equals(type.GetString(), StringComparison.OrdinalIgnoreCase)))
        {
            throw Unreadable("its token_type is not Bearer");
        }

        return JsonContent.Create(new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["access_token"] = token,
            ["token_type"] = "Bearer",
            ["expires_in"] = Seconds(Member(body.RootElement, "expires_in")),
        });
    }

    /// <summary><c>GenerateAccessTokenResponse</c>. Whether the expiry may be believed is decided by who knows what was asked.</summary>
    public static HttpContent OfCredentialsApi(GoogleAnswer answer)
    {
        if (!answer.IsSuccess)
        {
            throw new GoogleRefusedException(GoogleRefusals.OfCredentialsApi(answer));
        }

        using var body = ObjectOf(answer);
        var token = TokenOf(body.RootElement, "accessToken");
        return Member(body.RootElement, "expireTime") is { ValueKind: JsonValueKind.String } expireTime
            ? JsonContent.Create(
                new Dictionary<string, string>(StringComparer.Ordinal)
                { ["accessToken"] = token, ["expireTime"] = expireTime.GetString()! })
            : throw Unreadable("it has no expireTime");
    }

    /// <summary>The body when it is one JSON object without repeated members, else null. The caller disposes it.</summary>
    public static JsonDocument? TryObject(ReadOnlyMemory<byte> body)
    {
        try
        {
            var document = JsonDocument.Parse(body, Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A text member, or null. Half a surrogate pair is no text.</summary>
    public static string? Text(JsonElement json, string name)
    {
        try
        {
            return Member(json, name) is { ValueKind: JsonValueKind.String } member ? member.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public static JsonElement? Member(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var member) ? member : null;

    private static JsonDocument ObjectOf(GoogleAnswer answer) => TryObject(answer.Body)
        ?? throw Unreadable(answer.Body.Length == 0 ? "it is empty" : $"it is not a JSON object ({answer.MediaType ?? "no content type"})");

    private static string TokenOf(JsonElement body, string name) =>
        Text(body, name) is { Length: > 0 and <= MaxToken } token && !token.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? token
            : throw Unreadable($"it has no {name}");

    // RFC 6749 says a number; some servers write it as text. Without one the token is used once and not kept.
    private static long Seconds(JsonElement? member) => member switch
    {
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var seconds) => Math.Clamp(seconds, 0, 3600),
        { ValueKind: JsonValueKind.String } text when long.TryParse(
            text.GetString(), System.Globalization.CultureInfo.InvariantCulture, out var seconds) => Math.Clamp(seconds, 0, 3600),
        _ => 0,
    };

    private static GoogleRefusedException Unreadable(string why) =>
        new(GoogleRefusals.Invalid($"Google's answer could not be read: {why}"));
}
