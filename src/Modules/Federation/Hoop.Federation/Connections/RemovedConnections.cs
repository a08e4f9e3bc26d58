using Hoop.Federation.Providers;
using Hoop.Federation.OpenSessions;

namespace Hoop.Federation.Connections;

internal sealed record ConnectionName(Guid Id, string Name);

/// <summary>The one way in which a connection goes: its policy first, with a row of its own, then what was minted for it.</summary>
internal sealed class RemovedConnections(Db db, ICaller caller, ProviderSet providers, EndSessions sessions, ISender sender)
{
    private const string DeletePolicySql = """
        DELETE FROM federation.policies
        WHERE org_id = @OrgId AND connection_id = @ConnectionId
        RETURNING connection_id
        """;

    private const string DeleteSql = """
        DELETE FROM federation.connections
        WHERE org_id = @OrgId AND id = @Id
        """;

    /// <summary>
    /// Joins the running command. The connection's own row in the trail is the caller's to write, unless it goes for a reason.
    /// </summary>
    /// <param name="connection">Locked by the caller, so that nobody gives it a policy meanwhile.</param>
    /// <param name="reason">Null when its own deletion was asked for.</param>
    public async Task Remove(Guid orgId, ConnectionName connection, string? reason, CancellationToken cancellationToken)
    {
        var rows = db.Of(orgId);
        await sessions.Of(orgId, connection.Id, EndReason.ConnectionRemoved, cancellationToken);
        foreach (var policy in await rows.List<Guid>(DeletePolicySql, new { ConnectionId = connection.Id }, cancellationToken))
        {
            await Record(
                new AuditEntry("federation_policy", AuditAction.Delete,
                    policy)
                { Fields = new AuditFields { { "reason", "connection_deleted" } } });
        }

        await rows.Execute(DeleteSql, new { connection.Id }, cancellationToken);
        providers.Drop(orgId, connection.Id);
        if (reason is not null)
        {
            await Record(new AuditEntry("connection", AuditAction.Delete, connection.Id)
            {
                Fields = new AuditFields { { "name", connection.Name }, { "reason", reason } },
            });
        }

        Task Record(AuditEntry entry) => sender.Send(new RecordAudit(orgId, caller.Current, entry), cancellationToken);
    }
}
