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
            if (!_tallies.ContainsKey(kind) && _tallies.Count >= MostKinds)
            {
                kind = Others;
            }

            _tallies[kind] = _tallies.TryGetValue(kind, out var tally)
                ? tally with { Count = tally.Count + 1, Last = now }
                : new Tally(1, now, now);
        }
    }

    /// <summary>The rows that are due; the count begins anew.</summary>
    public IReadOnlyList<AuditEntry> Take()
    {
        Dictionary<SignInRefused, Tally> taken;
        lock (_lock)
        {
            (taken, _tallies) = (_tallies, []);
        }

        return
        [
            .. taken.Select(refused => new AuditEntry("sign_in", AuditAction.Authenticate, refused.Key.Source)
            {
                Fields = new AuditFields
                {
                    { "credential", refused.Key.Kind },
                    { "count", refused.Value.Count },
                    { "first_at", refused.Value.First },
                    { "last_at", refused.Value.Last },
                },
                Failure = refused.Key.Reason,
            }),
        ];
    }

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
