namespace Hoop.Spiffe.Agents;

/// <summary>GET /api/agents/{nameOrId}. One agent of the organization.</summary>
internal static class GetAgent
{
    public static void Map(RouteGroupBuilder agents) => agents
        .MapGet("/{nameOrId}", async (string nameOrId, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(nameOrId), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Authenticated);

    internal sealed record Request(string NameOrId) : IQuery<Agent>;

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Agent>>
    {
        private const string GetSql = $"""
            SELECT {Agent.Columns}
            FROM {Agent.Source}
            WHERE agent.org_id = @OrgId AND (agent.name = @NameOrId OR agent.id = @Id)
            """;

        public async Task<Result<Agent>> Handle(Request request, CancellationToken cancellationToken)
        {
            var key = new { request.NameOrId, Id = AgentReference.IdOf(request.NameOrId) };
            return AgentReference.IsPossible(request.NameOrId)
                && await db.Of(caller.OrgId).Find<Agent>(GetSql, key, cancellationToken) is { } agent
                ? agent.For(caller)
                : AgentErrors.NotFound;
        }
    }
}
