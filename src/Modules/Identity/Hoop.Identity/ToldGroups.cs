namespace Hoop.Identity;

/// <summary>
/// The external groups that somebody was told to be in at a sign-in. They hold for the entity, with whatever credential, until a sign-in by
/// the same alias tells other ones.
/// </summary>
internal static class ToldGroups
{
    /// <summary>Column <c>group_id</c>; the statement goes on with the entity's id.</summary>
    public const string GroupsSql = """
        SELECT external.group_id
        FROM identity.entity_aliases AS told
        JOIN identity.group_aliases AS external ON external.org_id = @OrgId
          AND external.accessor = told.accessor AND external.name = ANY (told.told_groups)
        WHERE told.org_id = @OrgId AND told.entity_id =
        """;
}
