using Hoop.Shared.Secrets;

namespace Hoop.Spiffe.Agents;

/// <summary>POST /api/agents/{nameOrId}/rotate-key. A new key, shown once; channels that used the old one close.</summary>
internal static class RotateAgentKey
{
    public static void Map(RouteGroupBuilder agents) => agents
        .MapPost("/{nameOrId}/rotate-key", async (string nameOrId, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(nameOrId), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(string NameOrId) : ICommand<AgentKey>
    {
        public AuditEntry Audit(AgentKey value) => new("agent", AuditAction.Rotate, value.Id)
        {
            Fields = new AuditFields { { "name", value.Name } },
        };
    }

    internal sealed class Handler(Db db, ICaller caller, PublicAddress gateway) : IRequestHandler<Request, Result<AgentKey>>
    {
        private const string RotateSql = """
            UPDATE spiffe.agents
            SET key_hash = @Hash, key_created_at = now(), updated_at = now()
            WHERE org_id = @OrgId AND (name = @NameOrId OR id = @Id)
            RETURNING id, name, mode
            """;

        public async Task<Result<AgentKey>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!AgentReference.IsPossible(request.NameOrId))
            {
                return AgentErrors.NotFound;
            }

            db.Announce(Agent.Topic, ChangeKey.Of(caller.OrgId));
            var secret = SecretHash.Generate(AgentSecret.Prefix).Reveal();
            var change = new { request.NameOrId, Id = AgentReference.IdOf(request.NameOrId), Hash = SecretHash.Of(secret) };
            if (await db.Of(caller.OrgId).Find<Row>(RotateSql, change, cancellationToken) is not { } agent)
            {
                return AgentErrors.NotFound;
            }

            return AgentKey.Of(agent.Id, agent.Name, agent.Mode, secret, gateway.Value);
        }

        private sealed record Row(Guid Id, string Name, string Mode);
    }
}
