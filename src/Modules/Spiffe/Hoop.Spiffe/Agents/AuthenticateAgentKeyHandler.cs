using Hoop.Shared.Secrets;
using Hoop.Spiffe.Contracts;

namespace Hoop.Spiffe.Agents;

/// <summary>One probe of the unique index on the hash of the key.</summary>
internal sealed class AuthenticateAgentKeyHandler(Db db, Dependencies on) : IRequestHandler<AuthenticateAgentKey, Verdict<Authenticated>>
{
    [CrossOrg("The key is what names the organization.")]
    private const string FindSql = """
        SELECT org_id, id, name
        FROM spiffe.agents
        WHERE key_hash = @Hash
        """;

    public async Task<Verdict<Authenticated>> Handle(AuthenticateAgentKey request, CancellationToken cancellationToken)
    {
        if (!AgentSecret.TryParse(request.Key, out var key))
        {
            return Refusal.Malformed("not an agent key, nor the DSN of one");
        }

        var agents = on.On(Agent.Topic);
        var row = await db.AcrossOrgs.Find<Row>(FindSql, new { Hash = SecretHash.Of(key.Secret) }, cancellationToken);
        if (row is null || (key.Name is not null && key.Name != row.Name))
        {
            return new Refusal("unknown_credential", "no agent has this key under this name");
        }

        agents.Key(ChangeKey.Of(row.OrgId));
        return new Authenticated(row.OrgId, CallerKind.Agent, Alias.OfAgentKey(row.Id), row.Name, [], ExpiresAt: null)
        {
            Subject = row.Name,
            Agent = new AgentFacts(row.Id, row.Name, "key", MappingId: null, Audience: null),
        };
    }

    private sealed record Row(Guid OrgId, Guid Id, string Name);
}
