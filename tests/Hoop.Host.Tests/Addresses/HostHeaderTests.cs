using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.Addresses;

/// <summary>The address that the gateway tells is a setting, whatever the caller writes into <c>Host</c>.</summary>
public sealed class HostHeaderTests
{
    private const string Public = "https://hoop.example.com";

    private TestGateway _gateway = null!;
    private int _names;

    [OneTimeSetUp]
    public async Task Start() => _gateway = await TestGateway.Start(new() { ["HOOP_PUBLIC_URL"] = Public + "/" });

    [OneTimeTearDown]
    public Task Stop() => _gateway.DisposeAsync().AsTask();

    [Test]
    [Description("S21, U4, wild case 53: behind a proxy that ends TLS every key named http and the proxy's Host")]
    public async Task Keys_and_server_info_name_the_public_address()
    {
        var name = $"agent-{++_names}";
        var made = await _gateway.Operator.Post("/api/agents", new { name });
        var rotated = await _gateway.Operator.Post($"/api/agents/{name}/rotate-key");
        var info = await _gateway.Operator.Get("/api/serverinfo");

        Assert.That(made.Text("token"), Does.StartWith($"https://{name}:xagt-").And.EndsWith("@hoop.example.com?mode=standard"));
        Assert.That(rotated.Text("token"), Does.StartWith($"https://{name}:xagt-").And.EndsWith("@hoop.example.com?mode=standard"));
        Assert.That(info.Text("api_url"), Is.EqualTo(Public));
    }

    // S22: each of these was a 500 with a stack trace in the log.
    [TestCase("HTTP/1.1", "Host: a..b")]
    [TestCase("HTTP/1.1", "Host: a:99999")]
    [TestCase("HTTP/1.1", "Host: ")]
    [TestCase("HTTP/1.1", "Host: xn--")]
    [TestCase("HTTP/1.1", "Host: evil.example")]
    [TestCase("HTTP/1.1", "Host: [::1")]
    [TestCase("HTTP/1.1", "Host: a b")]
    [TestCase("HTTP/1.1", "Host: a@b")]
    [TestCase("HTTP/1.1", "Host: a,b")]
    [TestCase("HTTP/1.1", "X-None: 1")]
    [TestCase("HTTP/1.0", "X-None: 1")]
    [TestCase("HTTP/1.0", "Host: xn--")]
    public async Task No_Host_is_an_internal_error_and_none_is_believed(string version, string header)
    {
        var body = $$"""{"name":"agent-{{++_names}}"}""";
        foreach (var request in new[]
        {
            $"GET /api/serverinfo {version}\n{header}\nAuthorization: Bearer {TestGateway.AdminToken}\nConnection: close\n\n",
            $"POST /api/agents {version}\n{header}\nAuthorization: Bearer {TestGateway.AdminToken}\nContent-Type: application/json\nContent-Length: {body.Length}\nConnection: close\n\n{body}",
        })
        {
            var answer = await RawHttp.Send(_gateway.Address, request);
            var status = RawHttp.StatusOf(answer);
            Assert.That(
                status,
                Is.EqualTo((int)HttpStatusCode.BadRequest).Or.EqualTo((int)HttpStatusCode.OK).Or.EqualTo((int)HttpStatusCode.Created),
                answer);
            if (status != 400)
            {
                Assert.That(answer, Does.Contain("hoop.example.com").And.Not.Contain("evil.example"));
            }
        }

        Assert.That(_gateway.Logs.Lines, Has.None.Contains("Unhandled exception"));
    }

    [Test]
    public async Task Without_the_setting_it_is_the_address_that_the_gateway_listens_on()
    {
        await using var gateway = await TestGateway.Start(connection: _gateway.Connection);
        using var client = new HttpClient { BaseAddress = gateway.Address };
        client.DefaultRequestHeaders.Authorization = gateway.Operator.DefaultRequestHeaders.Authorization;
        client.DefaultRequestHeaders.Host = "evil.example";

        Assert.That((await client.Get("/api/serverinfo")).Text("api_url"), Is.EqualTo(gateway.Address.GetLeftPart(UriPartial.Authority)));
        Assert.That(
            (await client.Post("/api/agents", new { name = "plain" })).Text("token"),
            Does.StartWith("http://plain:xagt-").And.Contain("@" + gateway.Address.Authority));
    }
}
