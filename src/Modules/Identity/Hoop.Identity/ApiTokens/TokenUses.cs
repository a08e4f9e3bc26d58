using Hoop.Shared;
using Hoop.Shared.Background;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity.ApiTokens;

/// <summary>When API tokens were last used. Only a use that was let in counts.</summary>
internal sealed class TokenUses(IServiceScopeFactory scopes, BackgroundLoops loops, TimeProvider clock)
    : RowUses("token_uses", WriteSql, scopes, loops, clock)
{
    private const string WriteSql = """
        UPDATE identity.api_tokens AS token
        SET last_used_at = due.used_at
        FROM (
          SELECT one.id, used.used_at
          FROM unnest(@Ids::uuid[], @Times::timestamptz[]) AS used (id, used_at)
          JOIN identity.api_tokens AS one ON one.org_id = @OrgId AND one.id = used.id
          WHERE one.last_used_at IS NULL OR one.last_used_at < used.used_at - interval '1 minute'
          FOR NO KEY UPDATE OF one SKIP LOCKED
        ) AS due
        WHERE token.org_id = @OrgId AND token.id = due.id
        """;

    /// <summary>A credential that was let in; whatever is no API token is not noted.</summary>
    public void Note(Authenticated who)
    {
        if (who.Kind is CallerKind.ApiToken or CallerKind.Operator && StrictUuid.TryParse(who.Alias.Name, out var id))
        {
            Note(who.OrgId, id, last: null);
        }
    }
}
