using Hoop.ServiceAccounts.Issuers;
using Hoop.Shared.Jose;
using Hoop.Shared.Text;

namespace Hoop.ServiceAccounts.People;

/// <summary>What a verified token says about a person.</summary>
/// <param name="Email">Empty unless the issuer vouches for it.</param>
/// <param name="Groups">Null when the token does not say, which is not the same as none.</param>
/// <param name="GroupsProblem">Why it does not say.</param>
/// <param name="IssuedAt">When it was said; null when the token does not tell.</param>
internal sealed record PersonClaims(
    string Subject, string Email, string Name, IReadOnlyList<string>? Groups, string? GroupsProblem, DateTimeOffset? IssuedAt,
    DateTimeOffset ExpiresAt)
{
    private const int MaxText = 255;

    /// <summary>Reads claims that are known to be true.</summary>
    public static PersonClaims Of(in JwtClaims claims, SignInOptions options)
    {
        var (groups, problem) = GroupsOf(claims, options.GroupsClaim);
        return new PersonClaims(
            claims.Subject!, EmailOf(claims, options.TrustEmail), NameOf(claims), groups, problem, claims.Times.IssuedAt,
            claims.Times.ExpiresAt);
    }

    // OpenID Connect Core 1.0 section 5.1: an address without email_verified is what somebody typed.
    private static string EmailOf(in JwtClaims claims, bool trusted)
    {
        var isText = claims.TryGetString("email", out var email);
        return isText && email is { Length: > 0 and <= MaxText } && email.Contains('@', StringComparison.Ordinal)
            && !email.EnumerateRunes().Any(rune => !Printable.IsPrintable(rune))
            && (claims.IsTrue("email_verified") || (trusted && !claims.Has("email_verified")))
            ? email
            : "";
    }

    private static string NameOf(in JwtClaims claims)
    {
        foreach (var claim in new[] { "name", "preferred_username" })
        {
            if (claims.TryGetString(claim, out var name) && !string.IsNullOrWhiteSpace(name))
            {
                var shown = Printable.Line(name, MaxText);
                return Shared.LeadingDash.IsIn(shown) ? "" : shown;
            }
        }

        return "";
    }

    /// <summary>
    /// Entra ID leaves the groups out when there are many, and points to an address where they could be asked for (<c>_claim_names</c>,
    /// <c>hasgroups</c>). Nothing is ever fetched from an address in a token. A list that is cut or bent would be another list.
    /// </summary>
    private static (IReadOnlyList<string>? Groups, string? Problem) GroupsOf(in JwtClaims claims, string? claim)
    {
        if (claim is null)
        {
            return (null, null);
        }

        if (claims.Has("_claim_names") || claims.Has("hasgroups"))
        {
            return (null, "the token points elsewhere for them (_claim_names or hasgroups): the person is in too many to be listed");
        }

        if (!claims.Has(claim))
        {
            return (null, $"the token has no claim {claim}");
        }

        if (!claims.TryGetStrings(claim, out var groups))
        {
            return (null, $"the claim {claim} is no list of texts");
        }

        string[] distinct = [.. groups.Distinct(StringComparer.Ordinal)];
        foreach (var some in distinct.Chunk(GroupNames.MaxCount))
        {
            if (GroupNames.Problem(some) is { } problem)
            {
                return (null, $"the claim {claim} holds names that are no groups: {problem}");
            }
        }

        return (distinct, null);
    }
}
