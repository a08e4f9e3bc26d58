using System.Buffers.Binary;

namespace Hoop.Shared.Data;

/// <summary>
/// Ids of rows: UUIDs of version 7 (RFC 9562), each greater than the one before it in this process, so that lists in the order of ids
/// are lists in the order of creation. .NET's own keep no order within a millisecond; these fill the twelve bits beside it with the
/// fraction of the millisecond (section 6.2, method 3) and count on where the clock stands still or steps back.
/// </summary>
public static class RowId
{
    private const int FractionBits = 12;
    private const long FractionsPerMillisecond = 1 << FractionBits;
    private const ulong Version = 0x7000;
    private static long last;

    public static Guid Next()
    {
        var stamp = Following(TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch);
        Span<byte> bytes = stackalloc byte[16];
        Guid.NewGuid().TryWriteBytes(bytes, bigEndian: true, out _);
        var (milliseconds, fraction) = ((ulong)(stamp >> FractionBits), (ulong)(stamp & (FractionsPerMillisecond - 1)));
        BinaryPrimitives.WriteUInt64BigEndian(bytes, (milliseconds << 16) | Version | fraction);
        return new Guid(bytes, bigEndian: true);
    }

    private static long Following(TimeSpan time)
    {
        var (milliseconds, rest) = Math.DivRem(time.Ticks, TimeSpan.TicksPerMillisecond);
        var now = (milliseconds << FractionBits) + (rest * FractionsPerMillisecond / TimeSpan.TicksPerMillisecond);
        while (true)
        {
            var seen = Interlocked.Read(ref last);
            var next = Math.Max(now, seen + 1);
            if (Interlocked.CompareExchange(ref last, next, seen) == seen)
            {
                return next;
            }
        }
    }
}
