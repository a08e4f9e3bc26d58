using Hoop.Shared.Sealing;
using Hoop.Spiffe.Contracts;
using Microsoft.AspNetCore.Http;

namespace Hoop.Federation.Connections;

/// <summary>
/// GET /api/connections. The organization's connections by name, for admins and auditors with the names of their secrets, never with
/// values.
/// </summary>
internal static class ListConnections
{
    public static void Map(RouteGroupBuilder connections) => connections
        .MapGet("/", async ([AsParameters] PageQuery page, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(page), cancellationToken)).ToPage(context))
        .RequireAuthorization(Policies.Authenticated);

    internal sealed record Request(PageQuery Page) : IQuery<Page<ConnectionView>>;

    internal sealed class Handler(
        Db db, ICaller caller, SealingKeys keys, ISender sender) : IRequestHandler<Request, Result<Page<ConnectionView>>>
    {
        private const string ListSql = $"""
            SELECT {Connection.Columns}
            FROM federation.connections
            WHERE org_id = @OrgId
              AND (@After::text IS NULL OR name > @After)
            ORDER BY name
            LIMIT @Limit
            """;

        public async Task<Result<Page<ConnectionView>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var cursor = new PageCursor("connections", caller.OrgId);
            if (!Paging.Of(request.Page, cursor).Succeeded(out var paging, out var error))
            {
                return error;
            }

            var rows = await db.Of(caller.OrgId).List<Connection>(
                ListSql, new { After = paging.After?[0], paging.Limit }, cancellationToken);
            var (connections, next) = paging.Page(rows, row => [row.Name]);
            var agentIds = connections.Select(connection => connection.AgentId).OfType<Guid>().ToHashSet();
            var agents = await sender.Send(new FindAgents(caller.OrgId, agentIds), cancellationToken);
            var online = agents.Where(agent => agent.Connected).Select(agent => agent.Id).ToHashSet();
            var views = connections
                .Select(
                    connection => ConnectionView.Of(connection, connection.AgentId is { } agentId
                        && online.Contains(agentId), NamesOf(connection)).For(caller.Current))
                .ToArray();
            return new Page<ConnectionView>(views, next);
        }

        // One row whose key is missing must not hide the others; read alone, it says so.
        private ConnectionSecrets NamesOf(Connection connection) =>
            ConnectionView.SeesWiring(caller.Current) && connection.OpenSecrets(keys, caller.OrgId).Succeeded(out var secrets, out _)
                ? secrets
                : ConnectionSecrets.None;
    }
}
