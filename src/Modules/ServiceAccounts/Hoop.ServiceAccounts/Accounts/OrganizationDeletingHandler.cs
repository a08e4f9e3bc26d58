using Hoop.Identity.Contracts;
using Hoop.ServiceAccounts.Issuers;

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

    private const string CountRulesSql = """
        SELECT count(*)
        FROM service_accounts.rules
        WHERE org_id = @OrgId
        """;

    private const string DeleteRulesSql = """
        DELETE FROM service_accounts.rules
        WHERE org_id = @OrgId AND id IN (
          SELECT id FROM service_accounts.rules WHERE org_id = @OrgId ORDER BY id LIMIT @Batch)
        RETURNING id::text
        """;

    private const string CountIssuersSql = """
        SELECT count(*)
        FROM service_accounts.issuers
        WHERE org_id = @OrgId
        """;

    private const string DeleteIssuersSql = """
        DELETE FROM service_accounts.issuers
        WHERE org_id = @OrgId AND id IN (
          SELECT id FROM service_accounts.issuers WHERE org_id = @OrgId ORDER BY id LIMIT @Batch)
        RETURNING id::text
        """;

    public async Task Handle(OrganizationCounting notification, CancellationToken cancellationToken)
    {
        var organization = db.Of(notification.OrgId);
        notification.Counts["service_account"] = await organization.Find<long>(CountSql, args: null, cancellationToken);
        notification.Counts["service_account_rule"] = await organization.Find<long>(CountRulesSql, args: null, cancellationToken);
        notification.Counts["issuer"] = await organization.Find<long>(CountIssuersSql, args: null, cancellationToken);
    }

    public async Task Handle(OrganizationDeleting notification, CancellationToken cancellationToken)
    {
        var gone = await bulk.Of(notification.OrgId, "service_account", OrganizationDeleting.Reason, DeleteSql, cancellationToken);
        notification.Deleted["service_account"] = gone.Count;

        gone = await bulk.Of(notification.OrgId, "service_account_rule", OrganizationDeleting.Reason, DeleteRulesSql, cancellationToken);
        notification.Deleted["service_account_rule"] = gone.Count;

        db.Announce(StoredIssuer.Topic, key: null);
        gone = await bulk.Of(notification.OrgId, "issuer", OrganizationDeleting.Reason, DeleteIssuersSql, cancellationToken);
        notification.Deleted["issuer"] = gone.Count;
    }
}
