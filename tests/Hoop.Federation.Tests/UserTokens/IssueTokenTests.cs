using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.UserTokens;

/// <summary>One's own credentials over the API.</summary>
public sealed class IssueTokenTests : FederationFixture
{
    [Test]
    public async Task A_caller_gets_what_its_own_session_would_have_and_nothing_of_the_connections_secrets()
    {
        Google.Grant("reader-bot@my-proj.iam.gserviceaccount.com");
        var name = await CreateFederated(
            new()
            {
                ["identity_source_attribute"] = "id",
                ["identity_target_template"] = "reader-bot@my-proj.iam.gserviceaccount.com",
            },
            new Dictionary<string, string> { ["envvar:SHARED"] = "Y2FuYXJ5" });

        var reply = await Gateway.Operator.Post($"/api/connections/{name}/federation/token");

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Message);
        Assert.Multiple(() =>
        {
            Assert.That(
                Google.Owner(reply["variables"].GetProperty("HOOP_GCP_ACCESS_TOKEN").GetString()!),
                Is.EqualTo("reader-bot@my-proj.iam.gserviceaccount.com"));
            Assert.That(reply.Text("provider"), Is.EqualTo("gcp_iam"));
            Assert.That(reply.Text("expires_at"), Does.EndWith("Z"));
            Assert.That(reply.Body.GetRawText(), Does.Not.Contain("canary").And.Not.Contain("Y2FuYXJ5").And.Not.Contain("SHARED"));
            Assert.That(reply.Response.Headers.CacheControl!.NoStore, Is.True);
        });
    }

    [Test]
    public async Task It_leaves_a_row_before_and_one_after_and_neither_holds_the_token()
    {
        Google.Grant("audit-bot@my-proj.iam.gserviceaccount.com");
        var name = await CreateFederated(new()
        {
            ["identity_source_attribute"] = "id",
            ["identity_target_template"] = "audit-bot@my-proj.iam.gserviceaccount.com",
        });
        var token = (await Gateway.Operator.Post($"/api/connections/{name}/federation/token"))["variables"]
            .GetProperty("HOOP_GCP_ACCESS_TOKEN").GetString()!;

        var rows = (await Gateway.AuditOf("federation_token")).Where(
            row => row.ResourceId == name || row.Fields.Contains(name, StringComparison.Ordinal)).ToList();

        Assert.That(rows.Select(row => row.Outcome), Is.EqualTo(new[] { "begun", "success" }));
        Assert.That(rows[1].Fields, Does.Contain("audit-bot@my-proj.iam.gserviceaccount.com").And.Not.Contain(token));
        Assert.That(string.Join('\n', Gateway.Logs.Lines), Does.Not.Contain(token));
    }

    [Test]
    public async Task Without_a_policy_there_is_nothing_to_give_and_another_organization_sees_no_connection()
    {
        var name = await CreateConnection();
        var (id, stranger) = await Gateway.CreateOrganization("stranger-tokens");
        await SetFlag(Gateway, on: true, id);

        Assert.That(
            (await Gateway.Operator.Post($"/api/connections/{name}/federation/token")).Message,
            Is.EqualTo("federation not configured for this connection"));
        Assert.That((await stranger.Post($"/api/connections/{name}/federation/token")).Message, Is.EqualTo("connection not found"));
        Assert.That(
            (await Gateway.Anonymous.Post($"/api/connections/{name}/federation/token")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_caller_without_a_verified_address_is_not_resolved_by_one()
    {
        var name = await CreateFederated();

        var reply = await Gateway.Operator.Post($"/api/connections/{name}/federation/token");

        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "identity_mapping_failed")));
    }
}
