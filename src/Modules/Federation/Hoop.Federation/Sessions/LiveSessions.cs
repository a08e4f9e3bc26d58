using System.Collections.Concurrent;
using Hoop.Federation.OpenSessions;
using Hoop.Federation.Principals;
using Hoop.Shared.Secrets;
using Hoop.Spiffe.Contracts;

namespace Hoop.Federation.Sessions;

/// <summary>What a caller asks for.</summary>
/// <param name="Id">Chosen before anything is done, so that every row about it can name it.</param>
/// <param name="Verb"><c>exec</c> or <c>connect</c>.</param>
/// <param name="Credential">What the caller proved itself with, to be asked about again while the session lasts; null when the host
/// cannot say.</param>
internal sealed record SessionOrder(Guid Id, string Connection, string Verb, string? CorrelationId, SecretText? Credential);

/// <summary>A session that this gateway runs.</summary>
internal sealed class LiveSession(SessionOrder order, Caller caller) : IDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private volatile string? _endedMessage;
    private string? _endedFor;
    private long _bytesIn;
    private long _bytesOut;

    public Guid Id => order.Id;

    public Guid OrgId => caller.OrgId;

    public SessionOrder Order => order;

    public Caller Caller => caller;

    /// <summary>
    /// Only a verified address counts as one. A service account is known by its subject; what an API token is called, its maker chose.
    /// </summary>
    public static SessionUser UserOf(Caller caller) => caller.Kind switch
    {
        CallerKind.User => new SessionUser(caller.Email ?? "", caller.Subject),
        CallerKind.ServiceAccount => new SessionUser(caller.Email ?? caller.Subject, caller.Subject) { Mount = caller.Alias.Mount },
        _ => new SessionUser("", caller.Alias.ToString()),
    };

    public SessionUser User { get; } = UserOf(caller);

    /// <summary>By the clock's timestamps: when the caller was last known to be let in.</summary>
    public long ProvenAt { get; set; } = TimeProvider.System.GetTimestamp();

    /// <summary>The question that was asked last whether the caller is still let in.</summary>
    public Task Check { get; set; } = Task.CompletedTask;

    /// <summary>The number of announcements, and the clock's timestamp, when it was asked.</summary>
    public (long Changes, long At) CheckedAt { get; set; } = (-1, 0);

    /// <summary>Its row is committed, so a row that is missing says something.</summary>
    public bool IsOnRecord { get; set; }

    /// <summary>Cancelled when the session has to end.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>One of <see cref="EndReason"/>; null while nobody has ended it.</summary>
    public string? EndedFor => Volatile.Read(ref _endedFor);

    /// <summary>More about that for people, when there is more to say.</summary>
    public string? EndedMessage => _endedMessage;

    /// <summary>Credentials to come; null when it has none that end.</summary>
    public IAgentFiles? Fresh { get; set; }

    /// <summary>Completes when nothing of it runs any more and its row says so.</summary>
    public TaskCompletionSource Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long BytesIn => Interlocked.Read(ref _bytesIn);

    public long BytesOut => Interlocked.Read(ref _bytesOut);

    public void CountIn(long bytes) => Interlocked.Add(ref _bytesIn, bytes);

    public void CountOut(long bytes) => Interlocked.Add(ref _bytesOut, bytes);

    /// <summary>The first reason stays.</summary>
    public void End(string reason, string? message = null)
    {
        if (Interlocked.CompareExchange(ref _endedFor, reason, null) is not null)
        {
            return;
        }

        _endedMessage = message;

        try
        {
            // On threads of their own: what ends the command must not hold up whoever ends the session.
            _ = _ending.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It was over a moment ago.
        }
    }

    public void Dispose() => _ending.Dispose();
}

/// <summary>The sessions that this gateway runs. Each costs memory, so both a caller and an organization have an end.</summary>
internal sealed class LiveSessions(SessionLimits limits)
{
    private readonly ConcurrentDictionary<Guid, LiveSession> _all = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<(Guid OrgId, string? Caller), int> _counts = [];

    /// <summary>Names this gateway process in the rows of its sessions.</summary>
    public Guid GatewayId { get; } = RowId.Next();

    public IReadOnlyCollection<LiveSession> All => [.. _all.Values];

    /// <summary>False when the caller or its organization has as many as it may.</summary>
    public bool TryAdd(LiveSession session)
    {
        var (ofOrganization, ofCaller) = ((session.OrgId, (string?)null), (session.OrgId, session.Caller.Alias.ToString()));
        lock (_gate)
        {
            if (_counts.GetValueOrDefault(ofOrganization) >= limits.PerOrganization
                || _counts.GetValueOrDefault(ofCaller) >= limits.PerCaller
                || !_all.TryAdd(session.Id, session))
            {
                return false;
            }

            _counts[ofOrganization] = _counts.GetValueOrDefault(ofOrganization) + 1;
            _counts[ofCaller] = _counts.GetValueOrDefault(ofCaller) + 1;
            return true;
        }
    }

    public void Remove(LiveSession session)
    {
        lock (_gate)
        {
            if (_all.TryRemove(session.Id, out _))
            {
                Subtract((session.OrgId, null));
                Subtract((session.OrgId, session.Caller.Alias.ToString()));
            }
        }
    }

    private void Subtract((Guid OrgId, string? Caller) key)
    {
        if (--_counts[key] == 0)
        {
            _counts.Remove(key);
        }
    }
}
