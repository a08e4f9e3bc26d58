using Hoop.Spiffe.Contracts;

namespace Hoop.Federation.Connections;

/// <summary>
/// A connection outlives its agent: it loses the agent, says so in the trail, and waits for a new one. Deleting it too would throw away
/// the policy and the sealed credentials that an administrator set, for an agent that is often replaced the same day.
/// </summary>
internal sealed class AgentDeletedHandler(Db db, ICaller caller, ISender sender) : INotificationHandler<AgentDeleted>
{
    private const string DetachSql = """
        UPDATE federation.connections
        SET agent_id = NULL, updated_at = now()
        WHERE org_id = @OrgId AND agent_id = @AgentId
        RETURNING id
        """;

    public async Task Handle(AgentDeleted notification, CancellationToken cancellationToken)
    {
        foreach (var id in await db.Of(notification.OrgId).List<Guid>(DetachSql, new { notification.AgentId }, cancellationToken))
        {
            var entry = new AuditEntry("connection", AuditAction.Update, id)
            {
                Fields = new Dictionary<string, object?>(StringComparer.Ordinal) { ["agent_id"] = null, ["reason"] = "agent_deleted" },
            };
            await sender.Send(new RecordAudit(notification.OrgId, caller.Current, entry), cancellationToken);
        }
    }
}
