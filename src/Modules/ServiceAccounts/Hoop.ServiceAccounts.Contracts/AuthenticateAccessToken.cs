using MediatR;

namespace Hoop.ServiceAccounts.Contracts;

/// <summary>
/// Which service account presents this OAuth 2.0 access token? Null for every refusal: unverifiable, unknown and inactive look the same.
/// The account's row is read every time, so that switching it off works at once.
/// </summary>
public sealed record AuthenticateAccessToken(string Token) : IRequest<AuthenticatedAccount?>
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => nameof(AuthenticateAccessToken);
}

/// <param name="Issuer">The identity provider's issuer identifier.</param>
/// <param name="Subject">The <c>sub</c> claim, which names the account at that issuer.</param>
/// <param name="Groups">Of the account's row, never of the token.</param>
/// <param name="ExpiresAt">The token's <c>exp</c>.</param>
public sealed record AuthenticatedAccount(
    Guid OrgId,
    Guid AccountId,
    string Issuer,
    string Subject,
    string Name,
    IReadOnlyList<string> Groups,
    DateTimeOffset ExpiresAt);
