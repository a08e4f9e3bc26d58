using System.Net;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Hoop.Spiffe.Mappings;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Mappings;

/// <summary>Which mapping wins. Asked through <c>resolve</c>, which is the code that authenticates agents.</summary>
public sealed class MappingLookupTests : GatewayFixture
{
    private const string Path = "/api/spiffe-mappings";

    [Test]
    public async Task The_exact_mapping_wins_then_the_longest_prefix()
    {
        var shortest = await Prefix("spiffe://win.test/");
        var longer = await Prefix("spiffe://win.test/agent/");
        var inside = await Prefix("spiffe://win.test/agent/pr");
        var exact = await Exact("spiffe://win.test/agent/prod");

        Assert.That(await Candidates("spiffe://win.test/agent/prod"), Is.EqualTo(new[] { exact, inside, longer, shortest }));
        Assert.That(await Candidates("spiffe://win.test/agent/prod/x"), Is.EqualTo(new[] { inside, longer, shortest }));
        Assert.That(await Candidates("spiffe://win.test/agent/dev"), Is.EqualTo(new[] { longer, shortest }));
        Assert.That(await Candidates("spiffe://win.test/agent"), Is.EqualTo(new[] { shortest }));
        Assert.That(await Candidates("spiffe://win.test"), Is.Empty);
    }

    [Test(Description = "CVE-2026-71543, GHSA-59w7-v8rr-pr4p: '_' is legal in a path and is a wildcard of LIKE.")]
    public async Task An_underscore_matches_itself_alone()
    {
        await Prefix("spiffe://like.test/a_b/");
        await Prefix("spiffe://like.test/a%b-", accepted: false);

        Assert.That(await Candidates("spiffe://like.test/a_b/x"), Has.Length.EqualTo(1));
        Assert.That(await Candidates("spiffe://like.test/axb/x"), Is.Empty);
    }

    [Test(Description = "CVE-2026-35605: …/agent must not match …/agent-evil when the prefix ends with a slash.")]
    public async Task A_prefix_with_a_slash_matches_whole_segments()
    {
        await Prefix("spiffe://seg.test/agent/");

        Assert.That(await Candidates("spiffe://seg.test/agent-evil"), Is.Empty);
        Assert.That(await Candidates("spiffe://seg.test/agent/evil"), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Bytes_are_compared_and_nothing_is_folded()
    {
        await Prefix("spiffe://case.test/Team/");
        await Exact("spiffe://case.test/App");

        Assert.That(await Candidates("spiffe://case.test/team/x"), Is.Empty);
        Assert.That(await Candidates("spiffe://case.test/app"), Is.Empty);
        Assert.That(await Candidates("spiffe://case.test/Team/x"), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task The_neighbour_in_sort_order_is_not_taken_for_a_prefix()
    {
        await Prefix("spiffe://sort.test/a/b");
        await Prefix("spiffe://sort.test/a/bb/");

        Assert.That(await Candidates("spiffe://sort.test/a/bc"), Has.Length.EqualTo(1));
        Assert.That(await Candidates("spiffe://sort.test/a/c"), Is.Empty);
    }

    [Test(Description = "The hoop upstream looks identities up across organizations.")]
    public async Task Another_organizations_longer_prefix_changes_nothing()
    {
        var (_, other) = await Gateway.CreateOrganization(Fresh("org"));
        var ours = await Prefix("spiffe://shared.test/");
        await other.Post(
            Path, new { trust_domain = "shared.test", spiffe_prefix = "spiffe://shared.test/agent/", agent_template = "captured" });
        await other.Post(
            Path, new { trust_domain = "shared.test", spiffe_id = "spiffe://shared.test/agent/x", agent_template = "captured" });

        Assert.That(await Candidates("spiffe://shared.test/agent/x"), Is.EqualTo(new[] { ours }));
    }

    [Test]
    public async Task It_agrees_with_a_simple_reference_on_any_set_of_mappings()
    {
        await using var scope = Gateway.Services.CreateAsyncScope();
        var lookup = scope.ServiceProvider.GetRequiredService<MappingLookup>();
        var segment = Gen.Elements("a", "b", "ab", "a_b", "a-b", "A", "axb");
        var path = segment.ArrayOf().Select(segments => string.Concat(segments.Take(4).Select(one => "/" + one)));
        var sets = path.ArrayOf().Select(paths => paths.Take(12).ToArray());

        Prop.ForAll(Arb.From(sets), Arb.From(path.ArrayOf().Select(paths => paths.Take(6).ToArray())), (stored, asked) =>
        {
            var org = Guid.NewGuid();
            var prefixes = stored.Where((one, i) => i % 2 == 0 && one.Length > 0)
                .Select((one, i) => $"spiffe://td{one}{(i % 3 == 0 ? "/" : "")}").Append("spiffe://td/").ToHashSet(StringComparer.Ordinal);
            var ids = stored.Where((_, i) => i % 2 == 1).Select(one => "spiffe://td" + one).ToHashSet(StringComparer.Ordinal);
            Insert(org, prefixes, ids).GetAwaiter().GetResult();

            foreach (var id in asked.Concat(stored).Select(one => "spiffe://td" + one))
            {
                var expected = ids.Contains(id)
                    ? id
                    : prefixes.Where(prefix => id.StartsWith(prefix, StringComparison.Ordinal)).MaxBy(prefix => prefix.Length);
                Assert.That(SpiffeId.TryParse(id, out var identity, out _));
                var first = lookup.Resolve(org, identity!, all: false, CancellationToken.None).GetAwaiter().GetResult();
                var whole = lookup.Resolve(org, identity!, all: true, CancellationToken.None).GetAwaiter().GetResult();
                Assert.That(first.Mapping?.SpiffeId ?? first.Mapping?.SpiffePrefix, Is.EqualTo(expected), id);
                Assert.That(whole.Mapping?.Id, Is.EqualTo(first.Mapping?.Id), "asking for all does not change the winner");
                Assert.That(
                    whole.Candidates,
                    Has.Count.EqualTo(prefixes.Count(prefix => id.StartsWith(prefix, StringComparison.Ordinal)) + (ids.Contains(id)
                        ? 1
                        : 0)));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
    }

    [TestCase(SpiffeId.MaxLength)]
    public async Task The_longest_identity_is_found(int length)
    {
        var id = "spiffe://long.test/" + string.Join('/', Enumerable.Repeat("a", 2000))[..(length - "spiffe://long.test/".Length)];
        var prefix = await Prefix("spiffe://long.test/a/");
        var exact = await Exact(id);

        Assert.That(id, Has.Length.EqualTo(length));
        Assert.That(await Candidates(id), Is.EqualTo(new[] { exact, prefix }));
    }

    private async Task<Guid> Prefix(string prefix, bool accepted = true) =>
        await Create(new { trust_domain = prefix.Split('/')[2], spiffe_prefix = prefix, agent_template = "name" }, accepted);

    private async Task<Guid> Exact(string id) =>
        await Create(new { trust_domain = id.Split('/')[2], spiffe_id = id, agent_template = "name" }, accepted: true);

    private async Task<Guid> Create(object body, bool accepted)
    {
        var reply = await Admin.Post(Path, body);
        Assert.That(reply.Status, Is.EqualTo(accepted ? HttpStatusCode.Created : HttpStatusCode.UnprocessableEntity), reply.Message);
        return accepted ? reply["id"].GetGuid() : Guid.Empty;
    }

    private async Task<Guid[]> Candidates(string id)
    {
        var reply = await Admin.Post(Path + "/resolve", new { spiffe_id = id });
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Message);
        var candidates = reply["candidates"].EnumerateArray().Select(one => one.GetGuid()).ToArray();
        Assert.That(
            reply["mapping"].ValueKind == JsonValueKind.Null ? Guid.Empty : reply["mapping"].GetProperty("id").GetGuid(),
            Is.EqualTo(candidates.FirstOrDefault()));
        return candidates;
    }

    private Task<int> Insert(Guid orgId, IReadOnlySet<string> prefixes, IReadOnlySet<string> ids) => Gateway.Execute(
        """
        INSERT INTO spiffe.mappings (id, org_id, trust_domain, spiffe_id, spiffe_prefix, agent_template)
        SELECT gen_random_uuid(), @orgId, 'td', i, NULL, 'name' FROM unnest(@ids) AS i
        UNION ALL
        SELECT gen_random_uuid(), @orgId, 'td', NULL, p, 'name' FROM unnest(@prefixes) AS p
        """,
        new { orgId, ids = ids.ToArray(), prefixes = prefixes.ToArray() });
}
