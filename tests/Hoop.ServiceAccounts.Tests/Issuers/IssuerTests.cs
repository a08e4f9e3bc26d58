using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>/api/issuers: what may be configured, whose it is, and what a token meets.</summary>
public sealed class IssuerTests
{
    private IssuersGateway _issuers = null!;
    private (Guid Id, HttpClient Admin) _other;

    private HttpClient Operator => _issuers.Gateway.Operator;

    [OneTimeSetUp]
    public async Task Start()
    {
        _issuers = await IssuersGateway.Start();
        _other = await _issuers.Gateway.CreateOrganization("other");
    }

    [OneTimeTearDown]
    public async Task Stop() => await _issuers.DisposeAsync();

    [Test]
    public async Task An_issuer_shows_the_presets_defaults_and_how_its_keys_stand()
    {
        var made = await _issuers.Trust(new { issuer = "https://shown.test", preset = "cognito", audiences = new[] { "c1" } });

        var shown = await Operator.Get($"/api/issuers/{made.Text("id")}");

        Assert.Multiple(() =>
        {
            Assert.That(shown.Text("audience_claim"), Is.EqualTo("client_id"));
            Assert.That(shown["algorithms"].EnumerateArray().Select(name => name.GetString()), Is.EqualTo(new[] { "RS256" }));
            Assert.That(shown["required_claims"].GetProperty("token_use")[0].GetString(), Is.EqualTo("access"));
            Assert.That(shown["leeway_seconds"].GetInt32(), Is.EqualTo(30));
            Assert.That(shown["claims"].GetProperty("groups").GetString(), Is.EqualTo("cognito:groups"));
            Assert.That(shown["keys"].GetProperty("state").GetString(), Is.EqualTo("current"));
            Assert.That(shown["keys"].GetProperty("count").GetInt32(), Is.EqualTo(1));
            Assert.That(shown.Text("source"), Is.EqualTo("api"));
        });
    }

    private static IEnumerable<TestCaseData> Wrong()
    {
        yield return Case("""{"audiences":["a"]}""", "issuer is required", 400);
        yield return Case("""{"issuer":"https://x.test"}""", "audiences: name at least one", 400);
        yield return Case("""{"issuer":"https://x.test","audiences":[]}""", "audiences: name at least one", 400);
        yield return Case("""{"issuer":"https://x.test","audiences":["a","a"]}""", "different texts");
        yield return Case("""{"issuer":"https://x.test","audiences":["a"],"preset":"nope"}""", "preset: one of generic, rfc9068");
        yield return Case("""{"issuer":"https://x.test#f","audiences":["a"]}""", "issuer: use at most");
        yield return Case("""{"issuer":"http://x.test","audiences":["a"],"jwks":null,"jwks_url":null}""", "must begin with https://");
        yield return Case("""{"issuer":"https://10.0.0.1/","audiences":["a"],"jwks":null,"jwks_url":null}""", "issuer: ");
        yield return Case("""{"issuer":"https://x.test","audiences":["a"],"jwks_url":"http://169.254.169.254/keys"}""", "jwks_url: ");
        yield return Case("""{"issuer":"https://x.test","audiences":["a"],"jwks_url":"https://127.1/","jwks":{"keys":[]}}""", "at most one of");
        yield return Case("""{"issuer":"https://x.test","audiences":["a"],"jwks":{"keys":[]}}""", "jwks: holds no key");
        yield return Case("""{"issuer":"https://x.test","audiences":["a"],"jwks":{"nokeys":1}}""", "jwks: ");
        yield return Case("""{"issuer":"https://x.test","audiences":["a"],"algorithms":["HS256"]}""", "algorithms: of RS256");
        yield return Case("""{"issuer":"https://x.test","audiences":["a"],"algorithms":["none"]}""", "algorithms: of RS256");
        yield return Case("""{"issuer":"https://x.test","audiences":["a"],"leeway_seconds":61}""", "leeway_seconds: from 0 to 60");
        yield return Case("""{"issuer":"https://x.test","audiences":["a"],"audience_claim":"azp"}""", "audience_claim: aud, or client_id");
        yield return Case("""{"issuer":"https://x.test","audiences":["a"],"claims":{"subject":""}}""", "claims: subject");
        yield return Case("""{"issuer":"https://x.test","audiences":["a"],"required_claims":{"x":["a","a"]}}""", "required_claims: ");
        yield return Case("""{"issuer":"https://x.test","audiences":["a"],"preset":"google"}""", "with this preset it is https://accounts.google.com");

        static TestCaseData Case(string body, string message, int status = 422) =>
            new TestCaseData(body, message, status).SetName($"{{m}}({message}: {body})");
    }

    [TestCaseSource(nameof(Wrong))]
    public async Task What_is_wrong_is_said_by_field(string body, string message, int status)
    {
        var reply = await _issuers.Post(JsonNode.Parse(body)!.AsObject());

        Assert.That(reply.Message, Does.Contain(message));
        Assert.That((int)reply.Status, Is.EqualTo(status));
    }

    [Test]
    public async Task A_token_of_each_issuer_leads_to_its_own_account_though_the_subject_is_one()
    {
        await _issuers.Trust(new { issuer = "https://one.test", audiences = new[] { "hoop" } });
        await _issuers.Trust(new { issuer = "https://two.test", audiences = new[] { "hoop" } });
        await _issuers.Account("https://one.test", "same", "first");
        await _issuers.Account("https://two.test", "same", "second");

        foreach (var (issuer, group) in new[] { ("https://one.test", "first"), ("https://two.test", "second") })
        {
            var who = await _issuers.Gateway.As(_issuers.Mint($$"""{"iss":"{{issuer}}","aud":"hoop","sub":"same","scope":"x"}"""))
                .Get("/api/userinfo");
            Assert.That(who["groups"].EnumerateArray().Select(one => one.GetString()), Is.EqualTo(new[] { group }));
        }

        var asked = await Operator.Get("/api/serviceaccounts/same");
        Assert.That((asked.Status, asked.Code), Is.EqualTo((HttpStatusCode.Conflict, "ambiguous_subject")));
    }

    [Test]
    public async Task Keys_of_one_issuer_prove_nothing_of_another()
    {
        using var foreign = SigningKey.Create("RS256", _issuers.Key.KeyId);
        await _issuers.Trust(new { issuer = "https://mine.test", audiences = new[] { "hoop" } });
        await _issuers.Trust(new JsonObject
        {
            ["issuer"] = "https://theirs.test",
            ["audiences"] = new JsonArray("hoop"),
            ["jwks"] = new JsonObject { ["keys"] = new JsonArray(foreign.PublicJwk("sig")) },
        });
        await _issuers.Account("https://mine.test", "a");
        await _issuers.Account("https://theirs.test", "a");

        Assert.That(await _issuers.Ask(Of("https://mine.test", _issuers.Key)), Is.EqualTo(200));
        Assert.That(await _issuers.Ask(Of("https://theirs.test", foreign)), Is.EqualTo(200));
        Assert.That(await _issuers.Ask(Of("https://mine.test", foreign)), Is.EqualTo(401));
        Assert.That(await _issuers.Ask(Of("https://theirs.test", _issuers.Key)), Is.EqualTo(401));

        string Of(string issuer, SigningKey signer) =>
            _issuers.Mint($$"""{"iss":"{{issuer}}","aud":"hoop","sub":"a","scope":"x"}""", signer: signer);
    }

    [Test]
    public async Task Two_organizations_share_an_issuer_each_with_an_audience_of_its_own()
    {
        await _issuers.Trust(new { issuer = "https://shared.test", audiences = new[] { "ours" } });
        await _issuers.Trust(new { issuer = "https://shared.test", audiences = new[] { "theirs" } }, _other.Admin);
        await _issuers.Account("https://shared.test", "bot");

        var taken = await _issuers.Post(new { issuer = "https://shared.test", audiences = new[] { "x" } });
        var others = await _issuers.Post(
            new { issuer = "https://shared.test", audiences = new[] { "ours" } },
            (await _issuers.Gateway.CreateOrganization("third")).Admin);

        Assert.That(taken.Code, Is.EqualTo("issuer_exists"));
        Assert.That((others.Status, others.Code), Is.EqualTo((HttpStatusCode.Conflict, "audience_taken")));
        Assert.That(others.Body.GetRawText(), Does.Not.Contain("default"), "it says nothing about whose it is");
        Assert.That(await _issuers.Ask(Of("\"ours\"")), Is.EqualTo(200));
        Assert.That(await _issuers.Ask(Of("\"theirs\"")), Is.EqualTo(401), "the other organization has no such account");
        Assert.That(await _issuers.Ask(Of("[\"ours\",\"theirs\"]")), Is.EqualTo(401), "which of the two is meant?");

        string Of(string audience) => _issuers.Mint($$"""{"iss":"https://shared.test","aud":{{audience}},"sub":"bot","scope":"x"}""");
    }

    [Test]
    public async Task Another_organization_does_not_see_it()
    {
        var id = (await _issuers.Trust(new { issuer = "https://hidden.test", audiences = new[] { "hoop" } })).Text("id");
        var path = $"/api/issuers/{id}";

        Assert.That((await _other.Admin.Get(path)).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _other.Admin.Delete(path)).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(
            (await _other.Admin.Put(path, _issuers.WithKeys(new { issuer = "https://hidden.test", audiences = new[] { "y" } }))).Status,
            Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _other.Admin.Get("/api/issuers")).Body.GetRawText(), Does.Not.Contain("hidden.test"));
        Assert.That((await Operator.Get(path)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task An_update_counts_at_once_and_the_URL_stays()
    {
        var id = (await _issuers.Trust(new { issuer = "https://moving.test", audiences = new[] { "before" } })).Text("id");
        await _issuers.Account("https://moving.test", "bot");
        var token = _issuers.Mint("""{"iss":"https://moving.test","aud":"before","sub":"bot","scope":"x"}""");
        Assert.That(await _issuers.Ask(token), Is.EqualTo(200));

        var changed = await Operator.Put(
            $"/api/issuers/{id}", _issuers.WithKeys(new { issuer = "https://moving.test", audiences = new[] { "after" } }));
        var moved = await Operator.Put(
            $"/api/issuers/{id}", _issuers.WithKeys(new { issuer = "https://moved.test", audiences = new[] { "after" } }));

        Assert.That(changed.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(moved.Message, Does.Contain("issuer: cannot be changed"));
        Assert.That(await _issuers.Ask(token), Is.EqualTo(401));
        Assert.That(
            await _issuers.Ask(_issuers.Mint("""{"iss":"https://moving.test","aud":"after","sub":"bot","scope":"x"}""")), Is.EqualTo(200));
    }

    [Test]
    public async Task A_test_says_step_by_step_what_becomes_of_a_token_and_never_repeats_it()
    {
        await _issuers.Trust(new { issuer = "https://tested.test", preset = "okta", audiences = new[] { "hoop" } });
        await _issuers.Account("https://tested.test", "c");
        const string Claims = """{"iss":"https://tested.test","aud":"hoop","cid":"c","sub":"c"}""";
        using var foreign = SigningKey.Create("RS256", _issuers.Key.KeyId);

        var good = await Test(_issuers.Mint(Claims));
        var bad = await Test(_issuers.Mint(IssuersGateway.With(Claims, """{"aud":"x","cid":null,"exp":1700000000}""")));
        var forged = await Test(_issuers.Mint(Claims, signer: foreign));
        var unknown = await Test(_issuers.Mint(IssuersGateway.With(Claims, """{"sub":"nobody"}""")));

        Assert.That(good["accepted"].GetBoolean(), Is.True, good.Body.GetRawText());
        Assert.That(
            Steps(good), Is.EqualTo(new[] { "issuer", "type", "audience", "required_claims", "subject", "times", "algorithm", "signature", "account" }));
        Assert.That(Refused(bad), Is.EqualTo(new[] { "audience", "required_claims", "times" }));
        Assert.That(Refused(forged), Is.EqualTo(new[] { "signature" }));
        Assert.That(Refused(unknown), Is.EqualTo(new[] { "account" }));
        Assert.That((await Test("garbage"))["steps"][0].GetProperty("step").GetString(), Is.EqualTo("form"));

        Task<Reply> Test(string token) => Operator.Post("/api/issuers/test", new { token });
        static IEnumerable<string?> Steps(Reply reply) =>
            reply["steps"].EnumerateArray().Select(step => step.GetProperty("step").GetString());
        static IEnumerable<string?> Refused(Reply reply) => reply["steps"].EnumerateArray()
            .Where(step => !step.GetProperty("accepted").GetBoolean()).Select(step => step.GetProperty("step").GetString());
    }

    [Test]
    public async Task A_test_tells_nothing_of_another_organizations_issuer()
    {
        await _issuers.Trust(new { issuer = "https://secretive.test", audiences = new[] { "hoop" } });
        var token = _issuers.Mint("""{"iss":"https://secretive.test","aud":"other","sub":"bot","scope":"x"}""");

        var known = await _other.Admin.Post("/api/issuers/test", new { token });

        Assert.That(known["steps"].GetArrayLength(), Is.EqualTo(1));
        Assert.That(known["steps"][0].GetProperty("accepted").GetBoolean(), Is.False);
        Assert.That(known["issuer"].ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task The_trail_has_what_was_done_and_deleting_is_final()
    {
        var id = (await _issuers.Trust(new { issuer = "https://trail.test", audiences = new[] { "hoop" } })).Text("id");
        await _issuers.Account("https://trail.test", "bot");
        var token = _issuers.Mint("""{"iss":"https://trail.test","aud":"hoop","sub":"bot","scope":"x"}""");
        Assert.That(await _issuers.Ask(token), Is.EqualTo(200));

        Assert.That((await Operator.Delete($"/api/issuers/{id}")).Status, Is.EqualTo(HttpStatusCode.NoContent));

        Assert.That(await _issuers.Ask(token), Is.EqualTo(401));
        Assert.That((await Operator.Delete($"/api/issuers/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        var rows = (await _issuers.Gateway.AuditOf("issuer")).Where(row => row.ResourceId == id).ToList();
        Assert.That(rows.Select(row => row.Action), Is.EqualTo(new[] { "create", "delete" }));
        Assert.That(rows[0].Fields, Does.Contain("trail.test").And.Not.Contain("\"n\""));
    }

    [Test]
    public async Task A_key_set_is_found_through_discovery_refreshed_for_an_unknown_key_and_kept_while_the_provider_is_down()
    {
        await using var provider = await IdentityProviderStandIn.Start("hoop");
        var made = await Operator.Post("/api/issuers", new { issuer = provider.Issuer, audiences = new[] { "hoop" } });
        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Body.GetRawText());
        await _issuers.Account(provider.Issuer, "bot");
        await Eventually.True(
            async () => (await Operator.Get($"/api/issuers/{made.Text("id")}"))["keys"].GetProperty("state").GetString() == "current",
            "the keys are not loaded");

        var before = provider.MintAccessToken("bot");
        Assert.That(await _issuers.Ask(before), Is.EqualTo(200));
        provider.RotateKey();
        Assert.That(await _issuers.Ask(provider.MintAccessToken("bot")), Is.EqualTo(200), "one look at the provider");
        var looks = provider.Jwks.Requests;
        for (var i = 0; i < 20; i++)
        {
            var madeUp = provider.MintAccessToken("bot", variant: new TokenVariant { KeyId = $"made-up-{i}" });
            Assert.That(await _issuers.Ask(madeUp), Is.EqualTo(401));
        }

        Assert.That(provider.Jwks.Requests, Is.EqualTo(looks), "made-up keys are no requests to the provider");
        provider.Jwks.Fault = DocumentFault.ServerError;
        Assert.That(await _issuers.Ask(provider.MintAccessToken("bot")), Is.EqualTo(200), "known keys go on");
    }
}
