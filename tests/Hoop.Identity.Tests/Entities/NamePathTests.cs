using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Entities;

/// <summary>A policy about the path of a name is about the entity or group of that name, whatever id the body names.</summary>
public sealed class NamePathTests : IdentityFixture
{
    [TestCase("entity")]
    [TestCase("group")]
    public async Task An_id_in_the_body_leads_from_the_path_of_a_name_to_nothing_else(string kind)
    {
        var victim = (await Admin.Post($"/v1/identity/{kind}", new { name = $"victim-{kind}" }))["data"].GetProperty("id").GetString();
        var own = (await Admin.Post($"/v1/identity/{kind}", new { name = $"own-{kind}" }))["data"].GetProperty("id").GetString();
        await Admin.Put($"/v1/sys/policies/acl/own-{kind}", new
        {
            policy = $$"""
                path "identity/{{kind}}/name/own-{{kind}}" { capabilities = ["update"] }
                path "identity/{{kind}}/name/new-{{kind}}" { capabilities = ["update"] }
                """,
        });
        var made = await Admin.Post("/v1/auth/token/create", new { policies = $"own-{kind}" });
        using var holder = Gateway.As(made["auth"].GetProperty("client_token").GetString()!);

        var other = await holder.Post($"/v1/identity/{kind}/name/own-{kind}", new { id = victim, policies = "stolen" });
        var absent = await holder.Post($"/v1/identity/{kind}/name/new-{kind}", new { id = victim, policies = "stolen" });
        var same = await holder.Post($"/v1/identity/{kind}/name/own-{kind}", new { id = own, policies = "kept" });

        Assert.Multiple(async () =>
        {
            Assert.That((other.Status, ErrorsOf(other)[0]), Is.EqualTo((
                HttpStatusCode.BadRequest,
                $"id: is not that of the {kind} which the path names; use the path identity/{kind}/id/<id> to change another one, or its name")));
            Assert.That(absent.Status, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(same.Status, Is.EqualTo(HttpStatusCode.NoContent));
            var untouched = (await Admin.Get($"/v1/identity/{kind}/id/{victim}"))["data"];
            Assert.That(untouched.GetProperty("name").GetString(), Is.EqualTo($"victim-{kind}"));
            Assert.That(untouched.GetProperty("policies").ToString(), Does.Not.Contain("stolen"));
            Assert.That((await Admin.Get($"/v1/identity/{kind}/name/new-{kind}")).Status, Is.EqualTo(HttpStatusCode.NotFound), "undone");
            Assert.That(
                (await Admin.Get($"/v1/identity/{kind}/id/{own}"))["data"].GetProperty("policies").ToString(), Is.EqualTo("""["kept"]"""));
        });
    }

    [Test]
    public async Task On_the_plain_path_an_id_still_renames()
    {
        var id = (await Admin.Post("/v1/identity/entity", new { name = "before" }))["data"].GetProperty("id").GetString();
        await Admin.Post("/v1/identity/entity", new { id, name = "after" });
        Assert.That((await Admin.Get($"/v1/identity/entity/id/{id}"))["data"].GetProperty("name").GetString(), Is.EqualTo("after"));
    }
}
