using Hoop.Identity.Contracts;

namespace Hoop.Identity.Organizations;

/// <summary>What this module keeps for an organization; its tokens and settings hold nothing back.</summary>
internal sealed class OrganizationDeletingHandler(
    Db db, BulkDeletion bulk) : INotificationHandler<OrganizationCounting>, INotificationHandler<OrganizationDeleting>
{
    private const string CountEntitiesSql = """
        SELECT count(*)
        FROM identity.entities
        WHERE org_id = @OrgId
        """;

    private const string DeleteEntitiesSql = """
        DELETE FROM identity.entities
        WHERE org_id = @OrgId AND id IN (SELECT id FROM identity.entities WHERE org_id = @OrgId ORDER BY id LIMIT @Batch)
        RETURNING id::text
        """;

    private const string DeleteAliasesSql = """
        DELETE FROM identity.entity_aliases
        WHERE org_id = @OrgId AND id IN (SELECT id FROM identity.entity_aliases WHERE org_id = @OrgId ORDER BY id LIMIT @Batch)
        RETURNING id::text
        """;

    private const string CountGroupsSql = """
        SELECT count(*)
        FROM identity.groups
        WHERE org_id = @OrgId
        """;

    // Memberships go with their group: a group that is gone has no members.
    private const string DeleteGroupsSql = """
        DELETE FROM identity.groups
        WHERE org_id = @OrgId AND id IN (SELECT id FROM identity.groups WHERE org_id = @OrgId ORDER BY id LIMIT @Batch)
        RETURNING id::text
        """;

    private const string DeleteGroupAliasesSql = """
        DELETE FROM identity.group_aliases
        WHERE org_id = @OrgId AND id IN (SELECT id FROM identity.group_aliases WHERE org_id = @OrgId ORDER BY id LIMIT @Batch)
        RETURNING id::text
        """;

    private const string DeleteMountsSql = """
        DELETE FROM identity.mounts
        WHERE org_id = @OrgId AND accessor IN (SELECT accessor FROM identity.mounts WHERE org_id = @OrgId ORDER BY path LIMIT @Batch)
        RETURNING accessor
        """;

    private const string DeleteLoginRolesSql = """
        DELETE FROM identity.login_roles
        WHERE org_id = @OrgId AND id IN (SELECT id FROM identity.login_roles WHERE org_id = @OrgId ORDER BY id LIMIT @Batch)
        RETURNING id::text
        """;

    private const string DeleteLoginConfigsSql = """
        DELETE FROM identity.login_configs
        WHERE org_id = @OrgId AND id IN (SELECT id FROM identity.login_configs WHERE org_id = @OrgId ORDER BY id LIMIT @Batch)
        RETURNING accessor
        """;

    // Children before their parents, which would take them along without a trace.
    private const string DeleteVaultTokensSql = """
        DELETE FROM identity.tokens
        WHERE org_id = @OrgId AND id IN (
          SELECT id FROM identity.tokens WHERE org_id = @OrgId ORDER BY generation DESC, id LIMIT @Batch)
        RETURNING id::text
        """;

    private const string DeleteTokenRolesSql = """
        DELETE FROM identity.token_roles
        WHERE org_id = @OrgId AND name IN (SELECT name FROM identity.token_roles WHERE org_id = @OrgId ORDER BY name LIMIT @Batch)
        RETURNING name
        """;

    private const string DeleteIdentityTokenRolesSql = """
        DELETE FROM identity.oidc_roles
        WHERE org_id = @OrgId AND name IN (SELECT name FROM identity.oidc_roles WHERE org_id = @OrgId ORDER BY name LIMIT @Batch)
        RETURNING name
        """;

    private const string DeleteSigningKeysSql = """
        DELETE FROM identity.oidc_keys
        WHERE org_id = @OrgId AND name IN (SELECT name FROM identity.oidc_keys WHERE org_id = @OrgId ORDER BY name LIMIT @Batch)
        RETURNING name
        """;

    private const string DeletePoliciesSql = """
        DELETE FROM identity.acl_policies
        WHERE org_id = @OrgId AND name IN (SELECT name FROM identity.acl_policies WHERE org_id = @OrgId ORDER BY name LIMIT @Batch)
        RETURNING name
        """;

    private const string DeleteTokensSql = """
        DELETE FROM identity.api_tokens
        WHERE org_id = @OrgId AND id IN (SELECT id FROM identity.api_tokens WHERE org_id = @OrgId ORDER BY id LIMIT @Batch)
        RETURNING id::text
        """;

    private const string CountPeopleSql = """
        SELECT count(*)
        FROM identity.people
        WHERE org_id = @OrgId
        """;

    private const string DeletePeopleSql = """
        DELETE FROM identity.people
        WHERE org_id = @OrgId AND id IN (SELECT id FROM identity.people WHERE org_id = @OrgId ORDER BY id LIMIT @Batch)
        RETURNING id::text
        """;

    private const string DeleteFlagsSql = """
        DELETE FROM identity.feature_flags
        WHERE org_id = @OrgId AND name IN (SELECT name FROM identity.feature_flags WHERE org_id = @OrgId ORDER BY name LIMIT @Batch)
        RETURNING name
        """;

    private const string DeleteQuotasSql = """
        DELETE FROM identity.quotas
        WHERE org_id = @OrgId AND kind IN (SELECT kind FROM identity.quotas WHERE org_id = @OrgId ORDER BY kind LIMIT @Batch)
        RETURNING kind
        """;

    // What names another thing goes before it, or the foreign key would take it without a trace.
    private static readonly (string Kind, string DeleteSql)[] Kinds =
    [
        ("group_alias", DeleteGroupAliasesSql),
        ("entity_alias", DeleteAliasesSql),
        ("group", DeleteGroupsSql),
        ("entity", DeleteEntitiesSql),
        ("login_role", DeleteLoginRolesSql),
        ("login_config", DeleteLoginConfigsSql),
        ("auth_mount", DeleteMountsSql),
        ("vault_token", DeleteVaultTokensSql),
        ("token_role", DeleteTokenRolesSql),
        ("identity_token_role", DeleteIdentityTokenRolesSql),
        ("signing_key", DeleteSigningKeysSql),
        ("acl_policy", DeletePoliciesSql),
        ("api_token", DeleteTokensSql),
        ("person", DeletePeopleSql),
        ("feature_flag", DeleteFlagsSql),
        ("organization_quotas", DeleteQuotasSql),
    ];

    public async Task Handle(OrganizationCounting notification, CancellationToken cancellationToken)
    {
        var organization = db.Of(notification.OrgId);
        notification.Counts["entity"] = await organization.Find<long>(CountEntitiesSql, args: null, cancellationToken);
        notification.Counts["person"] = await organization.Find<long>(CountPeopleSql, args: null, cancellationToken);
        notification.Counts["group"] = await organization.Find<long>(CountGroupsSql, args: null, cancellationToken);
    }

    public async Task Handle(OrganizationDeleting notification, CancellationToken cancellationToken)
    {
        foreach (var (kind, deleteSql) in Kinds)
        {
            var gone = await bulk.Of(notification.OrgId, kind, OrganizationDeleting.Reason, deleteSql, cancellationToken);
            notification.Deleted[kind] = gone.Count;
        }

        db.AnnounceRights(notification.OrgId);
        db.AnnouncePolicies(notification.OrgId);
    }
}
