using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests;

/// <summary>S14: as many as the limit, and 422 <c>quota</c> for one more.</summary>
public sealed class QuotaTests : GatewayFixture
{
    private static readonly object NoKeys = new { keys = Array.Empty<int>() };

    protected override Task<Dictionary<string, string?>?> Settings() => Task.FromResult<Dictionary<string, string?>?>(new()
    {
        ["HOOP_QUOTA_TRUST_DOMAINS"] = "2",
        ["HOOP_QUOTA_AGENTS"] = "3",
        ["HOOP_QUOTA_MAPPINGS"] = "2",
        ["HOOP_QUOTA_API_TOKENS"] = "2",
        ["HOOP_QUOTA_CONNECTIONS"] = "2",
    });

    [Test]
    public async Task One_more_than_the_limit_is_refused_for_every_kind()
    {
        var (orgId, tenant) = await Gateway.CreateOrganization(Fresh("org"));
        var agent = await InsertAgent("one", orgId);
        foreach (var name in new[] { "one.test", "two.test", "three.test" })
        {
            await Admin.Put($"/api/trust-domain-names/{Fresh(name.Split('.')[0])}.test", new { org_id = orgId });
        }

        await Full(tenant, "/api/agents", 2, i => new { name = $"agent-{i}" });
        await Full(
            tenant, "/api/spiffe-mappings", 2, i => new { trust_domain = "m.test", spiffe_id = $"spiffe://m.test/{i}", agent_id = agent });
        await Full(tenant, "/api/api-tokens", 1, i => new { name = $"token-{i}", groups = Array.Empty<string>() });
        await Full(
            tenant,
            "/api/connections",
            2,
            i => new { name = $"connection-{i}", type = "custom", command = new[] { "psql" }, agent_id = agent });
    }

    [Test]
    public async Task A_new_admin_token_of_a_tenant_counts_as_one_of_its_tokens()
    {
        var (orgId, tenant) = await Gateway.CreateOrganization(Fresh("org"));
        var path = $"/api/orgs/{orgId}/admin-token";
        var second = await Admin.Post(path);
        var recorded = await Recorded();

        var third = await Admin.Post(path);

        Assert.That(second.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((third.Status, third.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "quota")));
        Assert.That((await tenant.Get("/api/api-tokens")).Body.GetArrayLength(), Is.EqualTo(2), "nothing was made");
        Assert.That(await Recorded(), Is.EqualTo(recorded), "nor recorded");

        Assert.That((int)(await Admin.Put($"/api/orgs/{orgId}/quotas", new { api_tokens = 3 })).Status, Is.InRange(200, 204));
        Assert.That((await Admin.Post(path)).Status, Is.EqualTo(HttpStatusCode.Created), "the operator gave more");

        Task<IReadOnlyList<long>> Recorded() => Gateway.Query<long>(
            "SELECT count(*) FROM identity.audit_events WHERE org_id = @orgId AND resource_type = 'api_token'", new { orgId });
    }

    [Test]
    public async Task Names_of_trust_domains_count_also_when_the_trust_domain_is_gone()
    {
        await Full(Admin, "/api/trust-domains", 2, i => new { name = $"counted-{i}.test", bundle_jwks = NoKeys });
        foreach (var one in (await Admin.Get("/api/trust-domains")).Body.EnumerateArray())
        {
            await Admin.Delete($"/api/trust-domains/{one.GetProperty("id").GetString()}");
        }

        Assert.That(
            (await Admin.Post("/api/trust-domains", new { name = "another.test", bundle_jwks = NoKeys })).Code, Is.EqualTo("quota"));
        Assert.That(
            (await Admin.Post("/api/trust-domains", new { name = "counted-0.test", bundle_jwks = NoKeys })).Status,
            Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task Many_at_once_do_not_get_past_the_limit()
    {
        var (_, tenant) = await Gateway.CreateOrganization(Fresh("org"));

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => tenant.Post("/api/agents", new { name = $"agent-{i}" })));

        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.Created), Is.EqualTo(3));
        Assert.That(replies.Count(reply => reply.Code == "quota"), Is.EqualTo(17));
    }

    [Test]
    public async Task The_operator_sets_another_limit_for_one_organization_and_takes_it_back()
    {
        var (orgId, tenant) = await Gateway.CreateOrganization(Fresh("org"));
        var quotas = $"/api/orgs/{orgId}/quotas";
        await Full(tenant, "/api/agents", 3, i => new { name = $"agent-{i}" });

        var raised = await Admin.Put(quotas, new { agents = 4 });
        Assert.That(
            raised.Body.EnumerateArray().Single(one => one.GetProperty("kind").GetString() == "agents").GetProperty("source").GetString(),
            Is.EqualTo("organization"));
        Assert.That((await tenant.Post("/api/agents", new { name = "agent-more" })).Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await tenant.Post("/api/agents", new { name = "agent-again" })).Code, Is.EqualTo("quota"));
        await Admin.Put(quotas, new { agents = (int?)null });
        Assert.That(
            (await Admin.Get(quotas)).Body.EnumerateArray().Single(one => one.GetProperty("kind").GetString() == "agents")
                .GetProperty("most").GetInt64(),
            Is.EqualTo(3));

        Assert.That((await Admin.Put(quotas, new { agnets = 4 })).Message, Does.Contain("agnets: is not a kind with a quota"));
        Assert.That((int)(await Admin.Put(quotas, new { agents = -1 })).Status, Is.EqualTo(422));
        Assert.That(
            (await Admin.Put($"/api/orgs/{Guid.NewGuid()}/quotas", new { agents = 4 })).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await Admin.Get($"/api/orgs/{Guid.NewGuid()}/quotas")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await tenant.Put(quotas, new { agents = 99 })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await tenant.Get(quotas)).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    private static async Task Full(HttpClient client, string path, int room, Func<int, object> body)
    {
        for (var i = 0; i < room; i++)
        {
            var made = await client.Post(path, body(i));
            Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), $"{path} {i}: {made.Body}");
        }

        var refused = await client.Post(path, body(room));
        Assert.That(((int)refused.Status, refused.Code), Is.EqualTo((422, "quota")), path);
    }
}
