using Hoop.Shared.Background;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity.Aliases;

/// <summary>When aliases were last used.</summary>
internal sealed class AliasUses(IServiceScopeFactory scopes, BackgroundLoops loops, TimeProvider clock)
    : RowUses("alias_uses", WriteSql, scopes, loops, clock)
{
    private const string WriteSql = """
        UPDATE identity.entity_aliases AS alias
        SET last_used_at = due.used_at
        FROM (
          SELECT one.id, used.used_at
          FROM unnest(@Ids::uuid[], @Times::timestamptz[]) AS used (id, used_at)
          JOIN identity.entity_aliases AS one ON one.org_id = @OrgId AND one.id = used.id
          WHERE one.last_used_at IS NULL OR one.last_used_at < used.used_at - interval '1 minute'
          FOR NO KEY UPDATE OF one SKIP LOCKED
        ) AS due
        WHERE alias.org_id = @OrgId AND alias.id = due.id
        """;
}
