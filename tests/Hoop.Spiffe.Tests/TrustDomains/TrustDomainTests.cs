using System.Net;
using System.Text.Json;
using Hoop.Shared.Callers;
using Hoop.Shared.Jose;
using Hoop.Spiffe.Contracts;
using Hoop.StandIns;
using Hoop.Testing;
using Hoop.Testing.Jose;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.TrustDomains;

public sealed class TrustDomainTests : GatewayFixture
{
    private const string Path = "/api/trust-domains";

    private static readonly object NoKeys = new { keys = Array.Empty<int>() };

    private SpiffeIssuerStandIn _configured = null!;

    [OneTimeTearDown]
    public async Task StopIssuer() => await _configured.DisposeAsync();

    protected override async Task<Dictionary<string, string?>?> Settings()
    {
        _configured ??= await SpiffeIssuerStandIn.Start("configured.test");
        return new()
        {
            ["HOOP_SPIFFE_MODE"] = "enforce",
            ["HOOP_SPIFFE_TRUST_DOMAIN"] = "configured.test",
            ["HOOP_SPIFFE_BUNDLE_URL"] = _configured.BundleUrl,
            ["HOOP_SPIFFE_ALLOW_LOOPBACK_HTTP"] = "true",
        };
    }

    [Test]
    public async Task The_configured_one_is_listed_and_cannot_be_changed()
    {
        var listed = (await Admin.Get(Path)).Body.EnumerateArray().Single(one => one.GetProperty("name").GetString() == "configured.test");
        var id = listed.GetProperty("id").GetString();
        var (_, other) = await Gateway.CreateOrganization(Fresh("org"));

        Assert.That(listed.GetProperty("source").GetString(), Is.EqualTo("configuration"));
        Assert.That(listed.GetProperty("bundle").GetProperty("state").GetString(), Is.EqualTo("current"));
        Assert.That((await Admin.Get($"{Path}/{id}")).Text("name"), Is.EqualTo("configured.test"));
        Assert.That((await Admin.Put($"{Path}/{id}", new { name = "x.test", bundle_jwks = NoKeys })).Code, Is.EqualTo("read_only"));
        Assert.That((await Admin.Delete($"{Path}/{id}")).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(
            (await Admin.Post(Path, new { name = "configured.test", bundle_jwks = NoKeys })).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await other.Get(Path)).Body.GetRawText(), Is.EqualTo("[]"), "it belongs to the default organization");
        Assert.That((await other.Get($"{Path}/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await other.Delete($"{Path}/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task An_inline_bundle_lets_its_agents_in_until_it_is_deleted()
    {
        await using var issuer = await SpiffeIssuerStandIn.Start("inline.test");
        var (orgId, admin) = await Gateway.CreateOrganization(Fresh("org"));
        var agent = await InsertAgent("inline", orgId);
        await admin.Post(
            "/api/spiffe-mappings",
            new { trust_domain = "inline.test", spiffe_id = "spiffe://inline.test/a", agent_id = agent, groups = new[] { "ops" } });
        var token = issuer.MintSvid("spiffe://inline.test/a", "hoop-gateway");

        var before = await Authenticate(Gateway, token);
        await Give("inline.test", orgId);
        var created = await admin.Post(Path, new { name = "inline.test", bundle_jwks = JsonDocument.Parse(issuer.Bundle()).RootElement });
        await Accepted(Gateway, token);
        var during = (await Authenticate(Gateway, token))!;
        var deleted = await admin.Delete($"{Path}/{created.Text("id")}");
        var after = await Authenticate(Gateway, token);

        Assert.That(before, Is.Null);
        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.Created), created.Message);
        Assert.That((during.OrgId, during.Agent!.Id, during.Agent.Identity), Is.EqualTo((orgId, agent, "spiffe://inline.test/a")));
        Assert.That(during.Groups, Is.EqualTo(new[] { "ops" }));
        Assert.That(deleted.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(after, Is.Null, "at once, without waiting for a notification");
        Assert.That(
            (await Gateway.AuditOf("trust_domain")).Where(row => row.OrgId == orgId).Select(row => row.Action),
            Is.EqualTo(new[] { "create", "delete" }));
    }

    [Test(Description = "CVE-2026-33496: what was verified under another configuration counts no more.")]
    public async Task A_replaced_bundle_counts_at_once_with_a_warm_cache()
    {
        await using var old = await SpiffeIssuerStandIn.Start("swap.test");
        await using var fresh = await SpiffeIssuerStandIn.Start("swap.test");
        await Known("swap.test");
        var created = await Admin.Post(Path, new { name = "swap.test", bundle_jwks = old.Bundle() });
        var token = old.MintSvid("spiffe://swap.test/a", "hoop-gateway");
        await Accepted(Gateway, token);

        await Admin.Put($"{Path}/{created.Text("id")}", new { name = "swap.test", bundle_jwks = fresh.Bundle() });

        Assert.That(await Authenticate(Gateway, token), Is.Null);
        Assert.That(await Authenticate(Gateway, fresh.MintSvid("spiffe://swap.test/a", "hoop-gateway")), Is.Not.Null);
    }

    [Test(Description = "CVE-2026-49998: the same kid in two bundles; keys are never pooled.")]
    public async Task A_key_of_one_trust_domain_does_not_speak_for_another()
    {
        await using var one = await SpiffeIssuerStandIn.Start("one.test", keyId: "same");
        await using var two = await SpiffeIssuerStandIn.Start("two.test", keyId: "same");
        foreach (var issuer in new[] { one, two })
        {
            await Admin.Post(Path, new { name = issuer.TrustDomain, bundle_jwks = issuer.Bundle() });
            await Known(issuer.TrustDomain);
            await Accepted(Gateway, issuer.MintSvid($"spiffe://{issuer.TrustDomain}/a", "hoop-gateway"));
        }

        Assert.That(await Authenticate(Gateway, one.MintSvid("spiffe://two.test/a", "hoop-gateway")), Is.Null);
        Assert.That(await Authenticate(Gateway, two.MintSvid("spiffe://one.test/a", "hoop-gateway")), Is.Null);
    }

    [Test]
    public async Task A_bundle_url_can_be_refreshed_now_and_never_goes_back()
    {
        await using var issuer = await SpiffeIssuerStandIn.Start("url.test");
        await Known("url.test");
        var created = await Admin.Post(Path, new { name = "url.test", bundle_url = issuer.BundleUrl, refresh_seconds = 3600 });
        var refresh = $"{Path}/{created.Text("id")}/refresh";
        var first = issuer.MintSvid("spiffe://url.test/a", "hoop-gateway");
        await Accepted(Gateway, first);

        var withdrawn = issuer.SigningKey.KeyId;
        issuer.RotateKey();
        issuer.RemoveKey(withdrawn);
        var refreshed = (await Admin.Post(refresh))["bundle"];
        var current = issuer.MintSvid("spiffe://url.test/a", "hoop-gateway");

        Assert.That(refreshed.GetProperty("state").GetString(), Is.EqualTo("current"));
        Assert.That(refreshed.GetProperty("keys").GetInt32(), Is.EqualTo(1));
        Assert.That(await Authenticate(Gateway, first), Is.Null, "its key is withdrawn");
        Assert.That(await Authenticate(Gateway, current), Is.Not.Null);

        issuer.BundleEndpoint.Fault = DocumentFault.ServerError;
        var broken = (await Admin.Post(refresh))["bundle"];
        Assert.That(broken.GetProperty("state").GetString(), Is.EqualTo("stale"));
        Assert.That(broken.GetProperty("last_error").GetString(), Does.Contain("500"));
        Assert.That(await Authenticate(Gateway, current), Is.Not.Null, "the last good bundle counts");

        issuer.BundleEndpoint.Fault = DocumentFault.None;
        issuer.SequenceOverride = 0;
        var older = (await Admin.Post(refresh))["bundle"];
        Assert.That(older.GetProperty("last_error").GetString(), Does.Contain("spiffe_sequence went back"));
    }

    [Test]
    public async Task A_refresh_right_after_the_creation_fetches()
    {
        await using var issuer = await SpiffeIssuerStandIn.Start("fresh.test");
        var created = await Admin.Post(Path, new { name = "fresh.test", bundle_url = issuer.BundleUrl });

        var refreshed = (await Admin.Post($"{Path}/{created.Text("id")}/refresh"))["bundle"];

        Assert.That(refreshed.GetProperty("state").GetString(), Is.EqualTo("current"));
        Assert.That(refreshed.GetProperty("keys").GetInt32(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_bundle_without_a_usable_key_is_empty_and_says_why()
    {
        var key = Testing.Jose.SigningKey.Create(JwsAlgorithm.ES256, "one");
        var created = await Admin.Post(Path, new { name = "empty.test", bundle_jwks = JsonTexts.KeySet(key.Jwk("x509-svid")) });

        var bundle = (await Admin.Post($"{Path}/{created.Text("id")}/refresh"))["bundle"];

        Assert.That(bundle.GetProperty("state").GetString(), Is.EqualTo("empty"));
        Assert.That(
            bundle.GetProperty("skipped")[0].GetString(),
            Does.Contain("only keys with use jwt-svid are used, and this one has use x509-svid"));
        await Admin.Delete($"{Path}/{created.Text("id")}");
    }

    [Test]
    public async Task A_bundle_url_that_redirects_is_not_followed()
    {
        await using var issuer = await SpiffeIssuerStandIn.Start("moved.test");
        await using var other = await SpiffeIssuerStandIn.Start("moved.test");
        issuer.BundleEndpoint.Fault = DocumentFault.Redirect;
        issuer.BundleEndpoint.RedirectTarget = other.BundleUrl;
        var created = await Admin.Post(Path, new { name = "moved.test", bundle_url = issuer.BundleUrl });

        var bundle = (await Admin.Post($"{Path}/{created.Text("id")}/refresh"))["bundle"];

        Assert.That(bundle.GetProperty("last_error").GetString(), Does.Contain("redirects are not followed"));
        Assert.That(other.BundleEndpoint.Requests, Is.Zero);
        await Admin.Delete($"{Path}/{created.Text("id")}");
    }

    [Test]
    public async Task An_unknown_key_fetches_the_bundle_once_and_then_is_refused()
    {
        await using var issuer = await SpiffeIssuerStandIn.Start("rotating.test");
        await Known("rotating.test");
        await Admin.Post(Path, new { name = "rotating.test", bundle_url = issuer.BundleUrl, refresh_seconds = 3600 });
        await Accepted(Gateway, issuer.MintSvid("spiffe://rotating.test/a", "hoop-gateway"));
        var before = issuer.BundleEndpoint.Requests;

        issuer.RotateKey();
        var rotated = await Authenticate(Gateway, issuer.MintSvid("spiffe://rotating.test/a", "hoop-gateway"));
        var forged = issuer.MintSvid("spiffe://rotating.test/a", "hoop-gateway", variant: new TokenVariant { KeyId = "made-up" });
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Authenticate(Gateway, forged)));

        Assert.That(rotated, Is.Not.Null, "a rotated key is met at once");
        Assert.That(answers, Is.All.Null);
        Assert.That(issuer.BundleEndpoint.Requests - before, Is.EqualTo(1));
    }

    [Test]
    public async Task A_trust_domain_removed_on_one_gateway_is_refused_by_the_other()
    {
        await using var issuer = await SpiffeIssuerStandIn.Start("replica.test");
        await using var replica = await TestGateway.Start(await Settings(), connection: Gateway.Connection);
        await Known("replica.test");
        var token = issuer.MintSvid("spiffe://replica.test/a", "hoop-gateway");

        var created = await Admin.Post(Path, new { name = "replica.test", bundle_jwks = issuer.Bundle() });
        await Accepted(replica, token);
        await Admin.Delete($"{Path}/{created.Text("id")}");

        Assert.That(await Authenticate(replica, token), Is.Null, "the row is read with the mapping, so no notification is needed");
    }

    [TestCase("""{"bundle_jwks": {"keys": []}}""", 400, "name is required")]
    [TestCase("""{"name": "Bad.test", "bundle_jwks": {"keys": []}}""", 422, "name: ")]
    [TestCase("""{"name": "spiffe://bad.test", "bundle_jwks": {"keys": []}}""", 422, "name: ")]
    [TestCase("""{"name": "bad.test"}""", 422, "exactly one of bundle_url, bundle_file or bundle_jwks must be set")]
    [TestCase("""{"name": "bad.test", "bundle_url": "https://a.test/", "bundle_jwks": {"keys": []}}""", 422, "exactly one of")]
    [TestCase("""{"name": "bad.test", "bundle_url": "http://a.test/"}""", 422, "bundle_url: ")]
    [TestCase("""{"name": "bad.test", "bundle_url": "https://user@a.test/"}""", 422, "bundle_url: ")]
    [TestCase("""{"name": "bad.test", "bundle_url": "https://10.0.0.1/"}""", 422, "bundle_url: ")]
    [TestCase("""{"name": "bad.test", "bundle_url": "https://169.254.169.254/"}""", 422, "bundle_url: ")]
    [TestCase("""{"name": "bad.test", "bundle_url": "https://[::ffff:10.0.0.1]/"}""", 422, "bundle_url: ")]
    [TestCase("""{"name": "bad.test", "bundle_url": "file:///etc/passwd"}""", 422, "bundle_url: ")]
    [TestCase("""{"name": "bad.test", "bundle_file": "relative.json"}""", 422, "bundle_file: must be an absolute path")]
    [TestCase("""{"name": "bad.test", "bundle_jwks": {}}""", 422, "bundle_jwks: ")]
    [TestCase("""{"name": "bad.test", "bundle_jwks": "nonsense"}""", 422, "bundle_jwks: ")]
    [TestCase("""{"name": "bad.test", "bundle_jwks": "\ud800"}""", 400, "")]
    [TestCase("""{"name": "bad.test", "bundle_jwks": "\u0000"}""", 422, "bundle_jwks: ")]
    [TestCase("""{"name": "bad.test", "bundle_jwks": {"keys": [{"kty": "\ud800"}]}}""", 422, "bundle_jwks: ")]
    [TestCase("""{"name": "bad.test", "bundle_jwks": []}""", 400, "")]
    [TestCase("""{"name": "bad.test", "bundle_jwks": {"keys": []}, "refresh_seconds": 0}""", 422, "refresh_seconds: ")]
    [Description("CVE-2026-41413, CVE-2026-5052, CVE-2026-40280, CVE-2026-2455, CVE-2026-45741: URLs that lead inward.")]
    public async Task A_wrong_trust_domain_is_refused_with_the_field(string body, int status, string message)
    {
        var reply = await Admin.Post(Path, body);

        Assert.That((int)reply.Status, Is.EqualTo(status));
        Assert.That(reply.Message, Does.StartWith(message));
    }

    [Test]
    public async Task A_name_belongs_to_one_organization_and_the_refusal_does_not_say_to_which()
    {
        var (otherId, other) = await Gateway.CreateOrganization(Fresh("org"));
        var mine = await Admin.Post(Path, new { name = "unique.test", bundle_jwks = NoKeys });
        await Give("free.test", otherId);
        var free = await other.Post(Path, new { name = "free.test", bundle_jwks = NoKeys });

        var again = await Admin.Post(Path, new { name = "unique.test", bundle_jwks = NoKeys });
        var theirs = await other.Post(Path, new { name = "unique.test", bundle_jwks = NoKeys });
        var renamed = await other.Put($"{Path}/{free.Text("id")}", new { name = "unique.test", bundle_jwks = NoKeys });

        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(theirs.Code, Is.EqualTo("trust_domain_not_given"));
        Assert.That(renamed.Code, Is.EqualTo("trust_domain_not_given"));
        Assert.That((await other.Get($"{Path}/{mine.Text("id")}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await other.Delete($"{Path}/{mine.Text("id")}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await other.Post($"{Path}/{mine.Text("id")}/refresh")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Only_the_operator_names_files_of_the_gateway()
    {
        var (_, tenant) = await Gateway.CreateOrganization(Fresh("org"));
        var file = System.IO.Path.Combine(Gateway.DataDirectory, "bundle.json");
        _configured.WriteBundle(file);

        Assert.That((await tenant.Post(Path, new { name = "file.test", bundle_file = file })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await Admin.Post(Path, new { name = "file.test", bundle_file = file })).Status, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task Readiness_tells_the_state_and_no_tenants_names()
    {
        var (otherId, other) = await Gateway.CreateOrganization(Fresh("org"));
        await Give("secret-tenant.test", otherId);
        await other.Post(Path, new { name = "secret-tenant.test", bundle_jwks = NoKeys });

        var reply = await Gateway.Anonymous.Get("/healthz/ready");

        var configured = reply["checks"].GetProperty("trust_bundle").GetProperty("data").GetProperty("configured.test");
        Assert.That(configured.GetProperty("state").GetString(), Is.EqualTo("current"));
        Assert.That(configured.GetProperty("age_seconds").GetInt32(), Is.GreaterThanOrEqualTo(0));
        Assert.That(reply.Body.GetRawText(), Does.Not.Contain("secret-tenant"));
    }

    [Test]
    public async Task Only_admins_see_trust_domains()
    {
        using var auditor = await ClientIn("auditor");

        Assert.That((await auditor.Get(Path)).Status, Is.EqualTo(HttpStatusCode.OK), "auditors read everything");
        Assert.That((await auditor.Post(Path, new { name = "x.test" })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    /// <summary>An agent, and the mapping that leads <c>spiffe://name/a</c> to it.</summary>
    private async Task Known(string trustDomain)
    {
        var agent = await InsertAgent(Fresh("agent"));
        await Admin.Post(
            "/api/spiffe-mappings", new { trust_domain = trustDomain, spiffe_id = $"spiffe://{trustDomain}/a", agent_id = agent });
    }

    private Task<Reply> Give(string name, Guid orgId) => Admin.Put($"/api/trust-domain-names/{name}", new { org_id = orgId });

    private static Task<TimeSpan> Accepted(TestGateway gateway, string token) =>
        Eventually.True(
            async () => await Authenticate(gateway, token) is not null, "the trust domain is not used", TimeSpan.FromSeconds(8));

    private static async Task<Authenticated?> Authenticate(TestGateway gateway, string token)
    {
        await using var scope = gateway.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<ISender>().Send(new AuthenticateSvid(token))).Proven;
    }
}
