using Hoop.Spiffe.Contracts;

namespace Hoop.Federation.Connections;

/// <summary>A connection holds the agent that it names; with a cascade it goes, as if it had been deleted by itself.</summary>
internal sealed class AgentDeletingHandler(Db db, RemovedConnections removed) : INotificationHandler<AgentDeleting>
{
    private const string HoldingSql = """
        SELECT id, name
        FROM federation.connections
        WHERE org_id = @OrgId AND agent_id = @AgentId
        ORDER BY name
        LIMIT @Most
        """;

    private const string LockSql = """
        SELECT id, name
        FROM federation.connections
        WHERE org_id = @OrgId AND agent_id = @AgentId
        ORDER BY id
        FOR UPDATE
        """;

    public async Task Handle(AgentDeleting notification, CancellationToken cancellationToken)
    {
        var rows = db.Of(notification.OrgId);
        var connections = notification.Cascade
            ? await rows.List<ConnectionName>(LockSql, new { notification.AgentId }, cancellationToken)
            : await rows.List<ConnectionName>(HoldingSql, new { notification.AgentId, AgentUses.Most }, cancellationToken);
        foreach (var connection in connections)
        {
            notification.Uses.Add(new AgentUse("connection", connection.Id, connection.Name));
            if (notification.Cascade)
            {
                await removed.Remove(notification.OrgId, connection, reason: "agent_deleted", cancellationToken);
            }
        }
    }
}
