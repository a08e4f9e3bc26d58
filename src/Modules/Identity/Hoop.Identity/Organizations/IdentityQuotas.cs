using Hoop.Shared.Quotas;

namespace Hoop.Identity.Organizations;

/// <summary>The kinds that this module counts.</summary>
internal static class IdentityQuotas
{
    // Those of people are bounded for each person.
    private const string CountTokensSql = """
        SELECT count(*)
        FROM (SELECT FROM identity.api_tokens WHERE org_id = @OrgId AND person_id IS NULL LIMIT @Most) AS counted
        """;

    private const string CountEntitiesSql = """
        SELECT count(*)
        FROM (SELECT FROM identity.entities WHERE org_id = @OrgId LIMIT @Most) AS counted
        """;

    private const string CountAliasesSql = """
        SELECT count(*)
        FROM (SELECT FROM identity.entity_aliases WHERE org_id = @OrgId LIMIT @Most) AS counted
        """;

    private const string CountGroupsSql = """
        SELECT count(*)
        FROM (SELECT FROM identity.groups WHERE org_id = @OrgId LIMIT @Most) AS counted
        """;

    private const string CountMountsSql = """
        SELECT count(*)
        FROM (SELECT FROM identity.mounts WHERE org_id = @OrgId AND NOT builtin LIMIT @Most) AS counted
        """;

    private const string CountPeopleSql = """
        SELECT count(*)
        FROM (SELECT FROM identity.people WHERE org_id = @OrgId LIMIT @Most) AS counted
        """;

    public static readonly Quota ApiTokens = new("api_tokens", "HOOP_QUOTA_API_TOKENS", 1_000, CountTokensSql);

    public static readonly Quota Entities = new("entities", "HOOP_QUOTA_ENTITIES", 2_000_000, CountEntitiesSql);

    public static readonly Quota EntityAliases = new("entity_aliases", "HOOP_QUOTA_ENTITY_ALIASES", 4_000_000, CountAliasesSql);

    public static readonly Quota Groups = new("groups", "HOOP_QUOTA_GROUPS", 200_000, CountGroupsSql);

    public static readonly Quota People = new("people", "HOOP_QUOTA_PEOPLE", 100_000, CountPeopleSql);

    public static readonly Quota Mounts = new("auth_mounts", "HOOP_QUOTA_AUTH_MOUNTS", 1_000, CountMountsSql);
}

internal sealed class FindQuotaHandler(Db db) : IRequestHandler<FindQuota, long?>
{
    private const string FindSql = """
        SELECT most
        FROM identity.quotas
        WHERE org_id = @OrgId AND kind = @Kind
        """;

    public Task<long?> Handle(FindQuota request, CancellationToken cancellationToken) =>
        db.Of(request.OrgId).Find<long?>(FindSql, new { request.Kind }, cancellationToken);
}
