using Hoop.Cli.Agent.Channel;
using Hoop.Spiffe.Contracts.AgentChannel;
using Microsoft.AspNetCore.SignalR.Client;

namespace Hoop.Cli.Agent;

/// <summary>
/// Proves the agent's identity anew on a channel that stays open: whenever the file holds another SVID than the one that was proven last.
/// </summary>
internal sealed class CredentialRenewal(AgentOptions options, AgentLog log, TimeProvider time)
{
    /// <summary>Ends with the channel (null), or says why the channel cannot go on.</summary>
    /// <param name="proven">What the channel was opened with.</param>
    /// <param name="expiresAt">When the gateway will take that no longer.</param>
    public async Task<string?> Run(HubConnection hub, string proven, DateTimeOffset? expiresAt, CancellationToken cancellationToken)
    {
        var expiry = new ExpiryWatch(expiresAt, time);
        var problem = "";
        try
        {
            while (true)
            {
                await Task.Delay(expiry.NextLook(options.CredentialPoll), time, cancellationToken);
                problem = Refresh(problem);
                if (options.Credential.Current is { } fresh && !string.Equals(fresh, proven, StringComparison.Ordinal))
                {
                    if (await Prove(hub, fresh, cancellationToken))
                    {
                        expiry = new ExpiryWatch(options.Credential.ExpiresAt(), time);
                    }

                    proven = fresh;
                }
                else if (expiry.IsNear() && expiry.ExpiresAt is { } end)
                {
                    log.Warning($"the agent's SVID ends at {AgentLog.Moment(end)} and {options.Credential} holds no newer one");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The channel has ended.
            return null;
        }
        catch (Exception exception)
        {
            return $"the agent's identity could not be renewed: {exception.Message}";
        }
    }

    /// <summary>Reads the file. What is wrong with it is said once, not at every look.</summary>
    /// <param name="said">What was wrong the last time; empty: nothing.</param>
    private string Refresh(string said)
    {
        var problem = options.Credential.Refresh() ?? "";
        if (problem.Length > 0 && !string.Equals(problem, said, StringComparison.Ordinal))
        {
            log.Warning(problem);
        }

        return problem;
    }

    private async Task<bool> Prove(HubConnection hub, string fresh, CancellationToken cancellationToken)
    {
        var accepted = await hub.InvokeAsync<bool>(
            nameof(IAgentGateway.Renew), fresh, cancellationToken).WaitAsync(HubChannel.CallTimeout, time, cancellationToken);
        if (accepted)
        {
            var until = options.Credential.ExpiresAt() is { } end ? $", until {AgentLog.Moment(end)}" : "";
            log.Info($"renewed the agent's identity{until}");
        }
        else
        {
            log.Warning("the gateway refused the renewed SVID");
        }

        return accepted;
    }
}
