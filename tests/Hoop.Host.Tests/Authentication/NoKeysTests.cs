using System.Net;
using System.Text.Json.Nodes;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.Authentication;

/// <summary>
/// A gateway that has never reached the providers of its tokens cannot say that a token is bad: at every door the answer is "not now", and
/// no address gets a bad name for it. As soon as the keys are there, tokens are judged again.
/// </summary>
[Description("A14, A15")]
public sealed class NoKeysTests
{
    private const string Audience = "https://hoop.test";
    private const string Client = "hoop-cli";
    private const int Tries = 12;

    private IdentityProviderStandIn _provider = null!;
    private SpiffeIssuerStandIn _issuer = null!;
    private TestGateway _gateway = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _provider = await IdentityProviderStandIn.Start(Audience);
        _issuer = await SpiffeIssuerStandIn.Start("trust.test");
        _provider.Jwks.Fault = _issuer.BundleEndpoint.Fault = DocumentFault.ServerError;
        _gateway = await TestGateway.Start(new()
        {
            ["HOOP_BAD_TOKENS_PER_MINUTE"] = "60",
            ["HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP"] = "true",
            ["HOOP_SPIFFE_MODE"] = "enforce",
            ["HOOP_SPIFFE_TRUST_DOMAIN"] = "trust.test",
            ["HOOP_SPIFFE_BUNDLE_URL"] = _issuer.BundleUrl,
            ["HOOP_SPIFFE_ALLOW_LOOPBACK_HTTP"] = "true",
            ["HOOP_OIDC_ISSUER"] = _provider.Issuer,
            ["HOOP_OIDC_AUDIENCE"] = Audience,
            ["HOOP_OIDC_JWKS_URL"] = _provider.JwksUrl,
            ["HOOP_OIDC_CLIENT_ID"] = Client,
        });
        await Good(_gateway.Operator.Post("/api/serviceaccounts", new { subject = "robot", name = "robot", status = "active" }));
        await Good(_gateway.Operator.Post("/api/agents", new { name = "web" }));
        await Good(_gateway.Operator.Post(
            "/api/spiffe-mappings", new { trust_domain = "trust.test", spiffe_prefix = "spiffe://trust.test/", agent_template = "web" }));
        await Furnish("jwt", new { jwks_url = _provider.JwksUrl, bound_issuer = _provider.Issuer });
        await Good(_gateway.Operator.Post("/v1/sys/auth/workloads", new { type = "spiffe" }));
        await Role("workloads");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _gateway.DisposeAsync();
        await _issuer.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Test]
    public async Task Without_a_key_of_the_issuer_no_door_calls_a_token_bad_and_with_one_it_is_judged()
    {
        var doors = new (string Name, Func<Task<Reply>> Knock, string? Code)[]
        {
            ("access token", () => Ask(_provider.MintAccessToken("robot")), "no_keys"),
            ("SVID", () => Ask(_issuer.MintSvid("spiffe://trust.test/web", "hoop-gateway")), "no_keys"),
            ("access token on /v1", () => Ask(_provider.MintAccessToken("robot"), "/v1/auth/token/lookup-self"), null),
            ("sign-in", () => SignIn(new { id_token = _provider.MintIdToken("jane", Client) }), "no_keys"),
            (
                "sign-in by access token",
                () => SignIn(new { access_token = _provider.MintAccessToken("jane", variant: OfClient) }),
                "no_keys"),
            ("login", () => Login("jwt", _provider.MintAccessToken("ada")), null),
            ("login of a workload", () => Login("workloads", _issuer.MintSvid("spiffe://trust.test/web", "hoop-gateway")), null),
        };
        foreach (var (name, knock, code) in doors)
        {
            for (var i = 0; i < Tries; i++)
            {
                var reply = await knock();
                Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable), $"{name}: {reply.Body}");
                Assert.That(reply.Response.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(5)), name);
                Assert.That(reply.Response.Headers.WwwAuthenticate, Is.Empty, name);
                if (code is not null)
                {
                    Assert.That(reply.Code, Is.EqualTo(code), name);
                }
            }
        }

        Assert.That(
            (await Ask(_provider.MintAccessToken("robot", lifetime: TimeSpan.FromMinutes(-5)))).Status,
            Is.EqualTo(HttpStatusCode.Unauthorized),
            "what is bad with any key is bad without one");
        Assert.That(
            (await Ask(_issuer.MintSvid("spiffe://trust.test/web", "hoop-gateway", TimeSpan.FromMinutes(-5)))).Status,
            Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(
            (await Ask(_issuer.MintSvid("spiffe://trust.test/web", "other"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));

        _provider.Jwks.Fault = _issuer.BundleEndpoint.Fault = DocumentFault.None;
        foreach (var (name, knock, _) in doors)
        {
            await Eventually.True(
                async () => (await knock()).Status != HttpStatusCode.ServiceUnavailable,
                $"{name}: the keys are not found",
                TimeSpan.FromSeconds(60));
        }

        Assert.That((await doors[0].Knock()).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await doors[1].Knock()).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await doors[3].Knock()).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await doors[5].Knock()).Status, Is.EqualTo(HttpStatusCode.OK));

        // An issuer whose keys are known cannot be made to look like one without: a made-up key is a bad token, and counts.
        var strange = new List<int>();
        for (var i = 0; i < 2 * Tries; i++)
        {
            strange.Add((int)(await Ask(_provider.MintAccessToken("robot", variant: new TokenVariant { KeyId = $"made-up-{i}" }))).Status);
        }

        Assert.That(strange, Has.None.EqualTo(503));
        Assert.That(strange, Does.Contain(401).And.Contain(429));
    }

    private static TokenVariant OfClient => new()
    {
        Claims = new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { ["client_id"] = Client },
    };

    private Task<Reply> Ask(string token, string path = "/api/userinfo") => _gateway.As(token).Get(path);

    private Task<Reply> SignIn(object body) => _gateway.Anonymous.Post("/api/signin", body);

    private Task<Reply> Login(string mount, string jwt) => _gateway.Anonymous.Post($"/v1/auth/{mount}/login", new { role = "dev", jwt });

    private async Task Furnish(string mount, object config)
    {
        await Good(_gateway.Operator.Post($"/v1/sys/auth/{mount}", new { type = "jwt" }));
        await Good(_gateway.Operator.Post($"/v1/auth/{mount}/config", config));
        await Role(mount);
    }

    private Task Role(string mount) => Good(_gateway.Operator.Post(
        $"/v1/auth/{mount}/role/dev",
        new { role_type = "jwt", bound_audiences = $"{Audience},hoop-gateway", user_claim = "sub", token_policies = "dev" }));

    private static async Task Good(Task<Reply> asked)
    {
        var reply = await asked;
        Assert.That(reply.Response.IsSuccessStatusCode, Is.True, $"{reply.Status} {reply.Body}");
    }
}
