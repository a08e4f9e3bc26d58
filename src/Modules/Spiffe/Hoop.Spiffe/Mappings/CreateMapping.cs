using Hoop.Shared.Quotas;

namespace Hoop.Spiffe.Mappings;

/// <summary>POST /api/spiffe-mappings. Says which agent an identity, or all identities with a prefix, are.</summary>
internal static class CreateMapping
{
    public static void Map(RouteGroupBuilder mappings) => mappings
        .MapPost("/", async (Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToCreated())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request : MappingInput, ICommand<Mapping>
    {
        public AuditEntry Audit(Mapping value) => new("spiffe_mapping", AuditAction.Create, value.Id) { Fields = value.AuditFields };
    }

    internal sealed class Validator(SpiffeOptions options) : MappingRules<Request>(options);

    internal sealed class Handler(Db db, ICaller caller, QuotaCheck quota, MappingChecks checks) : IRequestHandler<Request, Result<Mapping>>
    {
        // Not private: the benchmarks run the same text in a bare program.
        public const string CreateSql = $"""
            INSERT INTO spiffe.mappings AS m (id, org_id, trust_domain, spiffe_id, spiffe_prefix, agent_id, agent_template, groups)
            VALUES (@Id, @OrgId, @TrustDomain, @SpiffeId, @SpiffePrefix, @AgentId, @AgentTemplate, @Groups)
            ON CONFLICT DO NOTHING
            RETURNING {Mapping.Columns}
            """;

        public async Task<Result<Mapping>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await quota.Refuses(caller.OrgId, SpiffeQuotas.Mappings, cancellationToken) is { } full)
            {
                return full;
            }

            if (request.AgentUuid is { } agentId && !await checks.HasAgent(caller.OrgId, agentId, cancellationToken))
            {
                return MappingErrors.NoSuchAgent;
            }

            var created = await db.Of(caller.OrgId).Find<Mapping>(CreateSql, request.Row(Guid.CreateVersion7()), cancellationToken);
            return created is null ? MappingErrors.AlreadyExists : await checks.WithWarnings(created, cancellationToken);
        }
    }
}
