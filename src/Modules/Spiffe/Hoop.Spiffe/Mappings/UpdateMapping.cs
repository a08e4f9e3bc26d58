using System.Text.Json.Serialization;
using Npgsql;

namespace Hoop.Spiffe.Mappings;

/// <summary>PUT /api/spiffe-mappings/{id}. Replaces the whole mapping; channels authenticated through the old one are closed.</summary>
internal static class UpdateMapping
{
    public static void Map(RouteGroupBuilder mappings) => mappings
        .MapPut("/{id:uuid}", async (Guid id, Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request with { Id = id }, cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin)
        .WithBody($$"""{ "trust_domain": "example.com", "spiffe_id": "spiffe://example.com/agent/web", "agent_id": "{{BodyExample.SomeId}}" }""");

    internal sealed record Request : MappingInput, ICommand<Mapping>
    {
        [JsonIgnore]
        public Guid Id { get; init; }

        public AuditEntry Audit(Mapping value) => new("spiffe_mapping", AuditAction.Update, value.Id) { Fields = value.AuditFields };
    }

    internal sealed class Validator(MappingShape shape) : MappingRules<Request>(shape);

    internal sealed class Handler(
        Db db, ICaller caller, MappingChecks checks, IPublisher publisher) : IRequestHandler<Request, Result<Mapping>>
    {
        private const string WasSql = $"""
            SELECT {Mapping.Columns}
            FROM spiffe.mappings AS m
            WHERE m.org_id = @OrgId AND m.id = @Id
            FOR UPDATE
            """;

        private const string UpdateSql = $"""
            UPDATE spiffe.mappings AS m
            SET trust_domain = @TrustDomain, spiffe_id = @SpiffeId, spiffe_prefix = @SpiffePrefix,
                agent_id = @AgentId, agent_template = @AgentTemplate, groups = @Groups, updated_at = now()
            WHERE m.org_id = @OrgId AND m.id = @Id
            RETURNING {Mapping.Columns}, {MappingChecks.IsDomainKnown}
            """;

        public async Task<Result<Mapping>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.Announce(Mapping.Topic, ChangeKey.Of(caller.OrgId));

            if (await db.Of(caller.OrgId).Find<Mapping>(WasSql, new { request.Id }, cancellationToken) is not { } was)
            {
                return MappingErrors.NotFound;
            }

            // An update has no ON CONFLICT; the constraints are the only judges that cannot be raced.
            MappingChecks.Written? written;
            try
            {
                var mapping = request.Mapping(request.Id, caller.OrgId);
                written = await db.Of(caller.OrgId).Find<MappingChecks.Written>(UpdateSql, mapping.Row, cancellationToken);
            }
            catch (PostgresException exception) when (DatabaseErrors.BrokenConstraint(exception) is { } broken
                && MappingErrors.Of(broken) is not null)
            {
                return MappingErrors.Of(broken)!;
            }

            if (written is null)
            {
                return MappingErrors.NotFound;
            }

            await publisher.Publish(Mapping.Leaving(caller.OrgId, [was], "spiffe_mapping_updated"), cancellationToken);
            return checks.WithWarnings(written);
        }
    }
}
