using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.Health;

public sealed class HealthTests
{
    private static readonly string[] Paths = ["/healthz", "/healthz/live", "/healthz/ready", "/api/healthz", "/v1/sys/health"];

    [Test]
    [Description("U22: HEAD /healthz/ready was 405")]
    public async Task Probes_may_ask_with_HEAD([ValueSource(nameof(Paths))] string path)
    {
        await using var gateway = await TestGateway.Start();
        using var head = await gateway.Anonymous.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.That(head.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await head.Content.ReadAsByteArrayAsync(), Is.Empty);
        Assert.That((await gateway.Anonymous.Get(path)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_token_that_nobody_knows_does_not_matter_to_a_probe()
    {
        await using var gateway = await TestGateway.Start();
        using var client = gateway.As("unknown-token-0123456789");
        foreach (var path in Paths)
        {
            Assert.That((await client.Get(path)).Status, Is.EqualTo(HttpStatusCode.OK), path);
        }
    }
}
