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

    /// <summary>Connects and says hello.</summary>
    /// <param name="execute">Its answer; null leaves the gateway waiting.</param>
    /// <param name="knowsCancel">False: an agent of a version before that.</param>
    public static async Task<PlayedAgent> Connect(
        TestGateway gateway, string credential, Func<ExecutionRequest, Task<ExecutionResult>>? execute = null, bool knowsCancel = true)
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

        await agent.Hub.StartAsync();
        await agent.Hello();
        return agent;
    }

    public Task<AgentWelcome> Hello() => Hub.InvokeAsync<AgentWelcome>(nameof(IAgentGateway.Hello), Facts);

    public ValueTask DisposeAsync() => Hub.DisposeAsync();
}
