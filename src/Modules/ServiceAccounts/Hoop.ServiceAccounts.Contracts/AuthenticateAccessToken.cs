using Hoop.Shared.Callers;
using MediatR;

namespace Hoop.ServiceAccounts.Contracts;

/// <summary>
/// Which service account presents this OAuth 2.0 access token? The account's row is read every time, so that switching it off works at
/// once.
/// </summary>
public sealed record AuthenticateAccessToken(string Token) : IRequest<Verdict<Authenticated>>, ISignIn
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => nameof(AuthenticateAccessToken);
}
