using System.Net;
using System.Text.Json.Nodes;
using Hoop.ServiceAccounts.Issuers;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.People;

/// <summary>People sign in at the issuer of their own organization, which is a row.</summary>
internal sealed class OrganizationSignInTests
{
    private TestGateway _gateway = null!;
    private IdentityProviderStandIn _configured = null!;
    private OrganizationPeople _acme = null!;

    [SetUp]
    public async Task Start()
    {
        _configured = await IdentityProviderStandIn.Start("https://hoop.test");
        _gateway = await OrganizationPeople.StartGateway(
            ("HOOP_OIDC_ISSUER", _configured.Issuer), ("HOOP_OIDC_AUDIENCE", "https://hoop.test"), ("HOOP_OIDC_CLIENT_ID", "hoop-cli"));
        _acme = await OrganizationPeople.In(_gateway);
    }

    [TearDown]
    public async Task Stop()
    {
        await _acme.DisposeAsync();
        await _gateway.DisposeAsync();
        await _configured.DisposeAsync();
    }

    [Test]
    public async Task Everybody_learns_where_the_people_of_a_named_organization_sign_in()
    {
        var acme = (await _gateway.Anonymous.Get("/api/publicserverinfo?org=acme"))["oidc"];
        var standard = (await _gateway.Anonymous.Get("/api/publicserverinfo"))["oidc"];
        var named = (await _gateway.Anonymous.Get("/api/publicserverinfo?org=default"))["oidc"];

        Assert.That(acme.GetProperty("issuer").GetString(), Is.EqualTo(_acme.Provider.Issuer));
        Assert.That(acme.GetProperty("client_id").GetString(), Is.EqualTo(OrganizationPeople.Client));
        Assert.That(acme.GetProperty("sign_in").GetString(), Is.EqualTo("open"));
        Assert.That(standard.GetProperty("issuer").GetString(), Is.EqualTo(_configured.Issuer));
        Assert.That(named.GetRawText(), Is.EqualTo(standard.GetRawText()));
    }

    [Test]
    public async Task An_organization_that_is_not_there_looks_like_one_without_people()
    {
        var (_, admin) = await _gateway.CreateOrganization("quiet");
        admin.Dispose();
        var answers = new List<(HttpStatusCode, string)>();
        foreach (var name in new[] { "quiet", "nobody", "ACME", "acme%20", new string('x', 3_000), "%00", "..%2F" })
        {
            var reply = await _gateway.Anonymous.Get($"/api/publicserverinfo?org={name}");
            answers.Add((reply.Status, reply.Body.GetRawText()));
        }

        Assert.That(answers.Take(5), Is.All.EqualTo((HttpStatusCode.OK, """{"auth_method":"oidc"}""")));
        Assert.That(answers.Select(answer => (int)answer.Item1), Is.All.LessThan(500));
    }

    [Test]
    public async Task A_person_is_registered_in_the_organization_of_its_issuer_and_acts_there_alone()
    {
        var signedIn = await _acme.SignInAs("jane", ["developers"], email: "jane@acme.test");
        var who = await _acme.As("jane").Get("/api/userinfo");

        Assert.That(signedIn.Status, Is.EqualTo(HttpStatusCode.OK), signedIn.Message);
        Assert.That((who.Text("org_name"), who.Text("kind"), who.Text("email")), Is.EqualTo(("acme", "user", "jane@acme.test")));
        Assert.That(who["groups"].EnumerateArray().Single().GetString(), Is.EqualTo("developers"));
        Assert.That((await _acme.Admin.Get("/api/users")).Body.GetArrayLength(), Is.EqualTo(1));
        Assert.That((await _gateway.Operator.Get("/api/users")).Body.GetArrayLength(), Is.Zero, "nobody of the organization default");
        Assert.That(
            (await _gateway.Operator.Get($"/api/users/{signedIn.Text("id")}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        var row = (await _gateway.AuditOf("person")).Single();
        Assert.That((row.OrgId, row.ActorSubject), Is.EqualTo((_acme.Id, "jane")));
    }

    [Test]
    [Description("A8: the same subject at two issuers is two people")]
    public async Task A8_the_same_subject_in_two_organizations_is_two_people()
    {
        var token = _configured.MintIdToken("jane", "hoop-cli", email: "jane@acme.test");
        var here = await _gateway.Anonymous.Post("/api/signin", new { id_token = token });
        var there = await _acme.SignInAs("jane", email: "jane@acme.test");

        Assert.That((here.Status, there.Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
        Assert.That(here.Text("id"), Is.Not.EqualTo(there.Text("id")));
        await _gateway.Operator.Put($"/api/users/{here.Text("id")}", new { status = "inactive" });
        Assert.That((await _acme.As("jane").Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task An_ID_token_for_another_client_or_of_an_issuer_without_people_signs_nobody_in()
    {
        var other = await _acme.SignInAs("jane", client: "another");
        await _acme.Change(settings => settings.Remove("people"));
        var unmarked = await _acme.SignInAs("jane");

        Assert.That((other.Status, unmarked.Status), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)));
        Assert.That(_gateway.Logs.Lines, Has.Some.Contains("expected acme-cli (client_id of /api/issuers/"));
        Assert.That((await _acme.Admin.Get("/api/users")).Body.GetArrayLength(), Is.Zero);
        Assert.That(
            (await _gateway.Anonymous.Get("/api/publicserverinfo?org=acme")).Body.GetRawText(), Is.EqualTo("""{"auth_method":"oidc"}"""));
    }

    [Test]
    public async Task An_access_token_of_the_client_signs_in_too_and_one_of_a_program_does_not()
    {
        var person = await _gateway.Anonymous.Post(
            "/api/signin", new { access_token = _acme.As("jane").DefaultRequestHeaders.Authorization!.Parameter });
        var program = await _gateway.Anonymous.Post(
            "/api/signin", new { access_token = _acme.Provider.MintAccessToken("robot", OrganizationPeople.Audience) });

        Assert.That((person.Status, program.Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.Unauthorized)));
    }

    [Test]
    public async Task A_token_of_the_gateways_own_acts_in_the_organization()
    {
        var signedIn = await _acme.SignInAs("jane", token: true);
        var who = await _gateway.As(signedIn.Text("token")!).Get("/api/userinfo");

        Assert.That((who.Text("org_name"), who.Text("subject")), Is.EqualTo(("acme", "jane")));
    }

    [Test]
    public async Task Issuer_and_client_together_belong_to_one_organization()
    {
        var (_, rival) = await _gateway.CreateOrganization("rival");
        using var admin = rival;
        var same = Rival(settings => settings["audiences"] = new JsonArray("https://rival.test"));
        var asAudience = Rival(settings =>
        {
            settings.Remove("people");
            settings["audiences"] = new JsonArray(OrganizationPeople.Client);
        });
        var configured = Rival(settings =>
        {
            settings["issuer"] = _configured.Issuer;
            settings["client_id"] = "hoop-cli";
        });
        var own = Rival(settings =>
        {
            settings["audiences"] = new JsonArray("https://rival.test");
            settings["client_id"] = "rival-cli";
        });

        foreach (var body in new[] { same, asAudience, configured })
        {
            var reply = await admin.Post("/api/issuers", body);
            Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.Conflict, "audience_taken")), body.ToJsonString());
        }

        Assert.That((await admin.Post("/api/issuers", own)).Status, Is.EqualTo(HttpStatusCode.Created), "another client of the same issuer");
        Assert.That((await _acme.SignInAs("jane")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _acme.SignInAs("bob", client: "rival-cli")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await admin.Get("/api/users")).Body.EnumerateArray().Single().GetProperty("subject").GetString(), Is.EqualTo("bob"));

        JsonObject Rival(Action<JsonObject> change)
        {
            var body = _acme.Settings.DeepClone().AsObject();
            change(body);
            return body;
        }
    }

    [Test]
    public async Task An_organization_has_one_issuer_for_people()
    {
        var second = new { issuer = "https://second.example", audiences = new[] { "a" }, client_id = "b", people = new { } };
        var created = await _acme.Admin.Post("/api/issuers", second);
        var unmarked = await _acme.Admin.Post(
            "/api/issuers", new { issuer = "https://second.example", audiences = new[] { "a" }, client_id = "b" });
        var changed = await _acme.Admin.Put($"/api/issuers/{unmarked.Text("id")}", second);
        var besideTheConfigured = await _gateway.Operator.Post("/api/issuers", second);
        await _acme.Change(settings => settings.Remove("people"));
        var afterwards = await _acme.Admin.Put($"/api/issuers/{unmarked.Text("id")}", second);

        foreach (var reply in new[] { created, changed, besideTheConfigured })
        {
            Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.Conflict, "people_taken")), reply.Body.GetRawText());
        }

        Assert.That(afterwards.Status, Is.EqualTo(HttpStatusCode.OK), afterwards.Message);
    }

    [Test]
    public async Task A_row_that_names_the_configured_client_never_gets_its_people()
    {
        // Of before the variable was set; the API refuses it.
        await _acme.Change(settings => settings["client_id"] = "hoop-cli");
        await _gateway.Execute(
            "UPDATE service_accounts.issuers SET issuer = @Issuer, updated_at = clock_timestamp()", new { _configured.Issuer });

        var signedIn = await _gateway.Anonymous.Post("/api/signin", new { id_token = _configured.MintIdToken("jane", "hoop-cli") });

        Assert.That(signedIn.Status, Is.EqualTo(HttpStatusCode.OK), signedIn.Message);
        Assert.That((await _gateway.Operator.Get("/api/users")).Body.GetArrayLength(), Is.EqualTo(1));
        Assert.That((await _acme.Admin.Get("/api/users")).Body.GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task Who_is_not_invited_stays_outside_and_who_is_comes_in_with_the_groups_of_the_invitation()
    {
        await _acme.Change(settings => settings["people"]!["sign_in"] = "invited");
        var stranger = await _acme.SignInAs("jane");
        var invited = await _acme.Admin.Post(
            "/api/users", new { subject = "jane", issuer = _acme.Provider.Issuer, groups = new[] { "admin" } });
        var wrongOrganization = await _gateway.Operator.Post("/api/users", new { subject = "bob", issuer = _acme.Provider.Issuer });
        var jane = await _acme.SignInAs("jane");

        Assert.That((stranger.Status, invited.Status), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.Created)));
        Assert.That(jane.Status, Is.EqualTo(HttpStatusCode.OK), jane.Message);
        Assert.That((await _acme.As("jane").Get("/api/userinfo")).Text("role"), Is.EqualTo("admin"));
        Assert.That(wrongOrganization.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await _acme.SignInAs("bob")).Status, Is.EqualTo(HttpStatusCode.Unauthorized), "invited somewhere else");
        Assert.That(
            (await _gateway.Anonymous.Get("/api/publicserverinfo?org=acme"))["oidc"].GetProperty("sign_in").GetString(),
            Is.EqualTo("invited"));
    }

    [Test]
    public async Task A_deactivated_person_is_out_with_everything()
    {
        var signedIn = await _acme.SignInAs("jane", token: true);
        using var jane = _acme.As("jane");
        var script = (await jane.Post("/api/tokens", new { name = "script" })).Text("token")!;
        await _acme.Admin.Put($"/api/users/{signedIn.Text("id")}", new { status = "inactive" });

        Assert.That((await jane.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _gateway.As(script).Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _gateway.As(signedIn.Text("token")!).Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _acme.SignInAs("jane")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    [Description("A9: how long groups count is set for each issuer")]
    public async Task A9_groups_count_for_as_long_as_the_issuers_own_setting_says()
    {
        await _acme.SignInAs("jane", ["admin"]);
        using var jane = _acme.As("jane");
        await TellAgo("119 minutes");
        var still = (await jane.Get("/api/userinfo")).Text("role");
        await TellAgo("121 minutes");
        var old = (await jane.Get("/api/userinfo")).Text("role");
        var unknown = await _acme.SignInAs("jane");

        Assert.That((still, old), Is.EqualTo(("admin", "standard")));
        Assert.That((unknown.Status, unknown.Code), Is.EqualTo((HttpStatusCode.Forbidden, "groups_unknown")));

        Task TellAgo(string time) =>
            _gateway.Execute($"UPDATE identity.people SET issuer_groups_at = now() - interval '{time}' WHERE org_id = @Id", new { _acme.Id });
    }

    private static IEnumerable<TestCaseData> Ends()
    {
        yield return Case("a narrower audience", false, people => people.Change(
            settings => settings["audiences"] = new JsonArray("https://other.test")));
        yield return Case("people not any more", true, people => people.Change(settings => settings.Remove("people")));
        yield return Case("another client", true, people => people.Change(settings => settings["client_id"] = "other-cli"));
        yield return Case("deleted", true, people => people.Admin.Delete($"/api/issuers/{people.IssuerId}"));

        static TestCaseData Case(string what, bool withPersonalTokens, Func<OrganizationPeople, Task<Reply>> change) =>
            new TestCaseData(withPersonalTokens, change).SetArgDisplayNames(what);
    }

    [TestCaseSource(nameof(Ends))]
    public async Task What_people_hold_ends_with_the_issuer_that_let_them_in(
        bool withPersonalTokens, Func<OrganizationPeople, Task<Reply>> change)
    {
        var signedIn = await _acme.SignInAs("jane", ["admin"], token: true);
        using var jane = _acme.As("jane");
        using var own = _gateway.As(signedIn.Text("token")!);
        using var script = _gateway.As((await jane.Post("/api/tokens", new { name = "script" })).Text("token")!);
        using var vault = _gateway.As(
            (await jane.Post("/v1/auth/token/create", new { ttl = "1h" }))["auth"].GetProperty("client_token").GetString()!);

        var reply = await change(_acme);

        Assert.That(reply.Response.IsSuccessStatusCode, reply.Message);
        Assert.That(
            (await Status(own), await Status(script), await Status(vault, "/v1/auth/token/lookup-self"), await Status(jane)),
            Is.EqualTo((401, withPersonalTokens ? 401 : 200, 403, 401)));
    }

    [Test]
    public async Task An_access_token_of_a_client_by_which_people_do_not_sign_in_any_more_is_nobodys()
    {
        await _acme.SignInAs("jane");
        using var jane = _acme.As("jane");
        using var portal = _gateway.As(_acme.Provider.MintAccessToken("jane", OrganizationPeople.Audience, variant: OfClient("portal")));
        Assert.That((await Status(jane), await Status(portal)), Is.EqualTo((200, 200)));

        await _acme.Change(settings => settings["client_id"] = "second-cli");
        Assert.That((await Status(jane), await Status(portal)), Is.EqualTo((401, 200)), "what was never the client is no old one");
        await _acme.Change(settings => settings["client_id"] = "third-cli");
        Assert.That(await Status(jane), Is.EqualTo(401), "also after one more change");
        using var second = _gateway.As(
            _acme.Provider.MintAccessToken("jane", OrganizationPeople.Audience, variant: OfClient("second-cli", "azp")));
        Assert.That(await Status(second), Is.EqualTo(401));
        Assert.That(_gateway.Logs.Lines, Has.Some.Contains("former_client"));
        Assert.That((await _acme.Admin.Get($"/api/issuers/{_acme.IssuerId}")).Body.GetRawText(), Does.Not.Contain("second-cli"));

        // Without people in between, too.
        var people = _acme.Settings["people"]!.DeepClone();
        await _acme.Change(settings => settings.Remove("people"));
        await _acme.Change(settings => (settings["people"], settings["client_id"]) = (people, "fourth-cli"));
        Assert.That(await Status(jane), Is.EqualTo(401));

        await _acme.Change(settings => settings["client_id"] = OrganizationPeople.Client);
        Assert.That(await Status(jane), Is.EqualTo(200), "the client is back, and so is what it was given");
    }

    [Test]
    public void Of_clients_of_before_a_bounded_number_is_kept()
    {
        var settings = new IssuerSettings(
            "generic", ["a"], null, null, null, null, null, null, null, "c0", new PeopleSettings(null, null, null, null, null, null, null));
        for (var i = 1; i <= 100; i++)
        {
            settings = (settings with { ClientId = $"c{i}", FormerClients = null }).After(settings);
        }

        Assert.That(settings.FormerClients, Has.Length.EqualTo(20).And.Contain("c99").And.Not.Contain("c100"));
    }

    [Test]
    [Description("A9")]
    public async Task A9_a_shorter_time_for_groups_counts_at_once_and_a_longer_one_from_the_next_sign_in()
    {
        await _acme.SignInAs("jane", ["admin"]);
        using var jane = _acme.As("jane");
        await _gateway.Execute(
            "UPDATE identity.people SET issuer_groups_at = now() - interval '90 minutes' WHERE org_id = @Id", new { _acme.Id });
        var before = (await jane.Get("/api/userinfo")).Text("role");

        await _acme.Change(settings => settings["people"]!["groups_keep"] = "1h");
        var after = (await jane.Get("/api/userinfo")).Text("role");
        await _acme.Change(settings => settings["people"]!["groups_keep"] = "3h");

        Assert.That(
            (before, after, (await jane.Get("/api/userinfo")).Text("role")), Is.EqualTo(("admin", "standard", "standard")));
    }

    private static TokenVariant OfClient(string client, string claim = "client_id") => new()
    {
        Claims = new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { ["client_id"] = null, [claim] = client },
    };

    private static IEnumerable<TestCaseData> Wrong()
    {
        yield return Case("client_id", settings => settings.Remove("client_id"));
        yield return Case("people.sign_in", settings => settings["people"]!["sign_in"] = "closed");
        yield return Case("people.scopes", settings => settings["people"]!["scopes"] = new JsonArray("email"));
        yield return Case("people.scopes", settings => settings["people"]!["scopes"] = new JsonArray("openid", "a b"));
        yield return Case("people.parameters", settings => settings["people"]!["parameters"] = new JsonObject { ["state"] = "mine" });
        yield return Case("people.parameters", settings => settings["people"]!["parameters"] = new JsonObject { ["a"] = "line\nbreak" });
        yield return Case("people.groups_keep", settings => settings["people"]!["groups_keep"] = "soon");
        yield return Case("people.groups_keep", settings => settings["people"]!["groups_keep"] = "-1h");
        yield return Case("people.groups_keep", settings => settings["people"]!["groups_keep"] = "9000h");
        yield return Case("people.groups_claim", settings => settings["people"]!["groups_claim"] = "");
        yield return Case("people.hosted_domain", settings => settings["people"]!["hosted_domain"] = new string('x', 300));
        yield return Case("issuer", settings =>
        {
            using var key = SigningKey.Create("RS256", "k");
            settings["issuer"] = "kubernetes";
            settings["jwks"] = new JsonObject { ["keys"] = new JsonArray(key.PublicJwk("sig", key.Algorithm)) };
        });
        yield return Case("people.sign_in", settings =>
        {
            settings["issuer"] = "https://accounts.google.com";
            settings["people"]!["sign_in"] = "open";
        });

        static TestCaseData Case(string field, Action<JsonObject> change) => new TestCaseData(field, change).SetArgDisplayNames(field);
    }

    [TestCaseSource(nameof(Wrong))]
    public async Task What_is_wrong_about_people_is_named(string field, Action<JsonObject> change)
    {
        var body = _acme.Settings.DeepClone().AsObject();
        change(body);
        var reply = await _acme.Admin.Put($"/api/issuers/{_acme.IssuerId}", body);

        Assert.That((int)reply.Status, Is.AnyOf(400, 422), reply.Body.GetRawText());
        Assert.That(reply.Message, Does.StartWith(field));
        Assert.That((await _acme.SignInAs("jane")).Status, Is.EqualTo(HttpStatusCode.OK), "nothing was changed");
    }

    [Test]
    public async Task Google_is_open_for_a_domain_and_invited_without_one()
    {
        await _acme.Admin.Delete($"/api/issuers/{_acme.IssuerId}");
        _acme.Settings["issuer"] = "https://accounts.google.com";
        _acme.Settings["people"] = new JsonObject();
        await _acme.Trust();
        var invited = (await _acme.Admin.Get($"/api/issuers/{_acme.IssuerId}"))["people"];
        await _acme.Change(settings => settings["people"] = new JsonObject { ["hosted_domain"] = "acme.test" });
        var open = (await _acme.Admin.Get($"/api/issuers/{_acme.IssuerId}"))["people"];

        Assert.That(invited.GetProperty("sign_in").GetString(), Is.EqualTo("invited"));
        Assert.That(invited.GetProperty("parameters").GetProperty("access_type").GetString(), Is.EqualTo("offline"));
        Assert.That(invited.GetProperty("scopes").GetArrayLength(), Is.EqualTo(3));
        Assert.That(open.GetProperty("sign_in").GetString(), Is.EqualTo("open"));
    }

    [Test]
    public async Task The_people_of_the_issuer_can_be_aliases_of_entities()
    {
        await _acme.SignInAs("jane");
        var mounts = (await _acme.Admin.Get("/v1/sys/auth"))["data"];
        var accessor = mounts.EnumerateObject().Single(
            mount => mount.Name.StartsWith("oidc/", StringComparison.Ordinal)).Value.GetProperty("accessor").GetString();
        var entity = await _acme.Admin.Post("/v1/identity/entity", new { name = "jane", policies = new[] { "some" } });
        var alias = await _acme.Admin.Post("/v1/identity/entity-alias", new
        {
            name = "jane", mount_accessor = accessor, canonical_id = entity["data"].GetProperty("id").GetString(),
        });

        Assert.That(alias.Status, Is.EqualTo(HttpStatusCode.OK), alias.Body.GetRawText());
        Assert.That(
            (await _acme.As("jane").Get("/api/userinfo")).Text("entity_id"), Is.EqualTo(entity["data"].GetProperty("id").GetString()));
    }

    [Test]
    public async Task Another_gateway_takes_the_sign_in_as_soon_as_the_issuer_is_there()
    {
        await using var second = await TestGateway.Start(
            new() { ["HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP"] = "true" }, connection: _gateway.Connection);
        await using var late = await OrganizationPeople.In(_gateway, "late");

        var signedIn = await second.Anonymous.Post(
            "/api/signin", new { id_token = late.Provider.MintIdToken("jane", OrganizationPeople.Client) });

        Assert.That(signedIn.Status, Is.EqualTo(HttpStatusCode.OK), signedIn.Message);
    }

    private static async Task<int> Status(HttpClient client, string path = "/api/userinfo") => (int)(await client.Get(path)).Status;
}
