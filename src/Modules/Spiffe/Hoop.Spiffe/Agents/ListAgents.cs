using Microsoft.AspNetCore.Http;

namespace Hoop.Spiffe.Agents;

/// <summary>GET /api/agents?status=CONNECTED|DISCONNECTED. The organization's agents, by name.</summary>
internal static class ListAgents
{
    public static void Map(RouteGroupBuilder agents) => agents
        .MapGet("/", async (
            string? status, [AsParameters] PageQuery page, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(status, page), cancellationToken)).ToPage(context))
        .RequireAuthorization(Policies.Authenticated);

    /// <param name="Status"><c>CONNECTED</c> or <c>DISCONNECTED</c>; absent: all.</param>
    internal sealed record Request(string? Status, PageQuery Page) : IQuery<Page<Agent>>;

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request.Status)
            .Must(status => status is null or "CONNECTED" or "DISCONNECTED").WithMessage("status: use CONNECTED or DISCONNECTED");
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Page<Agent>>>
    {
        private const string ListSql = $"""
            SELECT {Agent.Columns}
            FROM {Agent.Source}
            WHERE agent.org_id = @OrgId
              AND (@Status::text IS NULL OR (@Status = 'CONNECTED') = (alive.replicas > 0))
              AND (@After::text IS NULL OR agent.name > @After)
            ORDER BY agent.name
            LIMIT @Limit
            """;

        public async Task<Result<Page<Agent>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var cursor = new PageCursor("agents", caller.OrgId, request.Status);
            if (!Paging.Of(request.Page, cursor).Succeeded(out var paging, out var error))
            {
                return error;
            }

            var args = new { request.Status, After = paging.After?[0], paging.Limit };
            var agents = await db.Of(caller.OrgId).List<Agent>(ListSql, args, cancellationToken);
            return paging.Page<Agent>([.. agents.Select(agent => agent.For(caller))], agent => [agent.Name]);
        }
    }
}
