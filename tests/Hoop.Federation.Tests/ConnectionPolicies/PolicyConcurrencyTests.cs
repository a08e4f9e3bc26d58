using System.Net;
using System.Net.Http.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.ConnectionPolicies;

/// <summary>Two administrators cannot silently undo each other: <c>ETag</c>, <c>If-Match</c>, <c>If-None-Match</c>.</summary>
public sealed class PolicyConcurrencyTests : FederationFixture
{
    [Test]
    public async Task Get_and_put_answer_the_revision_as_entity_tag_and_each_write_changes_it()
    {
        var name = await CreateFederated();
        var get = await Gateway.Operator.Get($"/api/connections/{name}/federation");
        var put = await Put(name, get.Response.Headers.ETag!.ToString());

        Assert.That(get.Response.Headers.ETag!.ToString(), Is.EqualTo($"\"{get.Text("revision")}\""));
        Assert.That(put.Status, Is.EqualTo(HttpStatusCode.OK), put.Message);
        Assert.That(put.Response.Headers.ETag!.ToString(), Is.EqualTo($"\"{put.Text("revision")}\""));
        Assert.That(put.Text("revision"), Is.Not.EqualTo(get.Text("revision")));
    }

    [Test]
    public async Task A_write_on_what_somebody_else_has_changed_is_refused_and_changes_nothing()
    {
        var name = await CreateFederated();
        var seen = (await Gateway.Operator.Get($"/api/connections/{name}/federation")).Response.Headers.ETag!.ToString();
        var other = await Put(name, seen, seconds: 100);

        var late = await Put(name, seen, seconds: 200);

        Assert.That((late.Status, late.Code), Is.EqualTo((HttpStatusCode.PreconditionFailed, "precondition_failed")));
        Assert.That(late.Message, Does.Contain("changed by somebody else"));
        var now = await Gateway.Operator.Get($"/api/connections/{name}/federation");
        Assert.That(now["token_ttl_seconds"].GetInt32(), Is.EqualTo(100));
        Assert.That(now.Text("revision"), Is.EqualTo(other.Text("revision")));
    }

    [Test]
    public async Task Of_many_who_have_seen_the_same_policy_one_changes_it()
    {
        var name = await CreateFederated();
        var seen = (await Gateway.Operator.Get($"/api/connections/{name}/federation")).Response.Headers.ETag!.ToString();

        var replies = await Task.WhenAll(Enumerable.Range(1, 12).Select(seconds => Put(name, seen, seconds: seconds)));

        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.OK), Is.EqualTo(1));
        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.PreconditionFailed), Is.EqualTo(11));
    }

    [Test]
    public async Task A_first_write_can_demand_that_there_is_none_and_a_change_that_there_is_one()
    {
        var name = await CreateConnection();

        var absent = await Put(name, "*");
        var first = await Put(name, ifNoneMatch: "*");
        var second = await Put(name, ifNoneMatch: "*");
        var change = await Put(name, "*");

        Assert.That(absent.Status, Is.EqualTo(HttpStatusCode.PreconditionFailed));
        Assert.That(first.Status, Is.EqualTo(HttpStatusCode.OK), first.Message);
        Assert.That(second.Status, Is.EqualTo(HttpStatusCode.PreconditionFailed));
        Assert.That(change.Status, Is.EqualTo(HttpStatusCode.OK), change.Message);
    }

    [Test]
    public async Task One_of_several_tags_is_enough_and_a_weak_one_never_is()
    {
        var name = await CreateFederated();
        var tag = (await Gateway.Operator.Get($"/api/connections/{name}/federation")).Response.Headers.ETag!.ToString();

        Assert.That((await Put(name, "W/" + tag)).Status, Is.EqualTo(HttpStatusCode.PreconditionFailed));
        Assert.That((await Put(name, $"\"other\", {tag}")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("unquoted")]
    [TestCase("\"half")]
    [TestCase("\"a\",,\"b\"")]
    public async Task A_header_that_holds_no_tags_is_a_400(string header)
    {
        var name = await CreateFederated();
        var reply = await Put(name, header);

        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.BadRequest, "malformed_precondition")));
    }

    [Test]
    public async Task Zero_seconds_mean_the_default()
    {
        var name = await CreateFederated(new() { ["token_ttl_seconds"] = 0 });

        Assert.That(
            (await Gateway.Operator.Get($"/api/connections/{name}/federation"))["token_ttl_seconds"].GetInt32(), Is.EqualTo(3600));
    }

    private async Task<Reply> Put(string name, string? ifMatch = null, string? ifNoneMatch = null, int seconds = 60)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/connections/{name}/federation")
        {
            Content = JsonContent.Create(PolicyWith(new() { ["token_ttl_seconds"] = seconds })),
        };
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        if (ifNoneMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        }

        return await Gateway.Operator.Ask(request);
    }
}
