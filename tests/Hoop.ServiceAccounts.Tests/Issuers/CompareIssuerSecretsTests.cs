using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.ServiceAccounts.Issuers;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>Whoever has a secret learns whether it is the stored one; whoever has none learns nothing.</summary>
public sealed class CompareIssuerSecretsTests
{
    private const string Secret = "stored-secret-canary";
    private const string Token = "stored-token-canary";

    private TestGateway _gateway = null!;
    private FakeClock _clock = null!;

    [SetUp]
    public async Task Start()
    {
        _clock = new FakeClock(DateTimeOffset.UtcNow);
        _gateway = await TestGateway.Start(
            new() { ["HOOP_MEMORY"] = "false" }, services => services.AddSingleton<TimeProvider>(_clock));
    }

    [TearDown]
    public async Task Stop() => await _gateway.DisposeAsync();

    [Test]
    public async Task Names_what_differs_and_says_nothing_else()
    {
        var path = await Issuer();

        var same = await Compare(path, new { introspection_secret = Secret, jwks_token = Token });
        var one = await Compare(path, new { introspection_secret = Secret, jwks_token = "other-token" });
        var both = await Compare(path, new { introspection_secret = Secret[..^1], jwks_token = Token + "x" });
        var none = await Compare(path, new { jwks_token = "" });

        Assert.That(same.Body.GetRawText(), Is.EqualTo("""{"differs":[]}"""));
        Assert.That(one.Body.GetRawText(), Is.EqualTo("""{"differs":["jwks_token"]}"""));
        Assert.That(both.Body.GetRawText(), Is.EqualTo("""{"differs":["introspection_secret","jwks_token"]}"""));
        Assert.That(none.Body.GetRawText(), Is.EqualTo("""{"differs":["jwks_token"]}"""), "there is one, and there shall be none");
    }

    [Test]
    public async Task What_is_not_stored_differs_unless_there_shall_be_none()
    {
        var path = await Issuer(secrets: false);

        var absent = await Compare(path, new { introspection_secret = Secret, jwks_token = "x" });
        var empty = await Compare(path, new { introspection_secret = "", jwks_token = "" });

        Assert.That(absent.Body.GetRawText(), Is.EqualTo("""{"differs":["introspection_secret","jwks_token"]}"""));
        Assert.That(empty.Body.GetRawText(), Is.EqualTo("""{"differs":[]}"""));
    }

    [Test]
    public async Task A_changed_secret_is_the_stored_one_from_then_on_on_every_gateway()
    {
        await using var gateways = await TwoGateways.Start([]);
        var created = await gateways.First.Operator.Post("/api/issuers", Body());
        Assert.That((int)created.Status, Is.EqualTo(201), created.Body.GetRawText());
        var path = $"/api/issuers/{created.Text("id")}";
        var changed = Body();
        changed["introspection_secret"] = "another";

        await gateways.Second.Operator.Put(path, changed);

        foreach (var gateway in new[] { gateways.First, gateways.Second })
        {
            var reply = await gateway.Operator.Post(
                $"{path}/secrets/compare", new { introspection_secret = "another", jwks_token = Token });
            Assert.That(reply.Body.GetRawText(), Is.EqualTo("""{"differs":[]}"""));
        }
    }

    [Test]
    [Description("A weak secret is not guessed: ten wrong ones in a minute, and whoever is right pays nothing")]
    public async Task Guessing_is_slow_and_being_right_is_free()
    {
        var (path, other) = (await Issuer(), await Issuer("https://other.example"));
        foreach (var _ in Enumerable.Range(0, 3 * SecretGuesses.MostInAMinute))
        {
            Assert.That((int)(await Compare(path, new { jwks_token = Token })).Status, Is.EqualTo(200));
        }

        foreach (var guess in Enumerable.Range(0, SecretGuesses.MostInAMinute))
        {
            Assert.That((int)(await Compare(path, new { jwks_token = $"guess-{guess}" })).Status, Is.EqualTo(200));
        }

        var wrong = await Compare(path, new { jwks_token = "one-more" });
        var right = await Compare(path, new { jwks_token = Token });
        Assert.That(((int)wrong.Status, wrong.Code), Is.EqualTo((429, "too_many_comparisons")));
        Assert.That(((int)right.Status, right.Code), Is.EqualTo((429, "too_many_comparisons")), "it does not tell them apart");
        Assert.That(wrong.Response.Headers.RetryAfter, Is.Not.Null);
        Assert.That((int)(await Compare(other, new { jwks_token = "guess" })).Status, Is.EqualTo(200), "another issuer has its own");

        _clock.Advance(TimeSpan.FromSeconds(7));
        Assert.That((await Compare(path, new { jwks_token = Token })).Body.GetRawText(), Is.EqualTo("""{"differs":[]}"""));
    }

    [Test]
    public async Task The_trail_says_who_compared_what_and_no_value()
    {
        var path = await Issuer();

        await Compare(path, new { introspection_secret = Secret, jwks_token = "given-canary" });

        var rows = (await _gateway.AuditOf("issuer")).Where(row => row.Action == "test").ToArray();
        Assert.That(rows.Select(row => row.Outcome), Is.EqualTo(new[] { "begun", "success" }));
        Assert.That(rows[1].Fields, Does.Contain("introspection_secret").And.Contain("\"differs\": [\"jwks_token\"]"));
        var all = string.Join('\n', rows.Select(row => row.Fields).Concat(_gateway.Logs.Lines));
        Assert.That(all, Does.Not.Contain("canary"));
    }

    [Test]
    public async Task No_answer_about_an_issuer_holds_what_a_secret_could_be_guessed_from()
    {
        var path = await Issuer();

        var before = (await _gateway.Operator.Get(path)).Body;
        var changed = Body();
        changed["introspection_secret"] = "another";
        await _gateway.Operator.Put(path, changed);
        var after = (await _gateway.Operator.Get(path)).Body;

        Assert.That(Shown(after), Is.EqualTo(Shown(before)), "a member follows from the secret");

        static string[] Shown(JsonElement issuer) =>
            [.. issuer.EnumerateObject().Where(member => member.Name is not ("updated_at" or "keys")).Select(member => member.ToString())];
    }

    [TestCase("{}", 400, "introspection_secret or jwks_token")]
    [TestCase("""{"introspection_secret": 5}""", 400, "introspection_secret")]
    [TestCase("""{"jwks_token": null}""", 400, "introspection_secret or jwks_token")]
    [TestCase("""{"jwks_token": ["a"]}""", 400, "jwks_token")]
    [TestCase("LONG", 422, "at most 8192")]
    public async Task What_cannot_be_compared_is_named(string body, int status, string named)
    {
        var path = await Issuer();

        var reply = await Compare(path, JsonNode.Parse(
            body == "LONG" ? $$"""{"jwks_token": "{{new string('x', IssuerSecrets.MaxLength + 1)}}"}""" : body)!);

        Assert.That((int)reply.Status, Is.EqualTo(status), reply.Body.GetRawText());
        Assert.That(reply.Body.GetRawText(), Does.Contain(named));
    }

    [Test]
    public async Task It_is_an_admins_question_about_an_issuer_of_their_own()
    {
        var path = await Issuer();
        var (_, stranger) = await _gateway.CreateOrganization("acme");
        var auditor = await _gateway.Operator.Post("/api/api-tokens", new { name = "auditor", groups = new[] { "auditor" } });

        var foreign = await stranger.Post($"{path}/secrets/compare", new { jwks_token = Token });
        var unknown = await stranger.Post($"/api/issuers/{Guid.NewGuid()}/secrets/compare", new { jwks_token = Token });
        var denied = await _gateway.As(auditor.Text("token")!).Post($"{path}/secrets/compare", new { jwks_token = Token });
        var nobody = await _gateway.Anonymous.Post($"{path}/secrets/compare", new { jwks_token = Token });

        Assert.That(((int)foreign.Status, foreign.Body.GetRawText()), Is.EqualTo((404, unknown.Body.GetRawText())));
        Assert.That(((int)denied.Status, (int)nobody.Status), Is.EqualTo((403, 401)));
    }

    private static JsonObject Body(string issuer = "https://login.example.com", bool secrets = true)
    {
        var body = new JsonObject
        {
            ["issuer"] = issuer, ["audiences"] = new JsonArray("hoop"), ["jwks_url"] = $"{issuer}/keys",
        };
        if (secrets)
        {
            (body["jwks_token"], body["introspection_url"]) = (Token, $"{issuer}/introspect");
            (body["introspection_client_id"], body["introspection_secret"]) = ("hoop", Secret);
        }

        return body;
    }

    private async Task<string> Issuer(string issuer = "https://login.example.com", bool secrets = true)
    {
        var created = await _gateway.Operator.Post("/api/issuers", Body(issuer, secrets));
        Assert.That((int)created.Status, Is.EqualTo(201), created.Body.GetRawText());
        return $"/api/issuers/{created.Text("id")}";
    }

    private Task<Reply> Compare(string path, object body) => _gateway.Operator.Post($"{path}/secrets/compare", body);
}
