using System.Net;
using Hoop.Identity.Aliases;
using Hoop.Identity.Contracts;
using Hoop.Shared.Callers;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Callers;

/// <summary>From a proven credential to a caller.</summary>
public sealed class AdmitTests : IdentityFixture
{
    [Test]
    public async Task The_role_follows_from_the_groups_and_only_the_operator_needs_none()
    {
        Assert.That((await Admitted(CallerKind.ServiceAccount, "one", "ops", "admin")).Proven!.Role, Is.EqualTo(Role.Admin));
        Assert.That((await Admitted(CallerKind.ServiceAccount, "one", "auditor")).Proven!.Role, Is.EqualTo(Role.Auditor));
        Assert.That((await Admitted(CallerKind.ServiceAccount, "one", "Admin")).Proven!.Role, Is.EqualTo(Role.Standard));
        Assert.That((await Admitted(CallerKind.Operator, "one")).Proven!.Role, Is.EqualTo(Role.Admin));
    }

    [Test]
    public async Task Whoever_has_no_entity_is_let_in_without_one()
    {
        var caller = (await Admitted(CallerKind.User, "ada")).Proven!;

        Assert.That(
            (caller.EntityId, caller.Policies.Count, caller.Alias.ToString(), caller.Subject),
            Is.EqualTo((default(Guid?), 0, "auth/test/ada", "ada")));
    }

    [Test]
    public async Task The_entity_behind_the_alias_brings_its_policies()
    {
        var entity = await Entity("grace", "dev", "ops");
        await Link(entity, new Alias("auth/test/", "grace"));

        var caller = (await Admitted(CallerKind.User, "grace")).Proven!;

        Assert.That(caller.EntityId, Is.EqualTo(entity));
        Assert.That(caller.Policies, Is.EqualTo(new[] { "dev", "ops" }));
        Assert.That((await Admitted(CallerKind.User, "Grace")).Proven!.EntityId, Is.Null, "another name");
        Assert.That((await Admitted(CallerKind.User, new Alias("auth/other/", "grace"), OrgId)).Proven!.EntityId, Is.Null, "another mount");
    }

    [Test]
    public async Task A_disabled_entity_is_out_from_the_next_request_on_and_in_again_when_enabled()
    {
        var made = await Admin.Post("/api/api-tokens", new { name = "kill-switch" });
        using var client = Gateway.As(made.Text("token")!);
        var entity = await Entity("switch");
        await Link(entity, Alias.OfToken(made["id"].GetGuid()));
        var before = await client.Get("/api/userinfo");

        await Admin.Post($"/v1/identity/entity/id/{entity}", new { disabled = true });
        var disabled = await client.Get("/api/userinfo");
        await Admin.Post($"/v1/identity/entity/id/{entity}", new { disabled = false });

        Assert.That(before["entity_id"].GetGuid(), Is.EqualTo(entity));
        Assert.That((disabled.Status, disabled.Code), Is.EqualTo((HttpStatusCode.Unauthorized, "access_denied")));
        Assert.That((await client.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task An_expired_entity_and_an_expired_alias_are_out()
    {
        var entity = await Entity("expiring");
        await Link(entity, new Alias("auth/expiring/", "one"));
        await Admin.Post($"/v1/identity/entity/id/{entity}", new { expires_at = "2020-01-01T00:00:00Z" });
        Assert.That((await Admitted(CallerKind.User, new Alias("auth/expiring/", "one"), OrgId)).Refusal?.Code, Is.EqualTo("entity_expired"));

        await Admin.Post($"/v1/identity/entity/id/{entity}", new { expires_at = "" });
        Assert.That((await Admitted(CallerKind.User, new Alias("auth/expiring/", "one"), OrgId)).Accepted);

        var alias = (await Admin.Get($"/v1/identity/entity/id/{entity}"))["data"].GetProperty("aliases")[0].GetProperty("id");
        await Admin.Post($"/v1/identity/entity-alias/id/{alias}", new { expires_at = "2020-01-01T00:00:00Z" });
        Assert.That((await Admitted(CallerKind.User, new Alias("auth/expiring/", "one"), OrgId)).Refusal?.Code, Is.EqualTo("entity_expired"));
    }

    [Test]
    public async Task A_service_account_is_named_by_issuer_and_subject_in_one_mount()
    {
        var entity = await Entity("robot");
        var accessor = (await Admin.Get("/v1/sys/auth/serviceaccount"))["data"].GetProperty("accessor").GetString();
        await Admin.Post(
            "/v1/identity/entity-alias", new { name = "https://a.example#ci", mount_accessor = accessor, canonical_id = entity });

        Assert.That(
            (await Admitted(CallerKind.ServiceAccount, Alias.OfServiceAccount("https://a.example", "ci"), OrgId)).Proven!.EntityId,
            Is.EqualTo(entity));
        Assert.That(
            (await Admitted(CallerKind.ServiceAccount, Alias.OfServiceAccount("https://b.example", "ci"), OrgId)).Proven!.EntityId, Is.Null);
    }

    [Test]
    [Description("A13: written beside the request, at most once a minute, and a locked row is left alone")]
    public async Task The_last_use_of_an_alias_is_written_once_a_minute()
    {
        var entity = await Entity("used");
        await Link(entity, new Alias("auth/used/", "one"));
        var uses = Gateway.Services.GetRequiredService<AliasUses>();
        await Admitted(CallerKind.User, new Alias("auth/used/", "one"), OrgId);
        Assert.That(await LastUse(), Is.Null, "nobody waits for it");

        await uses.Write(CancellationToken.None);
        var first = await LastUse();
        await Admitted(CallerKind.User, new Alias("auth/used/", "one"), OrgId);
        await uses.Write(CancellationToken.None);
        Assert.That((first, await LastUse()), Is.EqualTo((first, first)).And.Not.EqualTo(((DateTime?)null, (DateTime?)null)));

        await Gateway.Execute("UPDATE identity.entity_aliases SET last_used_at = now() - interval '2 minutes' WHERE name = 'one' AND mount = 'auth/used/'");
        await Admitted(CallerKind.User, new Alias("auth/used/", "one"), OrgId);
        await using (var connection = await Gateway.Database.OpenConnectionAsync())
        await using (var holder = await connection.BeginTransactionAsync())
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT FROM identity.entity_aliases WHERE mount = 'auth/used/' FOR UPDATE";
            await command.ExecuteNonQueryAsync();
            await uses.Write(CancellationToken.None);
        }

        Assert.That(await LastUse(), Is.LessThan(first!.Value), "the row was locked");
        await Admitted(CallerKind.User, new Alias("auth/used/", "one"), OrgId);
        await uses.Write(CancellationToken.None);
        Assert.That(await LastUse(), Is.GreaterThanOrEqualTo(first.Value));

        async Task<DateTime?> LastUse() =>
            (await Gateway.Query<DateTime?>("SELECT last_used_at FROM identity.entity_aliases WHERE mount = 'auth/used/'"))[0];
    }

    [Test]
    public async Task An_alias_of_another_organization_is_nobody_here()
    {
        var (other, _) = await Gateway.CreateOrganization("alias-elsewhere");
        var entity = await Entity("elsewhere");
        await Link(entity, new Alias("auth/test/", "elsewhere"));

        Assert.That((await Admitted(CallerKind.User, new Alias("auth/test/", "elsewhere"), other)).Proven!.EntityId, Is.Null);
    }

    [Test]
    public async Task Two_issuers_with_one_subject_are_two_actors_and_so_is_a_token_made_again_under_its_name()
    {
        var first = await Made("again");
        await Admin.Delete($"/api/api-tokens/{first.Id}");
        var second = await Made("again");

        Assert.That(second.Alias, Is.Not.EqualTo(first.Alias));
        Assert.That(Alias.OfServiceAccount("https://a.example", "ci").ToString(), Is.EqualTo("auth/serviceaccount/https://a.example#ci"));
        Assert.That(
            Alias.OfServiceAccount("https://a.example/b", "ci"), Is.Not.EqualTo(Alias.OfServiceAccount("https://a.example", "b#ci")));
        Assert.That(Alias.OfAgentKey(first.Id), Is.Not.EqualTo(Alias.OfAgentKey(second.Id)));

        async Task<(Guid Id, string Alias)> Made(string name)
        {
            var token = await Admin.Post("/api/api-tokens", new { name, groups = new[] { "admin" } });
            using var client = Gateway.As(token.Text("token")!);
            await client.Post("/v1/identity/entity", new { name = $"by {token.Text("id")}" });
            var rows = await Admin.Get($"/api/audit/logs?resource_type=entity&actor_alias=auth/token/{token.Text("id")}");
            Assert.That(rows["data"].GetArrayLength(), Is.EqualTo(1));
            Assert.That(rows["data"][0].GetProperty("actor_subject").GetString(), Is.EqualTo(name));
            return (token["id"].GetGuid(), rows["data"][0].GetProperty("actor_alias").GetString()!);
        }
    }

    [Test]
    public async Task A_row_of_an_earlier_version_has_no_alias_and_is_read_all_the_same()
    {
        await Gateway.Execute(
            """
            INSERT INTO identity.audit_events (org_id, actor_kind, actor_subject, actor_name, action, resource_type, outcome)
            VALUES (@OrgId, 'api_token', 'old', 'old', 'create', 'relic', 'success')
            """,
            new { OrgId });

        var row = (await Admin.Get("/api/audit/logs?resource_type=relic"))["data"][0];

        Assert.That(row.GetProperty("actor_subject").GetString(), Is.EqualTo("old"));
        Assert.That(row.TryGetProperty("actor_alias", out _), Is.False);
    }

    private Task<Verdict<Caller>> Admitted(CallerKind kind, string name, params string[] groups) =>
        Admitted(kind, new Alias("auth/test/", name), OrgId, groups);

    private async Task<Verdict<Caller>> Admitted(CallerKind kind, Alias alias, Guid org, params string[] groups)
    {
        await using var scope = Gateway.Services.CreateAsyncScope();
        var who = new Authenticated(org, kind, alias, alias.Name, groups, ExpiresAt: null);
        return await scope.ServiceProvider.GetRequiredService<ISender>().Send(new Admit(who));
    }

    private async Task<Guid> Entity(string name, params string[] policies) =>
        (await Admin.Post("/v1/identity/entity", new { name, policies }))["data"].GetProperty("id").GetGuid();

    private async Task Link(Guid entity, Alias alias)
    {
        var path = alias.Mount["auth/".Length..].TrimEnd('/');
        await Admin.Post($"/v1/sys/auth/{path}", new { type = "test" });
        var accessor = (await Admin.Get($"/v1/sys/auth/{path}"))["data"].GetProperty("accessor").GetString();
        var linked = await Admin.Post(
            "/v1/identity/entity-alias", new { name = alias.Name, mount_accessor = accessor, canonical_id = entity });
        Assert.That(linked.Status, Is.EqualTo(HttpStatusCode.OK));
    }
}
