using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Nodes;
using Hoop.Shared;
using Hoop.Spiffe.Channels;
using Hoop.Spiffe.Contracts;
using Hoop.Spiffe.Tests.Channels;
using Hoop.StandIns;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Svids;

/// <summary>From token to agent, as the gateway's authentication asks it.</summary>
public sealed class AuthenticateSvidTests : GatewayFixture
{
    private const string Audience = "https://hoop.test";

    private SpiffeIssuerStandIn _issuer = null!;

    [OneTimeTearDown]
    public async Task StopIssuer() => await _issuer.DisposeAsync();

    protected override async Task<Dictionary<string, string?>?> Settings()
    {
        _issuer = await SpiffeIssuerStandIn.Start("auth.test");
        return new()
        {
            ["HOOP_SPIFFE_MODE"] = "enforce",
            ["HOOP_SPIFFE_TRUST_DOMAIN"] = "auth.test",
            ["HOOP_SPIFFE_BUNDLE_URL"] = _issuer.BundleUrl,
            ["HOOP_SPIFFE_AUDIENCE"] = Audience
        };
    }

    [Test(Description = "CVE-2026-53471, CVE-2026-50141, CVE-2026-9094: rights come from the mapping, never from a claim.")]
    public async Task A_mapping_decides_organization_agent_and_groups_whatever_the_token_claims()
    {
        var agent = await InsertAgent("claimed");
        await Map(
            new
            {
                trust_domain = "auth.test",
                spiffe_prefix = "spiffe://auth.test/agents/",
                agent_template = "{{.WorkloadIdentifier}}",
                groups = new[] { "ops" }
            });
        var claims =
            new Dictionary<string, JsonNode?>
            { ["groups"] = "admin", ["role"] = "admin", ["org_id"] = Guid.NewGuid().ToString(), ["agent_id"] = "other" };

        var found = await Authenticate(
            _issuer.MintSvid("spiffe://auth.test/agents/claimed", Audience, variant: new TokenVariant { Claims = claims }));

        Assert.That(found!.OrgId, Is.EqualTo(DefaultOrganization.Id));
        Assert.That((found.AgentId, found.AgentName), Is.EqualTo((agent, "claimed")));
        Assert.That(found.Identity, Is.EqualTo("spiffe://auth.test/agents/claimed"));
        Assert.That(found.Groups, Is.EqualTo(new[] { "ops" }));
        Assert.That(found.Audience, Is.EqualTo(Audience));
        Assert.That(found.ExpiresAt, Is.EqualTo(DateTimeOffset.UtcNow.AddMinutes(5)).Within(TimeSpan.FromSeconds(30)));
    }

    [Test]
    public async Task A_changed_or_deleted_mapping_counts_for_the_same_token()
    {
        await InsertAgent("first");
        await InsertAgent("second");
        var mapping = await Map(new { trust_domain = "auth.test", spiffe_id = "spiffe://auth.test/moving", agent_template = "first" });
        var token = _issuer.MintSvid("spiffe://auth.test/moving", Audience);

        Assert.That((await Authenticate(token))!.AgentName, Is.EqualTo("first"));
        await Admin.Put(
            $"/api/spiffe-mappings/{mapping}",
            new { trust_domain = "auth.test", spiffe_id = "spiffe://auth.test/moving", agent_template = "second" });
        Assert.That((await Authenticate(token))!.AgentName, Is.EqualTo("second"));
        await Admin.Delete($"/api/spiffe-mappings/{mapping}");
        Assert.That(await Authenticate(token), Is.Null);
    }

    [Test]
    public async Task All_refusals_look_the_same_and_are_told_apart_in_log_and_metric()
    {
        var codes = new List<string?>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == SpiffeMetrics.MeterName)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            lock (codes)
            {
                codes.Add(tags[0].Value as string);
            }
        });
        listener.Start();
        string[] tokens =
        [
            _issuer.MintSvid("spiffe://auth.test/unmapped", Audience),
            _issuer.MintSvid("spiffe://auth.test/unmapped", "https://other.test"),
            _issuer.MintSvid("spiffe://auth.test/unmapped", Audience, TimeSpan.FromMinutes(-10)),
            _issuer.MintSvid("spiffe://nowhere.test/x", Audience),
        ];

        var bodies = new HashSet<string>(StringComparer.Ordinal);
        foreach (var token in tokens)
        {
            using var client = Gateway.As(token);
            var reply = await client.Get("/api/agents");
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
            bodies.Add(reply.Body.GetRawText());
        }

        Assert.That(bodies, Has.Count.EqualTo(1));
        Assert.That(codes, Is.SupersetOf(new[] { "no_mapping", "audience", "expired", "trust_domain" }));
        Assert.That(Gateway.Logs.Lines, Has.Some.Contains("JWT-SVID refused: no_mapping"));
        Assert.That(Gateway.Logs.Lines.Any(line => tokens.Any(token => line.Contains(token, StringComparison.Ordinal))), Is.False);
    }

    [Test]
    public async Task An_agent_connects_by_its_svid_and_leaves_when_its_mapping_goes()
    {
        await InsertAgent("walker");
        var mapping = await Map(
            new { trust_domain = "auth.test", spiffe_prefix = "spiffe://auth.test/channels/", agent_template = "{{.WorkloadIdentifier}}" });
        var file = Path.Combine(Gateway.DataDirectory, "svid.jwt");
        await File.WriteAllTextAsync(file, _issuer.MintSvid("spiffe://auth.test/channels/walker", Audience));
        await using var agent = TestAgent.WithSvidFile(Gateway, file);
        await Gateway.Connected("walker");

        await Admin.Delete($"/api/spiffe-mappings/{mapping}");
        var left = await Eventually.True(
            async () => (await Admin.Get("/api/agents/walker")).Text("status") == "DISCONNECTED", "the channel stays open");

        left.IsAtOnce();
        var line = Gateway.Logs.Lines.First(one => one.Contains("agent authenticated via spiffe", StringComparison.Ordinal));
        Assert.That(
            line,
            Does.Contain("spiffe_id=spiffe://auth.test/channels/walker").And.Contain("trust_domain=auth.test").And.Contain("svid_type=jwt").And.Contain("agent_name=walker"));
    }

    [Test(Description = "CVE-2026-48708: one request's template must not reach another.")]
    public async Task Templates_rendered_at_once_do_not_mix()
    {
        await Map(
            new
            {
                trust_domain = "auth.test",
                spiffe_prefix = "spiffe://auth.test/mix/",
                agent_template = "{{$name := .WorkloadIdentifier}}{{if $name}}mix-{{$name}}{{end}}"
            });
        foreach (var i in Enumerable.Range(0, 8))
        {
            await InsertAgent($"mix-{i}");
        }

        var answers = await Task.WhenAll(
            Enumerable.Range(0,
                400).Select(async i => (Asked: i % 8,
                    Found: await Authenticate(_issuer.MintSvid($"spiffe://auth.test/mix/{i % 8}", Audience)))));

        Assert.That(answers.Where(one => one.Found?.AgentName != $"mix-{one.Asked}"), Is.Empty);
    }

    private async Task<Guid> Map(object body) => (await Admin.Post("/api/spiffe-mappings", body))["id"].GetGuid();

    private async Task<AuthenticatedAgent?> Authenticate(string token)
    {
        await using var scope = Gateway.Services.CreateAsyncScope();
        var verdict = await scope.ServiceProvider.GetRequiredService<ISender>().Send(new AuthenticateSvid(token));
        return verdict.Accepted ? AuthenticatedAgent.Of(verdict.Proven) : null;
    }
}

public sealed class DisabledSpiffeTests : GatewayFixture
{
    [Test]
    public async Task While_the_mode_is_disabled_mappings_are_managed_and_tokens_refused()
    {
        await using var issuer = await SpiffeIssuerStandIn.Start("off.test");
        await InsertAgent("off");
        var mapping = await Admin.Post(
            "/api/spiffe-mappings", new { trust_domain = "off.test", spiffe_id = "spiffe://off.test/a", agent_template = "off" });
        var domain = await Admin.Post("/api/trust-domains", new { name = "off.test", bundle_jwks = issuer.Bundle() });
        using var client = Gateway.As(issuer.MintSvid("spiffe://off.test/a", "hoop-gateway"));
        var check = (await Gateway.Anonymous.Get("/healthz/ready"))["checks"].GetProperty("trust_bundle");

        Assert.That(mapping.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(domain["bundle"].GetProperty("state").GetString(), Is.EqualTo("disabled"));
        Assert.That((await client.Get("/api/agents")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(check.GetProperty("status").GetString(), Is.EqualTo("ok"));
        Assert.That(check.GetProperty("description").GetString(), Is.EqualTo("disabled"));
    }
}
