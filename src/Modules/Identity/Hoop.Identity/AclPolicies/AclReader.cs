using Hoop.Identity.AccessRules;

namespace Hoop.Identity.AclPolicies;

/// <summary>The policies of somebody, read in one statement, and what their templates ask for of the entity.</summary>
internal sealed class AclReader(Db db, Dependencies on, PolicyBook book, EntityFactsReader facts)
{
    /// <summary>
    /// Of all policies of one caller together. Whoever has more may do nothing: a part of them could lack a deny.
    /// </summary>
    public const long MostBytes = 1024 * 1024;

    private const string ReadSql = """
        SELECT policy.name, CASE WHEN sum(octet_length(policy.policy)) OVER () <= @Most THEN policy.policy END AS text
        FROM identity.acl_policies AS policy
        WHERE policy.org_id = @OrgId AND policy.name = ANY(@Names)
        """;

    /// <param name="names">Unknown ones grant nothing.</param>
    public async Task<Acl> Of(Guid orgId, IReadOnlyCollection<string> names, Guid? entityId, CancellationToken cancellationToken)
    {
        if (names.Contains(Acl.Root, StringComparer.Ordinal))
        {
            return Acl.Everything;
        }

        on.On(StoreChanges.PoliciesTopic, ChangeKey.Of(orgId));
        var wanted = names.Distinct(StringComparer.Ordinal).ToArray();
        var rows = await db.Of(orgId).List<Row>(ReadSql, new { Names = wanted, Most = MostBytes }, cancellationToken);
        if (rows.Any(row => row.Text is null))
        {
            return new Acl(isRoot: false, [PolicyBook.DenyAll("policies too large together")], entity: null);
        }

        var rules = rows.SelectMany(row => book.Rules(row.Name, row.Text!)).ToList();
        if (wanted.Contains(DefaultPolicy.Name, StringComparer.Ordinal) && !rows.Any(row => row.Name == DefaultPolicy.Name))
        {
            rules.AddRange(book.Rules(DefaultPolicy.Name, DefaultPolicy.Text));
        }

        var entity = entityId is { } id ? await facts.Of(orgId, id, rules, cancellationToken) : null;
        return new Acl(isRoot: false, rules, entity);
    }

    private sealed record Row(string Name, string? Text);
}
