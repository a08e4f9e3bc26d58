using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Hoop.Shared.Jose;
using Hoop.Spiffe.TrustDomains;

namespace Hoop.Spiffe.Svids;

/// <summary>
/// Remembers that a token's signature was good. An entry is bound to the SHA-256 of the whole token, to the version of the bundle and to
/// the version of the configuration, and ends with the token; whoever finds it judges audience and times anew. So nothing is accepted from here that
/// would be refused without it (CVE-2026-33496, CVE-2026-49998, CVE-2025-26620).
/// </summary>
/// <remarks>
/// Refusals are not remembered, so bad tokens cost no room. When it is full of tokens that still hold, a new one is not remembered: nobody can push
/// out somebody else's entry.
/// </remarks>
internal sealed class SvidCache(TimeProvider clock, int capacity = SvidCache.DefaultCapacity)
{
    /// <summary>About 10 MB when full.</summary>
    public const int DefaultCapacity = 16_384;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<TokenHash, Entry> _entries = new();
    private int _count;
    private long _sweptAt = clock.GetTimestamp();

    public int Count => Volatile.Read(ref _count);

    /// <summary>The SVID of exactly this token, when its signature was verified with the bundle that is current now and under these options.</summary>
    public JwtSvid? Find(string? token, IBundles bundles, JwtSvidOptions options)
    {
        // Longer ones are refused before anything is computed from them.
        if (token is null || token.Length > CompactJws.MaxLength || !_entries.TryGetValue(TokenHash.Of(token), out var entry))
        {
            return null;
        }

        return entry.Options == options.Version && bundles.Find(entry.Svid.TrustDomain)?.Version == entry.Bundle && clock.GetTimestamp() < entry.Ends
            ? entry.Svid
            : null;
    }

    /// <summary>To be called only for a token that was verified with <paramref name="bundle"/> and accepted under <paramref name="options"/>.</summary>
    public void Add(string token, JwtSvid svid, Bundle bundle, JwtSvidOptions options)
    {
        var now = clock.GetTimestamp();
        if (Count >= capacity)
        {
            Sweep(now);
        }

        // On the monotonic clock: setting the wall clock back does not lengthen the life of what is remembered.
        var left = svid.ExpiresAt - clock.GetUtcNow() + options.Leeway;
        var ends = left < TimeSpan.FromDays(1) ? now + (long)(left.TotalSeconds * clock.TimestampFrequency) : now + (clock.TimestampFrequency * 86_400);
        var entry = new Entry(svid, bundle.Version, options.Version, ends);
        var hash = TokenHash.Of(token);
        if (_entries.TryGetValue(hash, out var old))
        {
            _entries.TryUpdate(hash, entry, old);
            return;
        }

        if (Interlocked.Increment(ref _count) > capacity || !_entries.TryAdd(hash, entry))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>Drops what has ended. At most once a second, so that a full cache does not make every request walk through it.</summary>
    private void Sweep(long now)
    {
        var swept = Volatile.Read(ref _sweptAt);
        if (clock.GetElapsedTime(swept, now) < SweepInterval || Interlocked.CompareExchange(ref _sweptAt, now, swept) != swept)
        {
            return;
        }

        foreach (var pair in _entries)
        {
            if (pair.Value.Ends <= now && _entries.TryRemove(pair))
            {
                Interlocked.Decrement(ref _count);
            }
        }
    }

    private sealed record Entry(JwtSvid Svid, Guid Bundle, Guid Options, long Ends);

    /// <summary>All 256 bits, so that finding another token's entry means breaking SHA-256.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TokenHash(ulong A, ulong B, ulong C, ulong D)
    {
        public static TokenHash Of(string token)
        {
            Span<ulong> hash = stackalloc ulong[4];
            SHA256.HashData(MemoryMarshal.AsBytes(token.AsSpan()), MemoryMarshal.AsBytes(hash));
            return new TokenHash(hash[0], hash[1], hash[2], hash[3]);
        }
    }
}
