using System.Text.Json;

namespace Hoop.Client;

/// <param name="NextCursor">Left out on the last page.</param>
public sealed record ListAuditEventsResponse(IReadOnlyList<AuditEvent> Data, string? NextCursor = null);

/// <summary>One row of the audit trail.</summary>
/// <param name="Id">Grows; orders rows of one instant.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="ActorKind">operator, api_token, user, service_account, agent or gateway.</param>
/// <param name="ActorSubject">The name of who did it where the credential came from. Names can be given again; see ActorAlias.</param>
/// <param name="ActorName">For people to read.</param>
/// <param name="Action">What was done: create, update, delete, authenticate, test, rotate, use, refresh, close.</param>
/// <param name="ResourceType">What it was done to: entity.</param>
/// <param name="Fields">JSON object of the facts that the use case names; never a secret.</param>
/// <param name="Outcome">success, failure, or begun: an action that is about to start.</param>
/// <param name="ActorAlias">Who did it, beyond doubt: what vouched for the caller, and its name or id there. Absent in rows of versions
/// before 0.2.</param>
/// <param name="Failure">Stable code, when it failed.</param>
/// <param name="TraceId">The request, as logs and traces name it.</param>
/// <param name="CorrelationId">The same on the two rows of one action.</param>
public sealed record AuditEvent(
    long Id,
    DateTimeOffset CreatedAt,
    string ActorKind,
    string ActorSubject,
    string ActorName,
    string Action,
    string ResourceType,
    JsonElement Fields,
    string Outcome,
    string? ActorAlias = null,
    string? ResourceId = null,
    string? Failure = null,
    string? TraceId = null,
    Guid? CorrelationId = null);
