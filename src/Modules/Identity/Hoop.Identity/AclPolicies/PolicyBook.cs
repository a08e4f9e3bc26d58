using System.Collections.Concurrent;

namespace Hoop.Identity.AclPolicies;

/// <summary>
/// Texts that were read already. What is remembered is what a text means, never who has it: a policy that changes is another text.
/// </summary>
internal sealed class PolicyBook
{
    private const long MostBytes = 64 * 1024 * 1024;

    private readonly ConcurrentDictionary<(string Name, string Text), IReadOnlyList<PolicyRule>> _read = new();
    private long _bytes;

    /// <summary>About how much is remembered: texts, and what was made of them.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public static PolicyRule DenyAll(string name) => new(name, 1, "*", Capabilities.Deny, ParameterRules.None, NeedsWrapping: false);

    /// <summary>The rules of a stored policy. A text that cannot be read any more denies everything, instead of granting half.</summary>
    public IReadOnlyList<PolicyRule> Rules(string name, string text)
    {
        if (_read.TryGetValue((name, text), out var known))
        {
            return known;
        }

        var rules = PolicyDocument.Parse(name, text, out _)?.Rules
            ?? [DenyAll(name)];
        var weight = (text.Length * 2L) + rules.Sum(rule => rule.Weight);
        if (Interlocked.Add(ref _bytes, weight) > MostBytes)
        {
            _read.Clear();
            Interlocked.Exchange(ref _bytes, weight);
        }

        _read[(name, text)] = rules;
        return rules;
    }
}

/// <summary>The policies of somebody, read at the moment of use in one statement: a change holds for the next request.</summary>
internal sealed class AclReader(Db db, PolicyBook book, EntityFactsReader facts)
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
            return new Acl(isRoot: true, [], entity: null);
        }

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
