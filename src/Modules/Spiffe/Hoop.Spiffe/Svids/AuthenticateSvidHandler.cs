using Hoop.Spiffe.Contracts;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.Svids;

/// <summary>A refusal is also counted, in the metric <c>hoop.spiffe.refusals</c>.</summary>
internal sealed class AuthenticateSvidHandler(
    SvidAuthentication authentication, SpiffeOptions options, SpiffeMetrics metrics, ILogger<AuthenticateSvidHandler> logger)
    : IRequestHandler<AuthenticateSvid, Verdict<Authenticated>>
{
    public async Task<Verdict<Authenticated>> Handle(AuthenticateSvid request, CancellationToken cancellationToken)
    {
        var outcome = await authentication.Authenticate(request.Token, orgId: null, all: false, cancellationToken, request.Known);
        if (outcome is { Refused: null, Svid: { } svid, Resolution: { Mapping: { } mapping, AgentId: { } agentId } found })
        {
            return new Authenticated(
                outcome.OrgId, CallerKind.Agent, Alias.OfSpiffeId(svid.SpiffeId.Text), found.AgentName, mapping.Groups, svid.ExpiresAt)
            {
                Agent = new AgentFacts(agentId, found.AgentName, svid.SpiffeId.Text, mapping.Id, options.Audience),
            };
        }

        var refused = outcome.Refused!;
        metrics.Refused(refused.Code);

        // Whoever likes can send bad tokens, so they must not fill the log; a good one without an agent is the admin's affair.
        logger.Log(
            outcome.Svid is null ? LogLevel.Debug : LogLevel.Information,
            "JWT-SVID refused: {Code}: {Reason} (spiffe_id={SpiffeId} mapping={Mapping})",
            refused.Code, refused.Reason, outcome.Svid?.SpiffeId, outcome.Resolution?.Mapping?.Id);
        return refused;
    }
}
