using System.Net.WebSockets;
using System.Text;
using Hoop.Spiffe.Contracts.AgentChannel;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>A gateway in a small container once died of 60 unfinished messages.</summary>
internal sealed class SmallHeapTests
{
    private string _folder = null!;

    [OneTimeSetUp]
    public void Create() => _folder = Directory.CreateTempSubdirectory("hoop-heap-").FullName;

    [OneTimeTearDown]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestCase("", Description = "nonsense without end")]
    [TestCase("{\"type\":1,\"invocationId\":\"1\",\"target\":\"", Description = "a call of an endless name")]
    [TestCase("{\"type\":3,\"invocationId\":\"s1\",\"result\":{\"output\":\"", Description = "the result of no command")]
    public async Task Sixty_channels_of_eight_megabytes_leave_the_gateway_alive_and_serving(string beginning)
    {
        await using var database = await TestPostgres.CreateDatabase();
        await using var gateway = await RunningGateway.Start(
            Directory.CreateDirectory(Path.Combine(_folder, Guid.NewGuid().ToString("N"))).FullName, database.Connection,
                ("DOTNET_GCHeapHardLimit", "0x10000000"), ("HOOP_AGENT_CHANNELS", "60"));
        var created = await gateway.Operator.Post("/api/agents", new { name = "greedy" });
        var key = new Uri(created.Text("token")!).UserInfo.Split(':')[1];

        var floods = Enumerable.Range(0, 60).Select(_ => Flood(gateway.Address, key, beginning)).ToArray();
        for (var call = 0; call < 20; call++)
        {
            Assert.That((int)(await gateway.Operator.Get("/api/agents")).Status, Is.EqualTo(200));
        }

        await Task.WhenAll(floods).WaitAsync(ChildProcess.Limit);
        Assert.That((int)(await gateway.Operator.Get("/api/userinfo")).Status, Is.EqualTo(200));
        Assert.That(gateway.Process.Output.Concat(gateway.Process.Errors), Has.None.Contain("OutOfMemory"));
        Assert.That(await gateway.Process.End(ChildProcess.SigTerm), Is.Zero);
    }

    /// <summary>Until it is cut off, or eight megabytes are sent.</summary>
    private static async Task Flood(Uri gateway, string key, string beginning)
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
        var piece = Encoding.ASCII.GetBytes(new string('x', 64 * 1024));
        try
        {
            await socket.ConnectAsync(new UriBuilder(gateway) { Scheme = "ws", Path = AgentChannelPath.Path }.Uri, CancellationToken.None);
            await socket.SendAsync(
                Encoding.ASCII.GetBytes("{\"protocol\":\"json\",\"version\":1}\u001e" + beginning),
                WebSocketMessageType.Text,
                endOfMessage: false,
                CancellationToken.None);
            for (var sent = 0; sent < 8 * 1024 * 1024; sent += piece.Length)
            {
                await socket.SendAsync(piece, WebSocketMessageType.Text, endOfMessage: false, CancellationToken.None);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or IOException)
        {
            // Cut off.
        }
    }
}
