using System.Collections.Concurrent;
using Hoop.Cli.Agent.Channel;
using Hoop.Spiffe.Contracts.AgentChannel;
using Hoop.Testing;
using Microsoft.AspNetCore.SignalR.Client;

namespace Hoop.Spiffe.Tests.Channels;

/// <summary>An agent whose every word the test chooses: old, hostile, mute.</summary>
internal sealed class PlayedAgent : IAsyncDisposable
{
    private static readonly AgentHello Facts = new("played", "0.0.0", "linux/x64", "", "", []);

    /// <summary>What it says that it can do; an old agent says nothing.</summary>
    public IReadOnlyList<string>? Features { get; set; }

    /// <summary>What the gateway sent it of a stream: frames of input, orders, acknowledgements.</summary>
    public ConcurrentQueue<string> Told { get; } = [];

    public long InputBytes;

    /// <summary>What it waits for before it says that it has read so far.</summary>
    public Task Reads { get; set; } = Task.CompletedTask;

    private PlayedAgent(HubConnection hub) => Hub = hub;

    public HubConnection Hub { get; }

    /// <summary>What the gateway asked for.</summary>
    public TaskCompletionSource<ExecutionRequest> Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What it asked to end.</summary>
    public TaskCompletionSource<Guid> Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Why the gateway closed the channel.</summary>
    public TaskCompletionSource<string> Closing { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Connects and says hello.</summary>
    /// <param name="execute">Its answer; null leaves the gateway waiting.</param>
    /// <param name="knowsCancel">False: an agent of a version before that.</param>
    /// <param name="hello">False: connects and says nothing.</param>
    public static async Task<PlayedAgent> Connect(
        TestGateway gateway, string credential, Func<ExecutionRequest, Task<ExecutionResult>>? execute = null, bool knowsCancel = true,
            bool hello = true, IReadOnlyList<string>? features = null)
    {
        var agent = new PlayedAgent(HubChannel.Create(new Uri(gateway.Address, AgentChannelPath.Path), credential));
        agent.Hub.On<ExecutionRequest, ExecutionResult>(nameof(IAgentClient.Execute), request =>
        {
            agent.Asked.TrySetResult(request);
            if (request.Stream is not null)
            {
                _ = agent.Hub.SendAsync(nameof(IAgentGateway.Started), request.Id);
            }

            return execute?.Invoke(request) ?? new TaskCompletionSource<ExecutionResult>().Task;
        });
        if (knowsCancel)
        {
            agent.Hub.On<Guid>(nameof(IAgentClient.Cancel), id => agent.Cancelled.TrySetResult(id));
        }

        agent.Hub.On<Guid, byte[]>(nameof(IAgentClient.Input), (_, data) => { Interlocked.Add(ref agent.InputBytes, data.Length); });
        agent.Hub.On<bool>(nameof(IAgentClient.Reached), async () =>
        {
            await agent.Reads;
            return true;
        });
        agent.Hub.On<Guid>(nameof(IAgentClient.EndOfInput), _ => agent.Told.Enqueue("end"));
        agent.Hub.On<Guid, int>(nameof(IAgentClient.Taken), (_, bytes) => agent.Told.Enqueue($"taken {bytes}"));
        agent.Hub.On<Guid, int, int>(nameof(IAgentClient.Resize), (_, columns, rows) => agent.Told.Enqueue($"resize {columns} {rows}"));
        agent.Hub.On<Guid, string>(nameof(IAgentClient.Signal), (_, signal) => agent.Told.Enqueue($"signal {signal}"));
        agent.Hub.On<string>(nameof(IAgentClient.Closing), reason => agent.Closing.TrySetResult(reason));
        agent.Hub.Closed += _ =>
        {
            agent.Closing.TrySetResult("closed");
            agent.Closed.TrySetResult();
            return Task.CompletedTask;
        };
        agent.Features = features;
        await agent.Hub.StartAsync();
        if (hello)
        {
            await agent.Hello();
        }

        return agent;
    }

    public Task<AgentWelcome> Hello() => Hub.InvokeAsync<AgentWelcome>(nameof(IAgentGateway.Hello), Facts with { Features = Features });

    public Task<bool> Renew(string token) => Hub.InvokeAsync<bool>(nameof(IAgentGateway.Renew), token);

    public Task Output(Guid id, int stream, byte[] data) => Hub.SendAsync(nameof(IAgentGateway.Output), id, stream, data);

    public Task Heartbeat() => Hub.InvokeAsync(nameof(IAgentGateway.Heartbeat));

    public ValueTask DisposeAsync() => Hub.DisposeAsync();
}
