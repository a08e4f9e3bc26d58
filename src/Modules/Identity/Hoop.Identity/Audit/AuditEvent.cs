using System.Text.Json.Serialization;

namespace Hoop.Identity.Audit;

/// <summary>One row of the audit trail.</summary>
/// <param name="Id">Grows; orders rows of one instant.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="ActorKind"><c>operator</c>, <c>api_token</c>, <c>user</c>, <c>service_account</c>, <c>agent</c> or <c>gateway</c>.</param>
/// <param name="ActorAlias">Who did it, beyond doubt: what vouched for the caller, and its name or id there. Absent in rows of versions
/// before 0.2.</param>
/// <param name="ActorSubject">The name of who did it where the credential came from. Names can be given again; see
/// <paramref name="ActorAlias"/>.</param>
/// <param name="ActorName">For people to read.</param>
/// <param name="Action">What was done: <c>create</c>, <c>update</c>, <c>delete</c>, <c>authenticate</c>, <c>test</c>, <c>rotate</c>,
/// <c>use</c>, <c>refresh</c>, <c>close</c>.</param>
/// <param name="ResourceType">What it was done to: <c>entity</c>.</param>
/// <param name="Fields">JSON object of the facts that the use case names; never a secret.</param>
/// <param name="Outcome"><c>success</c>, <c>failure</c>, or <c>begun</c>: an action that is about to start.</param>
/// <param name="Failure">Stable code, when it failed.</param>
/// <param name="TraceId">The request, as logs and traces name it.</param>
/// <param name="CorrelationId">The same on the two rows of one action.</param>
internal sealed record AuditEvent(
    long Id,
    DateTime CreatedAt,
    string ActorKind,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ActorAlias,
    string ActorSubject,
    string ActorName,
    string Action,
    string ResourceType,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ResourceId,
    [property: JsonConverter(typeof(StoredJson))] string Fields,
    string Outcome,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Failure,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? TraceId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? CorrelationId)
{
    /// <summary>In the order of the constructor.</summary>
    public const string Columns = """
        id, occurred_at AS created_at, actor_kind, actor_alias, actor_subject, actor_name, action, resource_type, resource_id,
        fields::text AS fields, outcome, failure, trace_id, correlation_id
        """;
}
