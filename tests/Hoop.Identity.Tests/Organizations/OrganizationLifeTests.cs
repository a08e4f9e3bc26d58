using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Organizations;

/// <summary>What the operator can do for a tenant after it was made.</summary>
public sealed class OrganizationLifeTests : IdentityFixture
{
    private HttpClient Operator => Gateway.Operator;

    [Test]
    public async Task The_operator_reads_one_and_nobody_else_does()
    {
        var read = await Operator.Get($"/api/orgs/{OrgId}");

        Assert.That((read.Status, read.Text("name")), Is.EqualTo((HttpStatusCode.OK, "acme")));
        Assert.That((await Operator.Get($"/api/orgs/{Guid.NewGuid()}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await Admin.Get($"/api/orgs/{OrgId}")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task A_tenant_is_renamed_and_keeps_everything_else()
    {
        var (id, admin) = await Gateway.CreateOrganization("before");

        var renamed = await Operator.Send(HttpMethod.Patch, $"/api/orgs/{id}", new { name = "after" });

        Assert.That((renamed.Status, renamed.Text("name"), renamed["id"].GetGuid()), Is.EqualTo((HttpStatusCode.OK, "after", id)));
        Assert.That((await admin.Get("/api/userinfo")).Text("org_name"), Is.EqualTo("after"));
        Assert.That(
            (await admin.Get("/api/audit/logs?resource_type=organization&action=update"))["data"].GetArrayLength(),
            Is.EqualTo(1),
            "in its own trail");
        Assert.That(
            (await Operator.Get($"/api/audit/logs?resource_type=organization&action=update&resource_id={id}"))["data"].GetArrayLength(),
            Is.EqualTo(1),
            "and in the operator's");
    }

    [TestCase("acme", HttpStatusCode.Conflict)]
    [TestCase("root", HttpStatusCode.UnprocessableEntity)]
    [TestCase("a/b", HttpStatusCode.UnprocessableEntity)]
    [TestCase("", HttpStatusCode.BadRequest)]
    public async Task A_name_that_is_taken_or_means_something_else_is_refused(string name, HttpStatusCode status)
    {
        var (id, _) = await Gateway.CreateOrganization($"named-{Guid.NewGuid():N}");

        Assert.That((await Operator.Send(HttpMethod.Patch, $"/api/orgs/{id}", new { name })).Status, Is.EqualTo(status));
        Assert.That((await Operator.Post("/api/orgs", new { name })).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task The_operators_own_organization_keeps_its_name() =>
        Assert.That(
            (await Operator.Send(HttpMethod.Patch, $"/api/orgs/{Shared.DefaultOrganization.Id}", new { name = "other" })).Code,
            Is.EqualTo("default_organization"));

    [Test]
    public async Task A_tenant_that_lost_its_admin_token_gets_a_new_one_and_sees_where_it_came_from()
    {
        var (id, admin) = await Gateway.CreateOrganization("locked-out");

        var made = await Operator.Post($"/api/orgs/{id}/admin-token");
        using var rescued = Gateway.As(made.Text("admin_token")!);

        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await rescued.Get("/api/userinfo")).Text("org_name"), Is.EqualTo("locked-out"));
        Assert.That((await rescued.Get("/api/api-tokens")).Body.GetArrayLength(), Is.EqualTo(2), "the old one stays");
        Assert.That(
            (await admin.Get("/api/audit/logs?actor_kind=operator&resource_type=api_token&action=create"))["data"].GetArrayLength(),
            Is.EqualTo(2));
        Assert.That((await Operator.Post($"/api/orgs/{Guid.NewGuid()}/admin-token")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await admin.Post($"/api/orgs/{id}/admin-token")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }
}
