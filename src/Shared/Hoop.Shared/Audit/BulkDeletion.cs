using Hoop.Shared.Callers;
using Hoop.Shared.Data;
using MediatR;

namespace Hoop.Shared.Audit;

/// <summary>
/// Deletes all rows of a kind that an organization has, a batch a statement, in the running command. Each batch has one row in the
/// organization's trail that names what went, so that the trail still tells the state and does not double with the tables.
/// </summary>
public sealed class BulkDeletion(Db db, ICaller caller, ISender sender)
{
    /// <summary>Of one row of the trail.</summary>
    public const int Batch = AuditFields.MaxItems;

    /// <param name="orgId">Whose rows.</param>
    /// <param name="resourceType">As the trail spells it.</param>
    /// <param name="reason">Why they go, as the trail spells it.</param>
    /// <param name="deleteSql">
    /// Deletes up to <c>@Batch</c> rows of <c>@OrgId</c> and returns as text what the trail calls them.
    /// </param>
    /// <param name="cancellationToken">Of the command.</param>
    /// <returns>What the trail calls what went.</returns>
    public async Task<IReadOnlyList<string>> Of(
        Guid orgId, string resourceType, string reason, string deleteSql, CancellationToken cancellationToken)
    {
        var all = new List<string>();
        while (true)
        {
            var batch = await db.Of(orgId).List<string>(deleteSql, new { Batch }, cancellationToken);
            all.AddRange(batch);
            if (batch.Count > 0)
            {
                var entry = new AuditEntry(resourceType, AuditAction.Delete, ResourceId: null)
                {
                    Fields = new AuditFields { { "ids", batch }, { "reason", reason } },
                };
                await sender.Send(new RecordAudit(orgId, caller.Current, entry), cancellationToken);
            }

            if (batch.Count < Batch)
            {
                return all;
            }
        }
    }
}
