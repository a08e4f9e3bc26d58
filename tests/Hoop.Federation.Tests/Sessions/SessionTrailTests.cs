using System.Net;
using Hoop.Shared;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Sessions;

/// <summary>Each session leaves a row before it and one after it, whatever becomes of it, and neither holds a secret.</summary>
public sealed class SessionTrailTests : FederationFixture
{
    private int _rows;

    [SetUp]
    public async Task NobodyOwnsAnything()
    {
        await Gateway.Execute("DELETE FROM federation.principal_owners");
        Google.Fail(Alice, GoogleFault.None);
        Google.Fail(Readonly, GoogleFault.None);
        _rows = (await Gateway.AuditOf("federation_session")).Count;
    }

    [Test]
    public async Task A_session_that_gets_credentials_says_whose()
    {
        var name = await CreateFederated();
        var token = (await Resolve(name)).Environment!.Variables["HOOP_GCP_ACCESS_TOKEN"];
        var (begun, ended) = await Rows();

        Assert.Multiple(() =>
        {
            Assert.That((begun.Outcome, begun.ResourceId, begun.Failure), Is.EqualTo(("begun", name, (string?)null)));
            Assert.That(begun.Fields, Does.Contain("alice@example.com").And.Contain("user-1").And.Not.Contain("resolved_principal"));
            Assert.That((ended.Outcome, ended.Failure), Is.EqualTo(("success", (string?)null)));
            Assert.That(ended.Fields, Does.Contain($"\"resolved_principal\": \"{Alice}\"").And.Contain($"\"admin_principal\": \"{Admin}\""));
            Assert.That(ended.Fields, Does.Contain("\"fallback_applied\": false").And.Contain("token_expires_at"));
            Assert.That(begun.Fields + ended.Fields, Does.Not.Contain(token));
            Assert.That((begun.OrgId, ended.OrgId), Is.EqualTo((DefaultOrganization.Id, DefaultOrganization.Id)));
        });
    }

    [Test]
    public async Task A_session_without_policy_is_told_as_not_federated()
    {
        await Resolve(await CreateConnection());
        var (begun, ended) = await Rows();

        Assert.That((begun.Outcome, ended.Outcome), Is.EqualTo(("begun", "success")));
        Assert.That(ended.Fields, Does.Contain("\"federated\": false").And.Not.Contain("principal"));
    }

    [Test]
    public async Task A_session_on_nothing_leaves_both_rows_too()
    {
        await Resolve("absent-connection");
        var (begun, ended) = await Rows();

        Assert.That((begun.Outcome, begun.ResourceId), Is.EqualTo(("begun", "absent-connection")));
        Assert.That((ended.Outcome, ended.Failure), Is.EqualTo(("failure", "connection_not_found")));
    }

    [TestCase("mallory@example.com", "principal_denied")]
    [TestCase("hoop-admin@example.com", "principal_is_admin")]
    [TestCase("alice.smith@example.com", "principal_invalid")]
    [TestCase("two@at@example.com", "identity_mapping_failed")]
    [TestCase("bot@my-proj.iam.gserviceaccount.com", "user_is_service_account")]
    public async Task A_refused_session_has_its_reason_as_a_code(string email, string code)
    {
        var refused = (await Resolve(await CreateFederated(), email)).Refusal!;
        var (begun, ended) = await Rows();

        Assert.That(refused.Code, Is.EqualTo(code));
        Assert.That(begun.Outcome, Is.EqualTo("begun"));
        Assert.That((ended.Outcome, ended.Failure), Is.EqualTo(("failure", code)));
        Assert.That(ended.Fields, Does.Contain(email).And.Contain("\"federated\": true").And.Not.Contain("resolved_principal"));
    }

    // The rows of "What can go wrong" in docs/federation.md that Google's answers lead to.
    [TestCase(GoogleFault.PermissionDenied, "principal_denied", true)]
    [TestCase(GoogleFault.PermissionDeniedWithoutDetails, "principal_denied", true)]
    [TestCase(GoogleFault.NotFound, "principal_not_found", true)]
    [TestCase(GoogleFault.ServiceDisabled, "api_disabled", false)]
    [TestCase(GoogleFault.PerimeterViolation, "vpc_service_controls", false)]
    [TestCase(GoogleFault.SecurityPolicyViolated, "vpc_service_controls", false)]
    [TestCase(GoogleFault.InvalidArgument, "invalid_request", false)]
    [TestCase(GoogleFault.CredentialsRejected, "admin_credentials_rejected", false)]
    [TestCase(GoogleFault.OtherPermissionDenied, "admin_credentials_rejected", false)]
    [TestCase(GoogleFault.ForbiddenHtml, "upstream_unavailable", false)]
    [TestCase(GoogleFault.NotFoundHtml, "upstream_unavailable", false)]
    [TestCase(GoogleFault.ProxyAuthentication, "upstream_unavailable", false)]
    [TestCase(GoogleFault.HtmlPage, "upstream_invalid", false)]
    [TestCase(GoogleFault.LateExpireTime, "upstream_invalid", false)]
    public async Task The_fallback_opens_for_a_refused_account_and_for_nothing_else(GoogleFault fault, string code, bool falls)
    {
        Google.Fail(Alice, fault);
        var denying = await Resolve(await CreateFederated());
        var falling = await Resolve(await CreateFederated(
            new() { ["fallback_policy"] = "readonly", ["readonly_principal"] = Readonly }));
        var row = (await Gateway.AuditOf("federation_session"))[^1];

        Assert.That(denying.Refusal?.Code, Is.EqualTo(code));
        Assert.That(falling.Environment?.Federated?.Principal, Is.EqualTo(falls ? Readonly : null));
        Assert.That(falling.Refusal?.Code, Is.EqualTo(falls ? null : code));
        Assert.That((row.Outcome, row.Failure), Is.EqualTo(falls ? ("success", null) : ("failure", code)));
    }

    [Test]
    public async Task A_fallback_that_fails_has_the_code_of_the_fallback()
    {
        var name = await CreateFederated(new() { ["fallback_policy"] = "readonly", ["readonly_principal"] = Readonly });
        Google.Fail(Alice, GoogleFault.PermissionDenied);
        Google.Fail(Readonly, GoogleFault.ServiceDisabled);

        Assert.That((await Resolve(name)).Refusal?.Code, Is.EqualTo("api_disabled"));
        Assert.That((await Rows()).Ended.Failure, Is.EqualTo("api_disabled"));
    }

    [Test]
    public async Task A_session_goes_on_over_a_kept_admin_token_that_Google_no_longer_takes()
    {
        var name = await CreateFederated();
        await Resolve(name);
        Google.Grant("robert@my-proj.iam.gserviceaccount.com");
        Google.Fail("robert@my-proj.iam.gserviceaccount.com", GoogleFault.CredentialsRejected, times: 1);
        var exchanges = Google.TokenRequests;

        var session = await Resolve(name, "robert@example.com", "user-2");

        Assert.That(session.Environment?.Federated?.Principal, Is.EqualTo("robert@my-proj.iam.gserviceaccount.com"));
        Assert.That(Google.TokenRequests, Is.EqualTo(exchanges + 1));
    }

    [Test]
    public async Task Releasing_an_account_leaves_one_row_and_what_looks_absent_leaves_none_of_success()
    {
        var (id, stranger) = await Gateway.CreateOrganization("stranger-trail");
        await SetFlag(Gateway, on: true, id);
        await Resolve(await CreateFederated(), "alice@a.test", "user-a");

        var foreign = await stranger.Delete($"/api/federation/principals/{Alice}");
        var nobodys = await Gateway.Operator.Delete("/api/federation/principals/nobody@my-proj.iam.gserviceaccount.com");
        var released = await Gateway.Operator.Delete($"/api/federation/principals/{Alice}");
        var rows = (await Gateway.AuditOf("federation_principal")).Where(row => row.Outcome == "success").ToList();

        Assert.That((foreign.Status, foreign.Code), Is.EqualTo((HttpStatusCode.NotFound, "principal_not_owned")));
        Assert.That(foreign.Body.GetRawText(), Is.EqualTo(nobodys.Body.GetRawText()), "another organization's account looks absent");
        Assert.That(released.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(rows.Select(row => (row.OrgId, row.Action, row.ResourceId)),
            Is.EqualTo(new[] { (DefaultOrganization.Id, "delete", Alice) }));
        Assert.That(rows[0].Fields, Does.Contain("\"owner\": \"alice@a.test\"").And.Contain("\"owner_id\": \"user-a\""));
        Assert.That(await Gateway.Query<int>("SELECT 1 FROM federation.principal_owners"), Is.Empty);
    }

    [Test]
    public async Task A_refused_policy_keeps_the_stored_one_and_its_credentials()
    {
        var name = await CreateFederated();
        var before = await Gateway.Operator.Get($"/api/connections/{name}/federation");
        var sealedBefore = await Sealed(name);

        var refused = await Gateway.Operator.Put(
            $"/api/connections/{name}/federation", PolicyWith(new() { ["admin_credentials_json"] = "{}" }));
        var kept = await Gateway.Operator.Get($"/api/connections/{name}/federation");
        var replaced = await Gateway.Operator.Put(
            $"/api/connections/{name}/federation", PolicyWith(new() { ["token_ttl_seconds"] = 900 }, credentials: false));

        Assert.That((refused.Status, refused.Code), Is.EqualTo((HttpStatusCode.BadRequest, "admin_credentials_invalid")));
        Assert.That(kept.Body.GetRawText(), Is.EqualTo(before.Body.GetRawText()));
        Assert.That(replaced["token_ttl_seconds"].GetInt32(), Is.EqualTo(900));
        Assert.That(await Sealed(name), Is.EqualTo(sealedBefore), "neither the bytes nor their revision changed");
        Assert.That((await Resolve(name)).Environment?.Federated?.Principal, Is.EqualTo(Alice));
    }

    private async Task<string> Sealed(string name) => (await Gateway.Query<string>(
        """
        SELECT p.credentials_revision || encode(p.credentials_sealed, 'hex')
        FROM federation.policies p JOIN federation.connections c ON c.id = p.connection_id WHERE c.name = @name
        """,
        new { name })).Single();

    /// <summary>The two rows of the one session since the start of the test.</summary>
    private async Task<(AuditRow Begun, AuditRow Ended)> Rows()
    {
        var rows = (await Gateway.AuditOf("federation_session")).Skip(_rows).ToList();
        Assert.That(rows, Has.Count.EqualTo(2));
        return (rows[0], rows[1]);
    }
}
