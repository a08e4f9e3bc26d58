using System.Text.Json.Nodes;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Minting;

/// <summary>
/// What Google answers, and what a session makes of it: each row with its code, Google's own words, how often it is asked, and whether the
/// fallback may take over. Through the whole pipeline, with a policy whose fallback would work.
/// </summary>
public sealed class GoogleTableTests : FederationFixture
{
    private static IEnumerable<TestCaseData> Rows()
    {
        yield return Row(
            "403 IAM_PERMISSION_DENIED: the role is missing or the account is absent", GoogleFault.PermissionDenied, "principal_denied",
            "'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)", attempts: 1, fallsBack: true);
        yield return Row(
            "403 SERVICE_DISABLED: the API is off in the admin's project", GoogleFault.ServiceDisabled, "api_disabled",
            "Enable it by visiting https://console.developers.google.com/apis/api/iamcredentials.googleapis.com/overview?project=my-proj",
            attempts: 1);
        yield return Row(
            "404 NOT_FOUND: no such account", GoogleFault.NotFound, "principal_not_found", $"Gaia id not found for email {Alice}",
            attempts: 1, fallsBack: true);
        yield return Row(
            "400 INVALID_ARGUMENT: lifetime, scope or name", GoogleFault.InvalidArgument, "invalid_request",
            $"name: Invalid form of account ID {Alice}", attempts: 1);
        yield return Row(
            "401: the admin's token is not taken", GoogleFault.CredentialsRejected, "admin_credentials_rejected",
            "Expected OAuth 2 access token", attempts: 1);
        yield return Row(
            "429 RESOURCE_EXHAUSTED: quota", GoogleFault.RateLimited, "rate_limited",
            "Quota exceeded for quota metric 'Generate credentials request'", attempts: 4);
        yield return Row("500", GoogleFault.InternalError, "upstream_unavailable", "status 500 (Google: Internal error", attempts: 4);
        yield return Row("502 as an HTML page", GoogleFault.BadGatewayHtml, "upstream_unavailable", "status 502", attempts: 4);
        yield return Row("503", GoogleFault.Unavailable, "upstream_unavailable", "The service is currently unavailable", attempts: 4);
        yield return Row("504", GoogleFault.GatewayTimeout, "upstream_unavailable", "Deadline exceeded", attempts: 4);
        yield return Row("no connection", GoogleFault.Down, "upstream_unavailable", "could not be reached", attempts: 4);
        yield return Row("200 without expireTime", GoogleFault.MissingExpireTime, "upstream_invalid", "expireTime", attempts: 2);
        yield return Row("200 with a past expireTime", GoogleFault.PastExpireTime, "upstream_invalid", "a past one", attempts: 2);
        yield return Row("200 with a later expireTime than asked", GoogleFault.LateExpireTime, "upstream_invalid", "later", attempts: 2);
        yield return Row("200, the body cut", GoogleFault.CutBody, "upstream_invalid", "incomplete", attempts: 2);
        yield return Row("200, a page", GoogleFault.HtmlPage, "upstream_invalid", "could not be read", attempts: 2);
    }

    [TestCaseSource(nameof(Rows))]
    public async Task Each_row_has_its_code_Googles_words_its_attempts_and_its_fallback(
        GoogleFault fault, string code, string words, int attempts, bool fallsBack)
    {
        var name = await CreateFederated(new() { ["fallback_policy"] = "readonly", ["readonly_principal"] = Readonly });
        var before = CallsFor(Alice);
        Google.Fail(Alice, fault);
        var session = await Resolve(name);
        Google.Fail(Alice, GoogleFault.None);
        var row = (await Gateway.AuditOf("federation_session"))[^1];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(CallsFor(Alice) - before, Is.EqualTo(attempts));
            Assert.That(session.Environment?.Federated?.Principal, Is.EqualTo(fallsBack ? Readonly : null));
            Assert.That(session.Environment?.Federated?.FallbackReason ?? session.Refusal?.Message, Does.Contain(words));
            Assert.That(session.Refusal?.Code, Is.EqualTo(fallsBack ? null : code));
            Assert.That(row.Failure, Is.EqualTo(fallsBack ? null : code));
        }

        Assert.That((await Resolve(name)).Environment?.Federated?.Principal, Is.EqualTo(Alice), "what passes, passes");
    }

    [TestCase(GoogleFault.PermissionDenied, "principal_denied")]
    [TestCase(GoogleFault.NotFound, "principal_not_found")]
    public async Task Without_a_fallback_these_two_are_told_by_their_codes(GoogleFault fault, string code)
    {
        var name = await CreateFederated();
        Google.Fail(Alice, fault);
        var session = await Resolve(name);
        Google.Fail(Alice, GoogleFault.None);

        Assert.That(session.Refusal?.Code, Is.EqualTo(code));
    }

    [Test]
    public async Task A_deleted_admin_key_is_invalid_grant_and_no_account_is_asked_for()
    {
        var key = Google.CreateAdminCredentials(Project, "short-lived");
        var name = await CreateFederated(new()
        {
            ["admin_credentials_json"] = key,
            ["fallback_policy"] = "readonly",
            ["readonly_principal"] = Readonly,
        });
        Google.DeleteAdminKeys("short-lived@my-proj.iam.gserviceaccount.com");
        var before = CallsFor(Alice);

        var session = await Resolve(name);

        Assert.That(session.Refusal?.Code, Is.EqualTo("admin_credentials_rejected"));
        Assert.That(session.Refusal?.Message, Does.Contain("invalid_grant").And.Contain("account not found"));
        Assert.That(CallsFor(Alice), Is.EqualTo(before));
    }

    [Test]
    public async Task An_assertion_of_another_key_than_the_accounts_is_not_believed()
    {
        // The right account and the right id of a key, and somebody else's private half: only a check of the signature tells.
        var (mine, others) = (JsonNode.Parse(KeyFile)!, JsonNode.Parse(Google.CreateAdminCredentials(Project, "somebody"))!);
        mine["private_key"] = others["private_key"]!.GetValue<string>();
        var name = await CreateFederated(new() { ["admin_credentials_json"] = mine.ToJsonString() });

        var session = await Resolve(name);

        Assert.That(session.Refusal?.Code, Is.EqualTo("admin_credentials_rejected"));
        Assert.That(session.Refusal?.Message, Does.Contain("Invalid JWT Signature"));
    }

    [TestCase(3600, false, null)]
    [TestCase(3601, false, "invalid_request")]
    [TestCase(43200, false, "invalid_request")]
    [TestCase(43200, true, null)]
    public async Task Over_an_hour_needs_the_accounts_lifetime_extension(int seconds, bool extended, string? code)
    {
        var account = $"long-{seconds}-{(extended ? "yes" : "no")}";
        Google.Grant($"{account}@my-proj.iam.gserviceaccount.com");
        if (extended)
        {
            Google.AllowLifetimeExtension($"{account}@my-proj.iam.gserviceaccount.com");
        }

        var name = await CreateFederated(new() { ["token_ttl_seconds"] = seconds });
        var asked = DateTimeOffset.UtcNow;
        var session = await Resolve(name, $"{account}@example.com", account);

        Assert.That(session.Refusal?.Code, Is.EqualTo(code));
        if (code is null)
        {
            Assert.That(session.Environment!.Federated!.ExpiresAt, Is.EqualTo(asked.AddSeconds(seconds)).Within(TimeSpan.FromSeconds(30)));
        }
        else
        {
            Assert.That(session.Refusal!.Message, Does.Contain("lifetime:"), "Google's own hint");
        }
    }

    [Test]
    public async Task More_than_twelve_hours_is_refused_before_Google_is_asked()
    {
        var reply = await Gateway.Operator.Put(
            $"/api/connections/{await CreateConnection()}/federation", PolicyWith(new() { ["token_ttl_seconds"] = 43201 }));

        Assert.That((int)reply.Status, Is.EqualTo(400));
        Assert.That(reply.Message, Does.Contain("token_ttl_seconds"));
    }

    private int CallsFor(string principal) => Google.Targets.Count(
        target => target.Contains(Uri.EscapeDataString(principal), StringComparison.Ordinal));

    private static TestCaseData Row(
        string name, GoogleFault fault, string code, string words, int attempts, bool fallsBack = false) =>
        new TestCaseData(fault, code, words, attempts, fallsBack).SetArgDisplayNames(name);
}
