using Hoop.Shared.Callers;
using MediatR;

namespace Hoop.Identity.Contracts;

/// <summary>Whose API token is this?</summary>
public sealed record AuthenticateApiToken(string Token) : IRequest<Verdict<Authenticated>>, ISignIn
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => nameof(AuthenticateApiToken);
}

/// <summary>Whose token of Vault's kind is this?</summary>
/// <param name="Token">Clear text.</param>
/// <param name="IsUse">Asking counts as a use of it; not when a request that has used it asks once more.</param>
public sealed record AuthenticateVaultToken(string Token, bool IsUse = true) : IRequest<Verdict<Authenticated>>
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => nameof(AuthenticateVaultToken);
}

/// <summary>
/// Makes the default organization exist, and with <paramref name="AdminToken"/> makes that one the operator's token and every earlier one
/// invalid. Safe to send from any number of gateways at once.
/// </summary>
public sealed record EnsureBootstrap(string? AdminToken) : IRequest<Bootstrap>
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => nameof(EnsureBootstrap);
}

/// <param name="HasToken">True when there is an operator's token; false in a new database that was given none.</param>
public sealed record Bootstrap(bool HasToken);
