using MediatR;

namespace Hoop.Identity.Contracts;

/// <summary>Whose API token is this? Null when it is unknown, expired or revoked: the caller cannot tell which.</summary>
public sealed record AuthenticateApiToken(string Token) : IRequest<ApiTokenOwner?>
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => nameof(AuthenticateApiToken);
}

/// <param name="OrgId">The organization the token acts in.</param>
/// <param name="Name">The token's name, unique in its organization.</param>
/// <param name="Groups">Decide the role.</param>
/// <param name="IsOperator">True for the bootstrap admin token alone.</param>
/// <param name="ExpiresAt">UTC; null when it does not expire.</param>
public sealed record ApiTokenOwner(Guid OrgId, string Name, IReadOnlyList<string> Groups, bool IsOperator, DateTimeOffset? ExpiresAt);

/// <summary>
/// Makes the default organization and the bootstrap admin token exist. With <paramref name="AdminToken"/> that one is valid afterwards and every
/// earlier one is not; without it a token is generated the first time only. Safe to send from any number of gateways at once.
/// </summary>
public sealed record EnsureBootstrap(string? AdminToken) : IRequest<Bootstrap>
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => nameof(EnsureBootstrap);
}

/// <param name="GeneratedToken">The clear text, only in the answer that generated it; else null.</param>
public sealed record Bootstrap(string? GeneratedToken)
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => nameof(Bootstrap);
}
