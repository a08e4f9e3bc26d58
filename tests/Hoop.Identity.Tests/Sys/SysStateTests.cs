using System.Net;
using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Sys;

/// <summary>What Vault's clients ask a server before they do anything else.</summary>
public sealed class SysStateTests : IdentityFixture
{
    [TestCase("", 200)]
    [TestCase("?activecode=202", 202)]
    [TestCase("?activecode=204", 204)]
    [TestCase("?standbyok=true&perfstandbyok=true&standbycode=299&sealedcode=298&uninitcode=297", 200)]
    [TestCase("?activecode=abc", 400)]
    [TestCase("?activecode=99", 400)]
    [TestCase("?sealedcode=1000", 400)]
    public async Task Health_answers_with_the_status_that_is_asked_for(string query, int status)
    {
        var reply = await Gateway.Anonymous.Get("/v1/sys/health" + query);
        Assert.That((int)reply.Status, Is.EqualTo(status));
        if (status is 200 or 202)
        {
            Assert.That(reply["initialized"].GetBoolean());
            Assert.That(reply["sealed"].GetBoolean(), Is.False);
        }

        Assert.That((int)(await Gateway.Anonymous.Send(HttpMethod.Head, "/v1/sys/health" + query)).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task Seal_status_init_and_leader_are_open_and_have_no_envelope()
    {
        var seal = await Gateway.Anonymous.Get("/v1/sys/seal-status");
        Assert.That(seal["sealed"].GetBoolean(), Is.False);
        Assert.That(Version.Parse(seal.Text("version")!), Is.GreaterThanOrEqualTo(new Version(1, 19, 0)));
        Assert.That((await Gateway.Anonymous.Get("/v1/sys/init"))["initialized"].GetBoolean());
        var leader = await Gateway.Anonymous.Get("/v1/sys/leader");
        Assert.That((leader["ha_enabled"].GetBoolean(), leader["is_self"].GetBoolean()), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task Mounts_are_listed_under_data_and_on_top_level()
    {
        var mounts = await Admin.Get("/v1/sys/mounts");
        Assert.That(mounts["data"].GetProperty("identity/").GetProperty("type").GetString(), Is.EqualTo("identity"));
        Assert.That(mounts["sys/"].GetProperty("accessor").GetString(), Does.Match("^system_[0-9a-f]{8}$"));
        var seen = (await Standard.Get("/v1/sys/internal/ui/mounts"))["data"];
        Assert.That(seen.GetProperty("auth").GetProperty("token/").GetProperty("type").GetString(), Is.EqualTo("token"));
        Assert.That(seen.GetProperty("secret").GetProperty("sys/").ValueKind, Is.EqualTo(JsonValueKind.Object));
    }

    [TestCase("GET", "/v1/sys/policies/acl/default")]
    [TestCase("LIST", "/v1/sys/policies/acl")]
    [TestCase("GET", "/v1/sys/policy")]
    [TestCase("POST", "/v1/auth/token/create")]
    public async Task An_answer_that_shall_be_wrapped_is_refused(string method, string path)
    {
        using var client = Gateway.As(Admin.DefaultRequestHeaders.Authorization!.Parameter!);
        client.DefaultRequestHeaders.Add("X-Vault-Wrap-TTL", "60s");
        var reply = await client.Send(new HttpMethod(method), path, method == "POST" ? new { } : null);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(ErrorsOf(reply)[0], Does.StartWith("X-Vault-Wrap-TTL: "));
    }
}
