using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Entities;

public sealed class EntityRaceTests : IdentityFixture
{
    private const string Entity = "/v1/identity/entity";

    [Test]
    public async Task Many_first_writers_of_one_name_make_one_entity()
    {
        var replies = await Task.WhenAll(
            Enumerable.Range(0, 64).Select(i => Admin.Post(Entity, new { name = i % 2 == 0 ? "Contested" : "contested" })));

        Assert.That(replies.Select(reply => reply.Status), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(replies.Select(reply => reply["data"].GetProperty("id").GetString()).Distinct(), Has.Exactly(1).Items);
        Assert.That(replies.Count(reply => reply["data"].TryGetProperty("name", out _)), Is.EqualTo(1), "one of them created");
    }

    [Test]
    public async Task Two_writers_of_different_fields_both_win()
    {
        var id = (await Admin.Post(Entity, new { name = "two writers" }))["data"].GetProperty("id").GetString();

        for (var round = 0; round < 20; round++)
        {
            await Task.WhenAll(
                Admin.Post($"{Entity}/id/{id}", new { policies = new[] { $"p{round}" } }),
                Admin.Post($"{Entity}/id/{id}", new { metadata = new { round = $"{round}" } }));

            var read = (await Admin.Get($"{Entity}/id/{id}"))["data"];
            Assert.That(read.GetProperty("policies").GetRawText(), Is.EqualTo($"""["p{round}"]"""));
            Assert.That(read.GetProperty("metadata").GetProperty("round").GetString(), Is.EqualTo($"{round}"));
        }
    }

    [Test]
    public async Task Two_writers_of_one_field_leave_one_of_the_two_values_whole()
    {
        var id = (await Admin.Post(Entity, new { name = "one field" }))["data"].GetProperty("id").GetString();

        await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => Admin.Post($"{Entity}/id/{id}", new { metadata = new { a = $"{i}", b = $"{i}" } })));

        var metadata = (await Admin.Get($"{Entity}/id/{id}"))["data"].GetProperty("metadata");
        Assert.That(metadata.GetProperty("a").GetString(), Is.EqualTo(metadata.GetProperty("b").GetString()));
    }

    [Test]
    public async Task Of_many_entities_renamed_to_one_name_exactly_one_gets_it()
    {
        var ids = (
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Admin.Post(Entity)))).Select(
                reply => reply["data"].GetProperty("id").GetString()).ToList();

        var replies = await Task.WhenAll(ids.Select(id => Admin.Post($"{Entity}/id/{id}", new { name = "prize" })));

        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.OK), Is.EqualTo(1));
        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.BadRequest), Is.EqualTo(19));
        Assert.That(
            replies.Where(reply => reply.Status == HttpStatusCode.BadRequest).Select(reply => ErrorsOf(reply).Single()),
            Is.All.EqualTo("entity name is already in use"));
    }
}
