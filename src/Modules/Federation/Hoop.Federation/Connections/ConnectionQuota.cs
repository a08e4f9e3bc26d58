using Hoop.Shared.Quotas;

namespace Hoop.Federation.Connections;

internal static class ConnectionQuota
{
    private const string CountSql = """
        SELECT count(*)
        FROM (SELECT FROM federation.connections WHERE org_id = @OrgId LIMIT @Most) AS counted
        """;

    public static readonly Quota Of = new("connections", "HOOP_QUOTA_CONNECTIONS", 10_000, CountSql);
}
