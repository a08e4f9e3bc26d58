using Hoop.Spiffe.Mappings;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Mappings;

/// <summary>What the lookup reads of an organization with ten, a thousand and a million mappings (<c>HOOP_TEST_PLAN_ROWS</c>).</summary>
[NonParallelizable]
public sealed class MappingScaleTests
{
    private const int Lengths = 20;

    private static readonly Guid OrgId = new("00000000-0000-4000-8000-000000000001");

    private static IEnumerable<int> Sizes() => [10, 1_000, FullTables.Rows];

    [TestCaseSource(nameof(Sizes))]
    public async Task A_lookup_reads_a_row_for_each_stored_length_and_none_of_the_others(int rows)
    {
        await using var database = await TestPostgres.CreateDatabase();
        await using var source = Npgsql.NpgsqlDataSource.Create(database.Connection);
        await FullTables.Fill(
            source,
            $"""
            INSERT INTO identity.organizations (id, name) VALUES ('{OrgId}', 'full');
            INSERT INTO spiffe.trust_domains (id, org_id, name, bundle_jwks)
            VALUES (gen_random_uuid(), '{OrgId}', 'full.test', '{"{}"}');
            INSERT INTO spiffe.mappings (id, org_id, trust_domain, spiffe_id, spiffe_prefix, agent_template)
            SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, '{OrgId}', 'full.test',
                   CASE WHEN i % 2 = 0 THEN 'spiffe://full.test/exact/' || i END,
                   CASE WHEN i % 2 = 1 THEN 'spiffe://full.test/' || repeat('d/', i % {Lengths}) || i || '/' END,
                   'name'
            FROM generate_series(1, {rows}) AS i;
            """,
            "spiffe.mappings",
            "spiffe.trust_domains");

        foreach (var generic in new[] { true, false })
        {
            await Reads(source, "spiffe://full.test/exact/2", generic, found: 1);
            await Reads(source, "spiffe://full.test/d/1/x/y", generic, found: 1);
            await Reads(source, $"spiffe://full.test/{string.Concat(Enumerable.Repeat("d/", Lengths))}none/x", generic, found: 0);
        }
    }

    private static async Task Reads(Npgsql.NpgsqlDataSource source, string id, bool generic, int found)
    {
        var plan = await Explained.Run(
            source, MappingLookup.ResolveSql, new { OrgId, SpiffeId = id, TrustDomain = "full.test", Most = 1 }, generic);
        Assert.That(plan.Rows, Is.LessThanOrEqualTo(300), plan.Text);
        // Ten rows are read as fast one after the other, at each step.
        Assert.That(plan.Scans.Where(scan => scan is { Kind: "Seq Scan", Relation: "mappings", Rows: > 100 }), Is.Empty, plan.Text);
        Assert.That(
            plan.Scans.Where(scan => scan.Relation == "mappings").Sum(scan => scan.Rows),
            found > 0 ? Is.Positive : Is.GreaterThanOrEqualTo(0),
            plan.Text);
    }
}
