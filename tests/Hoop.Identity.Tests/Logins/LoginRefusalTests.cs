using System.Net;
using System.Text.Json.Nodes;
using Hoop.Identity.Audit;
using Hoop.StandIns;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Logins;

/// <summary>Every refusal about the token, the role or whoever is behind looks the same; the operator learns which it was.</summary>
public sealed class LoginRefusalTests
{
    private const string Text = "error validating token: it was not accepted; the gateway's log says why";

    private LoginWorld _world = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _world = await LoginWorld.Start();
        await _world.SetRole(
            "bound",
            ("bound_subject", "only"),
            ("bound_claims", new { repository = "acme/web", attempt = 1, nightly = true }),
            ("groups_claim", "groups"));
        await _world.SetRole("globbed", ("bound_claims", new { repository = "acme/*" }), ("bound_claims_type", "glob"));
        await _world.SetRole("leeway", ("clock_skew_leeway", -1));
    }

    [OneTimeTearDown]
    public async Task Stop() => await _world.DisposeAsync();

    public static IEnumerable<TestCaseData> Bad =>
    [
        Case("not a token", "malformed", _ => "nothing"),
        Case("another signature", "signature",
            world => world.Provider.MintAccessToken("a", variant: new TokenVariant { Sign = _ => new byte[256] })),
        Case("an unknown key", "unknown_key", world => world.Provider.MintAccessToken("a", variant: new TokenVariant { KeyId = "other" })),
        Case("no key id", "malformed", world => world.Provider.MintAccessToken("a", variant: new TokenVariant { KeyId = "" })),
        Case("no algorithm", "algorithm", world => world.Provider.MintAccessToken("a", variant: new TokenVariant { Algorithm = "none" })),
        Case("an HMAC", "algorithm", world => world.Provider.MintAccessToken("a", variant: new TokenVariant { Algorithm = "HS256" })),
        Case("expired", "expired", world => world.Provider.MintAccessToken("a", lifetime: TimeSpan.FromMinutes(-2))),
        Case("no end", "malformed", world => world.Provider.MintAccessToken("a", variant: Claim("exp", null))),
        Case("not yet", "not_yet_valid", world => world.Provider.MintAccessToken(
            "a", variant: Claim("nbf", DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds()))),
        Case("another issuer", "issuer", world => world.Provider.MintAccessToken("a", variant: Claim("iss", "https://other.example"))),
        Case("another audience", "audience", world => world.Provider.MintAccessToken("a", audience: "https://other.example")),
        Case("a proof", "type", world => world.Provider.MintAccessToken("a", variant: Header("typ", "dpop+jwt"))),
        Case("a log-out token", "type", world => world.Provider.MintAccessToken("a", variant: Claim("events", new JsonObject()))),
        Case("a bound token", "sender_constrained", world => world.Provider.MintAccessToken("a", variant: Claim("cnf", new JsonObject()))),
        Case("no user", "claims", world => world.Provider.MintAccessToken("a", variant: Claim("sub", null))),
        Case("an unknown role", "role", world => world.Provider.MintAccessToken("a"), "unknown"),
        Case("a role that cannot be", "role", world => world.Provider.MintAccessToken("a"), "../config"),
        Case("another subject", "subject", world => world.Provider.MintAccessToken("other"), "bound"),
        Case("a claim that is missing", "claims", world => world.Provider.MintAccessToken("only"), "bound"),
        Case("no groups", "claims", world => world.Provider.MintAccessToken(
            "only", variant: Claims(("repository", "acme/web"), ("attempt", 1), ("nightly", true))), "bound"),
        Case("a text for a number", "claims", world => world.Provider.MintAccessToken(
            "only", groups: [], variant: Claims(("repository", "acme/web"), ("attempt", "1"), ("nightly", true))), "bound"),
        Case("outside of the pattern", "claims",
            world => world.Provider.MintAccessToken("a", variant: Claim("repository", "other/web")), "globbed"),
        Case("expired without leeway", "expired",
            world => world.Provider.MintAccessToken("a", lifetime: TimeSpan.FromSeconds(-20)), "leeway"),
        Case("no such mount", "mount", world => world.Provider.MintAccessToken("a"), mount: "other"),
        Case("a mount of another type", "mount", world => world.Provider.MintAccessToken("a"), mount: "token"),
    ];

    [TestCaseSource(nameof(Bad))]
    public async Task What_is_refused_is_refused_with_one_text_and_its_reason_is_counted(
        string code, Func<object, string> token, string role, string mount)
    {
        ArgumentNullException.ThrowIfNull(token);
        var before = await Rows();
        _ = Refused();
        var reply = await _world.Login(token(_world), role, mount);
        Assert.Multiple(async () =>
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(reply.Body.EnumerateObject().Select(member => member.Name), Is.EqualTo(new[] { "errors" }));
            Assert.That(reply["errors"].EnumerateArray().Select(error => error.GetString()), Is.EqualTo(new[] { Text }));
            Assert.That(await Rows(), Is.EqualTo(before), "nothing is left behind");
        });

        Assert.That(Refused(), Does.Contain(code), "the trail of the operator counts it");
    }

    [Test]
    public async Task The_bound_role_takes_what_fulfils_all_of_it()
    {
        var good = Claims(("repository", "acme/web"), ("attempt", 1.0), ("nightly", new JsonArray(false, true)));
        await _world.SignedIn(_world.Provider.MintAccessToken("only", groups: ["any"], variant: good), "bound");
        await _world.SignedIn(_world.Provider.MintAccessToken("a", variant: Claim("repository", "acme/a/b")), "globbed");
        await _world.SignedIn(_world.Provider.MintAccessToken("b", lifetime: TimeSpan.FromSeconds(-20)));
    }

    [Test]
    public async Task Who_is_disabled_or_expired_is_refused_at_the_door_and_with_the_token()
    {
        var token = _world.Provider.MintAccessToken("henry");
        var auth = await _world.SignedIn(token);
        using var henry = _world.As(auth);
        var entity = $"/v1/identity/entity/id/{auth.GetProperty("entity_id").GetString()}";
        Assert.That((await henry.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.OK));

        await _world.Admin.Post(entity, new { disabled = true });
        await AssertRefused(henry, token);
        await _world.Admin.Post(entity, new { disabled = false });
        Assert.That((await henry.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.OK));

        var alias = (await _world.Admin.Get(entity))["data"].GetProperty("aliases")[0].GetProperty("id").GetString();
        await _world.Admin.Post($"/v1/identity/entity-alias/id/{alias}", new { expires_at = "2020-01-01T00:00:00Z" });
        await AssertRefused(henry, token);
    }

    [Test]
    [Description("A14, A15")]
    public async Task A14_refused_sign_ins_of_one_address_end_in_429_and_good_ones_do_not_count()
    {
        var clock = new StillClock();
        await using var world = await LoginWorld.Start(
            new(StringComparer.Ordinal) { ["HOOP_BAD_TOKENS_PER_MINUTE"] = "6" },
            services => services.AddSingleton<TimeProvider>(clock));
        var good = world.Provider.MintAccessToken("ada");
        await world.SignedIn(good);
        await world.SignedIn(good);

        // Of a mount that is not there, too, and of a good token that no role takes. One at once, one in ten seconds.
        foreach (var (jwt, role, mount) in new[] { ("bad", "dev", "jwt"), (good, "unknown", "jwt"), (good, "dev", "other") })
        {
            await world.SignedIn(good);
            Assert.That(Error(await world.Login(jwt, role, mount)), Is.EqualTo(Text));
            var reply = await world.Login(jwt, role, mount);
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
            Assert.That(reply["errors"].GetArrayLength(), Is.EqualTo(1));
            Assert.That(reply.Response.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(10)));
            Assert.That(
                (await world.Admin.Get("/v1/sys/auth")).Status, Is.EqualTo(HttpStatusCode.OK), "who is known there is not held up");
            clock.Pass(TimeSpan.FromSeconds(10));
        }

        Assert.That(
            world.Gateway.Services.GetRequiredService<RefusedSignIns>().Take().Select(row => row.Failure), Does.Contain("too_many"));
    }

    [Test]
    public async Task What_is_missing_is_told_in_vault_s_words()
    {
        await _world.Made("/v1/sys/auth/bare", new { type = "jwt" });
        Assert.Multiple(async () =>
        {
            Assert.That(Error(await _world.Login("x", mount: "bare")), Is.EqualTo("could not load configuration"));
            Assert.That(Error(await _world.Login("")), Is.EqualTo("missing token"));
        });
        await _world.Made("/v1/auth/bare/config", new { jwks_url = _world.Provider.JwksUrl });
        Assert.That(Error(await _world.Login("x", role: null, mount: "bare")), Is.EqualTo("missing role"));
    }

    private async Task AssertRefused(HttpClient held, string token)
    {
        Assert.That((await held.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(Error(await _world.Login(token)), Is.EqualTo(Text));
    }

    // What the log says one by one is bounded; what is counted for the trail is all of it.
    private string[] Refused() =>
        [.. _world.Gateway.Services.GetRequiredService<RefusedSignIns>().Take().Select(row => row.Failure!)];

    private Task<IReadOnlyList<long>> Rows() => _world.Gateway.Query<long>(
        """
        SELECT (SELECT count(*) FROM identity.entities) + (SELECT count(*) FROM identity.entity_aliases)
          + (SELECT count(*) FROM identity.tokens)
          + (SELECT count(*) FROM identity.audit_events WHERE resource_type <> 'sign_in')
        """);

    private static string? Error(Reply reply) => reply["errors"][0].GetString();

    private static TestCaseData Case(
        string name, string code, Func<LoginWorld, string> token, string role = "dev", string mount = "jwt") =>
        new TestCaseData(code, (Func<object, string>)(world => token((LoginWorld)world)), role, mount).SetName($"{{m}}({name})");

    private static TokenVariant Claim(string name, JsonNode? value) => Claims((name, value));

    private static TokenVariant Claims(params (string Name, JsonNode? Value)[] claims) =>
        new() { Claims = claims.ToDictionary(claim => claim.Name, claim => claim.Value, StringComparer.Ordinal) };

    private static TokenVariant Header(string name, JsonNode? value) =>
        new() { Header = new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { [name] = value } };
}
