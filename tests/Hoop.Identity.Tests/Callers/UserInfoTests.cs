using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Callers;

public sealed class UserInfoTests : IdentityFixture
{
    [Test]
    public async Task The_operator_is_told_who_it_is()
    {
        var me = await Gateway.Operator.Get("/api/userinfo");

        Assert.That(me.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(me.Text("id"), Is.EqualTo("bootstrap-admin"));
        Assert.That(me.Text("kind"), Is.EqualTo("operator"));
        Assert.That(me.Text("org_name"), Is.EqualTo("default"));
        Assert.That(me["is_admin"].GetBoolean(), Is.True);
    }

    [Test]
    public async Task A_token_is_told_its_role_groups_and_organization()
    {
        var me = await Auditor.Get("/api/userinfo");

        Assert.That(me.Text("id"), Is.EqualTo("the-auditor"));
        Assert.That(me.Text("email"), Is.EqualTo("the-auditor"));
        Assert.That(me.Text("name"), Is.EqualTo("the-auditor"));
        Assert.That(me.Text("slack_id"), Is.Empty);
        Assert.That(me.Text("status"), Is.EqualTo("active"));
        Assert.That(me["verified"].GetBoolean(), Is.True);
        Assert.That(me.Text("role"), Is.EqualTo("auditor"));
        Assert.That(me["is_admin"].GetBoolean(), Is.False);
        Assert.That(me["groups"].GetRawText(), Is.EqualTo("""["auditor"]"""));
        Assert.That(me.Text("org_id"), Is.EqualTo(OrgId.ToString()));
        Assert.That(me.Text("org_name"), Is.EqualTo("acme"));
        Assert.That(me.Text("tenancy_type"), Is.EqualTo("multitenant"));
    }

    [Test]
    public async Task Groups_are_an_empty_array_when_there_are_none()
    {
        var me = await Standard.Get("/api/userinfo");

        Assert.That(me["groups"].GetRawText(), Is.EqualTo("[]"));
        Assert.That(me.Text("role"), Is.EqualTo("standard"));
    }

    [Test]
    public async Task Nobody_is_told_nothing()
    {
        var reply = await Gateway.Anonymous.Get("/api/userinfo");

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(reply.Message, Does.StartWith("access denied"));
    }

    [Test]
    public async Task A_route_that_does_not_exist_is_404_and_a_method_405()
    {
        Assert.That((await Standard.Get("/api/nothing")).Code, Is.EqualTo("no_route"));
        Assert.That((await Standard.Delete("/api/userinfo")).Code, Is.EqualTo("method_not_allowed"));
        Assert.That((await Gateway.Anonymous.Get("/api/nothing")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_client_learns_how_to_sign_in_before_it_has()
    {
        var reply = await Gateway.Anonymous.Get("/api/publicserverinfo");

        Assert.That(reply.Body.GetRawText(), Is.EqualTo("""{"auth_method":"oidc"}"""));
    }

    [Test]
    public async Task A_caller_learns_version_address_and_flags()
    {
        await Admin.Put("/api/feature-flags/experimental.iam_federation", new { enabled = true });

        var info = await Standard.Get("/api/serverinfo");

        Assert.That(info.Text("version"), Does.Match(@"^\d+\.\d+\.\d+$"));
        Assert.That(info.Text("api_url"), Is.EqualTo(Gateway.Address.GetLeftPart(UriPartial.Authority)));
        Assert.That(info["feature_flags"].GetProperty("experimental.iam_federation").GetBoolean(), Is.True);
        Assert.That((await Gateway.Anonymous.Get("/api/serverinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }
}
