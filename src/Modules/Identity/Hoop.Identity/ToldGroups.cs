namespace Hoop.Identity;

/// <summary>
/// The external groups that somebody was told to be in at a sign-in. They hold for the entity, with whatever credential, until a sign-in by
/// the same alias tells other ones, or the alias expires: nobody signs in by it any more, so nothing else would take them away.
/// </summary>
internal static class ToldGroups
{
    /// <summary>Column <c>group_id</c>; the statement goes on with the entity's id.</summary>
    public const string GroupsSql = """
        SELECT external.group_id
        FROM identity.entity_aliases AS told
        CROSS JOIN LATERAL unnest(told.told_groups) AS named (name)
        CROSS JOIN LATERAL (
          SELECT one.group_id
          FROM identity.group_aliases AS one
          WHERE one.org_id = @OrgId AND one.accessor = told.accessor
            AND one.name_key = lower(named.name COLLATE "C") AND one.name = named.name
          OFFSET 0) AS external
        WHERE (told.expires_at IS NULL OR told.expires_at > now()) AND told.org_id = @OrgId AND told.entity_id =
        """;

    /// <summary>In how many seconds the first alias that told groups expires, or null; the statement has a row <c>known</c>.</summary>
    public const string SecondsLeftSql = """
        (SELECT extract(epoch FROM min(told.expires_at) - now())::double precision
         FROM identity.entity_aliases AS told
         WHERE told.org_id = @OrgId AND told.entity_id = known.id AND told.told_groups IS NOT NULL AND told.expires_at > now())
        """;
}
