using System.Net;
using Hoop.Identity.Contracts;
using Hoop.Identity.FeatureFlags;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Identity.Tests.FeatureFlags;

public sealed class FeatureFlagTests : IdentityFixture
{
    private const string Federation = "experimental.iam_federation";

    [Test]
    public void The_catalogue_is_sorted_and_each_name_stands_once() =>
        Assert.That(
            FeatureFlagCatalogue.Flags.Select(flag => flag.Name),
            Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal).And.Unique.And.Contains(Federation));

    [Test]
    public async Task Every_role_sees_the_flags_with_all_members()
    {
        foreach (var client in new[] { Gateway.Operator, Stranger, Auditor, Standard })
        {
            var reply = await client.Get("/api/feature-flags");

            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
            var flag = reply.Body.EnumerateArray().Single(item => item.GetProperty("name").GetString() == Federation);
            Assert.That(
                flag.EnumerateObject().Select(member => member.Name),
                Is.EqualTo(new[] { "name", "description", "default", "stability", "components", "enabled" }));
            Assert.That(flag.GetProperty("default").GetBoolean(), Is.False);
            Assert.That(flag.GetProperty("stability").GetString(), Is.EqualTo("experimental"));
        }

        Assert.That((await Gateway.Anonymous.Get("/api/feature-flags")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task An_admin_switches_a_flag_for_its_organization_and_for_no_other()
    {
        var on = await Admin.Put($"/api/feature-flags/{Federation}", new { enabled = true });

        Assert.That(on.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(on["enabled"].GetBoolean(), Is.True);
        Assert.That(await IsListedAsEnabled(Standard), Is.True);
        Assert.That(await IsListedAsEnabled(Stranger), Is.False);
        Assert.That(await Ask(OrgId, Federation), Is.True);

        await Admin.Put($"/api/feature-flags/{Federation}", new { enabled = false });

        Assert.That(await IsListedAsEnabled(Standard), Is.False);
        Assert.That(await Ask(OrgId, Federation), Is.False);
    }

    [Test]
    public async Task Another_gateway_on_the_same_database_follows_at_once()
    {
        await using var replica = await TestGateway.Start(connection: Gateway.Connection);
        using var client = replica.As(TestGateway.AdminToken);

        await Gateway.Operator.Put($"/api/feature-flags/{Federation}", new { enabled = true });
        Assert.That(await IsListedAsEnabled(client), Is.True);

        await Gateway.Operator.Put($"/api/feature-flags/{Federation}", new { enabled = false });
        Assert.That(await IsListedAsEnabled(client), Is.False);
    }

    [Test]
    public async Task A_switch_is_remembered_until_another_gateway_switches_it()
    {
        await using var replica = await TestGateway.Start(connection: Gateway.Connection);
        await Gateway.Remembers();
        await replica.Remembers();
        await replica.Operator.Put($"/api/feature-flags/{Federation}", new { enabled = true });
        Assert.That(await IsListedAsEnabled(Gateway.Operator), Is.True);

        await using (var command = Gateway.Database.CreateCommand("UPDATE identity.feature_flags SET enabled = false"))
        {
            await command.ExecuteNonQueryAsync();
        }

        Assert.That(await IsListedAsEnabled(Gateway.Operator), Is.True, "past the product nothing is announced, so this was not read again");

        await replica.Operator.Put($"/api/feature-flags/{Federation}", new { enabled = false });
        Assert.That(await IsListedAsEnabled(Gateway.Operator), Is.False);
    }

    [Test]
    public async Task A_flag_that_is_not_in_the_catalogue_is_unknown_and_off()
    {
        var reply = await Admin.Put("/api/feature-flags/experimental.nothing", new { enabled = true });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(reply.Message, Is.EqualTo("unknown feature flag: experimental.nothing"));
        Assert.That(await Ask(OrgId, "experimental.nothing"), Is.False);
    }

    [TestCase("""{}""")]
    [TestCase("""{"enabled": null}""")]
    [TestCase("""{"enabled": "true"}""")]
    [TestCase("""{"enabled": 1}""")]
    [TestCase("""{"Enabled": true}""")]
    [TestCase("""{"enabled": true""")]
    [TestCase("""[]""")]
    public async Task A_body_that_does_not_say_on_or_off_changes_nothing(string body)
    {
        await Gateway.Operator.Put($"/api/feature-flags/{Federation}", new { enabled = true });

        var reply = await Gateway.Operator.Put($"/api/feature-flags/{Federation}", body);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await IsListedAsEnabled(Gateway.Operator), Is.True);
    }

    [Test]
    public async Task Only_an_admin_switches()
    {
        Assert.That(
            (await Auditor.Put($"/api/feature-flags/{Federation}", new { enabled = true })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(
            (await Standard.Put($"/api/feature-flags/{Federation}", new { enabled = true })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(
            (await Gateway.Anonymous.Put($"/api/feature-flags/{Federation}", new { enabled = true })).Status,
            Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_switch_leaves_its_audit_row()
    {
        await Stranger.Put($"/api/feature-flags/{Federation}", new { enabled = false });

        var row = (await Gateway.AuditOf("feature_flag"))[^1];

        Assert.That(
            (row.Action, row.ResourceId, row.Fields, row.ActorSubject),
            Is.EqualTo(("update", Federation, """{"enabled": false}""", "admin")));
    }

    private static async Task<bool> IsListedAsEnabled(HttpClient client) =>
        (await client.Get("/api/feature-flags")).Body.EnumerateArray()
            .Single(item => item.GetProperty("name").GetString() == Federation).GetProperty("enabled").GetBoolean();

    private async Task<bool> Ask(Guid orgId, string name)
    {
        await using var scope = Gateway.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ISender>().Send(new IsFeatureEnabled(orgId, name));
    }
}
