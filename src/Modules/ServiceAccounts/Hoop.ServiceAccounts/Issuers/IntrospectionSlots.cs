using System.Net;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>
/// The questions that one issuer is asked at one time. Anybody can make up tokens, so they are not first come, first served: some are kept
/// for tokens that were active lately, one address has few at once, and addresses that showed what is no token share still fewer.
/// </summary>
internal sealed class IntrospectionSlots(TimeProvider clock)
{
    public const int AtOnce = 32;

    /// <summary>Of them for tokens that nobody has seen active; the others are kept for those that were.</summary>
    public const int OfStrangers = 24;

    /// <summary>Of those for all the addresses together that showed a bad token lately.</summary>
    public const int OfSuspects = 8;

    /// <summary>And of one address.</summary>
    public const int OfAddress = 4;

    /// <summary>How long an address is suspect after its last bad token.</summary>
    public static readonly TimeSpan Suspicion = TimeSpan.FromSeconds(30);

    private const int MostSuspects = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _asking = [];
    private readonly Dictionary<IPAddress, long> _suspects = [];
    private int _taken;
    private int _strangers;
    private int _suspected;

    /// <summary>Null: too many are under way. To be disposed of when the answer is there.</summary>
    /// <param name="wasActive">The token was active lately.</param>
    /// <param name="address">Where it comes from; null for the gateway's own questions, which are nobody's.</param>
    public IDisposable? Take(bool wasActive, IPAddress? address)
    {
        var source = wasActive || address is null ? null : BadTokens.SourceOf(address);
        lock (_gate)
        {
            var isSuspect = source is not null && IsSuspectSource(source);
            if (_taken >= AtOnce
                || (!wasActive && _strangers >= OfStrangers)
                || (isSuspect && _suspected >= OfSuspects)
                || (source is not null && _asking.GetValueOrDefault(source) >= OfAddress))
            {
                return null;
            }

            Count(wasActive, isSuspect, source, 1);
            return new Slot(this, wasActive, isSuspect, source);
        }
    }

    public bool IsSuspect(IPAddress? address)
    {
        lock (_gate)
        {
            return address is not null && IsSuspectSource(BadTokens.SourceOf(address));
        }
    }

    /// <summary>The address has shown what is no active token, or made the issuer fail.</summary>
    public void Suspect(IPAddress? address)
    {
        if (address is null)
        {
            return;
        }

        lock (_gate)
        {
            var now = clock.GetTimestamp();
            if (_suspects.Count >= MostSuspects)
            {
                foreach (var (source, since) in _suspects)
                {
                    if (clock.GetElapsedTime(since, now) >= Suspicion)
                    {
                        _suspects.Remove(source);
                    }
                }
            }

            if (_suspects.Count < MostSuspects)
            {
                _suspects[BadTokens.SourceOf(address)] = now;
            }
        }
    }

    private bool IsSuspectSource(IPAddress source) =>
        _suspects.TryGetValue(source, out var since) && clock.GetElapsedTime(since) < Suspicion;

    private void Count(bool wasActive, bool isSuspect, IPAddress? source, int one)
    {
        _taken += one;
        _strangers += wasActive ? 0 : one;
        _suspected += isSuspect ? one : 0;
        if (source is null)
        {
            return;
        }

        var asking = _asking.GetValueOrDefault(source) + one;
        if (asking == 0)
        {
            _asking.Remove(source);
        }
        else
        {
            _asking[source] = asking;
        }
    }

    private sealed class Slot(IntrospectionSlots slots, bool wasActive, bool isSuspect, IPAddress? source) : IDisposable
    {
        private bool _given;

        public void Dispose()
        {
            lock (slots._gate)
            {
                if (!_given)
                {
                    _given = true;
                    slots.Count(wasActive, isSuspect, source, -1);
                }
            }
        }
    }
}
