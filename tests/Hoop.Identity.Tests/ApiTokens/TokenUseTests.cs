using System.Net;
using Hoop.Identity.ApiTokens;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Identity.Tests.ApiTokens;

public sealed class TokenUseTests : IdentityFixture
{
    [Test]
    public async Task The_list_says_which_tokens_have_expired_and_when_each_was_used()
    {
        var made = await Admin.Post("/api/api-tokens", new { name = "used", expires_in = "1h" });
        var before = await Listed("used");
        using var client = Gateway.As(made.Text("token")!);
        await client.Get("/api/userinfo");
        var uses = Gateway.Services.GetRequiredService<TokenUses>();
        await uses.Write(CancellationToken.None);
        var used = await Listed("used");
        await client.Get("/api/userinfo");
        await uses.Write(CancellationToken.None);
        var again = await Listed("used");
        await Gateway.Execute("UPDATE identity.api_tokens SET expires_at = now() - interval '1 second' WHERE name = 'used'");

        Assert.That(before.TryGetProperty("last_used_at", out _), Is.False);
        Assert.That(before.GetProperty("status").GetString(), Is.EqualTo("active"));
        Assert.That(used.GetProperty("last_used_at").GetDateTime(), Is.EqualTo(DateTime.UtcNow).Within(TimeSpan.FromMinutes(5)));
        Assert.That(
            again.GetProperty("last_used_at").GetRawText(),
            Is.EqualTo(used.GetProperty("last_used_at").GetRawText()),
            "A13: written beside the request, at most once a minute");
        Assert.That((await Listed("used")).GetProperty("status").GetString(), Is.EqualTo("expired"));
        Assert.That((await client.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task An_auditor_reads_what_an_admin_reads_and_changes_nothing()
    {
        foreach (var path in new[] { "/api/api-tokens", "/api/trust-domains", "/api/connections", "/api/agents", "/api/spiffe-mappings",
            "/api/serviceaccounts", "/api/audit/logs" })
        {
            Assert.That((await Auditor.Get(path)).Status, Is.EqualTo(HttpStatusCode.OK), path);
        }

        Assert.That(
            (await Auditor.Post("/api/spiffe-mappings/resolve", new { spiffe_id = "spiffe://a.test/b" })).Status,
            Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await Auditor.Get("/api/connections/none/federation")).Status, Is.Not.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await Auditor.Post("/api/api-tokens", new { name = "x" })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [TestCase("ad\u200bmin")]
    [TestCase("\u202enimda")]
    [TestCase("admin\u2060")]
    [TestCase("\ufeffadmin")]
    [TestCase("a\u00adb")]
    [TestCase("a\u2028b")]
    [TestCase("a\ue000")]
    public async Task A_group_that_looks_like_another_is_refused(string group)
    {
        var reply = await Admin.Post("/api/api-tokens", new { name = "lookalike", groups = new[] { group } });

        Assert.That(
            (reply.Status, reply.Message),
            Is.EqualTo((HttpStatusCode.UnprocessableEntity,
                "groups: must not hold control or invisible characters, or surrounding blanks")));
    }

    [TestCase("équipe-β")]
    [TestCase("管理者")]
    [TestCase("a b")]
    public async Task A_group_in_any_language_is_fine(string group) =>
        Assert.That(
            (await Admin.Post("/api/api-tokens", new { name = $"t-{Guid.NewGuid():N}", groups = new[] { group } })).Status,
            Is.EqualTo(HttpStatusCode.Created));

    private async Task<System.Text.Json.JsonElement> Listed(string name) =>
        (await Admin.Get("/api/api-tokens")).Body.EnumerateArray().Single(token => token.GetProperty("name").GetString() == name);
}
