using Hoop.EndToEnd.Tests.Cli;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>
/// The agent as a process of its own that a gateway has taken in, and connections whose commands it runs.
/// <code>await using var agent = await ConnectedAgent.Start(gateway.Operator, folder);</code>
/// </summary>
internal sealed class ConnectedAgent : IAsyncDisposable
{
    private static int _names;

    private readonly HttpClient _operator;

    private ConnectedAgent(HttpClient operatorClient, string id, string key, ChildProcess process) =>
        (_operator, Id, Key, Process) = (operatorClient, id, key, process);

    public string Id { get; }

    /// <summary>What <c>HOOP_KEY</c> holds.</summary>
    public string Key { get; }

    public ChildProcess Process { get; }

    /// <summary>Makes the agent and starts it.</summary>
    /// <param name="home">Its home, which stays when it ends.</param>
    public static async Task<ConnectedAgent> Start(
        HttpClient operatorClient, string home, string name = "web", params string[] flags)
    {
        var created = await operatorClient.Post("/api/agents", new { name });
        Assert.That((int)created.Status, Is.EqualTo(201), created.Message);
        var key = created.Text("token")!;
        return new ConnectedAgent(operatorClient, created.Text("id")!, key, await Run(key, home, name, flags));
    }

    /// <summary>The process alone, of an agent that was made before; connected when the task ends.</summary>
    public static async Task<ChildProcess> Run(string key, string home, string name = "web", params string[] flags)
    {
        var process = ChildProcess.Start(
            HoopProgram.Path, home, new Dictionary<string, string>(StringComparer.Ordinal) { ["HOOP_KEY"] = key },
            ["start", "agent", .. flags]);
        try
        {
            await process.Said($"as agent {name}");
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>A new connection whose command runs here; answers its name.</summary>
    public Task<string> Connection(params string[] command) => Connection(secret: null, command);

    /// <summary>The same with secrets, each in base64 under its kind and name.</summary>
    public async Task<string> Connection(Dictionary<string, string>? secret, params string[] command)
    {
        var name = $"connection-{Interlocked.Increment(ref _names)}";
        var reply = await _operator.Post(
            "/api/connections", new { name, type = "custom", command, agent_id = Id, secret = secret ?? [] });
        Assert.That((int)reply.Status, Is.EqualTo(201), reply.Message);
        return name;
    }

    /// <summary>Waits until the one session of a connection runs; answers its id.</summary>
    public async Task<string> Running(string connection) => await SessionOf(connection, "running", "the session does not run");

    /// <summary>Waits until the row of a connection's one session says that it ended.</summary>
    public async Task Ended(string connection) => await SessionOf(connection, "ended", "the row does not say that the session ended");

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    private async Task<string> SessionOf(string connection, string status, string otherwise)
    {
        Reply sessions = null!;
        await Eventually.True(
            async () => (sessions = await _operator.Get($"/api/sessions?connection={connection}&status={status}"))
                .Body.GetArrayLength() == 1,
            otherwise);
        return sessions.Body[0].GetProperty("id").GetString()!;
    }
}
