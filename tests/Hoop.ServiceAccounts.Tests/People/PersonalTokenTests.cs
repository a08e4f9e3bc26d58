using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.People;

/// <summary>/api/tokens: what a person gives to its own scripts.</summary>
public sealed class PersonalTokenTests
{
    private PeopleGateway _people = null!;

    [OneTimeSetUp]
    public async Task Start() => _people = await PeopleGateway.Start(("HOOP_OIDC_GROUPS_CLAIM", "groups"));

    [OneTimeTearDown]
    public async Task Stop() => await _people.DisposeAsync();

    [Test]
    public async Task A_token_acts_as_its_person_and_is_shown_once()
    {
        var id = (await _people.SignInAs("jane", ["auditor", "staff"], "jane@example.com")).Text("id");
        using var jane = _people.As("jane");

        var made = await jane.Post("/api/tokens", new { name = "laptop", ttl = "1h" });
        using var script = _people.Gateway.As(made.Text("token")!);
        var me = await script.Get("/api/userinfo");
        var listed = await jane.Get("/api/tokens");

        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Body.ToString());
        Assert.That(made["expires_at"].GetDateTime(), Is.EqualTo(DateTime.UtcNow.AddHours(1)).Within(TimeSpan.FromMinutes(2)));
        Assert.That(
            (me.Text("kind"), me.Text("email"), me.Text("role"), me.Text("person_id"), me.Text("subject")),
            Is.EqualTo(("api_token", "jane@example.com", "auditor", id, "laptop")));
        Assert.That(listed.Body.GetArrayLength(), Is.EqualTo(1));
        var row = listed.Body[0];
        Assert.That((row.GetProperty("name").GetString(), row.TryGetProperty("token", out _)), Is.EqualTo(("laptop", false)));
        Assert.That((await jane.Post("/api/tokens", new { name = "laptop" })).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(_people.Gateway.Logs.Lines, Has.None.Contains(made.Text("token")));
        Assert.That(
            await _people.Gateway.Query<long>(
                "SELECT count(*) FROM identity.api_tokens AS t WHERE t::text LIKE '%' || @secret || '%'", new { secret = made.Text("token") }),
            Is.EqualTo(new[] { 0L }));
        Assert.That((await _people.Gateway.AuditOf("api_token"))[^1].Fields, Does.Contain(id).And.Not.Contain(made.Text("token")));
    }

    [Test]
    public async Task A_token_never_gives_more_than_its_person_has_now()
    {
        await _people.SignInAs("shrinking", ["admin", "staff"]);
        using var person = _people.As("shrinking");
        var some = await person.Post("/api/tokens", new { name = "some", groups = new[] { "staff" } });
        var all = await person.Post("/api/tokens", new { name = "all" });
        using var script = _people.Gateway.As(all.Text("token")!);
        var before = (await script.Get("/api/userinfo")).Text("role");

        await _people.SignInAs("shrinking", ["staff", "new"]);
        var after = await script.Get("/api/userinfo");

        Assert.That((await _people.Gateway.As(some.Text("token")!).Get("/api/userinfo")).Text("role"), Is.EqualTo("standard"));
        Assert.That((before, after.Text("role"), after["groups"].GetRawText()), Is.EqualTo(("admin", "standard", """["staff"]""")));
        var foreign = await person.Post("/api/tokens", new { name = "more", groups = new[] { "admin" } });
        Assert.That((foreign.Status, foreign.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "groups")));
    }

    [Test]
    public async Task Only_a_person_who_signed_in_makes_one()
    {
        await _people.SignInAs("maker", ["admin"]);
        var made = await _people.As("maker").Post("/api/tokens", new { name = "first" });
        foreach (var client in new[] { _people.Gateway.As(made.Text("token")!), _people.Admin })
        {
            var refused = await client.Post("/api/tokens", new { name = "second" });
            Assert.That((refused.Status, refused.Code), Is.EqualTo((HttpStatusCode.Forbidden, "not_a_person")));
        }
    }

    [Test]
    public async Task Its_owner_and_an_admin_revoke_it_and_nobody_else_sees_it()
    {
        var ada = (await _people.SignInAs("ada", [])).Text("id");
        await _people.SignInAs("bob", []);
        await _people.SignInAs("eve", ["admin"]);
        using var clients = new Three(_people.As("ada"), _people.As("bob"), _people.As("eve"));
        var (owner, other, admin) = clients;
        var first = await owner.Post("/api/tokens", new { name = "laptop" });
        var second = await owner.Post("/api/tokens", new { name = "desktop" });
        Assert.That((await other.Post("/api/tokens", new { name = "laptop" })).Status, Is.EqualTo(HttpStatusCode.Created), "names are each person's own");

        Assert.That((await other.Get($"/api/tokens?person_id={ada}")).Body.GetArrayLength(), Is.Zero);
        Assert.That((await other.Delete($"/api/tokens/{first.Text("id")}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await admin.Get($"/api/tokens?person_id={ada}")).Body.GetArrayLength(), Is.EqualTo(2));
        Assert.That((await owner.Delete($"/api/tokens/{first.Text("id")}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await admin.Delete($"/api/tokens/{second.Text("id")}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        foreach (var gone in new[] { first, second })
        {
            Assert.That((await _people.Gateway.As(gone.Text("token")!).Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        }

        Assert.That((await owner.Delete($"/api/tokens/{first.Text("id")}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        var ofOrganization = (await _people.Admin.Post("/api/api-tokens", new { name = "org" })).Text("id");
        Assert.That((await admin.Delete($"/api/tokens/{ofOrganization}")).Status, Is.EqualTo(HttpStatusCode.NotFound), "it is no person's");
        Assert.That((await _people.Admin.Get("/api/api-tokens")).Body.ToString(), Does.Not.Contain("laptop"));
    }

    [TestCase("""{"name": ""}""", HttpStatusCode.BadRequest)]
    [TestCase("""{"name": "a#b"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "a", "ttl": "0s"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "a", "ttl": "8761h"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "a", "ttl": "soon"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "a", "groups": ["x", "x"]}""", HttpStatusCode.UnprocessableEntity)]
    public async Task What_cannot_be_meant_is_refused(string body, HttpStatusCode status)
    {
        await _people.SignInAs("careless", []);

        Assert.That((await _people.As("careless").Post("/api/tokens", body)).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task A_person_has_fifty_at_most_also_when_they_are_made_at_once()
    {
        await _people.SignInAs("hoarder", []);
        using var hoarder = _people.As("hoarder");

        var made = await Task.WhenAll(Enumerable.Range(0, 60).Select(n => hoarder.Post("/api/tokens", new { name = $"t{n}" })));

        Assert.That(made.Count(reply => reply.Status == HttpStatusCode.Created), Is.EqualTo(50));
        Assert.That(made.Where(reply => reply.Status != HttpStatusCode.Created).Select(reply => reply.Code), Is.All.EqualTo("quota"));
    }

    private sealed record Three(HttpClient Owner, HttpClient Other, HttpClient Admin) : IDisposable
    {
        public void Dispose()
        {
            Owner.Dispose();
            Other.Dispose();
            Admin.Dispose();
        }
    }
}
