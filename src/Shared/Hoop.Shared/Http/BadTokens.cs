using System.Net;
using System.Net.Sockets;
using Hoop.Shared.Callers;
using Hoop.Shared.Configuration;
using Microsoft.Extensions.Configuration;

namespace Hoop.Shared.Http;

/// <summary>
/// How many bad credentials one address may show: a token bucket for each. A credential that nobody has proven takes from the bucket before
/// anything is computed for it, and gives it back when it turns out to be good; so who is known is never held up by who is not, also behind
/// the same address.
/// </summary>
/// <param name="burst">What an address may show at once; zero: there is no limit.</param>
/// <param name="perSecond">What it gets back in a second.</param>
/// <param name="capacity">Addresses that are kept apart. What comes beyond shares one bucket until others are full again.</param>
public sealed class BadTokens(TimeProvider clock, int burst, double perSecond, int capacity = BadTokens.Addresses)
{
    /// <summary>Some 100 bytes each.</summary>
    public const int Addresses = 16_384;

    /// <summary>As the setting spells it: a whole number, and <c>0</c> for none.</summary>
    public const string Variable = "HOOP_BAD_TOKENS_PER_MINUTE";

    private const int Usual = 6_000;
    private const int Shared = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Bucket> _buckets = [];
    private readonly Bucket _rest = new() { Left = burst * Shared, At = clock.GetTimestamp() };
    private long _sweptAt = clock.GetTimestamp();

    /// <summary>Addresses that have shown something lately.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _buckets.Count;
            }
        }
    }

    /// <summary>A sixth of what comes in a minute may come at once.</summary>
    /// <exception cref="ConfigurationException">The variable is wrong.</exception>
    public static BadTokens From(IConfiguration configuration, TimeProvider clock)
    {
        var perMinute = configuration.Number(Variable, Usual, least: 0, most: 1_000_000);
        return new BadTokens(clock, perMinute == 0 ? 0 : Math.Max(1, perMinute / 6), perMinute / 60.0);
    }

    /// <summary>
    /// Who counts as one: the address, and of IPv6 the network of 64 bits, because whoever has one address there has all of it.
    /// </summary>
    public static IPAddress SourceOf(IPAddress address)
    {
        address = RequestOrigin.Unmapped(address);
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }

    /// <summary>
    /// Checks a credential that nobody has proven. What the check does not find bad is given back, also when it fails: a database that is
    /// away must not make an address look like one of strangers. Whoever hangs up has let the gateway work, and gets nothing back.
    /// </summary>
    /// <param name="address">Of the client; as for <see cref="Take"/>.</param>
    /// <param name="check">Says what came of it, and whether the credential was bad.</param>
    /// <param name="tooMany">Answers in its place when too many bad ones came.</param>
    /// <param name="cancellationToken">Of the request.</param>
    public async ValueTask<T> Check<T>(
        IPAddress? address,
        Func<CancellationToken, ValueTask<(T Outcome, bool IsBad)>> check,
        Func<Refusal, ValueTask<T>> tooMany,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(check);
        ArgumentNullException.ThrowIfNull(tooMany);
        if (Take(address) is { } refusal)
        {
            return await tooMany(refusal);
        }

        var counts = false;
        try
        {
            (var outcome, counts) = await check(cancellationToken);
            return outcome;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            counts = true;
            throw;
        }
        finally
        {
            if (!counts)
            {
                GiveBack(address);
            }
        }
    }

    /// <summary>
    /// Takes one. Null: go on, and <see cref="GiveBack"/> when the credential was good. Else why not, with
    /// <see cref="Refusal.RetryAfter"/>.
    /// </summary>
    /// <param name="address">Of the client, behind trusted proxies; null on a transport without addresses, which has no limit.</param>
    public Refusal? Take(IPAddress? address)
    {
        if (burst == 0 || address is null)
        {
            return null;
        }

        var (source, now) = (SourceOf(address), clock.GetTimestamp());
        lock (_gate)
        {
            var (bucket, share) = BucketOf(source, now);
            Fill(bucket, share, now);
            if (bucket.Left >= 1)
            {
                bucket.Left--;
                return null;
            }

            var wait = TimeSpan.FromSeconds(Math.Ceiling((1 - bucket.Left) / (perSecond * share)));
            return new Refusal(Refusal.TooMany, $"too many bad credentials came from {source}") { RetryAfter = wait };
        }
    }

    /// <summary>The credential was good, or was not looked at.</summary>
    public void GiveBack(IPAddress? address)
    {
        if (burst == 0 || address is null)
        {
            return;
        }

        lock (_gate)
        {
            if (_buckets.TryGetValue(SourceOf(address), out var bucket))
            {
                bucket.Left = Math.Min(burst, bucket.Left + 1);
            }
            else
            {
                _rest.Left = Math.Min(burst * Shared, _rest.Left + 1);
            }
        }
    }

    private (Bucket Bucket, int Share) BucketOf(IPAddress source, long now)
    {
        if (_buckets.TryGetValue(source, out var known))
        {
            return (known, 1);
        }

        if (_buckets.Count >= capacity)
        {
            Sweep(now);
            if (_buckets.Count >= capacity)
            {
                return (_rest, Shared);
            }
        }

        return (_buckets[source] = new Bucket { Left = burst, At = now }, 1);
    }

    private void Fill(Bucket bucket, int share, long now)
    {
        bucket.Left = Math.Min(burst * share, bucket.Left + (clock.GetElapsedTime(bucket.At, now).TotalSeconds * perSecond * share));
        bucket.At = now;
    }

    // A bucket that is full says as much as none. At most once a second, so that a full table is not walked through by each request.
    private void Sweep(long now)
    {
        if (clock.GetElapsedTime(_sweptAt, now) < TimeSpan.FromSeconds(1))
        {
            return;
        }

        _sweptAt = now;
        foreach (var (source, bucket) in _buckets)
        {
            Fill(bucket, share: 1, now);
            if (bucket.Left >= burst)
            {
                _buckets.Remove(source);
            }
        }
    }

    private sealed class Bucket
    {
        public double Left { get; set; }

        public long At { get; set; }
    }
}
