namespace Hoop.Identity.People;

/// <summary>What of a person decides whether its credentials hold, and with which rights.</summary>
/// <param name="Status"><c>active</c> alone is let in.</param>
/// <param name="Groups">All that count now.</param>
/// <param name="GroupsUntil">When those of the issuer stop to count, unless it tells them again; null when there are none.</param>
internal sealed record Standing(
    Guid Id, string Issuer, string Subject, string Status, string Email, string Name, string[] Groups, DateTime? GroupsUntil);

/// <summary>
/// The one place that decides about a person's credentials, whatever they are: access tokens, API tokens, tokens of Vault's kind. Asked
/// by the admission alone.
/// </summary>
internal sealed class PersonReader(Db db)
{
    private const string Columns =
        $"{Person.AllGroups} AS groups, CASE WHEN cardinality(issuer_groups) > 0 THEN {Person.KeptUntil} END AS groups_until";

    private const string OfIssuerSql = $"""
        SELECT id, issuer, subject, status, email, name, {Columns}
        FROM identity.people
        WHERE org_id = @OrgId AND issuer = @Issuer AND subject = @Subject
        """;

    private const string OfIdSql = $"""
        SELECT id, issuer, subject, status, email, name, {Columns}
        FROM identity.people
        WHERE org_id = @OrgId AND id = @Id
        """;

    public Task<Standing?> Find(Guid orgId, PersonReference person, CancellationToken cancellationToken) => person.Id is { } id
        ? db.Of(orgId).Find<Standing>(OfIdSql, new { Id = id }, cancellationToken)
        : db.Of(orgId).Find<Standing>(OfIssuerSql, new { person.Issuer, person.Subject }, cancellationToken);
}
