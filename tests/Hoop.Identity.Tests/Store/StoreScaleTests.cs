using System.Diagnostics;
using System.Net;
using Hoop.Identity.Contracts;
using Hoop.Shared.Callers;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Store;

public sealed class StoreScaleTests : IdentityFixture
{
    [Test]
    public async Task A_group_of_100_000_members_is_set_changed_and_left_in_moments()
    {
        const int Count = 100_000;
        var (orgId, admin) = await Gateway.CreateOrganization("large");
        using var client = admin;
        await Gateway.Execute(
            "INSERT INTO identity.entities (id, org_id, name, name_key) SELECT gen_random_uuid(), @orgId, 'e' || i, 'e' || i FROM generate_series(1, @Count) i",
            new { orgId, Count });
        var ids = (await Gateway.Query<string>("SELECT id::text FROM identity.entities WHERE org_id = @orgId ORDER BY id", new { orgId })).ToArray();

        var watch = Stopwatch.StartNew();
        var made = await client.Post("/v1/identity/group", new { name = "all", member_entity_ids = ids });
        var set = watch.Elapsed;
        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.OK), made.Body.ToString());
        var group = made["data"].GetProperty("id").GetString();
        watch.Restart();
        var more = await client.Post($"/v1/identity/group/id/{group}/members", new { remove_entity_ids = new[] { ids[0] } });
        var single = watch.Elapsed;
        await client.Delete($"/v1/identity/entity/id/{ids[1]}");
        var read = (await client.Get($"/v1/identity/group/id/{group}"))["data"].GetProperty("member_entity_ids");
        TestContext.Out.WriteLine($"set {set.TotalMilliseconds:F0} ms, one member {single.TotalMilliseconds:F0} ms");

        Assert.That((made.Status, more.Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.NoContent)));
        Assert.That(read.GetArrayLength(), Is.EqualTo(Count - 2));
        Assert.That(set, Is.LessThan(TimeSpan.FromSeconds(14)), "inside the time limit of a statement, on a busy machine");
        Assert.That(single, Is.LessThan(TimeSpan.FromSeconds(2)), "one member costs nothing of the others");
    }

    [Test]
    [Description("I9: two first sign-ins of one moment")]
    public async Task Two_hundred_first_writers_of_one_alias_make_one_entity_and_one_alias()
    {
        var accessor = (await Admin.Get("/v1/sys/auth/token"))["data"].GetProperty("accessor").GetString();

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(
                _ => Admin.Post("/v1/identity/entity-alias", new { name = "first", mount_accessor = accessor })));

        Assert.That(replies.Select(reply => reply.Status), Is.All.AnyOf(HttpStatusCode.OK, HttpStatusCode.NoContent));
        var aliases = await Gateway.Query<Guid>(
            "SELECT entity_id FROM identity.entity_aliases WHERE org_id = @OrgId AND name_key = 'first'", new { OrgId });
        Assert.That(aliases, Has.Count.EqualTo(1));
        var made = (await Gateway.AuditOf("entity"))
            .Where(row => row.OrgId == OrgId && row.Fields.Contains("reason", StringComparison.Ordinal));
        Assert.That(made.Select(row => row.ResourceId), Is.EqualTo(new[] { aliases[0].ToString() }), "no entity was made for nothing");
    }

    [Test]
    public async Task The_groups_of_an_entity_count_from_the_next_request_on()
    {
        var entity = (await Stranger.Post("/v1/identity/entity", new { name = "member", policies = "own" }))["data"].GetProperty("id").GetString();
        var accessor = (await Stranger.Get("/v1/sys/auth/spiffe"))["data"].GetProperty("accessor").GetString();
        await Stranger.Post("/v1/identity/entity-alias", new { name = "spiffe://a/b", mount_accessor = accessor, canonical_id = entity });
        var child = await Make(new { name = "leaf", policies = "leaf,shared", member_entity_ids = entity });
        for (var depth = 0; depth < 10; depth++)
        {
            child = await Make(new { name = $"above-{depth}", policies = $"p{depth},shared", member_group_ids = child });
        }

        var external = await Make(new { name = "outside", type = "external", policies = "external" });
        await Stranger.Post("/v1/identity/group-alias", new { name = "ops", mount_accessor = accessor, canonical_id = external });
        var caller = await Admitted("ops", "Ops");
        var without = await Admitted("Ops");
        await Stranger.Delete("/v1/identity/group/name/above-4");
        var shorter = await Admitted("ops");

        var all = new[] { "external", "leaf", "own", "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "shared" };
        Assert.That(caller.Policies, Is.EqualTo(all));
        Assert.That(caller.EntityGroups, Has.Count.EqualTo(12).And.Contains("outside").And.Contains("above-9"));
        Assert.That(without.Policies, Is.EqualTo(all.Skip(1)), "a group alias is what the mount tells, to the letter");
        Assert.That(shorter.Policies, Is.EqualTo(new[] { "external", "leaf", "own", "p0", "p1", "p2", "p3", "shared" }));
        Assert.That(caller.Role, Is.EqualTo(Role.Standard));

        async Task<string> Make(object group) => (await Stranger.Post("/v1/identity/group", group))["data"].GetProperty("id").GetString()!;
    }

    [Test]
    public async Task A_group_called_admin_gives_no_role()
    {
        var entity = (await Admin.Post("/v1/identity/entity", new { name = "humble" }))["data"].GetProperty("id").GetString();
        var made = await Admin.Post("/api/api-tokens", new { name = "humble" });
        using var client = Gateway.As(made.Text("token")!);
        var accessor = (await Admin.Get("/v1/sys/auth/token"))["data"].GetProperty("accessor").GetString();
        await Admin.Post("/v1/identity/entity-alias", new { name = made.Text("id"), mount_accessor = accessor, canonical_id = entity });
        await Admin.Post("/v1/identity/group", new { name = "admin", member_entity_ids = entity });

        var me = await client.Get("/api/userinfo");

        Assert.That((me.Text("entity_id"), me.Text("role")), Is.EqualTo((entity, "standard")));
        Assert.That((await client.Get("/v1/identity/entity/name/humble")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    private async Task<Caller> Admitted(params string[] groups)
    {
        var orgId = (await Stranger.Get("/api/userinfo"))["org_id"].GetGuid();
        await using var scope = Gateway.Services.CreateAsyncScope();
        var who = new Authenticated(orgId, CallerKind.Agent, Alias.OfSpiffeId("spiffe://a/b"), "b", groups, ExpiresAt: null);
        return (await scope.ServiceProvider.GetRequiredService<ISender>().Send(new Admit(who))).Proven!;
    }
}
