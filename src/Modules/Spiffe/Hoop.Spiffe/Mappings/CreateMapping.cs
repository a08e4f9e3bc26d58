using Hoop.Shared.Quotas;

namespace Hoop.Spiffe.Mappings;

/// <summary>POST /api/spiffe-mappings. Says which agent an identity, or all identities with a prefix, are.</summary>
internal static class CreateMapping
{
    public static void Map(RouteGroupBuilder mappings) => mappings
        .MapPost("/", async (Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToCreated())
        .RequireAuthorization(Policies.Admin)
        .WithBody("""
            {
              "trust_domain": "example.com",
              "spiffe_prefix": "spiffe://example.com/agent/",
              "agent_template": "{{.WorkloadIdentifier}}",
              "groups": ["agents"]
            }
            """);

    internal sealed record Request : MappingInput, ICommand<Mapping>
    {
        public AuditEntry Audit(Mapping value) => new("spiffe_mapping", AuditAction.Create, value.Id) { Fields = value.AuditFields };
    }

    internal sealed class Validator(MappingShape shape) : MappingRules<Request>(shape);

    internal sealed class Handler(Db db, ICaller caller, QuotaCheck quota, MappingChecks checks) : IRequestHandler<Request, Result<Mapping>>
    {
        // Not private: the benchmarks run the same text in a bare program.
        public const string CreateSql = $"""
            INSERT INTO spiffe.mappings AS m (id, org_id, trust_domain, spiffe_id, spiffe_prefix, agent_id, agent_template, groups)
            VALUES (@Id, @OrgId, @TrustDomain, @SpiffeId, @SpiffePrefix, @AgentId, @AgentTemplate, @Groups)
            RETURNING {Mapping.Columns}, {MappingChecks.IsDomainKnown}
            """;

        public async Task<Result<Mapping>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await quota.Refuses(caller.OrgId, SpiffeQuotas.Mappings, cancellationToken) is { } full)
            {
                return full;
            }

            // It may take an identity over from a shorter prefix.
            db.Announce(Mapping.Topic, Mapping.KeyOf(caller.OrgId, request.SpiffeId));
            var mapping = request.Mapping(RowId.Next(), caller.OrgId);
            var written = await db.Of(caller.OrgId).Insert<MappingChecks.Written>(
                CreateSql, mapping.Row, mapping, MappingErrors.Of, cancellationToken);
            return written.Select(checks.WithWarnings);
        }
    }
}
