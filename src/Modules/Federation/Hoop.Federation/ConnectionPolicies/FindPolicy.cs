namespace Hoop.Federation.ConnectionPolicies;

/// <summary>The policy of a connection, or null. Always from the database: what grants access is never served from a cache.</summary>
internal sealed class FindPolicy(Db db)
{
    private const string FindSql = $"""
        SELECT {StoredPolicy.Columns}
        FROM federation.policies
        WHERE org_id = @OrgId AND connection_id = @ConnectionId
        """;

    private const string RevisionSql = """
        SELECT revision
        FROM federation.policies
        WHERE org_id = @OrgId AND connection_id = @ConnectionId
        """;

    public Task<StoredPolicy?> Of(Guid orgId, Guid connectionId, CancellationToken cancellationToken) =>
        db.Of(orgId).Find<StoredPolicy>(FindSql, new { ConnectionId = connectionId }, cancellationToken);

    /// <summary>Null when the policy is gone.</summary>
    public Task<Guid?> RevisionOf(Guid orgId, Guid connectionId, CancellationToken cancellationToken) =>
        db.Of(orgId).Find<Guid?>(RevisionSql, new { ConnectionId = connectionId }, cancellationToken);
}
