using System.Diagnostics;

namespace Hoop.Identity.Audit;

/// <summary>
/// Appends one row to the audit trail, in the transaction of the sender if there is one, with whose commit it travels. Never refused by
/// content: see <see cref="AuditText"/>.
/// </summary>
internal sealed class RecordAuditHandler(Db db, RequestOrigin origin)
    : IRequestHandler<RecordAudit>, IRequestHandler<RecordChange>, IRequestHandler<RecordChanges>
{
    private const string Columns = """
        org_id, actor_kind, actor_alias, actor_subject, actor_name, action, resource_type,
          resource_id, fields, outcome, failure, trace_id, correlation_id
        """;

    private const string What = "@ActorKind, @ActorAlias, @ActorSubject, @ActorName, @Action, @ResourceType, @ResourceId";

    private const string How = "@Outcome, @Failure, @TraceId, @CorrelationId";

    private const string Values = $"{What}, @Fields::jsonb, {How}";

    // Also for an organization that is gone: what ends with it ends afterwards.
    private const string AppendSql = $"""
        INSERT INTO identity.audit_events ({Columns})
        VALUES (@OrgId, {Values})
        """;

    // A command never waits for a deletion or a renaming, which may be waiting for the command: it is told to come again (503). When the
    // organization is gone there is no value for the column, which must have one.
    private const string AppendChangeSql = $"""
        INSERT INTO identity.audit_events ({Columns})
        VALUES ((SELECT id FROM identity.organizations WHERE id = @OrgId FOR SHARE NOWAIT), {Values})
        """;

    // What travels with the command's own statement, before its answer is known. Only where that found its row it has told something; the
    // setting ends with the transaction, and is empty in a session that had it once.
    private const string AppendForetoldSql = $"""
        INSERT INTO identity.audit_events ({Columns})
        SELECT (SELECT id FROM identity.organizations WHERE id = @OrgId FOR SHARE NOWAIT), {What},
          @Fields::jsonb
            || CASE WHEN @Told IS NULL THEN jsonb_build_object() ELSE jsonb_build_object(@Told, current_setting('hoop.told')) END,
          {How}
        WHERE current_setting('hoop.told', true) <> ''
        """;

    // The organization is looked for once. The rows have their ids in the order of the arrays.
    private const string AppendManySql = $"""
        INSERT INTO identity.audit_events ({Columns})
        SELECT (SELECT id FROM identity.organizations WHERE id = @OrgId FOR SHARE NOWAIT), @ActorKind, @ActorAlias, @ActorSubject,
          @ActorName, entry.action, entry.resource_type, entry.resource_id, entry.fields::jsonb, entry.outcome, entry.failure, @TraceId,
          entry.correlation_id::uuid
        FROM unnest(@Actions, @ResourceTypes, @ResourceIds, @Fields, @Outcomes, @Failures, @CorrelationIds)
          WITH ORDINALITY AS entry (action, resource_type, resource_id, fields, outcome, failure, correlation_id, place)
        ORDER BY entry.place
        """;

    public Task Handle(RecordAudit request, CancellationToken cancellationToken) =>
        Append(AppendSql, request.OrgId, RowOf(request.Actor, request.Entry), cancellationToken);

    public Task Handle(RecordChange request, CancellationToken cancellationToken) =>
        Append(
            request.IsForetold ? AppendForetoldSql : AppendChangeSql,
            request.OrgId,
            RowOf(request.Actor, request.Entry),
            cancellationToken);

    public Task Handle(RecordChanges request, CancellationToken cancellationToken)
    {
        if (request.Entries.Count == 0)
        {
            return Task.CompletedTask;
        }

        var (actor, entries, whence) = (request.Actor, request.Entries, OriginOf(request.Actor));
        var rows = new
        {
            ActorKind = AuditNames.Of(actor?.Kind),
            ActorAlias = AuditText.Clean(actor?.Alias.ToString() ?? "gateway"),
            ActorSubject = AuditText.Clean(actor?.Subject ?? "gateway"),
            ActorName = AuditText.Clean(actor?.Name ?? "gateway"),
            TraceId = Activity.Current?.TraceId.ToHexString(),
            Actions = Each(entry => AuditNames.Of(entry.Action)),
            ResourceTypes = Each(entry => entry.ResourceType),
            ResourceIds = Each(entry => entry.ResourceId is null ? null : AuditText.Clean(entry.ResourceId)),
            Fields = Each(entry => entry.Fields.ToJson(whence)),
            Outcomes = Each(entry => AuditNames.Of(entry.Outcome)),
            Failures = Each(entry => entry.Failure),
            CorrelationIds = Each(entry => entry.CorrelationId?.ToString()),
        };
        return Append(AppendManySql, request.OrgId, rows, cancellationToken);

        string?[] Each(Func<AuditEntry, string?> of) => [.. entries.Select(of)];
    }

    // In a transaction it travels with the commit, unless so many rows wait already that they had better be sent.
    private Task Append(string sql, Guid orgId, object row, CancellationToken cancellationToken)
    {
        if (db is { InTransaction: true, IsCrowded: false })
        {
            db.Of(orgId).Defer(sql, row);
            return Task.CompletedTask;
        }

        return db.Of(orgId).Execute(sql, row, cancellationToken);
    }

    private object RowOf(Caller? actor, AuditEntry entry) => new
    {
        ActorKind = AuditNames.Of(actor?.Kind),
        ActorAlias = AuditText.Clean(actor?.Alias.ToString() ?? "gateway"),
        ActorSubject = AuditText.Clean(actor?.Subject ?? "gateway"),
        ActorName = AuditText.Clean(actor?.Name ?? "gateway"),
        Action = AuditNames.Of(entry.Action),
        entry.ResourceType,
        ResourceId = entry.ResourceId is null ? null : AuditText.Clean(entry.ResourceId),
        Fields = entry.Fields.ToJson(OriginOf(actor)),
        entry.Told,
        Outcome = AuditNames.Of(entry.Outcome),
        entry.Failure,
        TraceId = Activity.Current?.TraceId.ToHexString(),
        entry.CorrelationId,
    };

    // From where, beside who: what the use case names is its own, and these two are the gateway's.
    private AuditFields OriginOf(Caller? actor)
    {
        var fields = new AuditFields();
        if (actor?.Rule is { } rule)
        {
            fields.Add("actor_rule", rule);
        }

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
