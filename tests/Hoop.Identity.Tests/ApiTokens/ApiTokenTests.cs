using System.Net;
using Hoop.Identity.ApiTokens;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.ApiTokens;

public sealed class ApiTokenTests : IdentityFixture
{
    [Test]
    public async Task A_token_is_shown_once_works_and_is_listed_without_its_secret()
    {
        var created = await Admin.Post("/api/api-tokens", new { name = "ci", groups = new[] { "deployers", "admin" } });

        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(created.Text("token"), Does.Match("^hpk_[A-Za-z0-9_-]{43}$"));
        Assert.That(created["groups"].GetRawText(), Is.EqualTo("""["deployers","admin"]"""));
        Assert.That(created.Response.Headers.CacheControl!.NoStore, Is.True);

        using var client = Gateway.As(created.Text("token")!);
        var listed = await client.Get("/api/api-tokens");
        Assert.That(listed.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(listed.Body.GetRawText(), Does.Not.Contain(created.Text("token")!));
        var row = listed.Body.EnumerateArray().Single(token => token.GetProperty("name").GetString() == "ci");
        Assert.That(
            // Its first use is written a little later, and shown from then on.
            row.EnumerateObject().Select(member => member.Name).Where(name => name != "last_used_at"),
            Is.EqualTo(new[] { "id", "name", "groups", "is_operator", "created_at", "status" }));
    }

    [Test]
    public async Task The_secret_stands_in_no_log_line_no_audit_row_and_no_table()
    {
        var secret = (await Admin.Post("/api/api-tokens", new { name = "canary" })).Text("token")!;

        Assert.That(Gateway.Logs.Lines, Has.None.Contains(secret));
        Assert.That(await Gateway.Query<string>("SELECT audit_events::text FROM identity.audit_events"), Has.None.Contains(secret));
        Assert.That(await Gateway.Query<string>("SELECT api_tokens::text FROM identity.api_tokens"), Has.None.Contains(secret));
        Assert.That(
            new CreateApiToken.Response(Guid.Empty, "n", [], DateTime.UtcNow, ExpiresAt: null, secret).ToString(),
            Does.Not.Contain(secret));
    }

    [Test]
    public async Task A_deleted_token_is_refused_by_the_next_request()
    {
        var created = await Admin.Post("/api/api-tokens", new { name = "short-lived" });
        using var client = Gateway.As(created.Text("token")!);
        Assert.That((await client.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK));

        var deleted = await Admin.Delete($"/api/api-tokens/{created.Text("id")}");

        Assert.That(deleted.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await client.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await Admin.Delete($"/api/api-tokens/{created.Text("id")}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task An_expired_token_is_refused()
    {
        var created = await Admin.Post("/api/api-tokens", new { name = "expiring", expires_in = "1h" });
        using var client = Gateway.As(created.Text("token")!);
        Assert.That((await client.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(created["expires_at"].GetDateTime(), Is.EqualTo(DateTime.UtcNow.AddHours(1)).Within(TimeSpan.FromMinutes(1)));

        await Gateway.Execute("UPDATE identity.api_tokens SET expires_at = now() WHERE name = 'expiring'");

        Assert.That((await client.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_token_can_end_at_a_stated_time()
    {
        var created = await Admin.Post("/api/api-tokens", new { name = "stated", expires_at = "2100-01-31T12:00:00.5+02:00" });

        Assert.That(created.Text("expires_at"), Is.EqualTo("2100-01-31T10:00:00.5Z"));
    }

    [Test]
    public async Task The_bootstrap_token_is_listed_but_cannot_be_deleted()
    {
        var listed = await Gateway.Operator.Get("/api/api-tokens");
        var bootstrap = listed.Body.EnumerateArray().Single(token => token.GetProperty("is_operator").GetBoolean());

        var reply = await Gateway.Operator.Delete($"/api/api-tokens/{bootstrap.GetProperty("id").GetString()}");

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(reply.Code, Is.EqualTo("bootstrap_token"));
        Assert.That((await Gateway.Operator.Get("/api/orgs")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Another_organization_neither_sees_nor_deletes_a_token()
    {
        var created = await Admin.Post("/api/api-tokens", new { name = "ours" });

        var deleted = await Stranger.Delete($"/api/api-tokens/{created.Text("id")}");
        var absent = await Stranger.Delete($"/api/api-tokens/{Guid.NewGuid()}");

        Assert.That(deleted.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(deleted.Body.GetRawText(), Is.EqualTo(absent.Body.GetRawText()));
        Assert.That((await Stranger.Get("/api/api-tokens")).Body.GetRawText(), Does.Not.Contain("ours"));
        Assert.That(
            (await Stranger.Post("/api/api-tokens", new { name = "ours" })).Status,
            Is.EqualTo(HttpStatusCode.Created),
            "names are per organization");
        using var client = Gateway.As(created.Text("token")!);
        Assert.That((await client.Get("/api/userinfo")).Text("org_id"), Is.EqualTo(OrgId.ToString()));
    }

    [Test]
    public async Task Only_an_admin_makes_and_deletes_tokens_and_an_auditor_reads_them([Values("GET", "POST", "DELETE")] string method)
    {
        var path = method == "DELETE" ? $"/api/api-tokens/{Guid.NewGuid()}" : "/api/api-tokens";
        var body = method == "POST" ? """{"name": "mine", "groups": ["admin"]}""" : null;

        Assert.That(
            (await Auditor.Send(new HttpMethod(method), path, body)).Status,
            Is.EqualTo(method == "GET" ? HttpStatusCode.OK : HttpStatusCode.Forbidden));
        Assert.That((await Standard.Send(new HttpMethod(method), path, body)).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await Gateway.Anonymous.Send(new HttpMethod(method), path, body)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task One_of_many_parallel_creations_takes_the_name()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Admin.Post("/api/api-tokens", new { name = "contested" })));

        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.Created), Is.EqualTo(1));
        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.Conflict), Is.EqualTo(19));
    }

    [Test]
    public async Task Creation_and_deletion_leave_their_audit_rows()
    {
        var id = (await Admin.Post("/api/api-tokens", new { name = "watched", groups = new[] { "g" } })).Text("id")!;
        await Admin.Delete($"/api/api-tokens/{id}");

        var rows = (await Gateway.AuditOf("api_token")).Where(row => row.ResourceId == id).ToList();

        Assert.That(rows.Select(row => row.Action), Is.EqualTo(new[] { "create", "delete" }));
        Assert.That(rows[0].Fields, Is.EqualTo("""{"name": "watched", "groups": ["g"], "expires_at": null}"""));
        Assert.That(rows[1].Fields, Is.EqualTo("""{"name": "watched"}"""));
        Assert.That(rows.Select(row => row.OrgId), Is.All.EqualTo(OrgId));
    }

    [TestCase("""{}""", HttpStatusCode.BadRequest)]
    [TestCase("""{"name": ""}""", HttpStatusCode.BadRequest)]
    [TestCase("""{"name": 5}""", HttpStatusCode.BadRequest)]
    [TestCase("""{"name": "x", "groups": "admin"}""", HttpStatusCode.BadRequest)]
    [TestCase("""{"name": "x", "expires_in": 60}""", HttpStatusCode.BadRequest)]
    [TestCase("""{"name": "x\ud800"}""", HttpStatusCode.BadRequest)]
    [TestCase("""{"name": "x", "name": "y"}""", HttpStatusCode.BadRequest)]
    [TestCase("""{"name": """, HttpStatusCode.BadRequest)]
    [TestCase("""null""", HttpStatusCode.BadRequest)]
    [TestCase("""{"name": "line\n"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "a\u0000b"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": " x"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "x", "groups": [null]}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "x", "groups": [""]}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "x", "groups": [" admin"]}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "x", "groups": ["a\u0000"]}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "x", "expires_in": "soon"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "x", "expires_in": "0s"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "x", "expires_in": "999999h"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "x", "expires_at": "2001-01-01T00:00:00Z"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "x", "expires_at": "2100-01-01T00:00:00"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "x", "expires_at": "2100-01-01"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "x", "expires_at": "2100-01-01T00:00:00Z", "expires_in": "1h"}""", HttpStatusCode.UnprocessableEntity)]
    public async Task A_bad_body_is_refused_and_nothing_is_written(string body, HttpStatusCode status)
    {
        var before = await Count();

        var reply = await Admin.Post("/api/api-tokens", body);

        Assert.That(reply.Status, Is.EqualTo(status), reply.Message);
        Assert.That(reply.Message, Is.Not.Empty);
        Assert.That(await Count(), Is.EqualTo(before));
    }

    [Test]
    public async Task The_longest_name_works_and_one_more_character_does_not()
    {
        Assert.That((await Admin.Post("/api/api-tokens", new { name = new string('n', 64) })).Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(
            (await Admin.Post("/api/api-tokens", new { name = new string('n', 65) })).Status,
            Is.EqualTo(HttpStatusCode.UnprocessableEntity));
    }

    [Test]
    public async Task A_body_over_the_limit_is_413()
    {
        var reply = await Admin.Post("/api/api-tokens", $$"""{"name": "{{new string('x', 1_100_000)}}"}""");

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        Assert.That(reply.Code, Is.EqualTo("too_large"));
    }

    private async Task<long> Count() => (await Gateway.Query<long>("SELECT count(*) FROM identity.api_tokens"))[0];
}
