using System.Diagnostics;

namespace Hoop.Identity.Audit;

/// <summary>
/// Appends one row to the audit trail, in the transaction of the sender. Never refused by content: see <see cref="AuditText"/>.
/// </summary>
internal sealed class RecordAuditHandler(Db db, RequestOrigin origin) : IRequestHandler<RecordAudit>
{
    private const string AppendSql = """
        INSERT INTO identity.audit_events
          (org_id, actor_kind, actor_alias, actor_subject, actor_name, action, resource_type,
             resource_id, fields, outcome, failure, trace_id, correlation_id)
        VALUES
          (@OrgId, @ActorKind, @ActorAlias, @ActorSubject, @ActorName, @Action, @ResourceType,
             @ResourceId, @Fields::jsonb, @Outcome, @Failure, @TraceId, @CorrelationId)
        """;

    public Task Handle(RecordAudit request, CancellationToken cancellationToken)
    {
        var (actor, entry) = (request.Actor, request.Entry);
        return db.Of(request.OrgId).Execute(
            AppendSql,
            new
            {
                ActorKind = AuditNames.Of(actor?.Kind),
                ActorAlias = AuditText.Clean(actor?.Alias.ToString() ?? "gateway"),
                ActorSubject = AuditText.Clean(actor?.Subject ?? "gateway"),
                ActorName = AuditText.Clean(actor?.Name ?? "gateway"),
                Action = AuditNames.Of(entry.Action),
                entry.ResourceType,
                ResourceId = entry.ResourceId is null ? null : AuditText.Clean(entry.ResourceId),
                Fields = WithOrigin(entry.Fields).ToJson(),
                Outcome = AuditNames.Of(entry.Outcome),
                entry.Failure,
                TraceId = Activity.Current?.TraceId.ToHexString(),
                entry.CorrelationId,
            },
            cancellationToken);
    }

    // From where, beside who: what the use case names is its own, and these two are the gateway's.
    private AuditFields WithOrigin(AuditFields named)
    {
        var fields = new AuditFields(named);
        if (origin.Address is { } address)
        {
            fields.Add("client_address", address);
        }

        if (origin.UserAgent is { } agent)
        {
            fields.Add("user_agent", agent);
        }

        return fields;
    }
}
