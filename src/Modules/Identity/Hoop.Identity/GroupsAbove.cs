namespace Hoop.Identity;

/// <summary>Groups hold groups: whoever is in one of them is in all that hold it, at any depth.</summary>
internal static class GroupsAbove
{
    /// <summary>
    /// The query <c>member</c>, of a statement that is WITH RECURSIVE and has a query <c>direct</c> before it; the one column of both is
    /// <c>group_id</c>. OFFSET 0 keeps each step a probe of the index.
    /// </summary>
    public const string Member = """
        member AS (
          SELECT direct.group_id
          FROM direct
          UNION
          SELECT edge.parent_id
          FROM member
          CROSS JOIN LATERAL (
            SELECT found.parent_id
            FROM identity.group_groups AS found
            WHERE found.org_id = @OrgId AND found.child_id = member.group_id
            OFFSET 0) AS edge
        )
        """;
}
