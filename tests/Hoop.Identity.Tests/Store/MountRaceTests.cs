using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Store;

/// <summary>Mounts that several enable in one moment.</summary>
public sealed class MountRaceTests : IdentityFixture
{
    [Test]
    public async Task Of_mounts_above_and_below_one_another_one_alone_is_enabled()
    {
        for (var round = 0; round < 10; round++)
        {
            var (name, body) = ($"race{round}", new { type = "userpass" });
            var replies = await Task.WhenAll(
                Admin.Post($"/v1/sys/auth/{name}", body),
                Admin.Post($"/v1/sys/auth/{name}/a", body),
                Admin.Post($"/v1/sys/auth/{name}/a/b", body),
                Admin.Post($"/v1/sys/auth/{name}", body));
            Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.NoContent), Is.EqualTo(1), $"round {round}");
            Assert.That(
                replies.Where(reply => reply.Status != HttpStatusCode.NoContent).Select(reply => ErrorsOf(reply)[0]),
                Has.All.StartWith("path is already in use at race"));
        }
    }

    [Test]
    public async Task What_is_tuned_while_it_is_disabled_is_tuned_or_gone()
    {
        for (var round = 0; round < 10; round++)
        {
            var path = $"/v1/sys/auth/tuned{round}";
            await Admin.Post(path, new { type = "userpass" });
            var tuning = Admin.Post($"{path}/tune", new { description = "x" });
            await Task.WhenAll(tuning, Admin.Delete(path));
            Assert.That((await tuning).Status, Is.EqualTo(HttpStatusCode.NoContent).Or.EqualTo(HttpStatusCode.BadRequest));
        }

        var trail = (await Gateway.AuditOf("auth_mount")).Where(row => row.Action is "update" or "delete" && row.OrgId == OrgId);
        var deleted = new HashSet<string?>(StringComparer.Ordinal);
        foreach (var row in trail)
        {
            Assert.That(row.Action == "delete" ? deleted.Add(row.ResourceId) : !deleted.Contains(row.ResourceId), "no change after its end");
        }

        Assert.That(deleted, Has.Count.EqualTo(10), "each was disabled");
    }
}
