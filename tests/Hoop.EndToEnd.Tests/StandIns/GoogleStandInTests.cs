using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using Hoop.StandIns;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.StandIns;

/// <summary>The stand-in against Google's own client library, which decides what a right answer looks like.</summary>
public sealed class GoogleStandInTests
{
    private const string CloudPlatform = "https://www.googleapis.com/auth/cloud-platform";
    private const string Alice = "alice-smith@my-proj.iam.gserviceaccount.com";

    private static readonly HttpClient Http = new();

    private GoogleStandIn _google = null!;
    private string _keyFile = null!;

    [SetUp]
    public async Task Start()
    {
        _google = await GoogleStandIn.Start();
        _keyFile = _google.CreateAdminCredentials("my-proj", "hoop-admin");
        _google.Grant(Alice);
    }

    [TearDown]
    public async Task Stop() => await _google.DisposeAsync();

    [Test]
    public async Task Googles_library_exchanges_the_admin_key_for_a_token()
    {
        var token = await AdminToken();

        Assert.That(token, Does.StartWith("ya29."));
        Assert.That(_google.Owner(token), Is.EqualTo("hoop-admin@my-proj.iam.gserviceaccount.com"));
        Assert.That(_google.TokenRequests, Is.EqualTo(1));
    }

    [Test]
    public async Task A_deleted_admin_key_is_an_invalid_grant_but_its_tokens_live_on()
    {
        var token = await AdminToken();
        _google.DeleteAdminKeys("hoop-admin@my-proj.iam.gserviceaccount.com");

        var refused = await Assert.ThrowsAsync<TokenResponseException>(AdminToken);
        using var answer = await Generate(token, Alice);

        Assert.That(refused!.Error.Error, Is.EqualTo("invalid_grant"));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Googles_library_impersonates_a_granted_principal()
    {
        var impersonated = ImpersonatedKeyFile(Alice);

        var token = await CredentialFactory.FromJson<ImpersonatedCredential>(impersonated).ToGoogleCredential().CreateScoped(CloudPlatform)
            .UnderlyingCredential.GetAccessTokenForRequestAsync();

        Assert.That(_google.Owner(token), Is.EqualTo(Alice));
        Assert.That(_google.Calls.Single().Status, Is.EqualTo(200));
        Assert.That(_google.Calls.Single().Admin, Is.EqualTo("hoop-admin@my-proj.iam.gserviceaccount.com"));
    }

    [Test]
    public async Task A_principal_without_a_grant_is_denied_with_the_reason_of_the_api()
    {
        using var answer = await Generate(await AdminToken(), "mallory@my-proj.iam.gserviceaccount.com");
        var error = (await answer.Content.ReadFromJsonAsync<JsonObject>())!["error"]!;

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((string?)error["status"], Is.EqualTo("PERMISSION_DENIED"));
        Assert.That((string?)error["details"]![0]!["reason"], Is.EqualTo("IAM_PERMISSION_DENIED"));
    }

    [TestCase("3600s", false, HttpStatusCode.OK)]
    [TestCase("0.5s", false, HttpStatusCode.OK)]
    [TestCase("3601s", false, HttpStatusCode.BadRequest)]
    [TestCase("3600.000000001s", true, HttpStatusCode.OK)]
    [TestCase("43200s", true, HttpStatusCode.OK)]
    [TestCase("43201s", true, HttpStatusCode.BadRequest)]
    [TestCase("0s", true, HttpStatusCode.BadRequest)]
    [TestCase("-5s", true, HttpStatusCode.BadRequest)]
    [TestCase("1h", true, HttpStatusCode.BadRequest)]
    public async Task The_lifetime_is_limited(string lifetime, bool extended, HttpStatusCode expected)
    {
        if (extended)
        {
            _google.AllowLifetimeExtension(Alice);
        }

        using var answer = await Generate(await AdminToken(), Alice, lifetime);

        Assert.That(answer.StatusCode, Is.EqualTo(expected));
    }

    [Test]
    public async Task A_fault_lasts_as_many_calls_as_asked()
    {
        var token = await AdminToken();
        _google.Fail(Alice, GoogleFault.RateLimited, times: 1);

        using var limited = await Generate(token, Alice);
        using var good = await Generate(token, Alice);

        Assert.That(limited.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(limited.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(1)));
        Assert.That(good.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_cut_body_reaches_the_client_as_a_broken_answer()
    {
        var token = await AdminToken();
        _google.FailEveryone(GoogleFault.CutBody);

        Assert.That(async () => await Generate(token, Alice), Throws.InstanceOf<HttpRequestException>());
    }

    private async Task<string> AdminToken() =>
        await CredentialFactory.FromJson<ServiceAccountCredential>(_keyFile).ToGoogleCredential().CreateScoped(CloudPlatform)
            .UnderlyingCredential.GetAccessTokenForRequestAsync();

    private async Task<HttpResponseMessage> Generate(string bearer, string principal, string lifetime = "900s")
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, $"{_google.Address}/v1/projects/-/serviceAccounts/{Uri.EscapeDataString(principal)}:generateAccessToken");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        request.Content = JsonContent.Create(new { scope = new[] { CloudPlatform }, lifetime });
        return await Http.SendAsync(request);
    }

    private string ImpersonatedKeyFile(string principal) => new JsonObject
    {
        ["type"] = "impersonated_service_account",
        ["service_account_impersonation_url"] = $"{_google.Address}/v1/projects/-/serviceAccounts/{principal}:generateAccessToken",
        ["source_credentials"] = JsonNode.Parse(_keyFile),
    }.ToJsonString();
}
