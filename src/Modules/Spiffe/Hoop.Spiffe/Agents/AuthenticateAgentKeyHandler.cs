using Hoop.Shared.Secrets;
using Hoop.Spiffe.Contracts;

namespace Hoop.Spiffe.Agents;

/// <summary>One probe of the unique index on the hash of the key. Never cached: a rotated key is refused at once.</summary>
internal sealed class AuthenticateAgentKeyHandler(Db db) : IRequestHandler<AuthenticateAgentKey, AuthenticatedAgent?>
{
    [CrossOrg("The key is what names the organization.")]
    private const string FindSql = """
        SELECT org_id, id, name
        FROM spiffe.agents
        WHERE key_hash = @Hash
        """;

    public async Task<AuthenticatedAgent?> Handle(AuthenticateAgentKey request, CancellationToken cancellationToken)
    {
        if (!AgentSecret.TryParse(request.Key, out var key))
        {
            return null;
        }

        var row = await db.AcrossOrgs.Find<Row>(FindSql, new { Hash = SecretHash.Of(key.Secret) }, cancellationToken);
        return row is null || (key.Name is not null && key.Name != row.Name)
            ? null
            : new AuthenticatedAgent(row.OrgId, row.Id, row.Name, "key", MappingId: null, [], ExpiresAt: null);
    }

    private sealed record Row(Guid OrgId, Guid Id, string Name);
}
