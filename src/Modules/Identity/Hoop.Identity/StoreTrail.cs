namespace Hoop.Identity;

/// <summary>
/// The audit rows of what goes or comes along with something else, in the transaction of the command. A row holds so many ids; every one
/// stands in one of them.
/// </summary>
internal sealed class StoreTrail(ISender sender, ICaller caller)
{
    /// <summary>Things of one type that were deleted because something else was.</summary>
    /// <param name="reason">Null when they are what the command is about.</param>
    public Task Removed(string type, IEnumerable<Guid> ids, string? reason, CancellationToken cancellationToken) =>
        Write(type, AuditAction.Delete, resourceId: null, "ids", ids, reason, cancellationToken);

    /// <summary>Members that came to a group, or left it.</summary>
    public Task Members(
        Guid groupId, AuditAction action, IEnumerable<Guid> ids, string? reason, CancellationToken cancellationToken) =>
        Write("group_member", action, groupId.ToString(), "members", ids, reason, cancellationToken);

    public Task Record(AuditEntry entry, CancellationToken cancellationToken) =>
        sender.Send(new RecordAudit(caller.OrgId, caller.Current, entry), cancellationToken);

    private async Task Write(
        string type,
        AuditAction action,
        string? resourceId,
        string field,
        IEnumerable<Guid> ids,
        string? reason,
        CancellationToken cancellationToken)
    {
        foreach (var some in ids.Chunk(AuditFields.MaxItems))
        {
            var fields = new AuditFields { { field, some } };
            if (reason is not null)
            {
                fields.Add("reason", reason);
            }

            await Record(new AuditEntry(type, action, resourceId) { Fields = fields }, cancellationToken);
        }
    }
}
