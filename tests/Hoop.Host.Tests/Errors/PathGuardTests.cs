using System.Net;
using System.Net.Http.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.Errors;

/// <summary>A path that two parsers could read differently is refused; a name with slashes has an address all the same.</summary>
public sealed class PathGuardTests
{
    private const string Entity = "/v1/identity/entity/name/";
    private const string Account = "/api/serviceaccounts/";

    private TestGateway _gateway = null!;

    [OneTimeSetUp]
    public async Task Start() => _gateway = await TestGateway.Start(new()
    {
        ["HOOP_OIDC_ISSUER"] = "https://issuer.example",
        ["HOOP_OIDC_AUDIENCE"] = "hoop",
        ["HOOP_OIDC_JWKS_URL"] = "http://127.0.0.1:9/jwks",
    });

    [OneTimeTearDown]
    public Task Stop() => _gateway.DisposeAsync().AsTask();

    [TestCase("/api/agents/../agents")]
    [TestCase("/api/./agents")]
    [TestCase("/api/agents/%2e%2e/agents")]
    [TestCase("/api/agents/.%2E")]
    [TestCase("/api/agents/..")]
    [TestCase("/api/agents\\x")]
    [TestCase("/api/agents%2Fx")]
    [TestCase("/api%2Fagents")]
    [TestCase("/api/agents/x%2Frotate-key")]
    [TestCase("/api/agents/x%5Crotate-key")]
    [TestCase("/api%2Fserviceaccounts/x", Description = "the literal part of a route that ends with a name")]
    [TestCase("/api/serviceaccounts%2Fx")]
    [TestCase("/v1/identity%2Fentity/name/x")]
    [TestCase(Account + "..%2Fagents", Description = "a proxy that decodes and then folds would lead elsewhere")]
    [TestCase(Account + "a%2F..%2Fb")]
    [TestCase(Account + "a%2F%2e%2e%2Fb")]
    [TestCase(Account + "a%5C..%5Cb")]
    [TestCase(Account + "a%2F.")]
    [TestCase(Account + "../x")]
    [TestCase(Entity + "..%2fx")]
    [TestCase("/nothing%2Fx")]
    public async Task An_ambiguous_path_is_refused(string path)
    {
        foreach (var target in new[] { path, $"http://a{path}" })
        {
            var answer = await Raw("GET", target);
            Assert.That(RawHttp.StatusOf(answer), Is.EqualTo(400), answer);
            Assert.That(answer, Does.Contain("dot segment or an encoded separator"));
        }
    }

    [Test]
    public async Task A_NUL_is_refused() => Assert.That(RawHttp.StatusOf(await Raw("GET", Entity + "a%00")), Is.EqualTo(400));

    [TestCase("/api/serviceaccounts/x?issuer=%00")]
    [TestCase("/api/serviceaccounts?subject=a%00b")]
    [TestCase("/v1/identity/group/name?list=true&after=a%00b")]
    [TestCase("/api/sessions?%00=1")]
    [TestCase("/api/publicserverinfo?org=%00", Description = "nobody has to sign in here")]
    [TestCase("/nothing?x=%00")]
    [Description("The database holds no such text, and each call that asks it for one would be an internal error")]
    public async Task A_NUL_in_a_query_is_refused_on_every_route(string path)
    {
        foreach (var target in new[] { path, $"http://a{path}" })
        {
            var answer = await Raw("GET", target);
            Assert.That(RawHttp.StatusOf(answer), Is.EqualTo(400), answer);
            Assert.That(answer, Does.Contain("the query holds NUL (%00)"));
        }

        Assert.That(RawHttp.StatusOf(await Raw("GET", path.Replace("%00", "%2500", StringComparison.Ordinal))), Is.Not.EqualTo(500));
    }

    [TestCase("%2F", "/")]
    [TestCase("%2f", "/")]
    [TestCase("/", "/")]
    [TestCase("%5C", "\\")]
    [TestCase("%252F", "%2F", Description = "the framework gives both of them as %2F")]
    [TestCase("%2F%252F", "/%2F")]
    [TestCase("%2F%25", "/%")]
    [TestCase("%2F%C3%A9", "/é")]
    public async Task A_name_with_a_separator_has_an_address(string written, string meant)
    {
        var (mark, name) = ($"m{Guid.NewGuid():N}", "");
        name = $"{mark}{meant}end";
        foreach (var target in new[] { $"{Entity}{mark}{written}end", $"http://a{Entity}{mark}{written}end?x=%2F" })
        {
            Assert.That(RawHttp.StatusOf(await Raw("PUT", target)), Is.EqualTo(200).Or.EqualTo(204));
            Assert.That(await Raw("GET", target), Does.StartWith("HTTP/1.1 200"));
        }

        var stored = await _gateway.Query<string>("SELECT name FROM identity.entities WHERE name LIKE @mark || '%'", new { mark });
        Assert.That(stored, Is.EqualTo(new[] { name }));
    }

    [TestCase("auth0|client@clients")]
    [TestCase("spaces/of/names")]
    [TestCase("back\\slash")]
    [TestCase("literal%2Fpercent")]
    [TestCase("a/b\\c%2Fd%5Ce")]
    [Description("S7: an encoded / in an account's address was refused, so that it could not be revoked")]
    public async Task A_service_account_is_found_changed_and_revoked_by_the_address_that_its_subject_encodes_to(string subject)
    {
        var address = Account + Uri.EscapeDataString(subject);
        var made = await _gateway.Operator.Post(
            "/api/serviceaccounts", new { subject, name = "n", status = "active", groups = Array.Empty<string>() });
        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Body.ToString());

        Assert.That((await _gateway.Operator.Get(address)).Text("subject"), Is.EqualTo(subject));
        Assert.That(
            (await _gateway.Operator.Put(address, new { name = "m", status = "inactive", groups = Array.Empty<string>() })).Status,
            Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _gateway.Operator.Delete(address)).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await _gateway.Operator.Get(address)).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("/api/spiffe-mappings/xyz", "GET", "id")]
    [TestCase("/api/spiffe-mappings/xyz", "PUT", "id")]
    [TestCase("/api/spiffe-mappings/xyz", "DELETE", "id")]
    [TestCase("/api/trust-domains/3c90c3cc0d444b5088888dd25736052a", "GET", "id")]
    [TestCase("/api/trust-domains/%7B3c90c3cc-0d44-4b50-8888-8dd25736052a%7D", "GET", "id")]
    [TestCase("/api/trust-domains/xyz/refresh", "POST", "id")]
    [TestCase("/api/api-tokens/xyz", "DELETE", "id")]
    [Description("U12: it said «no route», which reads like two versions")]
    public async Task What_must_be_a_uuid_and_is_none_is_told_by_name(string path, string method, string field)
    {
        using var body = JsonContent.Create(new { });
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = method is "PUT" or "POST" ? body : null };
        using var response = await _gateway.Operator.SendAsync(request);
        var told = await response.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(told.GetProperty("message").GetString(), Does.StartWith($"{field}: must be a UUID such as "));
        Assert.That(told.GetProperty("fields").GetProperty(field).GetString(), Does.StartWith("must be a UUID"));
        Assert.That(
            (await _gateway.Anonymous.Send(new HttpMethod(method), path)).Status,
            Is.EqualTo(HttpStatusCode.Unauthorized),
            "strangers sign in first");
    }

    [TestCase("GET /healthz/live HTTP/1.1\nHost: a\nConnection: close\n\n", 400, Description = "a bare line feed ends no line")]
    [TestCase("GET /healthz/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200)]
    public async Task Lines_end_with_CRLF(string request, int status) =>
        Assert.That(
            RawHttp.StatusOf(await RawHttp.SendExactly(_gateway.Address, System.Text.Encoding.ASCII.GetBytes(request))),
            Is.EqualTo(status));

    private Task<string> Raw(string method, string target) => RawHttp.Send(
        _gateway.Address,
        $"{method} {target} HTTP/1.1\nHost: a\nAuthorization: Bearer {TestGateway.AdminToken}\nConnection: close\nContent-Length: 0\n\n");
}
