using System.Diagnostics;
using System.Text.Json;

namespace Hoop.Identity.Audit;

/// <summary>Appends one row to the audit trail, in the transaction of the sender.</summary>
internal sealed class RecordAuditHandler(Db db) : IRequestHandler<RecordAudit>
{
    private const string AppendSql = """
        INSERT INTO identity.audit_events
          (org_id, actor_kind, actor_subject, actor_name, action, resource_type, resource_id, fields, outcome, failure, trace_id)
        VALUES
          (@OrgId, @ActorKind, @ActorSubject, @ActorName, @Action, @ResourceType, @ResourceId, @Fields::jsonb, @Outcome, @Failure, @TraceId)
        """;

    public Task Handle(RecordAudit request, CancellationToken cancellationToken)
    {
        var (actor, entry) = (request.Actor, request.Entry);
        return db.Of(request.OrgId).Execute(
            AppendSql,
            new
            {
                ActorKind = AuditNames.Of(actor?.Kind),
                ActorSubject = actor?.Subject ?? "gateway",
                ActorName = actor?.Name ?? "gateway",
                Action = AuditNames.Of(entry.Action),
                entry.ResourceType,
                entry.ResourceId,
                Fields = entry.Fields.Count == 0 ? "{}" : JsonSerializer.Serialize(entry.Fields),
                Outcome = entry.Failure is null ? "success" : "failure",
                entry.Failure,
                TraceId = Activity.Current?.TraceId.ToHexString(),
            },
            cancellationToken);
    }
}
