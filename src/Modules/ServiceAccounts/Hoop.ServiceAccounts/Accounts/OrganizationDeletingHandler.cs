using Hoop.Identity.Contracts;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>What this module keeps for an organization.</summary>
internal sealed class OrganizationDeletingHandler(
    Db db, BulkDeletion bulk) : INotificationHandler<OrganizationCounting>, INotificationHandler<OrganizationDeleting>
{
    private const string CountSql = """
        SELECT count(*)
        FROM service_accounts.accounts
        WHERE org_id = @OrgId
        """;

    private const string DeleteSql = """
        DELETE FROM service_accounts.accounts
        WHERE org_id = @OrgId AND (issuer, subject) IN (
          SELECT issuer, subject FROM service_accounts.accounts WHERE org_id = @OrgId ORDER BY subject, issuer LIMIT @Batch)
        RETURNING subject
        """;

    public async Task Handle(OrganizationCounting notification, CancellationToken cancellationToken) =>
        notification.Counts["service_account"] = await db.Of(notification.OrgId).Find<long>(CountSql, args: null, cancellationToken);

    public async Task Handle(OrganizationDeleting notification, CancellationToken cancellationToken)
    {
        var gone = await bulk.Of(notification.OrgId, "service_account", OrganizationDeleting.Reason, DeleteSql, cancellationToken);
        notification.Deleted["service_account"] = gone.Count;
    }
}
