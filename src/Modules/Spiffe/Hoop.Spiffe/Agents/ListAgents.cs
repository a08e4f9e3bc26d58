namespace Hoop.Spiffe.Agents;

/// <summary>GET /api/agents?status=CONNECTED|DISCONNECTED. The organization's agents, by name.</summary>
internal static class ListAgents
{
    public static void Map(RouteGroupBuilder agents) => agents
        .MapGet("/", async (string? status, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(status), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Authenticated);

    /// <param name="Status"><c>CONNECTED</c> or <c>DISCONNECTED</c>; absent: all.</param>
    internal sealed record Request(string? Status) : IQuery<IReadOnlyList<Agent>>;

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request.Status)
            .Must(status => status is null or "CONNECTED" or "DISCONNECTED").WithMessage("status: use CONNECTED or DISCONNECTED");
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<IReadOnlyList<Agent>>>
    {
        private const string ListSql = $"""
            SELECT {Agent.Columns}
            FROM {Agent.Source}
            WHERE agent.org_id = @OrgId
              AND (@Status::text IS NULL OR (@Status = 'CONNECTED') = (alive.replicas > 0))
            ORDER BY agent.name
            """;

        public async Task<Result<IReadOnlyList<Agent>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var agents = await db.Of(caller.OrgId).List<Agent>(ListSql, new { request.Status }, cancellationToken);
            return agents.Select(agent => agent.For(caller)).ToArray();
        }
    }
}
