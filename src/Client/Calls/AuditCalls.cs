using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about audit.</summary>
public sealed class AuditCalls
{
    private readonly HoopConnection _wire;

    internal AuditCalls(HoopConnection wire) => _wire = wire;

    /// <summary>
    /// The organization's audit trail, newest first, a page at a time. The operator may read that of any organization, also of one that
    /// was deleted.
    /// </summary>
    /// <param name="actorAlias">What vouched for the actor, and its name or id there.</param>
    /// <param name="actorSubject">The actor's name where its credential came from.</param>
    /// <param name="actorKind">operator, api_token, user, service_account, agent or gateway.</param>
    /// <param name="resourceType">What it was done to, such as entity.</param>
    /// <param name="resourceId">Id or name of it.</param>
    /// <param name="action">What was done, such as create.</param>
    /// <param name="outcome">begun, success or failure.</param>
    /// <param name="correlationId">The one action whose rows to show.</param>
    /// <param name="orgId">The id of the organization.</param>
    /// <param name="createdAfter">RFC 3339; rows later than this.</param>
    /// <param name="createdBefore">RFC 3339; rows earlier than this.</param>
    [HoopRoute("GET", "/api/audit/logs")]
    public HoopPages<AuditEvent> List(
        string? actorAlias = null, string? actorSubject = null, string? actorKind = null, string? resourceType = null,
        string? resourceId = null, string? action = null, string? outcome = null, string? correlationId = null, string? orgId = null,
        string? createdAfter = null, string? createdBefore = null, int? pageSize = 100) => new(
            async (cursor, cancellationToken) =>
            {
                var answer = await _wire.Get(
                    HoopPath.With(
                        "/api/audit/logs", ("actor_alias", actorAlias), ("actor_subject", actorSubject), ("actor_kind", actorKind),
                        ("resource_type", resourceType), ("resource_id", resourceId), ("action", action), ("outcome", outcome),
                        ("correlation_id", correlationId), ("org_id", orgId), ("created_after", createdAfter),
                        ("created_before", createdBefore), ("page_size", HoopPath.Text(pageSize)), ("cursor", cursor)),
                    HoopJson.Default.ListAuditEventsResponse,
                    cancellationToken);
                return new HoopAnswer<IReadOnlyList<AuditEvent>>(
                    answer.Value.Data,
                    answer.Raw with { NextCursor = answer.Value.NextCursor });
            });
}
