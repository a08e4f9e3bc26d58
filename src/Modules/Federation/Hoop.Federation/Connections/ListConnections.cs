using Hoop.Shared.Sealing;
using Hoop.Spiffe.Contracts;

namespace Hoop.Federation.Connections;

/// <summary>GET /api/connections. The organization's connections by name, with the names of their secrets, never with values.</summary>
internal static class ListConnections
{
    public static void Map(RouteGroupBuilder connections) => connections
        .MapGet("/", async (ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Authenticated);

    internal sealed record Request : IQuery<IReadOnlyList<ConnectionView>>;

    internal sealed class Handler(
        Db db, ICaller caller, SealingKeys keys, ISender sender) : IRequestHandler<Request, Result<IReadOnlyList<ConnectionView>>>
    {
        private const string ListSql = $"""
            SELECT {Connection.Columns}
            FROM federation.connections
            WHERE org_id = @OrgId
            ORDER BY name
            """;

        public async Task<Result<IReadOnlyList<ConnectionView>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var connections = await db.Of(caller.OrgId).List<Connection>(ListSql, args: null, cancellationToken);
            var agentIds = connections.Select(connection => connection.AgentId).OfType<Guid>().ToHashSet();
            var agents = await sender.Send(new FindAgents(caller.OrgId, agentIds), cancellationToken);
            var online = agents.Where(agent => agent.Connected).Select(agent => agent.Id).ToHashSet();
            return connections
                .Select(
                    connection => ConnectionView.Of(connection, connection.AgentId is { } agentId
                        && online.Contains(agentId), NamesOf(connection)).For(caller.Current))
                .ToArray();
        }

        // One row whose key is missing must not hide the others; read alone, it says so.
        private ConnectionSecrets NamesOf(Connection connection) =>
            connection.OpenSecrets(keys, caller.OrgId).Succeeded(out var secrets, out _) ? secrets : ConnectionSecrets.None;
    }
}
