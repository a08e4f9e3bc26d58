using System.Diagnostics;
using Dapper;
using Hoop.Identity.AccessRules;
using Hoop.Identity.Aliases;
using Hoop.Identity.Callers;
using Hoop.Identity.ClaimTemplates;
using Hoop.Identity.Entities;
using Hoop.Identity.Groups;
using Hoop.Identity.Lookup;
using Hoop.Identity.Tokens;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Store;

/// <summary>
/// How PostgreSQL answers what is asked of an organization with a million entities (<c>HOOP_TEST_PLAN_ROWS</c>): by indexes, whatever the
/// answer is. What is rare stands at the end of the table, where a plan that hopes to meet it soon reads all the rest first.
/// </summary>
[NonParallelizable]
public sealed class StorePlanTests
{
    private static readonly Guid OrgId = new("00000000-0000-4000-8000-000000000001");

    // In the middle, and in the lowest of the ten groups.
    private static readonly Guid Somebody = Id(FullTables.Rows / 2);

    private static readonly EntityFilter None = EntityFilter.None;

    // The accessor of the mount token/, which migrations make.
    private string _mount = "";
    private TestDatabase _database = null!;
    private Npgsql.NpgsqlDataSource _source = null!;

    private static IEnumerable<TestCaseData> Filters()
    {
        yield return Case("a prefix of few names", None with { NamePrefix = $"name-{FullTables.Rows - 1}" });
        yield return Case("a prefix of many names", None with { NamePrefix = "name-9" });
        yield return Case("a prefix of all names", None with { NamePrefix = "name" });
        yield return Case("a prefix of none", None with { NamePrefix = "nobody" });
        yield return Case("a pair that one has", None with { Metadata = $$"""{"serial": "{{FullTables.Rows}}"}""" });
        yield return Case("a pair that some have", None with { Metadata = """{"team": "t7"}""" });
        yield return Case("a pair that half of them have", None with { Metadata = """{"kind": "even"}""" });
        yield return Case("a pair that nobody has", None with { Metadata = """{"kind": "none"}""" });
        yield return Case("two pairs", None with { Metadata = """{"kind": "even", "team": "t8"}""" });
        yield return Case("a policy that few have", None with { Policy = "rare" });
        yield return Case("a policy that half of them have", None with { Policy = "common" });
        yield return Case("a policy that nobody has", None with { Policy = "none" });
        yield return Case("the name of an alias", None with { Alias = "alias-300" });
        yield return Case("the name of no alias", None with { Alias = "nobody" });
        yield return Case("disabled", None with { Disabled = true });
        yield return Case("not disabled", None with { Disabled = false });
        yield return Case("a common policy and a rare pair", None with { Policy = "common", Metadata = """{"team": "t8"}""" });
        yield return Case("a common policy that no disabled one has", None with { Policy = "odd", Disabled = true });

        static TestCaseData Case(string name, EntityFilter filter) => new TestCaseData(filter).SetArgDisplayNames(name);
    }

    [OneTimeSetUp]
    public async Task Fill()
    {
        var watch = Stopwatch.StartNew();
        _database = await TestPostgres.CreateDatabase();
        _source = Npgsql.NpgsqlDataSource.Create(_database.Connection);
        await using var connection = await _source.OpenConnectionAsync();
        _mount = await connection.QuerySingleAsync<string>("SELECT accessor FROM identity.mounts WHERE path = 'token/'");
        await FullTables.Fill(
            _source,
            FillSql,
            "identity.entities",
            "identity.entity_aliases",
            "identity.groups",
            "identity.group_entities",
            "identity.group_groups",
            "identity.group_aliases");
        TestContext.Progress.WriteLine($"{FullTables.Rows:N0} entities in {watch.Elapsed.TotalSeconds:F0} s");
    }

    [OneTimeTearDown]
    public async Task Remove()
    {
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    [TestCaseSource(nameof(Filters))]
    public async Task A_filtered_page_of_ids_reads_what_an_index_finds(object filter) =>
        await AssertPage(FilteredEntities.NearByIdSql, FilteredEntities.ByIdSql, (EntityFilter)filter);

    [TestCaseSource(nameof(Filters))]
    public async Task A_filtered_page_of_names_reads_what_an_index_finds(object filter) =>
        await AssertPage(FilteredEntities.NearByNameSql, FilteredEntities.ByNameSql, (EntityFilter)filter);

    [Test]
    public async Task A_page_reads_itself()
    {
        var page = Page(EntityFilter.None);
        await AssertReads(ListEntities.Handler.ListSql, page, 100);
        await AssertReads(ListEntities.Handler.PageByNameSql, page, 100);
        await AssertReads(ListAliases.Handler.ListSql, page, 300);
        await AssertReads(ListGroups.Handler.ListSql, page, 30_000);
        await AssertReads(ListGroups.Handler.PageByNameSql, page, 30_000);
        await AssertReads(ListGroupAliases.Handler.ListSql, page, 300);
    }

    [Test]
    public async Task A_lookup_reads_one_entity()
    {
        const int Few = 200;
        await AssertReads(EntityReader.ByIdSql, new { OrgId, Id = Somebody }, Few);
        await AssertReads(EntityReader.ByNameSql, new { OrgId, NameKey = $"name-{FullTables.Rows / 2}" }, Few);
        await AssertReads(EntityReader.AliasesSql, new { OrgId, Id = Somebody }, Few);
        await AssertReads(
            LookupEntity.Handler.FindByAliasSql, new { OrgId, Id = (Guid?)null, Accessor = _mount, NameKey = "alias-300" }, Few);
        await AssertReads(
            LookupEntity.Handler.FindByAliasSql,
            new { OrgId, Id = (Guid?)Id(300), Accessor = (string?)null, NameKey = (string?)null },
            Few);
        await AssertReads(
            LookupGroup.Handler.FindByAliasSql, new { OrgId, Id = (Guid?)null, Accessor = _mount, NameKey = "outside-3" }, Few);
    }

    [Test]
    public async Task The_groups_of_an_entity_at_depth_ten_are_found_by_edges()
    {
        const int Few = 300;
        var who = new { OrgId, EntityId = Somebody, Id = Somebody, Groups = new[] { "Outside-3" }, Mount = "auth/token/", Name = "Alias-300" };
        await AssertReads(AdmitHandler.FindEntitySql, who, Few);
        await AssertReads(AdmitHandler.FindTokenEntitySql, who, Few);
        await AssertReads(EntityFactsReader.GroupsSql, who, Few);
        await AssertReads(TokenEntities.PoliciesSql, who, Few);
        string[] names = ["Depth-1", "Depth-2"];
        await AssertReads(EntityTelling.GroupsSql, new { OrgId, Keys = new[] { "depth-1", "depth-2" }, Names = names, Most = 10 }, Few);
        await using var connection = await _source.OpenConnectionAsync();
        var found = await connection.QueryAsync(EntityFactsReader.GroupsSql, new { OrgId, Id = Somebody });
        Assert.That(found.Count(), Is.EqualTo(10), "the groups that it is about are there");
    }

    [Test]
    public async Task A_page_of_the_unused_stops_when_it_is_full() => await AssertReads(
        UnusedEntity.ListSql,
        new { OrgId, After = Guid.Empty, Limit = 100L, Days = 30, Ids = (Guid[]?)null },
        FullTables.Rows / 20);

    private static object Page(EntityFilter filter) => new
    {
        OrgId,
        After = Guid.Empty,
        AfterName = "",
        Limit = 100L,
        filter.NamePrefix,
        filter.Metadata,
        filter.Policy,
        filter.Alias,
        filter.Disabled,
    };

    // As FilteredEntities does: near by first, and by the indexes when that does not fill the page.
    private async Task AssertPage(string near, string all, EntityFilter filter)
    {
        var page = Page(filter);
        var most = FullTables.Rows / 20;
        if (!filter.IsNarrow)
        {
            await AssertReads(near, page, most);
            await using var connection = await _source.OpenConnectionAsync();
            if ((await connection.QueryAsync(near.Replace("@OrgId", $"'{OrgId}'::uuid", StringComparison.Ordinal), page)).Count() == 100)
            {
                return;
            }
        }

        await AssertReads(all, page, most);
    }

    private async Task AssertReads(string sql, object args, double most)
    {
        foreach (var generic in Explained.IsPlannedAnew(sql) ? new[] { false } : [true, false])
        {
            var plan = await Explained.Run(_source, sql, args, generic);
            Assert.That(plan.Scans, Is.Not.Empty, plan.Text);
            Assert.That(plan.Scans.Where(scan => scan.Kind == "Seq Scan" && scan.Rows > 1000), Is.Empty, plan.Text);
            Assert.That(plan.Rows, Is.LessThanOrEqualTo(most), $"generic: {generic}\n{plan.Text}");
        }
    }

    // Ids grow like those that the gateway gives.
    private static Guid Id(int number) => new($"00000000-0000-7000-8000-{number:x12}");

    private string FillSql => $$"""
        INSERT INTO identity.organizations (id, name) VALUES ('{{OrgId}}', 'full');
        INSERT INTO identity.entities (id, org_id, name, name_key, metadata, policies, disabled, created_at)
        SELECT {{IdSql("i")}}, '{{OrgId}}', 'Name-' || i, 'name-' || i,
               CASE WHEN i % 10 = 0 THEN jsonb_build_object('kind', 'even', 'team', 't' || i % 1000, 'serial', i::text)
                    WHEN i % 2 = 0 THEN '{"kind": "even"}'
                    WHEN i % 3 = 0 THEN jsonb_build_object('team', 't' || i % 1000) END,
               CASE WHEN i > {{FullTables.Rows - 5}} THEN '{rare}'::text[] WHEN i % 2 = 0 THEN '{common}' ELSE '{odd}' END,
               i > {{FullTables.Rows - 100}} AND i % 2 = 0,
               CASE WHEN i % 5 = 0 THEN now() - interval '90 days' ELSE now() END
        FROM generate_series(1, {{FullTables.Rows}}) AS i;
        INSERT INTO identity.entity_aliases (id, org_id, entity_id, mount, name, accessor, name_key)
        SELECT {{IdSql("i")}}, '{{OrgId}}', {{IdSql("i")}}, 'auth/token/', 'Alias-' || i, '{{_mount}}', 'alias-' || i
        FROM generate_series(3, {{FullTables.Rows}}, 3) AS i;
        INSERT INTO identity.groups (id, org_id, name, name_key, type, policies)
        SELECT {{IdSql("i")}}, '{{OrgId}}', name, lower(name), CASE WHEN i > 40000 THEN 'external' ELSE 'internal' END, '{p}'
        FROM generate_series(1, 50000) AS i
        CROSS JOIN LATERAL (SELECT CASE WHEN i <= 10 THEN 'Depth-' ELSE 'Group-' END || i AS name) AS named;
        INSERT INTO identity.group_aliases (id, org_id, group_id, accessor, name, name_key)
        SELECT {{IdSql("i")}}, '{{OrgId}}', {{IdSql("i")}}, '{{_mount}}', 'Outside-' || i - 40000, 'outside-' || i - 40000
        FROM generate_series(40001, 50000) AS i;
        INSERT INTO identity.group_groups (org_id, parent_id, child_id)
        SELECT '{{OrgId}}'::uuid, {{IdSql("i + 1")}}, {{IdSql("i")}} FROM generate_series(1, 9) AS i
        UNION ALL
        SELECT '{{OrgId}}'::uuid, {{IdSql("i")}}, {{IdSql("i + 1")}} FROM generate_series(2001, 39000, 2) AS i;
        INSERT INTO identity.group_entities (org_id, group_id, entity_id)
        SELECT '{{OrgId}}'::uuid, {{IdSql("1")}}, entity FROM (VALUES ('{{Somebody}}'::uuid), ('{{Id(300)}}')) AS two (entity)
        UNION ALL
        SELECT '{{OrgId}}'::uuid, {{IdSql("11 + i % 500")}}, {{IdSql("i")}} FROM generate_series(1, {{FullTables.Rows}}, 10) AS i
        UNION ALL
        SELECT '{{OrgId}}'::uuid, {{IdSql("700")}}, {{IdSql("i")}} FROM generate_series(1, {{FullTables.Rows / 10}}) AS i;
        """;

    private static string IdSql(string number) => $"('00000000-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid";
}
