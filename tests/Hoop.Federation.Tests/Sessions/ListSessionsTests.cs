using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Sessions;

public sealed class ListSessionsTests : SessionFixture
{
    [Test]
    public async Task The_list_comes_newest_first_by_pages()
    {
        var name = await CreateConnection();
        for (var script = 0; script < 5; script++)
        {
            await Gateway.Operator.Post("/api/sessions", new { connection = name, script = $"{script}", correlation_id = $"{name}-{script}" });
        }

        var (seen, path) = (new List<string>(), $"/api/sessions?connection={name}&status=done&page_size=2");
        while (path is not null)
        {
            using var response = await Gateway.Operator.GetAsync(path);
            var page = await response.Content.ReadFromJsonAsync<JsonElement>();
            seen.AddRange(page.EnumerateArray().Select(session => session.GetProperty("correlation_id").GetString()!));
            path = response.Headers.TryGetValues("X-Next-Cursor", out var cursor)
                ? $"/api/sessions?connection={name}&status=done&page_size=2&cursor={cursor.Single()}"
                : null;
        }

        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 5).Reverse().Select(script => $"{name}-{script}")));
    }

    [TestCase("status=over", "status: open, opening, running, done, failed, denied, ended, lost")]
    [TestCase("correlation_id=%01", "correlation_id (X-Hoop-Correlation-Id): 1 to 255 printable ASCII characters")]
    [TestCase("user=%07", "user: must not hold control characters")]
    [TestCase("cursor=abc", "cursor: not one that this list gave; start again without it")]
    public async Task A_filter_that_means_nothing_is_refused(string query, string message)
    {
        var reply = await Gateway.Operator.Get($"/api/sessions?{query}");

        Assert.That((reply.Status, reply.Message), Is.EqualTo((HttpStatusCode.BadRequest, message)));
    }

    [Test]
    public async Task Who_is_neither_admin_nor_auditor_sees_and_ends_its_own_alone()
    {
        var name = await CreateConnection();
        using var alice = await Token("alice");
        using var bob = await Token("bob");
        using var auditor = await Token("checks", "auditor");
        var made = await alice.Post("/api/sessions", new { connection = name, script = "1" });
        var id = made["session"].GetProperty("id").GetString();

        Assert.Multiple(async () =>
        {
            Assert.That((await alice.Get($"/api/sessions/{id}")).Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That((await auditor.Get($"/api/sessions/{id}")).Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That((await bob.Get($"/api/sessions/{id}")).Code, Is.EqualTo("session_not_found"));
            Assert.That((await bob.Get($"/api/sessions?connection={name}")).Body.GetArrayLength(), Is.Zero);
            Assert.That((await bob.Post($"/api/sessions/{id}/kill", new { })).Code, Is.EqualTo("session_not_found"));
            Assert.That((await auditor.Post($"/api/sessions/{id}/kill", new { })).Code, Is.EqualTo("session_not_found"));
            Assert.That((await alice.Post($"/api/sessions/{id}/kill", new { })).Code, Is.EqualTo("session_ended"));
        });
    }

    [Test]
    public async Task Another_organization_sees_no_session_and_ends_none()
    {
        var (_, stranger) = await Gateway.CreateOrganization("strangers");
        var name = await CreateConnection();
        var made = await Gateway.Operator.Post("/api/sessions", new { connection = name, script = "1" });
        var id = made["session"].GetProperty("id").GetString();

        Assert.That((await stranger.Get("/api/sessions")).Body.GetArrayLength(), Is.Zero);
        Assert.That((await stranger.Get($"/api/sessions/{id}")).Code, Is.EqualTo("session_not_found"));
        Assert.That((await stranger.Post($"/api/sessions/{id}/kill", new { })).Code, Is.EqualTo("session_not_found"));
        Assert.That((await stranger.Post("/api/sessions", new { connection = name, script = "1" })).Code, Is.EqualTo("connection_not_found"));
    }

    [Test]
    public async Task Only_as_many_rows_are_kept_as_the_operator_wants()
    {
        var settings = Settings();
        settings["HOOP_SESSION_ROWS"] = "3";
        var agents = new PlayedAgents();
        await using var gateway = await TestGateway.Start(settings, Play(agents), Gateway.Connection);
        var (id, admin) = await gateway.CreateOrganization("short-memory");
        await gateway.Execute(
            """
            INSERT INTO federation.sessions
              (id, org_id, connection_id, connection_name, verb, caller, user_email, user_id, status, gateway_id, ended_at)
            SELECT gen_random_uuid(), @id, gen_random_uuid(), 'old', 'exec', 'c', '', '', 'done', gen_random_uuid(), now()
            FROM generate_series(1, 10)
            """,
            new { id });
        var presence = (Federation.Sessions.SessionPresence)gateway.Services.GetService(typeof(Federation.Sessions.SessionPresence))!;

        presence.Grew(id);
        await presence.Write(CancellationToken.None);

        Assert.That((await admin.Get("/api/sessions")).Body.GetArrayLength(), Is.EqualTo(3));
    }

    private async Task<HttpClient> Token(string name, params string[] groups)
    {
        var made = await Gateway.Operator.Post("/api/api-tokens", new { name = $"{name}-{Guid.NewGuid():N}", groups });
        return Gateway.As(made["token"].GetString()!);
    }
}
