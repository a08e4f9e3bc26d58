using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.Allocations;

/// <summary>
/// What a request allocates, from socket to socket, so that what was saved does not come back unseen. The ceilings have some margin; who
/// hits one looks at what was added to every request.
/// </summary>
[NonParallelizable]
public sealed class AllocationTests
{
    private TestGateway _gateway = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        // As it is measured: lines of requests are not written.
        _gateway = await TestGateway.Start(new() { ["HOOP_LOG_LEVEL"] = "warning" });
        await _gateway.Remembers();
    }

    [OneTimeTearDown]
    public Task Stop() => _gateway.DisposeAsync().AsTask();

    [Test]
    public void A_remembered_caller_is_told_who_it_is_within_3_kB()
    {
        using var connection = new OneConnection(_gateway.Address);
        var bytes = connection.BytesOfOne(OneConnection.Get("/api/userinfo", TestGateway.AdminToken), 2000, 5000);
        Assert.That(connection.Last, Does.StartWith("HTTP/1.1 200 OK\r\n").And.Contain("\"kind\":\"operator\""));
        Assert.That(bytes, Is.GreaterThan(0).And.LessThanOrEqualTo(3_000));
        TestContext.Out.WriteLine($"{bytes} bytes");
    }

    [Test]
    public async Task A_resolve_stays_within_11_kB()
    {
        var agent = await _gateway.Operator.Send(HttpMethod.Post, "/api/agents", new { name = "web" });
        await _gateway.Operator.Send(HttpMethod.Post, "/api/spiffe-mappings", new
        {
            trust_domain = "example.com",
            spiffe_prefix = "spiffe://example.com/agent/",
            agent_id = agent["id"].GetString(),
        });
        using var connection = new OneConnection(_gateway.Address);
        var request = OneConnection.Post(
            "/api/spiffe-mappings/resolve", TestGateway.AdminToken, """{ "spiffe_id": "spiffe://example.com/agent/web" }""");
        var bytes = connection.BytesOfOne(request, 1000, 2000);
        Assert.That(connection.Last, Does.StartWith("HTTP/1.1 200 OK\r\n").And.Contain("\"agent_name\":\"web\""));
        Assert.That(bytes, Is.GreaterThan(0).And.LessThanOrEqualTo(11_264));
        TestContext.Out.WriteLine($"{bytes} bytes");
    }
}
