using System.Net;
using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Mappings;

public sealed class ListMappingsTests : GatewayFixture
{
    private const string Path = "/api/spiffe-mappings";

    private Guid _agent;

    [OneTimeSetUp]
    public async Task CreateSome()
    {
        _agent = await InsertAgent("listed");
        for (var i = 0; i < 10; i++)
        {
            await Admin.Post(
                Path,
                new
                {
                    trust_domain = "many.test",
                    spiffe_id = $"spiffe://many.test/{i}",
                    agent_template = "name",
                    groups = i % 2 == 0
                    ? new[] { "even" }
                    : []
                });
        }

        await Admin.Post(Path, new { trust_domain = "few.test", spiffe_prefix = "spiffe://few.test/", agent_id = _agent });
    }

    [Test]
    public async Task The_answer_is_an_array_with_the_newest_first()
    {
        var reply = await Admin.Get(Path);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(reply.Body.GetArrayLength(), Is.EqualTo(11));
        Assert.That(reply.Body[0].GetProperty("trust_domain").GetString(), Is.EqualTo("few.test"));
        Assert.That(reply.Body[10].GetProperty("spiffe_id").GetString(), Is.EqualTo("spiffe://many.test/0"));
        Assert.That(reply.Response.Headers.Contains("Link"), Is.False);
    }

    [TestCase("trust_domain=many.test", 10)]
    [TestCase("spiffe_id=spiffe://many.test/3", 1)]
    [TestCase("spiffe_prefix=spiffe://few.test/", 1)]
    [TestCase("group=even", 5)]
    [TestCase("group=even&trust_domain=few.test", 0)]
    public async Task A_filter_narrows_it(string query, int count) =>
        Assert.That((await Admin.Get($"{Path}?{query}")).Body.GetArrayLength(), Is.EqualTo(count));

    [Test]
    public async Task A_mapping_that_is_read_names_its_agent_and_one_by_template_none()
    {
        var listed = (await Admin.Get($"{Path}?trust_domain=few.test")).Body[0];
        var read = await Admin.Get($"{Path}/{listed.GetProperty("id").GetString()}");
        var byTemplate = (await Admin.Get($"{Path}?spiffe_id=spiffe://many.test/3")).Body[0];

        Assert.That(listed.GetProperty("agent_name").GetString(), Is.EqualTo("listed"));
        Assert.That((read.Text("agent_name"), read["agent_id"].GetGuid()), Is.EqualTo(("listed", _agent)));
        Assert.That(byTemplate.TryGetProperty("agent_name", out _), Is.False);
    }

    [Test]
    public async Task The_agent_is_a_filter_too() =>
        Assert.That((await Admin.Get($"{Path}?agent_id={_agent}")).Body.GetArrayLength(), Is.EqualTo(1));

    [Test]
    public async Task Pages_follow_the_link_and_meet_every_row_once()
    {
        var seen = new List<string?>();
        var path = $"{Path}?page_size=3&trust_domain=many.test";
        var pages = 0;
        for (string? next = path; next is not null; pages++)
        {
            var reply = await Admin.Get(next);
            Assert.That(reply.Body.ValueKind, Is.EqualTo(JsonValueKind.Array), "the body stays an array");
            seen.AddRange(reply.Body.EnumerateArray().Select(row => row.GetProperty("spiffe_id").GetString()));
            next = reply.Response.Headers.TryGetValues("Link", out var link) ? link.Single().Split('<', '>')[1] : null;
        }

        Assert.That(pages, Is.EqualTo(4));
        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 10).Reverse().Select(i => $"spiffe://many.test/{i}")));
    }

    [Test(Description = "CVE-2026-33504, CVE-2026-33503, CVE-2026-33505: forged page tokens.")]
    public async Task A_cursor_with_any_bit_changed_is_refused()
    {
        var reply = await Admin.Get($"{Path}?page_size=3");
        var cursor = reply.Response.Headers.GetValues("X-Next-Cursor").Single();
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

        for (var position = 0; position < cursor.Length; position++)
        {
            var changed = Alphabet[Alphabet.IndexOf(cursor[position], StringComparison.Ordinal) ^ (1 << (position % 6))];
            var forged = cursor[..position] + changed + cursor[(position + 1)..];
            Assert.That((await Admin.Get($"{Path}?page_size=3&cursor={forged}")).Status, Is.EqualTo(HttpStatusCode.BadRequest), forged);
        }

        Assert.That((await Admin.Get($"{Path}?page_size=3&cursor={cursor}")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_cursor_belongs_to_its_list_and_its_organization()
    {
        var cursor = (await Admin.Get($"{Path}?page_size=3")).Response.Headers.GetValues("X-Next-Cursor").Single();
        var (_, other) = await Gateway.CreateOrganization(Fresh("org"));

        Assert.That((await other.Get($"{Path}?page_size=3&cursor={cursor}")).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await Admin.Get($"{Path}?page_size=3&group=even&cursor={cursor}")).Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [TestCase("page_size=0")]
    [TestCase("page_size=1001")]
    [TestCase("page_size=x")]
    [TestCase("page_size=99999999999")]
    [TestCase("cursor=")]
    [TestCase("cursor=%00")]
    [TestCase("trust_domain=%00")]
    [TestCase("trust_domain=A")]
    [TestCase("spiffe_id=spiffe://a/%00")]
    [TestCase("spiffe_prefix=x")]
    [TestCase("group=%00")]
    [TestCase("agent_id=x")]
    public async Task A_filter_that_cannot_match_is_a_mistake(string query)
    {
        var reply = await Admin.Get($"{Path}?{query}");

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(reply.Message, Is.Not.Empty);
    }

    [Test]
    public async Task Another_organization_sees_its_own_list()
    {
        var (_, other) = await Gateway.CreateOrganization(Fresh("org"));

        Assert.That((await other.Get(Path)).Body.GetRawText(), Is.EqualTo("[]"));
    }

    [Test]
    public async Task Auditors_read_and_others_do_not()
    {
        using var auditor = await ClientIn("auditor");
        using var standard = await ClientIn("devops");
        var id = (await Admin.Get(Path)).Body[0].GetProperty("id").GetString();

        Assert.That((await auditor.Get(Path)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await auditor.Get($"{Path}/{id}")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await standard.Get(Path)).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await standard.Get($"{Path}/{id}")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }
}
