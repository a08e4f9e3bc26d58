using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// What an agent sends, before SignalR reads it: counts the bytes of a message that is not complete yet, because SignalR keeps them
/// until it is. Its own limit is one number for all channels and all times, and has to let a command's result through.
/// </summary>
internal sealed class BoundedReader(ConnectionContext connection, AgentChannels channels, MessageBudget budget, TimeProvider clock)
    : PipeReader
{
    /// <summary>Not worth counting: every message is incomplete for a moment.</summary>
    private const int Uncounted = 4096;

    /// <summary>From its first counted byte to its last: whoever dribbles holds room that others need.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly ConnectionAbortedException TooSlow = new("a message was not complete in time");

    private readonly PipeReader _inner = connection.Transport.Input;
    private ReadOnlySequence<byte> _read;
    private long _taken;
    private bool _hasTurn;
    private ITimer? _deadline;

    /// <summary>Middleware of the connection: its own two ends, with this reader as the one.</summary>
    public static async Task Guard(
        ConnectionContext connection, AgentChannels channels, MessageBudget budget, TimeProvider clock, ConnectionDelegate next)
    {
        var reader = new BoundedReader(connection, channels, budget, clock);
        connection.Transport = new Ends(reader, connection.Transport.Output);
        try
        {
            await next(connection);
        }
        finally
        {
            reader.GiveBack();
        }
    }

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var result = await _inner.ReadAsync(cancellationToken);
        _read = result.Buffer;
        await Admit(result.Buffer.Length, cancellationToken);
        return result;
    }

    public override bool TryRead(out ReadResult result)
    {
        // SignalR does not read this way; a read that cannot wait for its turn is none.
        result = default;
        return false;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        // What is left is of a message that has only just begun, when one before it was complete.
        var left = _read.Slice(consumed).Length;
        if (left <= Uncounted || left < _read.Length)
        {
            GiveBack();
        }

        _read = default;
        _inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => _inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _inner.Complete(exception);

    /// <exception cref="InvalidDataException">Too much. SignalR ends the connection for it.</exception>
    private async ValueTask Admit(long length, CancellationToken cancellationToken)
    {
        if (length <= Uncounted || _hasTurn)
        {
            return;
        }

        _deadline ??= clock.CreateTimer(_ => connection.Abort(TooSlow), state: null, Patience, Timeout.InfiniteTimeSpan);
        if (length <= AgentLimits.LargestIdleMessage)
        {
            if (length > _taken && !budget.TryTake(length - _taken))
            {
                throw new InvalidDataException("the messages of all agents together take more memory than HOOP_AGENT_MEMORY_MB allows");
            }

            _taken = Math.Max(_taken, length);
            return;
        }

        if (channels.Find(connection.ConnectionId) is not { InFlight: > 0 } channel)
        {
            throw new InvalidDataException($"an agent without work sent a message of more than {AgentLimits.LargestIdleMessage} bytes");
        }

        // The wait has an end, since the deadline aborts the connection. The time for the message itself begins with its turn.
        await budget.TakeTurn(connection.ConnectionClosed);
        _hasTurn = true;
        _deadline.Change(Patience, Timeout.InfiniteTimeSpan);
    }

    private void GiveBack()
    {
        if (_taken > 0)
        {
            budget.GiveBack(_taken);
            _taken = 0;
        }

        if (_hasTurn)
        {
            _hasTurn = false;
            budget.GiveTurnBack();
        }

        _deadline?.Dispose();
        _deadline = null;
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
