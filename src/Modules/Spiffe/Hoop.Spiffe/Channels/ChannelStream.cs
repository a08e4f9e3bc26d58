using System.Buffers;
using System.IO.Pipelines;
using Hoop.Spiffe.Contracts;
using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// The bytes of one command on one channel. The hub's calls only put down what came, because whatever waits there holds up the whole
/// channel; how much may lie here is bounded by the window, and an agent that sends more breaks the protocol.
/// </summary>
#pragma warning disable CA1001, CA1711 // Nobody takes the semaphores' wait handles; and a stream on a channel is what it is.
internal sealed class ChannelStream(Guid id, AgentChannel channel, IAgentStreams streams)
#pragma warning restore CA1001, CA1711
{
    // Bytes and not frames: as many frames as there are bytes would take fifty times the window.
    private readonly Pipe _output = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));

    // How many bytes of which output follow each other there.
    private readonly Queue<(int Stream, int Length)> _runs = new();
    private readonly Lock _gate = new();
    private (int Stream, int Length) _first;
    private (int Stream, int Length) _last;
    private readonly SemaphoreSlim _moved = new(0);
    private readonly SemaphoreSlim _taken = new(0);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _held;
    private long _received;
    private long _written;
    private long _inputUnderWay;
    private volatile bool _broken;

    /// <summary>Bytes that went on to the caller.</summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>Bytes that came from the agent.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>From the agent: it knows the command.</summary>
    public void Begin() => _begun.TrySetResult();

    /// <summary>From the agent. False: more than it may send.</summary>
    public bool TryTake(int stream, byte[] data)
    {
        if (data.Length is 0 or > StreamRules.LargestFrame
            || stream is not (OutputKind.Standard or OutputKind.Error)
            || Interlocked.Add(ref _held, data.Length) > StreamRules.Window)
        {
            _broken = true;
            return false;
        }

        Interlocked.Add(ref _received, data.Length);
        Put(stream, data);
        _moved.Release();
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

    /// <summary>
    /// Waits until as many bytes as the agent has sent are written. False: others came than it says, and then nobody waits for the caller
    /// to take them.
    /// </summary>
    public async Task<bool> Drain(long sent, TimeSpan patience, TimeProvider clock, CancellationToken cancellationToken)
    {
        // The result of a call may overtake the calls before it, and only them; after the channel's end no more come.
        while (Received < sent)
        {
            var before = Received;
            using var limit = new CancellationTokenSource(patience, clock);
            using var any = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, channel.Gone, cancellationToken);
            await _moved.WaitAsync(any.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (any.IsCancellationRequested && before == Received)
            {
                return false;
            }
        }

        while (!IsWrong(sent) && Written < sent)
        {
            await _moved.WaitAsync(cancellationToken);
        }

        return !IsWrong(sent);
    }

    private bool IsWrong(long sent) => _broken || Received != sent;

    private async Task PumpOutput(CancellationToken cancellationToken)
    {
        var unsaid = 0;
        while (true)
        {
            var (stream, data) = await Next(cancellationToken);
            await streams.Write(stream == OutputKind.Error, data, cancellationToken);
            Interlocked.Add(ref _held, -data.Length);
            Interlocked.Add(ref _written, data.Length);
            _moved.Release();
            unsaid += data.Length;

            // What is not said yet is less than a quarter: the agent never waits for it.
            if (unsaid >= StreamRules.Window / 4)
            {
                await channel.Client.Taken(id, unsaid);
                unsaid = 0;
            }
        }
    }

    private void Put(int stream, byte[] data)
    {
        lock (_gate)
        {
            if (_last.Length > 0 && _last.Stream != stream)
            {
                _runs.Enqueue(_last);
                _last = default;
            }

            _last = (stream, _last.Length + data.Length);
            _output.Writer.Write(data);
            _ = _output.Writer.FlushAsync().AsTask();
        }
    }

    /// <summary>The next bytes of one output, as many as may go on at once.</summary>
    private async Task<(int Stream, byte[] Data)> Next(CancellationToken cancellationToken)
    {
        var read = await _output.Reader.ReadAsync(cancellationToken);
        lock (_gate)
        {
            if (_first.Length == 0 && !_runs.TryDequeue(out _first))
            {
                (_first, _last) = (_last, default);
            }

            var (stream, length) = _first;
            var piece = read.Buffer.Slice(0, Math.Min(Math.Min(length, StreamRules.LargestFrame), read.Buffer.Length));
            var data = piece.ToArray();
            _output.Reader.AdvanceTo(piece.End);
            _first = (stream, length - data.Length);
            return (stream, data);
        }
    }

    private async Task PumpInput(CancellationToken cancellationToken)
    {
        await _begun.Task.WaitAsync(cancellationToken);
        var asks = channel.Facts?.Features?.Contains(AgentFeatures.Marks) == true;
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
                await channel.Data.Send(id, frame.ToArray(), asks, cancellationToken);
                bytes = bytes[frame.Length..];
            }
        }

        await channel.Client.EndOfInput(id);
    }

    private async Task PumpOrders(CancellationToken cancellationToken)
    {
        await _begun.Task.WaitAsync(cancellationToken);
        while (await streams.Order(cancellationToken) is { } order)
        {
            await (order.Signal is { } signal
                ? channel.Client.Signal(id, signal)
                : channel.Client.Resize(id, order.Columns, order.Rows));
        }
    }
}
