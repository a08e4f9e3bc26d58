using System.Globalization;
using System.Text.Json;

namespace Hoop.Shared.Jose;

/// <summary>
/// Which claim: a name, or with a slash in front a path (RFC 6901) such as <c>/kubernetes.io/namespace</c>.
/// </summary>
public static class ClaimPath
{
    public const int MaxLength = 255;

    public static bool IsOne(string? path) => path is { Length: > 0 and <= MaxLength } && !path.Any(char.IsControl) && path != "/";

    /// <summary>Null when the token has no such claim.</summary>
    public static JsonElement? Find(JsonElement claims, string path)
    {
        if (path[0] != '/')
        {
            return claims.TryGetProperty(path, out var named) ? named : null;
        }

        var at = claims;
        foreach (var part in path[1..].Split('/'))
        {
            var name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var member))
            {
                at = member;
            }
            else if (at.ValueKind == JsonValueKind.Array
                && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < at.GetArrayLength())
            {
                at = at[index];
            }
            else
            {
                return null;
            }
        }

        return at;
    }
}
