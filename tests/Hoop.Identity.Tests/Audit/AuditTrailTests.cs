using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Audit;

public sealed class AuditTrailTests : IdentityFixture
{
    [OneTimeSetUp]
    public async Task WriteTrail()
    {
        for (var i = 0; i < 5; i++)
        {
            await Admin.Post("/v1/identity/entity", new { name = $"entity {i}" });
        }
    }

    [Test]
    public async Task Rows_come_newest_first_with_the_stored_fields()
    {
        var page = await Auditor.Get("/api/audit/logs?resource_type=entity&page_size=1");

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.OK));
        var row = page["data"][0];
        Assert.That(row.GetProperty("actor_kind").GetString(), Is.EqualTo("api_token"));
        Assert.That(row.GetProperty("actor_subject").GetString(), Is.EqualTo("admin"));
        Assert.That(row.GetProperty("action").GetString(), Is.EqualTo("create"));
        Assert.That(row.GetProperty("outcome").GetString(), Is.EqualTo("success"));
        Assert.That(row.GetProperty("fields").GetProperty("name").GetString(), Is.EqualTo("entity 4"));
        Assert.That(row.GetProperty("trace_id").GetString(), Does.Match("^[0-9a-f]{32}$"));
        Assert.That(row.GetProperty("created_at").GetDateTime(), Is.EqualTo(DateTime.UtcNow).Within(TimeSpan.FromMinutes(5)));
    }

    [Test]
    public async Task Pages_follow_each_other_without_gap_or_repetition()
    {
        var whole = Ids(await Admin.Get("/api/audit/logs?page_size=100"));
        List<long> paged = [];
        var path = "/api/audit/logs?page_size=2";
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await Admin.Get(path + (cursor.Length > 0 ? $"&cursor={cursor}" : ""));
            paged.AddRange(Ids(page));
            cursor = page.Body.TryGetProperty("next_cursor", out var next) ? next.GetString() : null;
        }

        Assert.That(paged, Is.EqualTo(whole));
        Assert.That(paged, Is.Ordered.Descending.And.Unique);
        Assert.That(paged, Has.Count.GreaterThanOrEqualTo(5));
    }

    [TestCase("actor_subject=admin", true)]
    [TestCase("actor_subject=adm", false)]
    [TestCase("actor_kind=api_token", true)]
    [TestCase("actor_kind=agent", false)]
    [TestCase("action=create", true)]
    [TestCase("action=delete", false)]
    [TestCase("outcome=success", true)]
    [TestCase("outcome=failure", false)]
    [TestCase("resource_id=nothing", false)]
    [TestCase("created_after=2001-01-01T00:00:00Z", true)]
    [TestCase("created_after=2101-01-01T00:00:00%2B01:00", false)]
    [TestCase("created_before=2101-01-01T00:00:00Z", true)]
    [TestCase("created_before=2001-01-01T00:00:00Z", false)]
    public async Task A_filter_selects(string filter, bool found)
    {
        var page = await Admin.Get($"/api/audit/logs?resource_type=entity&{filter}");

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.OK), page.Message);
        Assert.That(Ids(page), found ? Has.Count.EqualTo(5) : Is.Empty);
    }

    [TestCase("page_size=0", HttpStatusCode.UnprocessableEntity)]
    [TestCase("page_size=101", HttpStatusCode.UnprocessableEntity)]
    [TestCase("page_size=ten", HttpStatusCode.UnprocessableEntity)]
    [TestCase("page_size=99999999999999999999", HttpStatusCode.UnprocessableEntity)]
    [TestCase("outcome=maybe", HttpStatusCode.UnprocessableEntity)]
    [TestCase("created_after=yesterday", HttpStatusCode.UnprocessableEntity)]
    [TestCase("created_before=2001-01-01", HttpStatusCode.UnprocessableEntity)]
    [TestCase("actor_subject=a%00b", HttpStatusCode.BadRequest)]
    [TestCase("cursor=", HttpStatusCode.BadRequest)]
    [TestCase("cursor=1", HttpStatusCode.BadRequest)]
    [TestCase("cursor=AAAAAAAAAAAAAAAAAAAAAA", HttpStatusCode.BadRequest)]
    [TestCase("cursor=%27%20OR%201%3D1--", HttpStatusCode.BadRequest)]
    public async Task A_bad_parameter_is_refused(string query, HttpStatusCode status)
    {
        var reply = await Admin.Get($"/api/audit/logs?{query}");

        Assert.That(reply.Status, Is.EqualTo(status));
        Assert.That(reply.Message, Is.Not.Empty);
    }

    [Test]
    public async Task Another_organization_sees_nothing_of_it_and_cannot_use_its_cursor()
    {
        var cursor = (await Admin.Get("/api/audit/logs?page_size=1")).Text("next_cursor");

        Assert.That(Ids(await Stranger.Get("/api/audit/logs?resource_type=entity")), Is.Empty);
        Assert.That((await Stranger.Get($"/api/audit/logs?cursor={cursor}")).Code, Is.EqualTo("bad_cursor"));
    }

    [Test]
    public async Task Auditors_and_admins_alone_read_the_trail()
    {
        Assert.That((await Standard.Get("/api/audit/logs")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await Gateway.Anonymous.Get("/api/audit/logs")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private static List<long> Ids(Reply page) => [.. page["data"].EnumerateArray().Select(row => row.GetProperty("id").GetInt64())];
}
