using Hoop.Shared.Callers;
using MediatR;

namespace Hoop.Spiffe.Contracts;

/// <summary>
/// Which agent presents this JWT-SVID? Why not is for the log and the metric; whoever presents it is told nothing.
/// The organization, the agent and the groups come from the trust domain and the mapping, never from a claim.
/// </summary>
public sealed record AuthenticateSvid(string Token) : IRequest<Verdict<Authenticated>>, ISignIn
{
    /// <summary>
    /// Whoever brings the token was authenticated before (an agent that renews, a channel that is looked at again): it does not wait
    /// with strangers.
    /// </summary>
    public bool Known { get; init; }

    /// <summary>The token is never printed.</summary>
    public override string ToString() => nameof(AuthenticateSvid);
}

/// <summary>Which agent has this key?</summary>
/// <param name="Key"><c>xagt-…</c>, or the DSN <c>scheme://name:xagt-…@host:port</c> that holds it; a DSN's name must be the
/// agent's.</param>
public sealed record AuthenticateAgentKey(string Key) : IRequest<Verdict<Authenticated>>, ISignIn
{
    /// <summary>The key is never printed.</summary>
    public override string ToString() => nameof(AuthenticateAgentKey);
}
