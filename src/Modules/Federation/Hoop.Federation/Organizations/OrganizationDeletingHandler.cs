using Hoop.Shared;
using Hoop.Federation.Providers;
using Hoop.Federation.OpenSessions;
using Hoop.Identity.Contracts;

namespace Hoop.Federation.Organizations;

/// <summary>What this module keeps for an organization, sealed credentials and minted tokens among it.</summary>
internal sealed class OrganizationDeletingHandler(
    Db db, BulkDeletion bulk, ProviderSet providers)
    : INotificationHandler<OrganizationCounting>, INotificationHandler<OrganizationDeleting>
{
    private const string CountConnectionsSql = """
        SELECT count(*)
        FROM federation.connections
        WHERE org_id = @OrgId
        """;

    private const string DeletePoliciesSql = """
        DELETE FROM federation.policies
        WHERE org_id = @OrgId AND connection_id IN (
          SELECT connection_id FROM federation.policies WHERE org_id = @OrgId ORDER BY connection_id LIMIT @Batch)
        RETURNING connection_id::text
        """;

    private const string DeleteConnectionsSql = """
        DELETE FROM federation.connections
        WHERE org_id = @OrgId AND id IN (SELECT id FROM federation.connections WHERE org_id = @OrgId ORDER BY name LIMIT @Batch)
        RETURNING id::text
        """;

    private const string DeletePrincipalsSql = """
        DELETE FROM federation.principal_owners
        WHERE org_id = @OrgId AND principal IN (
          SELECT principal FROM federation.principal_owners WHERE org_id = @OrgId ORDER BY principal LIMIT @Batch)
        RETURNING principal
        """;

    private const string DeleteSessionsSql = """
        DELETE FROM federation.sessions
        WHERE org_id = @OrgId AND id IN (SELECT id FROM federation.sessions WHERE org_id = @OrgId ORDER BY id LIMIT @Batch)
        RETURNING id::text
        """;

    public async Task Handle(OrganizationCounting notification, CancellationToken cancellationToken) =>
        notification.Counts["connection"] = await db.Of(notification.OrgId).Find<long>(CountConnectionsSql, args: null, cancellationToken);

    public async Task Handle(OrganizationDeleting notification, CancellationToken cancellationToken)
    {
        // A session whose row is gone ends.
        db.Announce(EndSessions.Topic, ChangeKey.Of(notification.OrgId));
        await Delete("session", DeleteSessionsSql);

        // Policies before the connections that they belong to, or the foreign key would take them without a trace.
        await Delete("federation_policy", DeletePoliciesSql);
        foreach (var connection in await Delete("connection", DeleteConnectionsSql))
        {
            providers.Drop(notification.OrgId, StrictUuid.Parse(connection)!.Value);
        }

        await Delete("federation_principal", DeletePrincipalsSql);

        async Task<IReadOnlyList<string>> Delete(string kind, string deleteSql)
        {
            var gone = await bulk.Of(notification.OrgId, kind, OrganizationDeleting.Reason, deleteSql, cancellationToken);
            notification.Deleted[kind] = gone.Count;
            return gone;
        }
    }
}
