namespace Hoop.Identity.People;

/// <summary>Whatever belongs to somebody who is inactive is refused, also what an entity has that is theirs by an alias.</summary>
internal static class InactivePeople
{
    /// <summary>True for a row of <c>identity.entities AS entity</c> behind which an inactive person stands (Alias.OfPerson).</summary>
    public const string BehindEntitySql = """
        EXISTS (
          SELECT
          FROM identity.entity_aliases AS one
          JOIN identity.people AS person ON person.org_id = @OrgId AND person.subject = one.name
            AND person.issuer = substr(one.mount, length('auth/oidc/') + 1, length(one.mount) - length('auth/oidc/') - 1)
          WHERE one.org_id = @OrgId AND one.entity_id = entity.id AND starts_with(one.mount, 'auth/oidc/')
            AND person.status = 'inactive')
        """;
}
