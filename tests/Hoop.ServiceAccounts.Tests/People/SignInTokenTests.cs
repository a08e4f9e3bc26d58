using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.People;

/// <summary>Where the issuer's access tokens are for another API, the gateway gives one of its own for the ID token.</summary>
public sealed class SignInTokenTests
{
    private PeopleGateway _people = null!;

    [OneTimeSetUp]
    public async Task Start() => _people = await PeopleGateway.Start(("HOOP_OIDC_GROUPS_CLAIM", "groups"));

    [OneTimeTearDown]
    public async Task Stop() => await _people.DisposeAsync();

    [Test]
    public async Task It_acts_as_the_person_itself_for_an_hour()
    {
        var signedIn = await Exchange("jane", "staff");
        using var jane = _people.Gateway.As(signedIn.Text("token")!);
        var me = await jane.Get("/api/userinfo");
        await _people.SignInAs("jane", ["staff", "auditor"]);
        var later = await jane.Get("/api/userinfo");

        Assert.That(
            (me.Text("kind"), me.Text("subject"), me.Text("person_id"), me.Text("role")),
            Is.EqualTo(("user", "jane", signedIn.Text("id"), "standard")));
        Assert.That(later.Text("role"), Is.EqualTo("auditor"), "it has the groups that the person has now");
        Assert.That(
            signedIn["token_expires_at"].GetDateTime(), Is.EqualTo(DateTime.UtcNow.AddHours(1)).Within(TimeSpan.FromMinutes(2)));
        Assert.That((await jane.Post("/api/tokens", new { name = "script" })).Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await jane.Get("/api/tokens")).Body.GetArrayLength(), Is.EqualTo(1), "it is no token to manage");
        Assert.That((await _people.Admin.Get("/api/api-tokens")).Body.ToString(), Does.Not.Contain("sign-in"));
    }

    [Test]
    public async Task It_ends_with_the_person_and_with_its_time()
    {
        var signedIn = await Exchange("leaving", "staff");
        using var person = _people.Gateway.As(signedIn.Text("token")!);
        var before = await person.Get("/api/userinfo");
        await _people.Admin.Put($"/api/users/{signedIn.Text("id")}", new { status = "inactive" });
        var during = await person.Get("/api/userinfo");
        await _people.Admin.Put($"/api/users/{signedIn.Text("id")}", new { status = "active" });
        var after = await person.Get("/api/userinfo");
        await _people.Gateway.Execute("UPDATE identity.api_tokens SET expires_at = now() - interval '1 second' WHERE is_sign_in");
        var over = await person.Get("/api/userinfo");

        Assert.That(
            new[] { before.Status, during.Status, after.Status, over.Status },
            Is.EqualTo(new[] { HttpStatusCode.OK, HttpStatusCode.Unauthorized, HttpStatusCode.OK, HttpStatusCode.Unauthorized }));
    }

    [Test]
    public async Task A_person_has_twenty_at_most_and_what_is_over_goes()
    {
        var first = await Exchange("often", "staff");
        for (var i = 0; i < 22; i++)
        {
            await Exchange("often", "staff");
        }

        var kept = await _people.Gateway.Query<long>(
            "SELECT count(*) FROM identity.api_tokens WHERE is_sign_in AND person_id = @id", new { id = Guid.Parse(first.Text("id")!) });
        Assert.That(kept[0], Is.EqualTo(20));
        Assert.That((await _people.Gateway.As(first.Text("token")!).Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        var trail = await _people.Gateway.AuditOf("api_token");
        Assert.That(trail.Count(row => row.Fields.Contains("sign_in_over", StringComparison.Ordinal)), Is.EqualTo(3));
    }

    [Test]
    public async Task An_access_token_is_never_exchanged()
    {
        var reply = await _people.Gateway.Anonymous.Post(
            "/api/signin", new { access_token = _people.AccessToken("by-access", ("groups", new System.Text.Json.Nodes.JsonArray())), token = true });

        Assert.That((reply.Status, reply.Body.TryGetProperty("token", out _)), Is.EqualTo((HttpStatusCode.OK, false)));
    }

    private async Task<Reply> Exchange(string subject, params string[] groups)
    {
        var reply = await _people.Gateway.Anonymous.Post("/api/signin", new { id_token = _people.IdToken(subject, groups), token = true });
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
        return reply;
    }
}
