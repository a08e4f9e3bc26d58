using Hoop.Shared.Callers;
using MediatR;

namespace Hoop.Shared.Audit;

public enum AuditAction
{
    Create,
    Update,
    Delete,
    Authenticate,
    Test,
    Rotate,
    Use,
    Refresh,
    Close,
}

public enum AuditOutcome
{
    /// <summary>An action is about to start; the row with its outcome has the same correlation id.</summary>
    Begun,

    Success,

    Failure,
}

/// <summary>What one change did. Fields are listed one by one by the command, so nothing confidential slips in with a whole body.</summary>
/// <param name="ResourceType">snake_case noun: <c>spiffe_mapping</c>.</param>
/// <param name="Action">What happened to it.</param>
/// <param name="ResourceId">Id or name of the resource, as the API spells it.</param>
public sealed record AuditEntry(string ResourceType, AuditAction Action, string? ResourceId)
{
    public AuditEntry(string resourceType, AuditAction action, Guid resourceId)
        : this(resourceType, action, resourceId.ToString())
    {
    }

    /// <summary>The allow-listed facts.</summary>
    public AuditFields Fields { get; init; } = [];

    /// <summary>The stable code of what went wrong (a dry run that failed, a refused session); null when nothing did.</summary>
    public string? Failure { get; init; }

    /// <summary>Follows from <see cref="Failure"/>, unless stated.</summary>
    public AuditOutcome Outcome
    {
        get => Failure is not null ? AuditOutcome.Failure : field;
        init;
    } = AuditOutcome.Success;

    /// <summary>
    /// The name of a fact that only the command's last statement knows, where that travels together with this row
    /// (<see cref="Data.OrgDb.Change{T}"/>): it stands in the place of what <see cref="Fields"/> say.
    /// </summary>
    public string? Told { get; init; }

    /// <summary>Ties the rows of one action together.</summary>
    public Guid? CorrelationId { get; init; }
}

/// <summary>
/// Appends to the audit trail, in the transaction of whoever sends it. The pipeline sends it for every command; the module that
/// owns the trail (Identity) answers it.
/// </summary>
/// <param name="OrgId">The organization that sees the row.</param>
/// <param name="Actor">Who did it; null for the gateway itself.</param>
/// <param name="Entry">What was done.</param>
public sealed record RecordAudit(Guid OrgId, Caller? Actor, AuditEntry Entry) : IRequest;

/// <summary>
/// As <see cref="RecordAudit"/>, for the command that is about to commit: the organization whose trail this is stays until then. When it
/// is gone, the database refuses the row (<see cref="Data.DatabaseErrors.IsOrganizationGone"/>): what the command has done belongs to
/// nobody and is undone.
/// </summary>
public sealed record RecordChange(Guid OrgId, Caller? Actor, AuditEntry Entry) : IRequest
{
    /// <summary>
    /// The row travels with the command's only statement, which may find nothing (<see cref="Data.OrgDb.Change{T}"/>). It is written where
    /// that has told something by the setting <c>hoop.told</c>, and else not.
    /// </summary>
    public bool IsForetold { get; init; }
}

/// <summary>As <see cref="RecordChange"/>, for a command that has a row for each of many changes: one statement for all of them.</summary>
public sealed record RecordChanges(Guid OrgId, Caller? Actor, IReadOnlyList<AuditEntry> Entries) : IRequest;
