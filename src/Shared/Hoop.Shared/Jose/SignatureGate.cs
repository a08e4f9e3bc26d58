using System.Threading.RateLimiting;
using Hoop.Shared.Callers;

namespace Hoop.Shared.Jose;

/// <summary>
/// Bounds what strangers can make the gateway compute. A signature of P-384 takes some two milliseconds to refuse, so tokens that were
/// never proven wait here for one of a few places; who has been here before with a good token does not. Bad signatures together have a
/// budget, so that however many strangers come, from however many addresses, most of every processor is left to those who are known.
/// Everything cheap (form, issuer, audience, times) is judged before.
/// </summary>
public sealed class SignatureGate : IDisposable
{
    /// <summary>Bad signatures that may come at once, for each place; at two milliseconds each a quarter of a second.</summary>
    internal const int BurstOfPlace = 128;

    /// <summary>And how many of them in each second; about an eighth of a processor.</summary>
    internal const int PerSecondOfPlace = 64;

    private const int RememberedRefusals = 4096;

    private static readonly TimeSpan RefusalLife = TimeSpan.FromSeconds(60);
    private static readonly Refusal Full = new(TokenRefusalCodes.Busy, "too many tokens that were never seen before are being verified");

    private readonly TokenMemory<RefusedToken> _refused;
    private readonly ConcurrencyLimiter _places;
    private readonly TimeProvider _clock;
    private readonly Lock _budget = new();
    private readonly int _burst;
    private readonly int _perSecond;
    private double _left;
    private long _filledAt;

    public SignatureGate(TimeProvider clock)
        : this(clock, Math.Max(1, Environment.ProcessorCount), waiting: 256)
    {
    }

    /// <param name="clock">Ends what is remembered.</param>
    /// <param name="places">Verifications at one time; the processors of the machine, when absent.</param>
    /// <param name="waiting">How many may wait for a place; whoever comes then is told to come again.</param>
    /// <param name="burst">Bad signatures that may come at once, for each place.</param>
    internal SignatureGate(TimeProvider clock, int places, int waiting, int burst = BurstOfPlace)
    {
        (_clock, _burst, _perSecond) = (clock, places * burst, places * PerSecondOfPlace);
        (_left, _filledAt) = (_burst, clock.GetTimestamp());
        _refused = new TokenMemory<RefusedToken>(clock, RememberedRefusals);
        _places = new ConcurrencyLimiter(
            new ConcurrencyLimiterOptions
            {
                PermitLimit = places,
                QueueLimit = waiting,
                QueueProcessingOrder = QueueProcessingOrder.OldestFirst
            });
    }

    /// <summary>Proves a token that has passed everything but its signature.</summary>
    /// <param name="keys">What it is proven with. A refusal is remembered for a minute, and only for these keys.</param>
    /// <param name="verify">The whole verification, signature included.</param>
    /// <returns>The verdict of <paramref name="verify"/>, or a refusal with <see cref="TokenRefusalCodes.Busy"/>, which says nothing
    /// about the token.</returns>
    public async ValueTask<Verdict<T>> Prove<T>(string token, object keys, Func<Verdict<T>> verify, CancellationToken cancellationToken)
        where T : class
    {
        if (_refused.Find(token) is { } known && ReferenceEquals(known.Keys, keys))
        {
            return known.Refusal;
        }

        if (IsSpent())
        {
            return Full;
        }

        using var place = await _places.AcquireAsync(permitCount: 1, cancellationToken);
        if (!place.IsAcquired || IsSpent())
        {
            return Full;
        }

        var verdict = verify();
        if (verdict.Refusal is { Code: TokenRefusalCodes.Signature } refusal)
        {
            Spend();
            _refused.Add(token, new RefusedToken(keys, refusal), RefusalLife);
        }

        return verdict;
    }

    public void Dispose() => _places.Dispose();

    private bool IsSpent()
    {
        lock (_budget)
        {
            var now = _clock.GetTimestamp();
            (_left, _filledAt) = (Math.Min(_burst, _left + (_clock.GetElapsedTime(_filledAt, now).TotalSeconds * _perSecond)), now);
            return _left < 1;
        }
    }

    private void Spend()
    {
        lock (_budget)
        {
            _left--;
        }
    }

    private sealed record RefusedToken(object Keys, Refusal Refusal);
}
