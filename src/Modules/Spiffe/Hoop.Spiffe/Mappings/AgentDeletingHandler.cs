using Hoop.Spiffe.Contracts;

namespace Hoop.Spiffe.Mappings;

/// <summary>
/// Mappings that name an agent by id hold it; with a cascade each of them goes, with a row of its own. The foreign key would delete
/// them too, but without a trace, and the identity they stood for would fall to a shorter prefix unnoticed.
/// </summary>
internal sealed class AgentDeletingHandler(Db db, ICaller caller, ISender sender, IPublisher publisher)
    : INotificationHandler<AgentDeleting>
{
    private const string HoldingSql = $"""
        SELECT {Mapping.Columns}
        FROM spiffe.mappings AS m
        WHERE m.org_id = @OrgId AND m.agent_id = @AgentId
        ORDER BY m.id
        LIMIT @Most
        """;

    private const string DeleteSql = $"""
        DELETE FROM spiffe.mappings AS m
        WHERE m.org_id = @OrgId AND m.agent_id = @AgentId
        RETURNING {Mapping.Columns}
        """;

    public async Task Handle(AgentDeleting notification, CancellationToken cancellationToken)
    {
        var rows = db.Of(notification.OrgId);
        var mappings = notification.Cascade
            ? await rows.List<Mapping>(DeleteSql, new { notification.AgentId }, cancellationToken)
            : await rows.List<Mapping>(HoldingSql, new { notification.AgentId, AgentUses.Most }, cancellationToken);
        foreach (var mapping in mappings)
        {
            notification.Uses.Add(new AgentUse("spiffe_mapping", mapping.Id, mapping.SpiffeId ?? $"{mapping.SpiffePrefix}*"));
            if (notification.Cascade)
            {
                var entry = new AuditEntry("spiffe_mapping", AuditAction.Delete, mapping.Id)
                {
                    Fields = new AuditFields(mapping.AuditFields) { { "reason", "agent_deleted" } },
                };
                await sender.Send(new RecordAudit(notification.OrgId, caller.Current, entry), cancellationToken);
            }
        }

        if (notification.Cascade && mappings.Count > 0)
        {
            db.Announce(Mapping.Topic, ChangeKey.Of(notification.OrgId));
            await publisher.Publish(Mapping.Leaving(notification.OrgId, mappings, "agent_deleted"), cancellationToken);
        }
    }
}
