using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Hoop.StandIns;

/// <summary>Checks the RS256 assertion of the JWT bearer grant (RFC 7523 section 3) as Google's token endpoint documents it.</summary>
internal static class GoogleAssertions
{
    private const string Timeframe =
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.";

    private static readonly TimeSpan Leeway = TimeSpan.FromMinutes(5);

    /// <summary>The error description when the assertion is refused, null when it is good.</summary>
    public static string? Check(
        string assertion, Func<string, string?, IReadOnlyList<SigningKey>> keysOf, IReadOnlyList<string> audiences, DateTimeOffset now,
            out string account, out string[] scopes)
    {
        (account, scopes) = ("", []);
        var parts = assertion.Split('.');
        if (parts.Length != 3 || !TryRead(parts[0], out var header) || !TryRead(parts[1], out var claims))
        {
            return "Invalid JWT: Failed to parse.";
        }

        if (Text(header.Value, "alg") != "RS256")
        {
            return "Invalid JWT Signature.";
        }

        if (Text(claims.Value, "iss") is not { } issuer)
        {
            return "Invalid JWT: Missing iss.";
        }

        var keys = keysOf(issuer, Text(header.Value, "kid"));
        if (keys.Count == 0 && keysOf(issuer, null).Count == 0)
        {
            return "Invalid grant: account not found";
        }

        var input = Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]);
        if (!TryDecode(parts[2], out var signature) || !keys.Any(key => key.Verifies(input, signature)))
        {
            return "Invalid JWT Signature.";
        }

        if (Text(claims.Value, "aud") is not { } audience || !audiences.Contains(audience))
        {
            return "Invalid JWT: Failed audience check.";
        }

        if (Number(claims.Value, "iat") is not { } issued || Number(claims.Value, "exp") is not { } expires)
        {
            return Timeframe;
        }

        var (from, until, at, slack) = ((long)issued, (long)expires, now.ToUnixTimeSeconds(), (long)Leeway.TotalSeconds);
        if (until - from > 3600 || until <= from || until < at || from > at + slack)
        {
            return Timeframe;
        }

        account = issuer;
        scopes = Text(claims.Value, "scope")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return null;
    }

    private static bool TryRead(string part, [NotNullWhen(true)] out JsonElement? value)
    {
        value = null;
        if (!TryDecode(part, out var bytes))
        {
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            value = document.RootElement.Clone();
            return value.Value.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool TryDecode(string part, out byte[] bytes)
    {
        bytes = new byte[part.Length];
        if (!Base64Url.IsValid(part) || !Base64Url.TryDecodeFromChars(part, bytes, out var length))
        {
            return false;
        }

        bytes = bytes[..length];
        return true;
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    private static double? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Number ? member.GetDouble() : null;
}
