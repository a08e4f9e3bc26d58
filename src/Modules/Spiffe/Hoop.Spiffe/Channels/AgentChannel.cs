using System.Collections.Concurrent;
using Hoop.Spiffe.Contracts.AgentChannel;
using Microsoft.AspNetCore.SignalR;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// As whom a channel is connected, and by which credential: one value, so that nobody sees the new one beside the old other.
/// </summary>
/// <param name="Credential">Asked about again whenever it may have lost its worth. Kept in memory only.</param>
internal sealed record Standing(string Credential, AuthenticatedAgent Agent)
{
    /// <summary>The credential is never printed.</summary>
    public override string ToString() => $"{nameof(Standing)} {{ Agent = {Agent.AgentName} }}";
}

/// <summary>A live channel to one replica of an agent, held by this gateway.</summary>
internal sealed class AgentChannel(HubCallerContext context, IAgentClient client, Standing standing, TimeProvider clock)
{
    /// <summary>
    /// So many bad messages in <see cref="MisconductWindow"/> end the channel; a newer agent's call that this gateway does not know is one.
    /// </summary>
    private const int MisconductLimit = 3;

    private static readonly TimeSpan MisconductWindow = TimeSpan.FromMinutes(1);

    /// <summary>How long the agent may take to be told why; then it is cut off.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly Queue<long> _misconduct = [];
    private volatile Standing _standing = standing;
    private volatile AgentHello? _facts;
    private long _heardAt = clock.GetTimestamp();
    private int _inFlight;
    private Task? _closing;

    public Guid Id { get; } = RowId.Next();

    public string ConnectionId => context.ConnectionId;

    public IAgentClient Client { get; } = client;

    /// <summary>Replaced whole when a fresh credential proves the same agent anew.</summary>
    public Standing Standing => _standing;

    public AuthenticatedAgent Agent => _standing.Agent;

    /// <summary>What the agent said of itself; null until its row and the audit row are committed.</summary>
    public AgentHello? Facts => _facts;

    /// <summary>When it last said hello, by the clock's timestamp. Calls of one channel come one by one.</summary>
    public long HelloAt { get; private set; }

    /// <summary>It is on record, so it may get work.</summary>
    public bool Counts => _facts is not null && !IsClosing;

    /// <summary>The bytes of its streamed commands, by the command's id.</summary>
    public ConcurrentDictionary<Guid, ChannelStream> Streams { get; } = new();

    /// <summary>The bytes of all of them, on their way to the agent.</summary>
    public DataTurns Data { get; } = new(client);

    /// <summary>Of commands that were cancelled, and whose end the agent has not confirmed.</summary>
    public UnconfirmedCalls Unconfirmed { get; } = new(clock);

    /// <summary>Cancelled when the connection has ended: nothing comes from it any more.</summary>
    public CancellationToken Gone => context.ConnectionAborted;

    /// <summary>Commands that it has not answered.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public bool IsClosing => Volatile.Read(ref _closing) is not null;

    /// <summary>Why this gateway closes it; null while it does not.</summary>
    public string? ClosedFor { get; private set; }

    /// <summary>Since it connected, or the agent's own code last showed a sign of life.</summary>
    public TimeSpan Silence => clock.GetElapsedTime(Interlocked.Read(ref _heardAt));

    /// <summary>The credential is never printed.</summary>
    public override string ToString() => $"channel {Id} of agent {Agent.AgentName}";

    /// <summary>The rows are committed.</summary>
    public void Open(AgentHello facts)
    {
        HelloAt = clock.GetTimestamp();
        _facts = facts;
        Heard();
    }

    /// <summary>Takes a fresh credential of the same identity.</summary>
    public void Renew(Standing standing) => _standing = standing;

    public void Heard() => Interlocked.Exchange(ref _heardAt, clock.GetTimestamp());

    /// <summary>Notes a message that no agent of ours sends. True when that was one too many.</summary>
    public bool Misbehaved()
    {
        lock (_gate)
        {
            while (_misconduct.TryPeek(out var oldest) && clock.GetElapsedTime(oldest) > MisconductWindow)
            {
                _misconduct.Dequeue();
            }

            _misconduct.Enqueue(clock.GetTimestamp());
            return _misconduct.Count >= MisconductLimit;
        }
    }

    /// <summary>Sends a command. The task ends with the agent's answer, with the channel, or when nobody waits for it any more.</summary>
    /// <param name="givenUp">The answer will not be looked at; the command is not told.</param>
    [Effect("runs a command on an agent")]
    public async Task<ExecutionResult> Execute(ExecutionRequest request, CancellationToken givenUp)
    {
        Interlocked.Increment(ref _inFlight);
        try
        {
            return await Client.Execute(request, givenUp);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    /// <summary>
    /// Takes the channel out of service at once; tells the agent why and cuts the connection on a task of its own, which only a
    /// stopping gateway waits for. So an agent that does not listen delays nobody.
    /// </summary>
    public Task Close(string reason)
    {
        lock (_gate)
        {
            ClosedFor ??= reason;
            return _closing ??= Task.Run(() => Part(reason));
        }
    }

    private async Task Part(string reason)
    {
        try
        {
            await Client.Closing(reason).WaitAsync(Farewell);

            // It is written, and not yet sent: with the connection it would be lost. An agent that has heard it leaves by itself.
            await Task.Delay(Farewell, context.ConnectionAborted);
        }
        catch (Exception)
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

    /// <summary>The agent or its organization has as many channels as it may.</summary>
    public const string TooMany = "too_many_channels";

    /// <summary>No hello in time.</summary>
    public const string NoHello = "no_hello";

    /// <summary>Three heartbeats missed.</summary>
    public const string Silent = "heartbeat_missed";

    /// <summary>Messages that no agent of this protocol sends.</summary>
    public const string Misconduct = "protocol_violation";
}
