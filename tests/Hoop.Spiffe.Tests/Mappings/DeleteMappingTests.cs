using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Mappings;

public sealed class DeleteMappingTests : GatewayFixture
{
    private const string Path = "/api/spiffe-mappings";

    [Test]
    public async Task A_deleted_mapping_is_gone_once()
    {
        var created = await Create("spiffe://a.test/once");

        var first = await Admin.Delete($"{Path}/{created}");
        var second = await Admin.Delete($"{Path}/{created}");

        Assert.That(first.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(second.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(second.Message, Is.EqualTo("resource not found"));
        Assert.That((await Admin.Get($"{Path}/{created}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test(Description = "SPIRE 1.14.6, CVE-2026-45720: a thing that exists once is used up once.")]
    public async Task Of_many_deletions_at_once_exactly_one_succeeds()
    {
        var created = await Create("spiffe://a.test/race");

        var replies = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Admin.Delete($"{Path}/{created}")));

        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.NoContent), Is.EqualTo(1));
        Assert.That(
            (await Gateway.AuditOf("spiffe_mapping")).Count(row => row.ResourceId == created && row.Action == "delete"), Is.EqualTo(1));
    }

    [Test]
    public async Task Another_organization_cannot_delete_it()
    {
        var created = await Create("spiffe://a.test/ours");
        var (_, other) = await Gateway.CreateOrganization(Fresh("org"));

        Assert.That((await other.Delete($"{Path}/{created}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await other.Get($"{Path}/{created}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await Admin.Get($"{Path}/{created}")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test(Description = "CVE-2026-55670: what belonged to a deleted thing does not pass to the next one of that name.")]
    public async Task A_deleted_agent_takes_its_mappings_with_it()
    {
        var agent = await InsertAgent("recycled");
        var created = await Admin.Post(Path, new { trust_domain = "a.test", spiffe_id = "spiffe://a.test/recycled", agent_id = agent });

        await Gateway.Execute("DELETE FROM spiffe.agents WHERE id = @agent", new { agent });
        await InsertAgent("recycled");

        Assert.That((await Admin.Get($"{Path}/{created.Text("id")}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("not-a-uuid")]
    [TestCase("{3c90c3cc-0d44-4b50-8888-8dd25736052a}")]
    [TestCase("3c90c3cc0d444b5088888dd25736052a")]
    [TestCase("%203c90c3cc-0d44-4b50-8888-8dd25736052")]
    public async Task An_id_has_one_spelling(string id) =>
        Assert.That((await Admin.Delete($"{Path}/{id}")).Status, Is.EqualTo(HttpStatusCode.BadRequest));

    private async Task<string> Create(string spiffeId) =>
        (await Admin.Post(Path, new { trust_domain = "a.test", spiffe_id = spiffeId, agent_template = "name" })).Text("id")!;
}
