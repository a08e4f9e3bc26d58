using Hoop.Spiffe.Mappings;
using NUnit.Framework;

#pragma warning disable CA2100 // The statements are made here.

namespace Hoop.Spiffe.Tests.Mappings;

/// <summary>How PostgreSQL answers the lookup: by probes of the unique indexes, whatever the planner believes about the data.</summary>
public sealed class MappingPlanTests : GatewayFixture
{
    private static readonly string[] Probes =
        ["mappings_id_unique", "mappings_prefix_unique", "mappings_pkey", "agents_pkey", "agents_org_id_unique", "trust_domains_by_org",
            "trust_domains_name_unique"];

    [OneTimeSetUp]
    public async Task FillAndAnalyze() => await Gateway.Execute(
        """
        INSERT INTO spiffe.mappings (id, org_id, trust_domain, spiffe_id, agent_template)
        SELECT gen_random_uuid(), md5('small' || i)::uuid, 't' || i || '.test', 'spiffe://t' || i || '.test/a', 'name'
          FROM generate_series(1, 20000) AS i;
        INSERT INTO spiffe.mappings (id, org_id, trust_domain, spiffe_id, agent_template)
        SELECT gen_random_uuid(), md5('large')::uuid, 'large.test', 'spiffe://large.test/' || repeat('long/', 20) || i, 'name'
          FROM generate_series(1, 10000) AS i;
        INSERT INTO spiffe.mappings (id, org_id, trust_domain, spiffe_prefix, agent_template)
        SELECT gen_random_uuid(), md5('large')::uuid, 'large.test', 'spiffe://large.test/' || repeat('d/', i % 20) || i || '/', 'name'
          FROM generate_series(1, 10000) AS i;
        INSERT INTO spiffe.trust_domains (id, org_id, name, bundle_jwks)
        SELECT gen_random_uuid(), md5('small' || i)::uuid, 't' || i || '.test', '{}' FROM generate_series(1, 5000) AS i;
        INSERT INTO spiffe.agents (id, org_id, name)
        SELECT gen_random_uuid(), md5('small' || i)::uuid, 'agent' FROM generate_series(1, 5000) AS i;
        """);

    [TestCase("force_generic_plan", false)]
    [TestCase("force_custom_plan", false)]
    [TestCase("force_generic_plan", true)]
    [TestCase("force_custom_plan", true)]
    public async Task Only_index_probes_happen(string mode, bool analyzed)
    {
        if (analyzed)
        {
            await Gateway.Execute("ANALYZE spiffe.mappings, spiffe.agents, spiffe.trust_domains");
        }

        AssertProbesOnly(await Plan(mode));
    }

    /// <summary>Then the planner takes the organization for some hundred rows, and a join with all of them for cheap.</summary>
    [Test]
    public async Task An_organization_that_holds_all_mappings_is_not_walked() => AssertProbesOnly(await Plan(
        "force_generic_plan",
        "BEGIN; DELETE FROM spiffe.mappings WHERE org_id <> md5('large')::uuid; ANALYZE spiffe.mappings, spiffe.agents, spiffe.trust_domains; ",
        "; ROLLBACK"));

    /// <summary>
    /// The gateway's sessions keep one plan for all arguments, made when the table may still be small: it must be the one that a
    /// large table needs.
    /// </summary>
    [Test]
    public async Task The_plan_of_a_small_table_is_that_of_a_large_one([Values(10, 1_000)] int rows, [Values] bool analyzed)
    {
        var plan = await Plan(
            "force_generic_plan",
            $"""
            BEGIN;
            SET LOCAL enable_seqscan = off;
            DELETE FROM spiffe.mappings WHERE id NOT IN (
              (SELECT id FROM spiffe.mappings WHERE org_id = md5('large')::uuid AND spiffe_prefix IS NOT NULL ORDER BY id LIMIT {rows / 2})
              UNION
              (SELECT id FROM spiffe.mappings WHERE org_id = md5('large')::uuid AND spiffe_id IS NOT NULL ORDER BY id LIMIT {rows / 2}));
            CREATE TEMPORARY TABLE kept AS SELECT id, org_id, trust_domain, spiffe_id, spiffe_prefix, agent_template FROM spiffe.mappings;
            TRUNCATE spiffe.mappings;
            INSERT INTO spiffe.mappings (id, org_id, trust_domain, spiffe_id, spiffe_prefix, agent_template)
            SELECT id, org_id, trust_domain, spiffe_id, spiffe_prefix, agent_template FROM kept;
            {(analyzed ? "ANALYZE spiffe.mappings, spiffe.agents, spiffe.trust_domains;" : "")}
            """,
            "; ROLLBACK");
        Assert.That(
            plan.Where(line => line.Contains("Seq Scan", StringComparison.Ordinal)), Is.Empty, string.Join('\n', plan));
    }

    /// <summary>
    /// With 20,000 rows; <c>HOOP_TEST_PLAN_ROWS=1000000</c> makes it a million, which takes a minute. The plan is made while the table is
    /// empty, as the first gateway's is, and kept.
    /// </summary>
    [Test]
    public async Task The_plan_of_an_empty_table_is_good_when_it_is_full()
    {
        var rows = int.TryParse(
            Environment.GetEnvironmentVariable("HOOP_TEST_PLAN_ROWS"), System.Globalization.CultureInfo.InvariantCulture, out var asked)
            ? asked
            : 20_000;
        await using var connection = await Gateway.Database.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandTimeout = 600;
        command.CommandText =
            $"""
            BEGIN;
            SET LOCAL enable_seqscan = off;
            SET LOCAL plan_cache_mode = force_generic_plan;
            CREATE TEMPORARY TABLE kept AS SELECT * FROM spiffe.mappings;
            TRUNCATE spiffe.mappings;
            {Prepare}{Execute("full", "full.test", "spiffe://full.test/d/d/3/x")}
            INSERT INTO spiffe.mappings (id, org_id, trust_domain, spiffe_prefix, agent_template)
            SELECT gen_random_uuid(), md5('full')::uuid, 'full.test', 'spiffe://full.test/' || repeat('d/', i % 20) || i || '/', 'name'
              FROM generate_series(1, {rows}) AS i;
            EXPLAIN (ANALYZE, COSTS OFF) {Execute("full", "full.test", "spiffe://full.test/d/d/3/x")}
            DEALLOCATE lookup;
            ROLLBACK;
            """;
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        do
        {
            while (await reader.ReadAsync())
            {
                if (reader.GetName(0) == "QUERY PLAN")
                {
                    lines.Add(reader.GetString(0));
                }
            }
        }
        while (await reader.NextResultAsync());
        TestContext.Out.WriteLine($"{rows} rows");
        AssertProbesOnly(lines);
    }

    private static void AssertProbesOnly(IReadOnlyList<string> plan)
    {
        Assert.That(plan, Has.Some.Contains("mappings_prefix_unique"));
        Assert.That(plan.Where(line => line.Contains("Seq Scan", StringComparison.Ordinal)), Is.Empty);
        foreach (var line in plan.Where(line => line.Contains("Index", StringComparison.Ordinal)
            && line.Contains(" on ", StringComparison.Ordinal)))
        {
            Assert.That(Probes.Any(line.Contains), line);
        }

        var removed = plan.Where(line => line.Contains("Rows Removed by Filter", StringComparison.Ordinal)).Select(
            line => int.Parse(line.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture));
        Assert.That(removed, Is.All.LessThanOrEqualTo(1), string.Join('\n', plan));
    }

    [Test]
    public async Task A_prepared_statement_stops_being_planned_anew()
    {
        await Gateway.Execute("ANALYZE spiffe.mappings, spiffe.agents, spiffe.trust_domains");
        await using var connection = await Gateway.Database.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = Prepare + string.Concat(
            Enumerable.Repeat(Execute("small7", "t7.test", "spiffe://t7.test/x"),
                7)) + "SELECT generic_plans FROM pg_prepared_statements WHERE name = 'lookup'; DEALLOCATE lookup";
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.NextResultAsync() && reader.GetName(0) != "generic_plans")
        {
            // The answers of the lookups.
        }

        Assert.That(await reader.ReadAsync());
        Assert.That(reader.GetInt64(0), Is.EqualTo(2), "five custom plans, then the generic one");
    }

    private static string Prepare => "PREPARE lookup (uuid, text, text, integer) AS " + MappingLookup.ResolveSql
        .Replace("@OrgId", "$1", StringComparison.Ordinal)
        .Replace("@SpiffeId", "$2", StringComparison.Ordinal)
        .Replace("@TrustDomain", "$3", StringComparison.Ordinal)
        .Replace("@Most", "$4", StringComparison.Ordinal) + ";\n";

    private static string Execute(string organization, string trustDomain, string id) =>
        $"EXECUTE lookup (md5('{organization}')::uuid, '{id}', '{trustDomain}', 1);\n";

    private async Task<IReadOnlyList<string>> Plan(string mode, string before = "", string after = "")
    {
        await using var connection = await Gateway.Database.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText =
            $"{before}SET plan_cache_mode = {mode};\n{Prepare}EXPLAIN (ANALYZE, COSTS OFF) {Execute("large", "large.test", "spiffe://large.test/d/d/d/3/x")}RESET plan_cache_mode; DEALLOCATE lookup{after}";
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
        {
            lines.Add(reader.GetString(0));
        }

        return lines;
    }
}
