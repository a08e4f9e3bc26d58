using System.Text.Json;
using Hoop.Identity.Aliases;
using Hoop.Shared.Jose;
using Hoop.Shared.Text;

namespace Hoop.Identity.Logins;

/// <summary>Who somebody is by a role.</summary>
/// <param name="Metadata">What the role takes over of the claims.</param>
/// <param name="Groups">Null when the role asks for none.</param>
internal sealed record LoginClaims(string Name, IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<string>? Groups)
{
    /// <summary>When the token was made (<c>iat</c>), in UTC; null when it does not say.</summary>
    public DateTime? IssuedAt { get; init; }

    /// <summary>The role takes claims over as metadata, whether this token has them or not.</summary>
    public bool MapsClaims { get; init; }

    private const int MostGroups = 1000;

    /// <summary>What the role makes of a verified token, or why it refuses it.</summary>
    public static Verdict<LoginClaims> Of(LoginToken token, LoginRole role, DateTimeOffset now)
    {
        var refusal = token.Times.Check(now, role.Leeway) ?? Bound(token, role);
        if (refusal is not null)
        {
            return refusal;
        }

        var named = role.UserClaimJsonPointer
            ? ClaimPath.Find(token.Claims, role.UserClaim)
            : token.Claims.TryGetProperty(role.UserClaim, out var claim) ? claim : null;
        if (named is not { ValueKind: JsonValueKind.String } user || user.GetString() is not { Length: > 0 } name)
        {
            return Refused($"claim \"{Printable.Word(role.UserClaim)}\" is not there, or no text");
        }

        if (AliasName.ProblemOf(name) is { } problem)
        {
            return Refused($"claim \"{Printable.Word(role.UserClaim)}\" cannot be the name of an alias: {problem}");
        }

        var metadata = MetadataOf(token, role);
        var groups = GroupsOf(token, role);
        return !metadata.Accepted ? metadata.Refusal : !groups.Accepted ? groups.Refusal
            : new LoginClaims(name, metadata.Proven, role.GroupsClaim.Length == 0 ? null : groups.Proven)
            {
                IssuedAt = token.Times.IssuedAt?.UtcDateTime,
                MapsClaims = role.ClaimMappings is { Count: > 0 },
            };
    }

    private static Refusal? Bound(LoginToken token, LoginRole role)
    {
        if (role.BoundSubject.Length > 0 && role.BoundSubject != token.Subject)
        {
            return new Refusal(TokenRefusalCodes.Subject, "sub claim does not match bound subject");
        }

        if (role.BoundAudiences.Length == 0
            ? token.Audience.Count > 0
            : !token.Audience.Any(audience => role.BoundAudiences.Contains(audience, StringComparer.Ordinal)))
        {
            return new Refusal(
                TokenRefusalCodes.Audience,
                role.BoundAudiences.Length == 0
                    ? "audience claim found in JWT but no audiences bound to the role"
                    : $"aud is {Printable.Word(string.Join(", ", token.Audience))} and does not match any bound audience");
        }

        foreach (var (claim, bound) in role.BoundClaims ?? new Dictionary<string, JsonElement>())
        {
            if (ClaimPath.Find(token.Claims, claim) is not { ValueKind: not JsonValueKind.Null } value)
            {
                return Refused($"claim \"{Printable.Word(claim)}\" is missing");
            }

            if (!ClaimValue.Any(value, item => LoginRoleChange.Items(bound).Any(wanted => Fulfils(wanted, item, role))))
            {
                return Refused($"claim \"{Printable.Word(claim)}\" does not match any associated bound claim values");
            }
        }

        return null;
    }

    private static bool Fulfils(JsonElement wanted, JsonElement value, LoginRole role) => role.BoundClaimsType == "glob"
        ? wanted.ValueKind == JsonValueKind.String && value.ValueKind == JsonValueKind.String
            && StarPattern.Matches(wanted.GetString()!, value.GetString()!)
        : ClaimValue.AreEqual(wanted, value);

    private static Verdict<Dictionary<string, string>> MetadataOf(LoginToken token, LoginRole role)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (claim, key) in role.ClaimMappings ?? new Dictionary<string, string>())
        {
            switch (ClaimPath.Find(token.Claims, claim))
            {
                case null or { ValueKind: JsonValueKind.Null }:
                    break;
                case { ValueKind: JsonValueKind.String } text when IsStored(text.GetString()!):
                    metadata[key] = text.GetString()!;
                    break;
                default:
                    return Refused($"claim \"{Printable.Word(claim)}\" of claim_mappings is no text, or one of more than 512 characters");
            }
        }

        return metadata;
    }

    private static Verdict<string[]> GroupsOf(LoginToken token, LoginRole role)
    {
        if (role.GroupsClaim.Length == 0)
        {
            return Array.Empty<string>();
        }

        if (ClaimPath.Find(token.Claims, role.GroupsClaim) is not { ValueKind: JsonValueKind.String or JsonValueKind.Array } value)
        {
            return Refused($"claim \"{Printable.Word(role.GroupsClaim)}\" is not there, or no list of texts: the groups are unknown");
        }

        var items = LoginRoleChange.Items(value).ToArray();
        return items.Length > MostGroups || !Array.TrueForAll(items, item => item.ValueKind == JsonValueKind.String)
            ? Refused($"claim \"{Printable.Word(role.GroupsClaim)}\" is no list of at most {MostGroups} texts: the groups are unknown")
            : items.Select(item => item.GetString()!).Where(group => group.Length > 0 && IsStored(group))
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
    }

    private static bool IsStored(string text) => text.Length <= 512 && !text.Contains('\0', StringComparison.Ordinal);

    private static Refusal Refused(string reason) => new(TokenRefusalCodes.Claims, reason);
}

/// <summary>
/// Vault's patterns of bound claims: a star stands for any characters, also none, and also for slashes. The time is bounded by the product
/// of the two lengths.
/// </summary>
internal static class StarPattern
{
    public static bool Matches(string pattern, string text)
    {
        var (at, from, star, taken) = (0, 0, -1, 0);
        while (from < text.Length)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                (star, taken, at) = (at, from, at + 1);
            }
            else if (at < pattern.Length && pattern[at] == text[from])
            {
                (at, from) = (at + 1, from + 1);
            }
            else if (star >= 0)
            {
                taken++;
                (at, from) = (star + 1, taken);
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(at).TrimStart('*').IsEmpty;
    }
}
