using Hoop.Spiffe.Contracts.AgentChannel;
using Microsoft.AspNetCore.SignalR;

namespace Hoop.Spiffe.Channels;

/// <summary>A live channel to one replica of an agent, held by this gateway.</summary>
internal sealed class AgentChannel(HubCallerContext context, IAgentClient client, string credential, AuthenticatedAgent agent)
{
    private int _inFlight;
    private int _closing;

    public Guid Id { get; } = Guid.CreateVersion7();

    public string ConnectionId => context.ConnectionId;

    public IAgentClient Client { get; } = client;

    /// <summary>As whom the agent is connected. Replaced whole when a fresh credential proves it anew.</summary>
    public AuthenticatedAgent Agent { get; private set; } = agent;

    /// <summary>The credential that is asked about again whenever it may have lost its worth. Kept in memory only.</summary>
    public string Credential { get; private set; } = credential;

    /// <summary>Commands that run on it now.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public bool IsClosing => Volatile.Read(ref _closing) == 1;

    /// <summary>The credential is never printed.</summary>
    public override string ToString() => $"channel {Id} of agent {Agent.AgentName}";

    /// <summary>Takes a fresh credential of the same agent.</summary>
    public void Renew(string credential, AuthenticatedAgent agent) => (Credential, Agent) = (credential, agent);

    /// <summary>Sends a command. The task ends with the agent's answer or with the channel, whoever still waits for it.</summary>
    public async Task<ExecutionResult> Execute(ExecutionRequest request)
    {
        Interlocked.Increment(ref _inFlight);
        try
        {
            return await Client.Execute(request);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    /// <summary>Tells the agent why, then cuts the connection; an agent that does not listen is cut all the same.</summary>
    public async Task Close(string reason)
    {
        if (Interlocked.Exchange(ref _closing, 1) == 1)
        {
            return;
        }

        try
        {
            await Client.Closing(reason).WaitAsync(TimeSpan.FromMilliseconds(200));
        }
        catch (Exception exception) when (exception is TimeoutException or IOException or HubException or InvalidOperationException or OperationCanceledException)
        {
            // The connection is going away in any case.
        }

        context.Abort();
    }
}

/// <summary>Why the gateway closes a channel; the words are API.</summary>
internal static class ClosingReason
{
    public const string Expired = "credential_expired";

    public const string Revoked = "credential_revoked";

    public const string Changed = "mapping_changed";

    public const string ShuttingDown = "gateway_stopping";
}
