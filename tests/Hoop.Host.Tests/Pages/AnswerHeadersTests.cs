using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.Pages;

/// <summary>S29: what every answer tells browsers, and the pages that need more.</summary>
public sealed partial class AnswerHeadersTests
{
    private TestGateway _gateway = null!;

    [OneTimeSetUp]
    public async Task Start() => _gateway = await TestGateway.Start();

    [OneTimeTearDown]
    public Task Stop() => _gateway.DisposeAsync().AsTask();

    [TestCase("/", HttpStatusCode.OK)]
    [TestCase("/docs/index.html", HttpStatusCode.OK)]
    [TestCase("/docs/swagger-ui-bundle.js", HttpStatusCode.OK)]
    [TestCase("/openapi/v1.json", HttpStatusCode.OK)]
    [TestCase("/healthz/ready", HttpStatusCode.OK)]
    [TestCase("/v1/sys/health", HttpStatusCode.OK)]
    [TestCase("/api/agents", HttpStatusCode.Unauthorized)]
    [TestCase("/v1/identity/entity/id", HttpStatusCode.Forbidden)]
    [TestCase("/nothing", HttpStatusCode.NotFound)]
    [TestCase("/api/agents%2Fx", HttpStatusCode.BadRequest)]
    public async Task Every_answer_is_closed_to_frames_and_guesses(string path, HttpStatusCode status)
    {
        using var response = await _gateway.Anonymous.GetAsync(path);
        Assert.That(response.StatusCode, Is.EqualTo(status));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Header(response, "X-Content-Type-Options"), Is.EqualTo("nosniff"));
            Assert.That(Header(response, "X-Frame-Options"), Is.EqualTo("DENY"));
            Assert.That(Header(response, "Referrer-Policy"), Is.EqualTo("no-referrer"));
            Assert.That(
                Header(response, "Content-Security-Policy"), Does.StartWith("default-src 'none'; ").And.EndsWith("frame-ancestors 'none'"));
            Assert.That(response.Headers.Contains("Server"), Is.False);
        }
    }

    [Test]
    public async Task The_answer_of_a_bug_has_them_too()
    {
        await using var gateway = await TestGateway.Start();
        await gateway.Execute("ALTER TABLE spiffe.agents RENAME TO agents_gone");
        using var response = await gateway.Operator.GetAsync("/api/agents");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.InternalServerError));
        Assert.That((Header(response, "X-Content-Type-Options"), Header(response, "Cache-Control")), Is.EqualTo(("nosniff", "no-store")));
    }

    [Test]
    public async Task The_API_page_loads_its_own_scripts_and_nobody_else_s()
    {
        using var response = await _gateway.Anonymous.GetAsync("/docs/index.html");
        var page = await response.Content.ReadAsStringAsync();
        Assert.That(
            Header(response, "Content-Security-Policy"), Does.Contain("script-src 'self'").And.Not.Contain("script-src 'self' 'unsafe"));
        foreach (Match script in Scripts().Matches(page))
        {
            Assert.That(script.Groups["inside"].Value.Trim(), Is.Empty, "an inline script would not run");
            Assert.That(script.Groups["source"].Value, Does.Match(@"^\.?/?[\w.-]+\.js$"));
            Assert.That(
                (await _gateway.Anonymous.GetAsync($"/docs/{script.Groups["source"].Value.TrimStart('.', '/')}")).StatusCode,
                Is.EqualTo(HttpStatusCode.OK));
        }
    }

    [Test]
    public async Task Docs_leads_to_its_page()
    {
        using var handler = new HttpClientHandler { AllowAutoRedirect = true };
        using var client = new HttpClient(handler) { BaseAddress = _gateway.Address };
        using var response = await client.GetAsync("/docs");
        Assert.That((response.StatusCode, response.Content.Headers.ContentType?.MediaType), Is.EqualTo((HttpStatusCode.OK, "text/html")));
    }

    [Test]
    public async Task The_root_is_a_page_for_browsers()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Accept.ParseAdd("text/html,application/xhtml+xml,*/*;q=0.8");
        using var response = await _gateway.Anonymous.SendAsync(request);
        var page = await response.Content.ReadAsStringAsync();

        Assert.That(response.Content.Headers.ContentType, Is.EqualTo(MediaTypeHeaderValue.Parse("text/html; charset=utf-8")));
        Assert.That(page, Does.Contain("href=\"/docs\"").And.Contain("/openapi/v1.json").And.Contain("/healthz/ready"));

        // Its own style is allowed by its digest, and nothing else is.
        var style = Styles().Match(page).Groups["inside"].Value;
        Assert.That(
            Header(response, "Content-Security-Policy"),
            Does.Contain($"style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'"));
    }

    [Test]
    public async Task The_root_is_JSON_for_programs()
    {
        var reply = await _gateway.Anonymous.Get("/");
        Assert.That(
            (reply.Text("name"), reply.Text("docs"), reply.Text("openapi"), reply.Text("health")),
            Is.EqualTo(("hoop", "/docs", "/openapi/v1.json", "/healthz/ready")));
    }

    [Test]
    public async Task The_pages_can_be_switched_off()
    {
        await using var gateway = await TestGateway.Start(new() { ["HOOP_DOCS"] = "off" }, connection: _gateway.Connection);
        foreach (var path in new[] { "/docs", "/docs/index.html", "/openapi/v1.json" })
        {
            Assert.That((await gateway.Anonymous.Get(path)).Status, Is.EqualTo(HttpStatusCode.NotFound), path);
        }

        var root = await gateway.Anonymous.Get("/");
        Assert.That(
            (root["docs"].ValueKind, root["openapi"].ValueKind),
            Is.EqualTo((System.Text.Json.JsonValueKind.Null, System.Text.Json.JsonValueKind.Null)));
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values)
            ? string.Join(", ", values)
            : null;

    [GeneratedRegex("""<script(?: src="(?<source>[^"]*)")?[^>]*>(?<inside>[^<]*)</script>""", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex Scripts();

    [GeneratedRegex("<style>(?<inside>[^<]*)</style>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Styles();
}
