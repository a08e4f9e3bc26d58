using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Store;

/// <summary>
/// Many writers create, rename, merge, regroup and delete the same few entities at random. Whatever order wins: no answer is a 5xx, the
/// rules of the store hold, and the audit trail tells the same state as the tables.
/// </summary>
/// <remarks><c>HOOP_TEST_STORM_SECONDS</c> makes it longer, <c>HOOP_TEST_STORM_WRITERS</c> wider.</remarks>
public sealed class StoreStormTests : IdentityFixture
{
    private const int Names = 24;

    private static readonly string[] Kinds = ["token", "spiffe", "agent-key", "serviceaccount"];

    private readonly ConcurrentDictionary<int, int> _statuses = new();
    private readonly ConcurrentBag<string> _wrong = [];

    [Test]
    public async Task Random_writers_break_no_rule_and_the_trail_tells_the_state()
    {
        var seconds = Setting("HOOP_TEST_STORM_SECONDS", 8);
        var seed = Setting("HOOP_TEST_STORM_SEED", Environment.TickCount & 0xffff);
        TestContext.Out.WriteLine($"seed {seed}, {seconds} s");
        var accessors = new List<string>();
        foreach (var kind in Kinds)
        {
            accessors.Add((await Admin.Get($"/v1/sys/auth/{kind}"))["data"].GetProperty("accessor").GetString()!);
        }

        var until = Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency);
        await Task.WhenAll(Enumerable.Range(0, Setting("HOOP_TEST_STORM_WRITERS", 16)).Select(async i =>
        {
            var random = new Random(seed + i);
            while (Stopwatch.GetTimestamp() < until)
            {
                await Act(random, accessors);
            }
        }));

        TestContext.Out.WriteLine(string.Join(", ", _statuses.OrderBy(status => status.Key).Select(status => $"{status.Key}: {status.Value}")));
        Assert.That(_wrong, Is.Empty, string.Join('\n', _wrong.Take(20)));
        Assert.That(_statuses.GetValueOrDefault(204), Is.GreaterThan(50), "the work did something");
        await AssertInvariants();
        await AssertTrail();
    }

    private async Task Act(Random random, List<string> accessors)
    {
        var (entities, groups) = (await Ids("entities"), await Ids("groups"));
        switch (random.Next(15))
        {
            case 0 or 1:
                await Send("/v1/identity/entity", new { name = Name(random), policies = new[] { Name(random) } });
                break;
            case 2:
                await Send($"/v1/identity/entity/id/{Any(entities, random)}", new { name = Name(random), disabled = random.Next(4) == 0 });
                break;
            case 3 or 4:
                await Send("/v1/identity/entity-alias", new
                {
                    name = Name(random),
                    mount_accessor = accessors[random.Next(accessors.Count)],
                    canonical_id = random.Next(3) == 0 ? "" : Any(entities, random),
                });
                break;
            case 5:
                await Send(
                    $"/v1/identity/entity-alias/id/{Any(await Ids("entity_aliases"), random)}",
                    new { canonical_id = Any(entities, random), name = Name(random) });
                break;
            case 6 or 7:
                await Send("/v1/identity/entity/merge", new
                {
                    from_entity_ids = new[] { Any(entities, random) },
                    to_entity_id = Any(entities, random),
                    conflicting_alias_ids_to_keep = new[] { Any(await Ids("entity_aliases"), random) },
                });
                break;
            case 8:
                await Send($"/v1/identity/entity/id/{Any(entities, random)}", body: null, HttpMethod.Delete);
                break;
            case 9:
                await Send(
                    "/v1/identity/entity/batch-delete", new { entity_ids = new[] { Any(entities, random), Any(entities, random) } });
                break;
            case 10:
                await Send($"/v1/identity/group/name/{Name(random)}", new
                {
                    member_entity_ids = new[] { Any(entities, random), Any(entities, random) },
                    member_group_ids = groups.Count > 0 && random.Next(2) == 0 ? new[] { Any(groups, random) } : [],
                    policies = new[] { Name(random) },
                });
                break;
            case 11:
                await Send($"/v1/identity/group/id/{Any(groups, random)}", new { name = Name(random), policies = new[] { Name(random) } });
                break;
            case 12:
                await Send($"/v1/identity/group/name/ext-{Name(random)}", new { type = "external" });
                break;
            case 13:
                await Send("/v1/identity/group-alias", new
                {
                    name = Name(random),
                    mount_accessor = accessors[random.Next(accessors.Count)],
                    canonical_id = Any(groups, random),
                });
                break;
            default:
                await Send(
                    $"/v1/identity/group/id/{Any(groups, random)}{(random.Next(2) == 0 ? "/members" : "")}",
                    new { add_entity_ids = new[] { Any(entities, random) } },
                    random.Next(4) == 0 ? HttpMethod.Delete : HttpMethod.Post);
                break;
        }
    }

    private async Task Send(string path, object? body, HttpMethod? method = null)
    {
        var reply = await Admin.Send(method ?? HttpMethod.Post, path, body);
        _statuses.AddOrUpdate((int)reply.Status, 1, (_, before) => before + 1);
        if (reply.Status >= HttpStatusCode.InternalServerError)
        {
            _wrong.Add($"{method} {path} {JsonSerializer.Serialize(body)}: {(int)reply.Status} {reply.Body}");
        }
    }

    private async Task AssertInvariants()
    {
        var broken = await Gateway.Query<string>(
            """
            SELECT 'alias on an entity that was merged away ' || a.id FROM identity.entity_aliases a
              JOIN identity.merged_entities m ON m.org_id = a.org_id AND m.id = a.entity_id
            UNION ALL
            SELECT 'a merged id that lives ' || m.id FROM identity.merged_entities m
              JOIN identity.entities e ON e.org_id = m.org_id AND e.id = m.id
            UNION ALL
            SELECT 'two aliases on one mount ' || entity_id FROM identity.entity_aliases
              GROUP BY org_id, entity_id, accessor HAVING count(*) > 1
            UNION ALL
            SELECT 'two entities of one name ' || name_key FROM identity.entities GROUP BY org_id, name_key HAVING count(*) > 1
            UNION ALL
            SELECT 'a name that does not fit its key ' || id FROM identity.entities WHERE lower(name COLLATE "C") <> name_key
            UNION ALL
            SELECT 'two groups of one name ' || name_key FROM identity.groups GROUP BY org_id, name_key HAVING count(*) > 1
            UNION ALL
            SELECT 'an alias of a group that is not external ' || a.id FROM identity.group_aliases a
              JOIN identity.groups g ON g.org_id = a.org_id AND g.id = a.group_id WHERE g.type <> 'external'
            UNION ALL
            SELECT 'an external group with members ' || g.id FROM identity.groups g
              WHERE g.type = 'external' AND EXISTS (SELECT FROM identity.group_entities m WHERE m.group_id = g.id)
            UNION ALL
            SELECT 'two group aliases of one name ' || name_key FROM identity.group_aliases
              GROUP BY org_id, accessor, name_key HAVING count(*) > 1
            UNION ALL
            SELECT 'a member of another organization ' || g.id FROM identity.group_entities edge
              JOIN identity.groups g ON g.id = edge.group_id WHERE g.org_id <> edge.org_id
            """);
        Assert.That(broken, Is.Empty);
        var cycles = await Gateway.Query<Guid>(
            """
            WITH RECURSIVE above AS (
              SELECT child_id AS start, parent_id AS at FROM identity.group_groups
              UNION
              SELECT above.start, edge.parent_id FROM above JOIN identity.group_groups edge ON edge.child_id = above.at
            )
            SELECT start FROM above WHERE start = at
            """);
        Assert.That(cycles, Is.Empty, "groups in a circle");
    }

    /// <summary>What the rows of the trail say of ids, names, owners of aliases and members, against the tables.</summary>
    private async Task AssertTrail()
    {
        var (things, members) = (new Dictionary<(string Type, string Id), string>(), new HashSet<(string Group, string Member)>());
        foreach (var (type, action, id, fields) in await Gateway.Query<(string, string, string?, string)>(
            """
            SELECT resource_type, action, resource_id, fields::text FROM identity.audit_events
            WHERE org_id = @OrgId AND outcome = 'success'
              AND resource_type IN ('entity', 'entity_alias', 'group', 'group_alias', 'group_member', 'merged_entity')
            ORDER BY id
            """,
            new { OrgId }))
        {
            Apply(things, members, type, action, id, JsonElement.Parse(fields));
        }

        Assert.That(Told("entity"), Is.EqualTo(await Stored("SELECT id::text, name FROM identity.entities WHERE org_id = @OrgId")));
        Assert.That(Told("group"), Is.EqualTo(await Stored("SELECT id::text, name FROM identity.groups WHERE org_id = @OrgId")));
        Assert.That(
            Told("entity_alias"), Is.EqualTo(await Stored("SELECT id::text, entity_id::text FROM identity.entity_aliases WHERE org_id = @OrgId")));
        Assert.That(
            Told("group_alias"), Is.EqualTo(await Stored("SELECT id::text, group_id::text FROM identity.group_aliases WHERE org_id = @OrgId")));
        Assert.That(
            Told("merged_entity"),
            Is.EqualTo(await Stored("SELECT id::text, entity_id::text FROM identity.merged_entities WHERE org_id = @OrgId")));
        Assert.That(
            members.Select(member => $"{member.Group} {member.Member}").Order(StringComparer.Ordinal),
            Is.EqualTo(
                await Stored(
                    """
                    SELECT group_id::text, entity_id::text FROM identity.group_entities WHERE org_id = @OrgId
                    UNION ALL SELECT parent_id::text, child_id::text FROM identity.group_groups WHERE org_id = @OrgId
                    """)));

        IEnumerable<string> Told(string type) => things.Where(thing => thing.Key.Type == type)
            .Select(thing => $"{thing.Key.Id} {thing.Value}").Order(StringComparer.Ordinal);

        async Task<IEnumerable<string>> Stored(string sql) =>
            (await Gateway.Query<(string Id, string Fact)>(sql, new { OrgId }))
                .Select(row => $"{row.Id} {row.Fact}").Order(StringComparer.Ordinal);
    }

    private static void Apply(
        Dictionary<(string Type, string Id), string> things,
        HashSet<(string Group, string Member)> members,
        string type,
        string action,
        string? id,
        JsonElement fields)
    {
        if (fields.TryGetProperty("members", out var ids))
        {
            foreach (var member in ids.EnumerateArray().Select(each => (id!, each.GetString()!)))
            {
                _ = action == "create" ? members.Add(member) : members.Remove(member);
            }
        }
        else if (action == "delete")
        {
            var gone = fields.TryGetProperty("ids", out var many) ? many.EnumerateArray().Select(each => each.GetString()!) : [id!];
            foreach (var each in gone)
            {
                things.Remove((type, each));
            }
        }
        else if (new[] { "canonical_id", "entity_id", "name" }.FirstOrDefault(name => fields.TryGetProperty(name, out _)) is { } fact)
        {
            things[(type, id!)] = fields.GetProperty(fact).GetString()!;
        }
    }

    private async Task<IReadOnlyList<string>> Ids(string table) =>
        await Gateway.Query<string>($"SELECT id::text FROM identity.{table} WHERE org_id = @OrgId ORDER BY random() LIMIT 30", new { OrgId });

    private static string Any(IReadOnlyList<string> ids, Random random) =>
        ids.Count == 0 ? Guid.NewGuid().ToString() : ids[random.Next(ids.Count)];

    private static string Name(Random random) => $"{(random.Next(2) == 0 ? "Name" : "name")}-{random.Next(Names)}";

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
