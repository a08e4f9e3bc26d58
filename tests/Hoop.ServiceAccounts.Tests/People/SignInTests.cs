using System.Net;
using System.Text.Json.Nodes;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.People;

/// <summary>POST /api/signin: who is let in, what is written, and what is no sign-in.</summary>
public sealed class SignInTests
{
    private PeopleGateway _people = null!;

    [OneTimeSetUp]
    public async Task Start() => _people = await PeopleGateway.Start();

    [OneTimeTearDown]
    public async Task Stop() => await _people.DisposeAsync();

    [Test]
    public async Task A_first_sign_in_registers_the_person_and_its_access_token_is_good_from_then_on()
    {
        using var jane = _people.As("jane");
        Assert.That((await jane.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized), "nobody signed in yet");

        var signedIn = await _people.SignInAs("jane", email: "jane@example.com", claims: ("name", "Jane Doe"));
        var again = await _people.SignInAs("jane", email: "jane@example.com");

        Assert.That((signedIn.Status, signedIn["is_new"].GetBoolean()), Is.EqualTo((HttpStatusCode.OK, true)), signedIn.Body.ToString());
        Assert.That((again["is_new"].GetBoolean(), again.Text("id")), Is.EqualTo((false, signedIn.Text("id"))));
        var me = await jane.Get("/api/userinfo");
        Assert.That(
            (me.Text("kind"), me.Text("email"), me.Text("name"), me.Text("role"), me["verified"].GetBoolean(), me.Text("person_id")),
            Is.EqualTo(("user", "jane@example.com", "Jane Doe", "standard", true, signedIn.Text("id"))));
        var person = await _people.Admin.Get($"/api/users/{signedIn.Text("id")}");
        Assert.That((person.Text("status"), person.Text("subject"), person.Text("issuer")), Is.EqualTo(("active", "jane", _people.Provider.Issuer)));
        var trail = (await _people.Gateway.AuditOf("person")).Where(row => row.ResourceId == signedIn.Text("id")).ToArray();
        Assert.That(
            trail.Select(row => (row.Action, row.ActorKind, row.ActorSubject)),
            Is.EqualTo(new[] { ("create", "user", "jane"), ("authenticate", "user", "jane") }));
    }

    [Test]
    public async Task An_access_token_of_the_client_that_people_use_signs_in_as_well_and_a_program_s_does_not()
    {
        var signedIn = await _people.Gateway.Anonymous.Post("/api/signin", new { access_token = _people.AccessToken("by-access-token") });
        var program = await _people.Gateway.Anonymous.Post(
            "/api/signin", new { access_token = _people.Provider.MintAccessToken("a-program") });
        var itself = await _people.Gateway.Anonymous.Post(
            "/api/signin", new { access_token = _people.AccessToken(PeopleGateway.Client) });
        var two = await _people.Gateway.Anonymous.Post(
            "/api/signin", new { access_token = _people.AccessToken("both", ("azp", "another")) });

        Assert.That(signedIn.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(new[] { program.Status, itself.Status, two.Status }, Is.All.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(_people.Gateway.Logs.Lines, Has.Some.Contains("not_a_person"));
    }

    [Test]
    public async Task An_unregistered_program_is_still_named_with_what_to_do()
    {
        Assert.That(
            (await _people.Gateway.As(_people.Provider.MintAccessToken("unregistered")).Get("/api/userinfo")).Status,
            Is.EqualTo(HttpStatusCode.Unauthorized));

        Assert.That(
            _people.Gateway.Logs.Lines,
            Has.Some.Contains("no service account has the subject \"unregistered\"").And.Contains("hoop admin create serviceaccount"));
    }

    private static IEnumerable<TestCaseData> Wrong()
    {
        yield return Case("another client", ("aud", "another-client"));
        yield return Case("two audiences without azp", ("aud", new JsonArray(PeopleGateway.Client, "another")));
        yield return Case("an azp of another", ("azp", "another"));
        yield return Case("another issuer", ("iss", "https://evil.example"));
        yield return Case("no subject", ("sub", null));
        yield return Case("an empty subject", ("sub", ""));
        yield return Case("a SPIFFE ID", ("sub", "spiffe://a.example/b"));
        yield return Case("no end", ("exp", null));
        yield return Case("expired", ("exp", 1_700_000_000));
        yield return Case("from the future", ("iat", 4_000_000_000));
        yield return Case("a log-out token", ("events", new JsonObject()));
        yield return Case("an access token of Cognito", ("token_use", "access"));
        yield return Case("a refresh token of Keycloak", ("typ", "Refresh"));

        static TestCaseData Case(string what, params (string, JsonNode?)[] claims) =>
            new TestCaseData(arg: claims).SetArgDisplayNames(what);
    }

    [TestCaseSource(nameof(Wrong))]
    public async Task What_is_no_ID_token_for_this_gateway_signs_nobody_in((string, JsonNode?)[] claims)
    {
        var reply = await _people.SignInAs("wrong", claims: claims);

        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.Unauthorized, "access_denied")));
        Assert.That(reply.Message, Is.EqualTo("access denied: the token was not accepted"), "one answer for all");
        Assert.That((await _people.Admin.Get("/api/users?subject=wrong")).Body.GetArrayLength(), Is.Zero);
    }

    [TestCase("at+jwt")]
    [TestCase("dpop+jwt")]
    [TestCase("logout+jwt")]
    public async Task A_token_that_says_it_is_something_else_signs_nobody_in(string type)
    {
        var variant = new TokenVariant { Header = new Dictionary<string, JsonNode?> { ["typ"] = type } };

        var reply = await _people.SignIn(_people.Provider.MintIdToken("typed", PeopleGateway.Client, variant: variant));

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_token_of_a_stranger_s_key_signs_nobody_in()
    {
        using var stranger = SigningKey.Create("RS256", _people.Provider.SigningKey.KeyId);

        var reply = await _people.SignIn(
            _people.Provider.MintIdToken("forged", PeopleGateway.Client, variant: new TokenVariant { Key = stranger }));

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("{}")]
    [TestCase("""{"id_token": ""}""")]
    [TestCase("""{"id_token": 5}""")]
    [TestCase("""{"id_token": "a.b.c", "access_token": "a.b.c"}""")]
    public async Task A_body_without_exactly_one_token_is_malformed(string body) =>
        Assert.That((await _people.Gateway.Anonymous.Post("/api/signin", body)).Status, Is.EqualTo(HttpStatusCode.BadRequest));

    [Test]
    public async Task An_ID_token_opens_no_route_and_no_token_is_in_the_log()
    {
        var token = _people.IdToken("careful");
        await _people.SignIn(token);

        Assert.That((await _people.Gateway.As(token).Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(_people.Gateway.Logs.Lines, Has.None.Contains(token.Split('.')[2]).And.None.Contains(token.Split('.')[1]));
    }

    [Test]
    public async Task A_service_account_is_no_person()
    {
        await _people.Admin.Post("/api/serviceaccounts", new { subject = "robot", name = "robot", status = "inactive" });

        Assert.That((await _people.SignInAs("robot")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _people.As("robot").Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Twenty_first_sign_ins_at_once_are_one_person()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _people.SignInAs("crowd")));

        Assert.That(replies.Select(reply => reply.Status), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(replies.Select(reply => reply.Text("id")).Distinct().Count(), Is.EqualTo(1));
        Assert.That(replies.Count(reply => reply["is_new"].GetBoolean()), Is.EqualTo(1));
    }

    [Test]
    [Description("A8: an address that the issuer does not vouch for is nobody's, and one that it does links nothing")]
    public async Task A8_people_are_issuer_and_subject_and_an_address_links_nothing()
    {
        var first = await _people.SignInAs("mallory", email: "ceo@example.com");
        var second = await _people.SignInAs("the-ceo", email: "ceo@example.com");
        var unverified = await _people.SignInAs("typed-it", claims: ("email", "ceo@example.com"));
        var denied = await _people.SignInAs("denied-it", claims: [("email", "ceo@example.com"), ("email_verified", false)]);

        Assert.That(second.Text("id"), Is.Not.EqualTo(first.Text("id")));
        Assert.That((unverified.Text("email"), denied.Text("email")), Is.EqualTo(("", "")));
        Assert.That(
            (await _people.Admin.Get("/api/users?email=ceo@example.com")).Body.EnumerateArray().Select(one => one.GetProperty("id").GetString()),
            Is.EqualTo(new[] { first.Text("id"), second.Text("id") }), "the admin sees both");
        Assert.That(
            _people.Gateway.Logs.Lines,
            Has.Some.Contains(second.Text("id")).And.Contains("an address that another person has, too; nothing was linked"));
    }

    [Test]
    public async Task The_public_answer_says_how_to_sign_in_and_nothing_else()
    {
        var told = await _people.Gateway.Anonymous.Get("/api/publicserverinfo");

        Assert.That(told.Body.GetRawText(), Is.EqualTo(
            """{"auth_method":"oidc","oidc":{"issuer":"ISSUER","client_id":"hoop-cli","scopes":["openid","email","profile","offline_access"],"parameters":{},"sign_in":"open"}}"""
                .Replace("ISSUER", _people.Provider.Issuer, StringComparison.Ordinal)));
    }

    [Test]
    public async Task Without_a_client_nobody_signs_in()
    {
        await using var closed = await PeopleGateway.Start(("HOOP_OIDC_CLIENT_ID", ""));

        Assert.That((await closed.SignInAs("jane")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(
            (await closed.Gateway.Anonymous.Get("/api/publicserverinfo")).Body.GetRawText(), Is.EqualTo("""{"auth_method":"oidc"}"""));
    }
}
