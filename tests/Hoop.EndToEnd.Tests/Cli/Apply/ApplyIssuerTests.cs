using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli.Apply;

/// <summary>Secrets of issuers in manifests: a changed one is noticed by itself, and none is shown.</summary>
public sealed class ApplyIssuerTests
{
    private const string Unchanged = "1 unchanged (dry run)\n";

    private IdentityProviderStandIn _provider = null!;
    private TestGateway _gateway = null!;
    private HoopProcess _hoop = null!;

    [SetUp]
    public async Task Start()
    {
        _provider = await IdentityProviderStandIn.Start("https://hoop.test");
        _gateway = await TestGateway.Start(new() { ["HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP"] = "true" });
        _hoop = new HoopProcess(_gateway.Address, TestGateway.AdminToken);
        _hoop.File("secret", _provider.AddClient("hoop", "weak-canary") + "\n");
        _hoop.File("token", "token-canary\n");
        Write(_provider.IntrospectionUrl);
    }

    [TearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Test]
    public async Task A_changed_secret_is_shown_by_the_dry_run_sent_once_and_then_there()
    {
        await Succeeds("apply", "-f", "issuer.yaml");
        var settled = await Dry();
        _hoop.File("secret", "canary-of-tomorrow\n");

        var dry = await Dry();
        var asJson = await _hoop.Run("apply", "-f", "issuer.yaml", "--dry-run", "-o", "json");
        var sent = await Succeeds("apply", "-f", "issuer.yaml");
        var again = await Dry();

        Assert.That((settled.Code, settled.Out), Is.EqualTo((0, $"issuer/{_provider.Issuer} unchanged\n{Unchanged}")), settled.Error);
        Assert.That((dry.Code, dry.Out), Is.EqualTo((2, $"""
            issuer/{_provider.Issuer} would be changed
              introspection_secret: differs
            1 would be changed, 0 unchanged (dry run)

            """)), dry.Error);
        Assert.That(asJson.Out, Does.Contain("""{"field":"introspection_secret","from":null,"to":null}"""));
        Assert.That(sent.Out, Does.Contain("  introspection_secret: differs\n"));
        Assert.That((again.Code, again.Out), Is.EqualTo((0, settled.Out)), again.Error);
        foreach (var ran in new[] { settled, dry, asJson, sent, again })
        {
            Assert.That(ran.Out + ran.Error, Does.Not.Contain("canary"));
        }
    }

    [Test]
    public async Task Only_what_differs_is_told_and_the_other_secret_stays_in_use()
    {
        await Succeeds("apply", "-f", "issuer.yaml");
        await _gateway.Operator.Post("/api/serviceaccounts", new { issuer = _provider.Issuer, subject = "robot", status = "active" });
        _hoop.File("token", "token-of-tomorrow\n");

        var sent = await Succeeds("apply", "-f", "issuer.yaml");

        Assert.That(sent.Out, Does.Contain("  jwks_token: differs\n").And.Not.Contains("introspection_secret"));
        var asked = await _gateway.As(_provider.IssueOpaqueToken("robot")).Get("/api/userinfo");
        Assert.That((int)asked.Status, Is.EqualTo(200), "the secret of before is still the one that is sent");
        Assert.That((await Dry()).Out, Does.EndWith(Unchanged));
    }

    [Test]
    public async Task A_secret_that_somebody_changed_behind_the_files_is_noticed_and_an_empty_token_takes_it_away()
    {
        await Succeeds("apply", "-f", "issuer.yaml");
        var id = (await _gateway.Operator.Get("/api/issuers")).Body[0].GetProperty("id").GetString();
        await _gateway.Operator.Put($"/api/issuers/{id}", new
        {
            issuer = _provider.Issuer, audiences = new[] { "https://hoop.test" }, jwks_url = _provider.JwksUrl, jwks_token = "by-hand",
            introspection_url = _provider.IntrospectionUrl, introspection_client_id = "hoop",
        });

        var dry = await Dry();
        Write(_provider.IntrospectionUrl, """{value: ""}""");
        var taken = await Succeeds("apply", "-f", "issuer.yaml");
        var row = (await _gateway.Operator.Get($"/api/issuers/{id}")).Body;

        Assert.That((dry.Code, dry.Out), Is.EqualTo((2, dry.Out)));
        Assert.That(dry.Out, Does.Contain("\n  jwks_token: differs\n1 would be changed"));
        Assert.That(taken.Out, Does.Contain("\n  jwks_token: differs\n"));
        Assert.That(row.GetProperty("has_jwks_token").GetBoolean(), Is.False);
        Assert.That((await Dry()).Out, Does.EndWith(Unchanged));
    }

    [Test]
    public async Task Forcing_sends_them_all_and_another_address_asks_nobody()
    {
        await Succeeds("apply", "-f", "issuer.yaml");
        var forced = await Succeeds("apply", "-f", "issuer.yaml", "--replace-credentials");
        Write(_provider.IntrospectionUrl + "?moved");
        var before = (await _gateway.AuditOf("issuer")).Count;

        var moved = await Dry();

        Assert.That(forced.Out, Does.Contain("\n  introspection_secret: differs\n  jwks_token: differs\n"));
        Assert.That(moved.Out, Does.Contain("  introspection_secret: differs\n").And.Not.Contains("jwks_token"));
        var compared = (await _gateway.AuditOf("issuer")).Skip(before).Select(row => row.Fields).ToArray();
        Assert.That(compared, Has.Length.EqualTo(2), "the row before the comparison, and the one after it");
        Assert.That(compared, Has.All.Contains("\"compared\": [\"jwks_token\"]"), "the secret of the old address is none of the new one");
    }

    [Test]
    public async Task What_is_missing_empty_or_not_allowed_is_told()
    {
        await Succeeds("apply", "-f", "issuer.yaml");
        _hoop.File("secret", "\n");
        var empty = await Dry();
        _hoop.File("secret", "weak-canary");
        _hoop.File("token", "\n");
        var noToken = await Dry();
        _hoop.File("token", "token-canary");
        File.Delete(Path.Combine(_hoop.Home, "secret"));
        var missing = await Dry();
        _hoop.File("secret", "guess");
        var guesses = new List<Ran>();
        while (guesses.Count < 30 && (guesses.Count == 0 || guesses[^1].Code == 2))
        {
            guesses.Add(await Dry());
        }

        Assert.That((empty.Code, empty.Error), Is.EqualTo((1, "error: issuer.yaml:1: introspection_secret is empty\n")));
        Assert.That((noToken.Code, noToken.Error), Is.EqualTo((1, "error: issuer.yaml:1: jwks_token is empty\n")));
        Assert.That(missing.Code, Is.EqualTo(1));
        Assert.That(missing.Error, Does.Contain("introspection_secret").And.Contain("secret"));
        Assert.That(guesses[^1].Code, Is.EqualTo(1), "somebody who guesses goes on");
        Assert.That(guesses[^1].Error, Does.Contain("compared with wrong ones 10 times in a minute").And.Contain("(429)"));
    }

    [Test]
    [Description("A gateway of the version before has no such call: secrets are given once there, as before")]
    public async Task An_older_gateway_is_given_what_it_has_not()
    {
        const string Row = """
            {"id":"018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f","issuer":"https://login.example.com","source":"api","audiences":["hoop"],
             "introspection_url":"https://login.example.com/ask","introspection_client_id":"hoop","jwks_url":"https://login.example.com/keys",
             "has_introspection_secret":true,"has_jwks_token":false}
            """;
        await using var older = await StubGateway.Start();
        older.On("GET /api/issuers?page_size=1000", 200, $"[{Row}]").On("GET /api/issuers/018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f", 200, Row);
        using var hoop = new HoopProcess(older.Address);
        hoop.File("secret", "one");
        hoop.File("issuer.yaml", """
            kind: issuer
            issuer: https://login.example.com
            audiences: [hoop]
            introspection_secret: {file: secret}
            jwks_token: {file: secret}
            """);

        var dry = await hoop.Run("apply", "-f", "issuer.yaml", "--dry-run");

        Assert.That(dry.Out, Does.Contain("  jwks_token: differs\n").And.Not.Contains("introspection_secret"), dry.Error);
    }

    private Task<Ran> Dry() => _hoop.Run("apply", "-f", "issuer.yaml", "--dry-run", "--exit-code");

    private async Task<Ran> Succeeds(params string[] arguments)
    {
        var ran = await _hoop.Run(arguments);
        Assert.That(ran.Code, Is.Zero, ran.Error);
        return ran;
    }

    private void Write(string introspection, string token = "{file: token}") => _hoop.File("issuer.yaml", $$"""
        kind: issuer
        issuer: {{_provider.Issuer}}
        audiences: [https://hoop.test]
        jwks_url: {{_provider.JwksUrl}}
        jwks_token: {{token}}
        introspection_url: {{introspection}}
        introspection_client_id: hoop
        introspection_secret: {file: secret}
        """);
}
