using Hoop.Cli.Agent.Channel;
using Hoop.Spiffe.Contracts.AgentChannel;
using Hoop.Testing;
using Microsoft.AspNetCore.SignalR.Client;

namespace Hoop.Spiffe.Tests.Channels;

/// <summary>An agent whose every word the test chooses: old, hostile, mute.</summary>
internal sealed class PlayedAgent : IAsyncDisposable
{
    private static readonly AgentHello Facts = new("played", "0.0.0", "linux/x64", "", "", []);

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
            bool hello = true)
    {
        var agent = new PlayedAgent(HubChannel.Create(new Uri(gateway.Address, AgentChannelPath.Path), credential));
        agent.Hub.On<ExecutionRequest, ExecutionResult>(nameof(IAgentClient.Execute), request =>
        {
            agent.Asked.TrySetResult(request);
            return execute?.Invoke(request) ?? new TaskCompletionSource<ExecutionResult>().Task;
        });
        if (knowsCancel)
        {
            agent.Hub.On<Guid>(nameof(IAgentClient.Cancel), id => agent.Cancelled.TrySetResult(id));
        }

        agent.Hub.On<string>(nameof(IAgentClient.Closing), reason => agent.Closing.TrySetResult(reason));
        agent.Hub.Closed += _ =>
        {
            agent.Closing.TrySetResult("closed");
            agent.Closed.TrySetResult();
            return Task.CompletedTask;
        };
        await agent.Hub.StartAsync();
        if (hello)
        {
            await agent.Hello();
        }

        return agent;
    }

    public Task<AgentWelcome> Hello() => Hub.InvokeAsync<AgentWelcome>(nameof(IAgentGateway.Hello), Facts);

    public Task<bool> Renew(string token) => Hub.InvokeAsync<bool>(nameof(IAgentGateway.Renew), token);

    public Task Heartbeat() => Hub.InvokeAsync(nameof(IAgentGateway.Heartbeat));

    public ValueTask DisposeAsync() => Hub.DisposeAsync();
}
