using Hoop.Spiffe.Contracts;

namespace Hoop.Spiffe.Agents;

/// <summary>
/// DELETE /api/agents/{nameOrId}. 204 also when it is absent, as the reference answers. The agent's mappings go with it, other modules
/// follow in the same transaction, and its channels close on every gateway.
/// </summary>
internal static class DeleteAgent
{
    public static void Map(RouteGroupBuilder agents) => agents
        .MapDelete("/{nameOrId}", async (string nameOrId, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(nameOrId), cancellationToken)).ToNoContent())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(string NameOrId) : ICommand<Deleted>
    {
        public AuditEntry Audit(Deleted value) => new("agent", AuditAction.Delete, value.Id?.ToString())
        {
            Fields = new Dictionary<string, object?>(StringComparer.Ordinal) { ["name"] = value.Name, ["existed"] = value.Id is not null },
        };
    }

    /// <param name="Id">Null when there was nothing to delete.</param>
    internal sealed record Deleted(Guid? Id, string Name);

    internal sealed class Handler(Db db, ICaller caller, IPublisher publisher) : IRequestHandler<Request, Result<Deleted>>
    {
        private const string DeleteSql = """
            DELETE FROM spiffe.agents
            WHERE org_id = @OrgId AND (name = @NameOrId OR id = @Id)
            RETURNING id, name
            """;

        public async Task<Result<Deleted>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!AgentReference.IsPossible(request.NameOrId))
            {
                return new Deleted(Id: null, "");
            }

            var key = new { request.NameOrId, Id = AgentReference.IdOf(request.NameOrId) };
            if (await db.Of(caller.OrgId).Find<Row>(DeleteSql, key, cancellationToken) is not { } deleted)
            {
                return new Deleted(Id: null, request.NameOrId);
            }

            await db.Announce(Agent.Topic, ChangeKey.Of(caller.OrgId), cancellationToken);
            await publisher.Publish(new AgentDeleted(caller.OrgId, deleted.Id), cancellationToken);
            return new Deleted(deleted.Id, deleted.Name);
        }

        private sealed record Row(Guid Id, string Name);
    }
}
