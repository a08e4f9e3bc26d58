using System.Text.Json.Serialization;
using Hoop.Shared.Secrets;
using Hoop.Spiffe.Mappings;

namespace Hoop.Spiffe.Svids;

/// <summary>
/// POST /api/spiffe-mappings/resolve. Which mapping wins for an identity or a token, and why: the answer of the very code that
/// authenticates agents.
/// </summary>
internal static class ResolveMapping
{
    public static void Map(RouteGroupBuilder mappings) => mappings
        .MapPost("/resolve", async (Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Auditor)
        .WithBody("""{ "spiffe_id": "spiffe://example.com/agent/web" }""");

    internal sealed record Request(string? SpiffeId, SecretText? Token) : IQuery<Response>;

    /// <param name="Mapping">The winner; null when nothing matches or the token is refused.</param>
    /// <param name="AgentName">The agent's name, or what the template rendered to when there is no such agent.</param>
    /// <param name="Candidates">Ids of all mappings that match, the winner first.</param>
    /// <param name="Refused">Why an agent with this identity or token would not get in; null when it would.</param>
    /// <param name="Warnings">What keeps the trust domain's tokens out for now; only for an identity, since a token says it by being
    /// refused.</param>
    internal sealed record Response(
        string SpiffeId,
        string TrustDomain,
        Mapping? Mapping,
        string WorkloadIdentifier,
        string AgentName,
        Guid? AgentId,
        IReadOnlyList<string> Groups,
        IReadOnlyList<Guid> Candidates,
        Refusal? Refused,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Warnings)
    {
        public static Response Of(Resolution found, Refusal? keptOut = null) => new(
            found.Id.Text,
            found.Id.TrustDomain.Name,
            found.Mapping,
            found.WorkloadIdentifier,
            found.AgentName,
            found.AgentId,
            found.Mapping?.Groups ?? [],
            found.Candidates,
            found.Refused ?? keptOut,
            keptOut is null ? null : [$"trust_domain: {keptOut.Reason}"]);

        public static Response Of(Refusal refused) => new("", "", null, "", "", null, [], [], refused, null);
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.SpiffeId)
                .Must((request, id) => string.IsNullOrEmpty(id) != (request.Token is null or { IsEmpty: true }))
                .WithMessage("exactly one of spiffe_id or token must be set").Malformed();
            RuleFor(request => request.SpiffeId).Custom((text, context) =>
            {
                if (!string.IsNullOrEmpty(text) && !Spiffe.SpiffeId.TryParse(text, out _, out var reason))
                {
                    context.AddFailure("spiffe_id", $"spiffe_id: {reason}");
                }
            });
        }
    }

    internal sealed class Handler(
        ICaller caller,
        MappingLookup lookup,
        MappingChecks checks,
        SvidAuthentication authentication) : IRequestHandler<Request, Result<Response>>
    {
        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (Spiffe.SpiffeId.TryParse(request.SpiffeId, out var id, out _))
            {
                var found = await lookup.Resolve(caller.OrgId, id, all: true, cancellationToken);
                return Response.Of(found, await checks.KeptOut(caller.OrgId, found, cancellationToken));
            }

            var outcome = await authentication.Authenticate(request.Token!.Reveal(), caller.OrgId, all: true, cancellationToken);
            return outcome.Resolution is { } resolution ? Response.Of(resolution) : Response.Of(outcome.Refused!);
        }
    }
}
