using System.Text.Json.Serialization;
using Npgsql;

namespace Hoop.Spiffe.Mappings;

/// <summary>PUT /api/spiffe-mappings/{id}. Replaces the whole mapping; channels authenticated through the old one are closed.</summary>
internal static class UpdateMapping
{
    public static void Map(RouteGroupBuilder mappings) => mappings
        .MapPut("/{id:uuid}", async (Guid id, Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request with { Id = id }, cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request : MappingInput, ICommand<Mapping>
    {
        [JsonIgnore]
        public Guid Id { get; init; }

        public AuditEntry Audit(Mapping value) => new("spiffe_mapping", AuditAction.Update, value.Id) { Fields = value.AuditFields };
    }

    internal sealed class Validator(SpiffeOptions options) : MappingRules<Request>(options);

    internal sealed class Handler(Db db, ICaller caller, MappingChecks checks) : IRequestHandler<Request, Result<Mapping>>
    {
        private const string UpdateSql = $"""
            UPDATE spiffe.mappings AS m
            SET trust_domain = @TrustDomain, spiffe_id = @SpiffeId, spiffe_prefix = @SpiffePrefix,
                agent_id = @AgentId, agent_template = @AgentTemplate, groups = @Groups, updated_at = now()
            WHERE m.org_id = @OrgId AND m.id = @Id
            RETURNING {Mapping.Columns}
            """;

        public async Task<Result<Mapping>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request.AgentUuid is { } agentId && !await checks.HasAgent(caller.OrgId, agentId, cancellationToken))
            {
                return MappingErrors.NoSuchAgent;
            }

            // An update has no ON CONFLICT; the unique index is the only judge that cannot be raced.
            Mapping? updated;
            try
            {
                updated = await db.Of(caller.OrgId).Find<Mapping>(UpdateSql, request.Row(request.Id), cancellationToken);
            }
            catch (PostgresException exception) when (DatabaseErrors.BrokenConstraint(exception) is "mappings_id_unique" or "mappings_prefix_unique")
            {
                return MappingErrors.AlreadyExists;
            }

            if (updated is null)
            {
                return MappingErrors.NotFound;
            }

            await db.Announce(Mapping.Topic, ChangeKey.Of(caller.OrgId), cancellationToken);
            return await checks.WithWarnings(updated, cancellationToken);
        }
    }
}
