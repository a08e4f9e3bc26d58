using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace Hoop.Cli.Gateway;

/// <summary>What can be told about a token without showing it.</summary>
internal static class TokenFacts
{
    /// <param name="source">Where it came from.</param>
    public static string Describe(string token, string source, DateTimeOffset now)
    {
        if (ExpiryOf(token) is not { } expiry)
        {
            return $"the token of {source}";
        }

        var time = expiry.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        return $"the token of {source}, which {(expiry <= now ? "expired at" : "would be good until")} {time}";
    }

    /// <summary>The <c>exp</c> of a JWT (RFC 7519 section 4.1.4), for a message; nothing is verified. Null for any other token.</summary>
    public static DateTimeOffset? ExpiryOf(string token)
    {
        try
        {
            return token.Split('.') is [_, var claims, _]
                && JsonElement.Parse(Base64Url.DecodeFromChars(claims)) is { ValueKind: JsonValueKind.Object } body
                && body.TryGetProperty("exp", out var exp) && exp.ValueKind == JsonValueKind.Number && exp.TryGetDouble(out var seconds)
                ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
                : null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException or ArgumentException)
        {
            return null;
        }
    }
}
