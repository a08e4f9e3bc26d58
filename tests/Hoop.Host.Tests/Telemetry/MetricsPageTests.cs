using System.Net;
using System.Net.Sockets;
using Hoop.Shared.Configuration;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.Telemetry;

public sealed class MetricsPageTests
{
    private TestGateway _gateway = null!;
    private HttpClient _scraper = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        var port = FreePort();
        _gateway = await TestGateway.Start(new() { ["HOOP_METRICS_LISTEN"] = $"http://127.0.0.1:{port}" });
        _scraper = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _scraper.Dispose();
        await _gateway.DisposeAsync();
    }

    [Test]
    public async Task The_page_is_on_its_own_address_and_nothing_else_is_there()
    {
        var page = await _scraper.GetAsync("/metrics");
        var health = await _scraper.GetAsync("/healthz/ready");
        var userinfo = await _scraper.GetAsync("/api/userinfo");
        var open = await _gateway.Anonymous.GetAsync("/metrics");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(page.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(page.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/plain"));
            Assert.That(health.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(userinfo.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(open.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        }
    }

    [Test]
    public async Task Without_the_setting_there_is_no_page()
    {
        await using var gateway = await TestGateway.Start();
        Assert.That((await gateway.Operator.GetAsync("/metrics")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_refused_sign_in_is_counted_under_its_credential_and_reason()
    {
        using var stranger = _gateway.As("hoop_" + new string('x', 43));
        await stranger.GetAsync("/api/userinfo");

        Assert.That(await Page(), Does.Match("(?m)^hoop_signins_refused\\w*\\{[^}]*code=\"[a-z_]+\"[^}]*\\} [1-9]"));
    }

    [Test]
    [Description("C11: labels of raw paths and methods made hundreds of thousands of series")]
    public async Task Wild_requests_leave_the_length_of_the_page_as_it_was()
    {
        await Wild(20, seed: 0);
        var before = Series(await Page());
        await Wild(1_000, seed: 1_000);

        Assert.That(Series(await Page()), Is.LessThanOrEqualTo(before + 5));
    }

    [Test]
    public async Task A_taken_address_is_told_with_the_name_of_its_setting()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";

        Assert.That(
            () => TestGateway.Start(new() { ["HOOP_METRICS_LISTEN"] = address }),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains("HOOP_METRICS_LISTEN").And.Message.Contains("already in use"));
    }

    [TestCase("http://127.0.0.1:9")]
    [TestCase("127.0.0.1:9464")]
    public void An_address_that_cannot_be_meant_is_told_at_the_start(string address) => Assert.That(
        () => TestGateway.Start(new() { ["HOOP_LISTEN"] = "http://127.0.0.1:9", ["HOOP_METRICS_LISTEN"] = address }),
        Throws.TypeOf<ConfigurationException>().With.Message.Contains("HOOP_METRICS_LISTEN"));

    private async Task Wild(int count, int seed)
    {
        for (var i = 0; i < count; i++)
        {
            using var request = new HttpRequestMessage(new HttpMethod($"WILD{seed + i}"), $"/{seed + i}/x?y={i}");
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {seed + i}");
            using var answer = await _gateway.Anonymous.SendAsync(request);
        }
    }

    private Task<string> Page() => _scraper.GetStringAsync("/metrics");

    private static int Series(string page) => page.Split('\n').Count(line => line.Length > 0 && line[0] != '#');

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
