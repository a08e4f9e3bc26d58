using Hoop.Spiffe.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Hoop.Spiffe.Agents;

/// <summary>
/// DELETE /api/agents/{nameOrId}. 204 also when it is absent, as the reference answers. 409 with the list while mappings or connections
/// name the agent; <c>?cascade=true</c> deletes them too and answers with what went. Its channels close on every gateway.
/// </summary>
internal static class DeleteAgent
{
    public static void Map(RouteGroupBuilder agents) => agents
        .MapDelete("/{nameOrId}", async Task<Results<Answer<Deleted>, EmptyAnswer>> (
            string nameOrId, [FromQuery] bool? cascade, ISender sender, CancellationToken cancellationToken) =>
        {
            var result = await sender.Send(new Request(nameOrId, cascade ?? false), cancellationToken);
            return cascade is true ? result.ToOk() : result.ToNoContent();
        })
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(string NameOrId, bool Cascade = false) : ICommand<Deleted>
    {
        public AuditEntry Audit(Deleted value) => new("agent", AuditAction.Delete, value.Id?.ToString())
        {
            Fields = new AuditFields
            {
                { "name", value.Name },
                { "existed", value.Id is not null },
                { "cascade", Cascade },
                { "deleted_with_it", value.DeletedWithIt.Count },
            },
        };
    }

    /// <param name="Id">Null when there was nothing to delete.</param>
    /// <param name="DeletedWithIt">What named the agent and went with it.</param>
    internal sealed record Deleted(Guid? Id, string Name, IReadOnlyList<AgentUse> DeletedWithIt);

    internal sealed class Handler(Db db, ICaller caller, IPublisher publisher) : IRequestHandler<Request, Result<Deleted>>
    {
        // The lock keeps out a mapping that would name the agent from now on: its foreign key waits.
        private const string LockSql = """
            SELECT id, name
            FROM spiffe.agents
            WHERE org_id = @OrgId AND (name = @NameOrId OR id = @Id)
            FOR UPDATE
            """;

        private const string DeleteSql = """
            DELETE FROM spiffe.agents
            WHERE org_id = @OrgId AND id = @Id
            """;

        public async Task<Result<Deleted>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!AgentReference.IsPossible(request.NameOrId))
            {
                return new Deleted(Id: null, "", []);
            }

            db.Announce(Agent.Topic, ChangeKey.Of(caller.OrgId));
            var rows = db.Of(caller.OrgId);
            var key = new { request.NameOrId, Id = AgentReference.IdOf(request.NameOrId) };
            if (await rows.Find<Row>(LockSql, key, cancellationToken) is not { } agent)
            {
                return new Deleted(Id: null, request.NameOrId, []);
            }

            var uses = new List<AgentUse>();
            await publisher.Publish(new AgentDeleting(caller.OrgId, agent.Id, request.Cascade, uses), cancellationToken);
            if (uses.Count > 0 && !request.Cascade)
            {
                return AgentErrors.InUse(agent.Name, uses);
            }

            await rows.Execute(DeleteSql, new { agent.Id }, cancellationToken);
            return new Deleted(agent.Id, agent.Name, uses);
        }

        private sealed record Row(Guid Id, string Name);
    }
}
