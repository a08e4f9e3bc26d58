using Hoop.Shared.Data;
using Hoop.Shared.Results;
using MediatR;

namespace Hoop.Shared.Quotas;

/// <summary>
/// Asked by every use case that makes a thing, in its transaction and before it writes. Near the limit the count is exact: one creation
/// after the other, each counted under a lock that its transaction holds. Far from it nothing is read at all: the last count says how
/// many more may come before the next one, and only a sixteenth of what is left is handed out so, that several gateways together stay
/// inside it. A large organization takes a while to count, so of many who need a count at once one counts.
/// </summary>
public sealed class QuotaCheck(Db db, ISender sender, QuotaMemory memory, QuotaLimits limits)
{
    private const string LockSql = "SELECT pg_advisory_xact_lock(hashtextextended('quota ' || @Kind || ' ' || @OrgId::text, 0))";

    /// <summary>Null while there is room for one more, or for what was made; else what to answer.</summary>
    /// <param name="made">How many of what is counted this transaction has made already, where only making them shows whether they are
    /// new.</param>
    public async Task<Error?> Refuses(Guid orgId, Quota quota, CancellationToken cancellationToken, long made = 0)
    {
        var (needed, asked) = (Math.Max(1, made), memory.Now);
        if (memory.Take(orgId, quota.Kind, needed))
        {
            return null;
        }

        // Whoever waited for the lock while another one counted need not count again.
        var organization = db.Of(orgId);
        await organization.Execute(LockSql, new { quota.Kind }, cancellationToken);
        if (memory.Take(orgId, quota.Kind, needed, countedAfter: asked))
        {
            return null;
        }

        var most = await sender.Send(new FindQuota(orgId, quota.Kind), cancellationToken) ?? limits.Of(quota.Kind);
        var used = await organization.Find<long>(quota.CountSql, new { Most = most + made }, cancellationToken) - made;
        if (used + needed <= most)
        {
            memory.Remember(orgId, quota.Kind, most - used - made);
            return null;
        }

        var kind = quota.Kind.Replace('_', ' ');
        return Error.Invalid(
            $"the organization may have {most} {kind} and has {(needed > 1 ? $"{used} of them" : "as many")}: delete some, or ask the operator for more ({quota.Variable}, or PUT /api/orgs/{orgId}/quotas)",
            "quota");
    }
}
