using Hoop.Shared.Callers;
using MediatR;

namespace Hoop.Identity.Contracts;

/// <summary>Whose API token is this?</summary>
public sealed record AuthenticateApiToken(string Token) : IRequest<Verdict<Authenticated>>
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => nameof(AuthenticateApiToken);
}

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
