using Hoop.Shared.Callers;
using MediatR;

namespace Hoop.ServiceAccounts.Contracts;

/// <summary>
/// Which service account presents this OAuth 2.0 access token? The account's row is read every time, so that switching it off works at
/// once.
/// </summary>
public sealed record AuthenticateAccessToken(string Token) : IRequest<Verdict<Authenticated>>, ISignIn
{
    /// <summary>The code of a refusal: the token is opaque, and there is no issuer that could be asked about it.</summary>
    public const string NobodyToAsk = "nobody_to_ask";

    /// <summary>URL or id of the issuer that is asked about an opaque token; null: the only one of the default organization.</summary>
    public string? Issuer { get; init; }

    /// <summary>The token is never printed.</summary>
    public override string ToString() => nameof(AuthenticateAccessToken);
}
