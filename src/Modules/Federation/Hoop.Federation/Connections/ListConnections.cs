using Hoop.Spiffe.Contracts;

namespace Hoop.Federation.Connections;

/// <summary>GET /api/connections. The organization's connections by name, never with secrets.</summary>
internal static class ListConnections
{
    public static void Map(RouteGroupBuilder connections) => connections
        .MapGet("/", async (ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Authenticated);

    internal sealed record Request : IQuery<IReadOnlyList<ConnectionView>>;

    internal sealed class Handler(Db db, ICaller caller, ISender sender) : IRequestHandler<Request, Result<IReadOnlyList<ConnectionView>>>
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
            var online = new HashSet<Guid>();
            foreach (var agentId in connections.Select(connection => connection.AgentId).OfType<Guid>().Distinct())
            {
                if (await sender.Send(new FindAgent(caller.OrgId, agentId.ToString()), cancellationToken) is { Connected: true })
                {
                    online.Add(agentId);
                }
            }

            return connections
                .Select(connection => ConnectionView.Of(connection, connection.AgentId is { } agentId && online.Contains(agentId), ConnectionSecrets.None).For(caller.Current))
                .ToArray();
        }
    }
}
