using Hoop.Spiffe.Contracts.AgentChannel;
using Microsoft.AspNetCore.SignalR.Client;

namespace Hoop.Cli.Agent.Channel;

/// <summary>
/// The output of all streamed commands of one channel, on its way to the gateway: one frame at a time, and at most two marks ahead of what
/// the gateway has read (<see cref="StreamRules.Mark"/>). Results and heartbeats do not wait here, so they overtake what does.
/// </summary>
#pragma warning disable CA1001 // Nobody takes the semaphore's wait handle.
internal sealed class OutgoingData(HubConnection hub, CancellationToken session)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Task _open = Task.CompletedTask;
    private Task _last = Task.CompletedTask;
    private int _unmarked;

    /// <summary>Ends when the frame is on its way and the next one may follow.</summary>
    /// <param name="stopping">Of the command: nobody wants its frames any more.</param>
    public async Task Send(Guid id, int stream, byte[] data, CancellationToken stopping)
    {
        await _turn.WaitAsync(stopping);
        try
        {
            await _open.WaitAsync(stopping);
            _unmarked += data.Length;
            if (_unmarked < StreamRules.Mark)
            {
                await hub.SendAsync(nameof(IAgentGateway.Output), id, stream, data, session);
                return;
            }

            // A call that is answered is the question; whatever is sent next comes after it.
            (_unmarked, _open, _last) = (0, _last, Ask(id, stream, data));
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task Ask(Guid id, int stream, byte[] data)
    {
        try
        {
            await hub.InvokeAsync(nameof(IAgentGateway.Output), id, stream, data, session);
        }
        catch (Exception)
        {
            // The channel is going, and all commands with it.
        }
    }
}
