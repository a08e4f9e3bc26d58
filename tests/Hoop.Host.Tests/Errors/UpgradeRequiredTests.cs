using System.Net;
using System.Net.WebSockets;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.Errors;

/// <summary>An agent's channel asked without <c>Upgrade</c>: mostly a proxy that does not pass it on (wild case 55).</summary>
public sealed class UpgradeRequiredTests
{
    private TestGateway _gateway = null!;
    private string _key = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start();
        _key = (await _gateway.Operator.Post("/api/agents", new { name = "web" })).Text("token")!;
    }

    [OneTimeTearDown]
    public Task Stop() => _gateway.DisposeAsync().AsTask();

    [Test]
    public async Task A_plain_request_is_told_what_is_missing([Values("GET", "POST", "DELETE")] string method)
    {
        using var agent = _gateway.As(_key);
        var reply = await agent.Send(new HttpMethod(method), "/api/agents/channel");

        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.UpgradeRequired, "upgrade_required")));
        Assert.That(reply.Message, Does.Contain("WebSocket").And.Contain("proxy"));
        Assert.That(reply.Response.Headers.Upgrade.Single().Name, Is.EqualTo("websocket"));
    }

    [Test]
    public async Task An_upgrade_to_something_else_is_none()
    {
        var answer = await RawHttp.Send(_gateway.Address, $"GET /api/agents/channel HTTP/1.1\nHost: a\nUpgrade: h2c\nConnection: Upgrade, close\nAuthorization: Bearer {_key}\n\n");
        Assert.That(RawHttp.StatusOf(answer), Is.EqualTo(426));
    }

    [Test]
    public async Task A_real_one_gets_through()
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {_key}");
        await socket.ConnectAsync(new Uri($"ws://{_gateway.Address.Authority}/api/agents/channel"), CancellationToken.None);
        Assert.That(socket.State, Is.EqualTo(WebSocketState.Open));
        socket.Abort();
    }

    [Test]
    public async Task A_stranger_s_upgrade_is_refused_as_a_stranger_s()
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThatAsync(() => socket.ConnectAsync(new Uri($"ws://{_gateway.Address.Authority}/api/agents/channel"), CancellationToken.None), Throws.InstanceOf<WebSocketException>());
        Assert.That(socket.HttpStatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }
}
