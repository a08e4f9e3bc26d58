using System.Net;
using System.Text.Json;
using Hoop.Identity.Contracts;
using Hoop.Identity.Tokens;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Tokens;

/// <summary>The trail tells all of what was granted; and what made-up tokens cost.</summary>
public sealed class TokenTrailTests : IdentityFixture
{
    [Test]
    public async Task A_role_s_row_names_all_that_the_role_gives()
    {
        await Admin.Post("/v1/auth/token/roles/whole", new
        {
            allowed_policies = "a",
            allowed_policies_glob = "team-*",
            disallowed_policies = "b",
            disallowed_policies_glob = "adm*",
            token_period = "1h",
            token_explicit_max_ttl = "2h",
            token_num_uses = 3,
            renewable = false,
            token_no_default_policy = true,
            path_suffix = "ci",
        });
        var row = JsonElement.Parse((await Gateway.AuditOf("token_role")).Single(one => one.ResourceId == "whole").Fields);
        Assert.That(row.ToString(), Is.EqualTo(
            """
            {"orphan": false, "period": 3600, "num_uses": 3, "renewable": false, "path_suffix": "ci", "allowed_policies": ["a"], "explicit_max_ttl": 7200, "no_default_policy": true, "disallowed_policies": ["b"], "allowed_policies_glob": ["team-*"], "allowed_entity_aliases": [], "disallowed_policies_glob": ["adm*"]}
            """.Trim()));
    }

    [Test]
    [Description("I11: what a role makes beside the token is on record")]
    public async Task The_entity_that_a_role_makes_has_its_own_row_and_one_that_is_known_has_none()
    {
        await Admin.Post("/v1/auth/token/roles/maker", new { allowed_policies = "default", allowed_entity_aliases = "*" });
        var first = await Admin.Post("/v1/auth/token/create/maker", new { entity_alias = "made" });
        var entity = first["auth"].GetProperty("entity_id").GetString()!;
        var before = (await Gateway.AuditOf("entity")).Count;
        await Admin.Post("/v1/auth/token/create/maker", new { entity_alias = "MADE" });

        var rows = (await Gateway.AuditOf("entity")).Where(row => row.ResourceId == entity).ToList();
        var aliases = (await Gateway.AuditOf("entity_alias")).Where(row => row.Fields.Contains(entity, StringComparison.Ordinal)).ToList();
        Assert.Multiple(async () =>
        {
            Assert.That(rows.Select(row => (row.OrgId, row.Action, row.Outcome)), Is.EqualTo(new[] { (OrgId, "create", "success") }));
            Assert.That(rows[0].Fields, Does.Contain("\"reason\""));
            Assert.That(aliases.Select(row => (row.Action, row.Outcome)), Is.EqualTo(new[] { ("create", "success") }));
            Assert.That(await Gateway.AuditOf("entity"), Has.Count.EqualTo(before));
        });
    }

    [Test]
    public async Task A_policy_s_row_holds_the_hash_of_its_text()
    {
        await Admin.Put("/v1/sys/policies/acl/hashed", new { policy = "# empty" });
        var row = (await Gateway.AuditOf("acl_policy")).Single(one => one.ResourceId == "hashed");
        Assert.That(row.Fields, Does.Contain(
            $"\"sha256\": \"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("# empty"u8))}\""));
    }

    [Test]
    public async Task A_token_s_row_tells_its_times_and_its_parent_and_orphans_are_on_record()
    {
        var parent = await Made(Admin, new { policies = "root", period = "2h" });
        using var holder = Gateway.As(parent.Token);
        var child = await Made(holder, new { policies = "default", ttl = "1h", explicit_max_ttl = "3h", renewable = false });
        var row = (await Gateway.AuditOf("vault_token")).Single(one => one.ResourceId == child.Id);
        Assert.That(row.Fields, Does.Contain($"\"parent_id\": \"{parent.Id}\"").And.Contain("\"explicit_max_ttl\": 10800")
            .And.Contain("\"renewable\": false").And.Contain("\"period\": 0"));

        Assert.That((await Admin.Post("/v1/auth/token/revoke-orphan", new { token = parent.Token })).Status, Is.EqualTo(HttpStatusCode.NoContent));
        var rows = await Gateway.AuditOf("vault_token");
        Assert.Multiple(() =>
        {
            Assert.That(rows.Single(one => one.ResourceId == parent.Id && one.Action == "delete").Fields, Does.Contain("\"orphaned\": 1"));
            Assert.That(
                rows.Single(one => one.Action == "update").Fields,
                Is.EqualTo($$"""{"ids": ["{{child.Id}}"], "reason": "parent_revoked_orphan"}"""));
        });
        using var orphan = Gateway.As(child.Token);
        Assert.That((await orphan.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_made_up_token_costs_one_probe_and_a_known_one_no_probe()
    {
        var (_, token) = await Made(Admin, new { policies = "default" });
        Assert.Multiple(async () =>
        {
            Assert.That(await Asked($"hvs.{new string('x', 43)}"), Is.EqualTo((1, 0)), "one look by the index, and nothing recursive");
            Assert.That(await Asked(token), Is.EqualTo((1, 1)), "seen for the first time");
            Assert.That(await Asked(token), Is.EqualTo((0, 1)));
        });

        await Admin.Post("/v1/auth/token/revoke", new { token });
        Assert.Multiple(async () =>
        {
            Assert.That(await Asked(token), Is.EqualTo((0, 1)), "it was known until now");
            Assert.That(await Asked(token), Is.EqualTo((1, 0)), "what was revoked is unknown again");
        });
    }

    [Test]
    public void The_memory_of_known_hashes_is_bounded()
    {
        var seen = Gateway.Services.GetRequiredService<SeenTokens>();
        for (var i = 0; i < SeenTokens.Capacity + 10; i++)
        {
            seen.Note(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(i)));
        }

        Assert.That(seen.Count, Is.InRange(1, SeenTokens.Capacity));
    }

    // What verifying it sends: looks by the index, and the whole statement.
    private async Task<(int Probes, int Uses)> Asked(string token)
    {
        await using var scope = Gateway.Services.CreateAsyncScope();
        using var sent = new SentStatements();
        await scope.ServiceProvider.GetRequiredService<ISender>().Send(new AuthenticateVaultToken(token));
        return (
            sent.Texts.Count(text => text.StartsWith("SELECT EXISTS", StringComparison.Ordinal)),
            sent.Texts.Count(text => text.StartsWith("WITH RECURSIVE", StringComparison.Ordinal)));
    }

    private async Task<(string Id, string Token)> Made(HttpClient maker, object body)
    {
        var auth = (await maker.Post("/v1/auth/token/create", body))["auth"];
        var token = auth.GetProperty("client_token").GetString()!;
        var id = await Gateway.Query<Guid>(
            "SELECT id FROM identity.tokens WHERE accessor = @accessor", new { accessor = auth.GetProperty("accessor").GetString() });
        return (id[0].ToString(), token);
    }
}
