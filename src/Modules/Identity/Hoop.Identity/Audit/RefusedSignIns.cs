using Hoop.Identity.Contracts;

namespace Hoop.Identity.Audit;

/// <summary>
/// Refused sign-ins since the last row, by source, kind of credential and reason. What is counted is bounded: beyond
/// <see cref="MostKinds"/> different ones the rest share a row, so that nobody without an account can fill the trail. What a refused
/// credential claims to be is not noted: it proved nothing.
/// </summary>
internal sealed class RefusedSignIns(TimeProvider clock)
{
    public const int MostKinds = 50;

    private static readonly SignInRefused Others = new("others", "any", "others");

    private readonly Lock _lock = new();
    private Dictionary<SignInRefused, Tally> _tallies = [];

    /// <summary>Since the oldest refusal that is not written yet; null without any.</summary>
    public TimeSpan? Lag
    {
        get
        {
            lock (_lock)
            {
                return _tallies.Count == 0 ? null : clock.GetUtcNow() - _tallies.Values.Min(tally => tally.First);
            }
        }
    }

    public void Note(SignInRefused refused)
    {
        var (kind, now) = (refused with { Source = AuditText.Clean(refused.Source, 64) }, clock.GetUtcNow());
        lock (_lock)
        {
            Add(kind, new Tally(1, now, now));
        }
    }

    /// <summary>The rows that are due; the count begins anew.</summary>
    public IReadOnlyList<AuditEntry> Take() => [.. TakeAll().Select(refused => EntryOf(refused.Key, refused.Value))];

    /// <summary>Writes the rows that are due. What is not written stays counted, for the next time.</summary>
    public async Task Write(Func<AuditEntry, Task> write)
    {
        var due = TakeAll();
        try
        {
            foreach (var (kind, tally) in due.ToArray())
            {
                await write(EntryOf(kind, tally));
                due.Remove(kind);
            }
        }
        finally
        {
            lock (_lock)
            {
                foreach (var (kind, tally) in due)
                {
                    Add(kind, tally);
                }
            }
        }
    }

    private Dictionary<SignInRefused, Tally> TakeAll()
    {
        lock (_lock)
        {
            var taken = _tallies;
            _tallies = [];
            return taken;
        }
    }

    private void Add(SignInRefused kind, Tally more)
    {
        if (!_tallies.ContainsKey(kind) && _tallies.Count >= MostKinds)
        {
            kind = Others;
        }

        _tallies[kind] = _tallies.TryGetValue(kind, out var tally)
            ? new Tally(
                tally.Count + more.Count,
                more.First < tally.First ? more.First : tally.First,
                more.Last > tally.Last ? more.Last : tally.Last)
            : more;
    }

    private static AuditEntry EntryOf(SignInRefused kind, Tally tally) => new("sign_in", AuditAction.Authenticate, kind.Source)
    {
        Fields = new AuditFields
        {
            { "credential", kind.Kind },
            { "count", tally.Count },
            { "first_at", tally.First },
            { "last_at", tally.Last },
        },
        Failure = kind.Reason,
    };

    private sealed record Tally(long Count, DateTimeOffset First, DateTimeOffset Last);
}

internal sealed class SignInRefusedHandler(RefusedSignIns refused) : INotificationHandler<SignInRefused>
{
    public Task Handle(SignInRefused notification, CancellationToken cancellationToken)
    {
        refused.Note(notification);
        return Task.CompletedTask;
    }
}
