using System.Threading.Channels;
using Hoop.Spiffe.Contracts;
using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// The bytes of one command on one channel. The hub's calls only put down what came, because whatever waits there holds up the whole
/// channel; how much may lie here is bounded by the window, and an agent that sends more breaks the protocol.
/// </summary>
#pragma warning disable CA1001, CA1711 // Nobody takes the semaphores' wait handles; and a stream on a channel is what it is.
internal sealed class ChannelStream(Guid id, IAgentClient client, IAgentStreams streams)
#pragma warning restore CA1001, CA1711
{
    // Of the kind that can count; the one for a single reader cannot.
    private readonly Channel<(int Stream, byte[] Data)> _output = Channel.CreateUnbounded<(int, byte[])>();

    private readonly SemaphoreSlim _arrived = new(0);
    private readonly SemaphoreSlim _taken = new(0);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _held;
    private long _received;
    private long _written;
    private long _inputUnderWay;

    /// <summary>Bytes that went on to the caller.</summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>From the agent: it knows the command.</summary>
    public void Begin() => _begun.TrySetResult();

    /// <summary>From the agent. False: more than it may send.</summary>
    public bool TryTake(int stream, byte[] data)
    {
        if (data.Length is 0 or > StreamRules.LargestFrame
            || stream is not (OutputKind.Standard or OutputKind.Error)
            || Interlocked.Add(ref _held, data.Length) > StreamRules.Window)
        {
            return false;
        }

        Interlocked.Add(ref _received, data.Length);
        _output.Writer.TryWrite((stream, data));
        return true;
    }

    /// <summary>From the agent: bytes of input went into the program. False: more than were sent.</summary>
    public bool TryAcknowledge(int bytes)
    {
        if (bytes <= 0 || Interlocked.Add(ref _inputUnderWay, -bytes) < 0)
        {
            return false;
        }

        _taken.Release();
        return true;
    }

    /// <summary>Both directions and the orders, until <paramref name="cancellationToken"/> ends them.</summary>
    /// <returns>Fails as soon as one of them does.</returns>
    public async Task Pump(CancellationToken cancellationToken)
    {
        var pumps = new[] { PumpOutput(cancellationToken), PumpInput(cancellationToken), PumpOrders(cancellationToken) };
        await foreach (var ended in Task.WhenEach(pumps))
        {
            await ended;
        }
    }

    /// <summary>Waits until as many bytes as the agent has sent are written. False: they did not all come.</summary>
    public async Task<bool> Drain(long sent, TimeSpan patience, TimeProvider clock, CancellationToken cancellationToken)
    {
        // The result of a call may overtake the calls before it, and only them.
        while (Interlocked.Read(ref _received) < sent)
        {
            var before = Interlocked.Read(ref _received);
            using var limit = new CancellationTokenSource(patience, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await _arrived.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (limit.IsCancellationRequested && before == Interlocked.Read(ref _received))
            {
                return false;
            }
        }

        while (Written < Interlocked.Read(ref _received))
        {
            await _arrived.WaitAsync(cancellationToken);
        }

        return Written == sent;
    }

    private async Task PumpOutput(CancellationToken cancellationToken)
    {
        var unsaid = 0;
        await foreach (var (stream, data) in _output.Reader.ReadAllAsync(cancellationToken))
        {
            await streams.Write(stream == OutputKind.Error, data, cancellationToken);
            Interlocked.Add(ref _held, -data.Length);
            Interlocked.Add(ref _written, data.Length);
            _arrived.Release();
            unsaid += data.Length;
            if (unsaid >= StreamRules.Window / 4 || _output.Reader.Count == 0)
            {
                await client.Taken(id, unsaid);
                unsaid = 0;
            }
        }
    }

    private async Task PumpInput(CancellationToken cancellationToken)
    {
        await _begun.Task.WaitAsync(cancellationToken);
        while (await streams.Read(cancellationToken) is { } bytes)
        {
            while (!bytes.IsEmpty)
            {
                var frame = bytes[..Math.Min(bytes.Length, StreamRules.LargestFrame)];
                while (Interlocked.Read(ref _inputUnderWay) + frame.Length > StreamRules.Window)
                {
                    await _taken.WaitAsync(cancellationToken);
                }

                Interlocked.Add(ref _inputUnderWay, frame.Length);
                await client.Input(id, frame.ToArray());
                bytes = bytes[frame.Length..];
            }
        }

        await client.EndOfInput(id);
    }

    private async Task PumpOrders(CancellationToken cancellationToken)
    {
        await _begun.Task.WaitAsync(cancellationToken);
        while (await streams.Order(cancellationToken) is { } order)
        {
            await (order.Signal is { } signal ? client.Signal(id, signal) : client.Resize(id, order.Columns, order.Rows));
        }
    }
}
