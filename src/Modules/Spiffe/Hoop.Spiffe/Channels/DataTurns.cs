using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// The input of all commands of one channel, on its way to the agent: one frame at a time, and at most two marks ahead of what the agent
/// has read (<see cref="StreamRules.Mark"/>). Orders and ends do not wait here, so they overtake what does.
/// </summary>
#pragma warning disable CA1001 // Nobody takes the semaphore's wait handle.
internal sealed class DataTurns(IAgentClient client)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Task _open = Task.CompletedTask;
    private Task _last = Task.CompletedTask;
    private int _unmarked;

    /// <summary>Ends when the frame is on its way and the next one may follow.</summary>
    /// <param name="asks">The agent knows <see cref="IAgentClient.Reached"/>.</param>
    public async Task Send(Guid id, byte[] frame, bool asks, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await _open.WaitAsync(cancellationToken);
            await client.Input(id, frame);
            _unmarked += frame.Length;
            if (asks && _unmarked >= StreamRules.Mark)
            {
                (_unmarked, _open, _last) = (0, _last, Ask());
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task Ask()
    {
        try
        {
            await client.Reached();
        }
        catch (Exception)
        {
            // The channel is going, and whoever runs a command on it is told so otherwise.
        }
    }
}
